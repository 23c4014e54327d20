"""What we wrote laid over what was crawled."""

from __future__ import annotations

from knowledge.documents import (
    DossierCase,
    DossierItem,
    Doubt,
    Fee,
    How,
    Procedure,
    Quantity,
    SubmissionChannel,
    TimeUnit,
)
from knowledge.merge import Conflict, merge, merge_all


def channel(
    how: How = How.ONLINE, days: int | None = None, amount: int | None = None, note: str = ""
) -> SubmissionChannel:
    return SubmissionChannel(
        how=how,
        time_limit=Quantity(value=days, unit=TimeUnit.DAY, raw=f"{days} ngày") if days else None,
        fees=() if amount is None else (Fee(amount=amount),),
        note=note,
    )


def record(*channels: SubmissionChannel, **fields: object) -> Procedure:
    return Procedure.model_validate(
        {"code": "9.000001", "title": "Cấp giấy mẫu", "channels": channels, **fields}
    )


def test_the_pack_wins_where_it_states_something() -> None:
    pack = record(steps=("Bước của ta",), aliases=("xin giấy",), title="Tên của ta")
    crawl = record(steps=("Bước của cổng",), conditions=("Điều kiện",), title="Tên của cổng", agency="Sở Mẫu")
    merged, conflicts = merge(pack, crawl)
    assert (merged.title, merged.steps, merged.aliases) == ("Tên của ta", ("Bước của ta",), ("xin giấy",))
    assert (merged.conditions, merged.agency) == (("Điều kiện",), "Sở Mẫu")
    assert conflicts == []


def test_the_crawl_fills_a_channel_and_adds_others() -> None:
    merged, conflicts = merge(
        record(channel(amount=50_000)),
        record(channel(days=3, amount=50_000, note="qua mạng"), channel(How.POST, days=5)),
    )
    online, post = merged.channels
    assert (online.time_limit and online.time_limit.value, online.fees[0].amount, online.note) == (
        3,
        50_000,
        "qua mạng",
    )
    assert post.how is How.POST
    assert conflicts == []


def test_several_rows_of_one_way_do_not_fill_one_channel() -> None:
    merged, _ = merge(record(channel(amount=0)), record(channel(days=3), channel(days=9)))
    assert [one.time_limit for one in merged.channels] == [None]


def test_different_facts_are_reported_and_ours_kept() -> None:
    merged, conflicts = merge(
        record(channel(days=3, amount=50_000), decision="1/QĐ-A"),
        record(channel(days=5, amount=70_000), decision="2/QĐ-B"),
    )
    assert conflicts == [
        Conflict("9.000001", "channels.online.fees", "50000 VND", "70000 VND"),
        Conflict("9.000001", "channels.online.time_limit", "3 day", "5 day"),
        Conflict("9.000001", "decision", "1/QĐ-A", "2/QĐ-B"),
    ]
    assert (merged.decision, merged.channels[0].fees[0].amount) == ("1/QĐ-A", 50_000)
    assert {doubt.reason for doubt in merged.doubts} == {"differs from the portal"}


def test_unknown_is_no_conflict() -> None:
    assert merge(record(channel(days=3)), record(channel(amount=0)))[1] == []
    assert merge(record(channel()), record(channel(days=3, amount=5000)))[1] == []


def test_doubts_of_the_crawl_stay_only_for_what_the_pack_does_not_state() -> None:
    papers = (DossierCase(items=(DossierItem(name="Tờ khai"),)),)
    crawl = record(
        doubts=(
            Doubt(field="dossier", reason="a"),
            Doubt(field="agency", reason="b"),
            Doubt(field="channels.online.fees", reason="c"),
        )
    )
    merged, _ = merge(
        record(channel(days=3), dossier=papers, doubts=(Doubt(field="conditions", reason="ours"),)), crawl
    )
    assert [doubt.reason for doubt in merged.doubts] == ["ours", "b"]


def test_all_records_once_in_order_of_code() -> None:
    pack, other = record(agency="Của ta"), Procedure(code="9.000003", title="Chỉ có ở ta")
    crawled = [Procedure(code="9.000002", title="Chỉ có ở cổng"), record(agency="Của cổng")]
    merged, _ = merge_all([other, pack], crawled)
    assert [(one.code, one.agency) for one in merged] == [
        ("9.000001", "Của ta"),
        ("9.000002", ""),
        ("9.000003", ""),
    ]
