"""What we wrote laid over what was crawled."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from knowledge.documents import (
    DossierCase,
    DossierItem,
    Doubt,
    Fee,
    How,
    Plan,
    Procedure,
    Quantity,
    Section,
    Statement,
    SubmissionChannel,
    TimeUnit,
)
from knowledge.merge import Conflict, merge, merge_all, merge_plans, same_text


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


def test_every_record_once_ours_laid_over_it() -> None:
    pack, other = record(agency="Của ta"), Procedure(code="9.000003", title="Chỉ có ở ta")
    crawled = [Procedure(code="9.000002", title="Chỉ có ở cổng"), record(agency="Của cổng")]
    merged, _ = merge_all([other, pack], crawled)
    assert [(one.code, one.agency) for one in merged] == [
        ("9.000002", ""),
        ("9.000001", "Của ta"),
        ("9.000003", ""),
    ]


def test_a_pack_of_another_decision_stays_a_record_of_its_own_and_is_told() -> None:
    """Which of the two is in force follows from their days (`knowledge.validity`), not from who wrote them."""
    pack, newer = record(agency="Của ta", decision="Quyết định số 1/QĐ-A"), record(decision="2/QĐ-A")
    same = record(decision="01 / QĐ-A ngày 02/03/2026")
    merged, conflicts = merge_all([pack], [newer, same])
    assert [one.agency for one in merged] == ["", "Của ta"]
    assert conflicts == []
    merged, conflicts = merge_all([pack], [newer])
    assert [(one.decision, one.agency) for one in merged] == [("2/QĐ-A", ""), (pack.decision, "Của ta")]
    assert conflicts == [Conflict("9.000001", "decision", pack.decision, "2/QĐ-A")]


def test_a_pack_is_not_laid_over_another_area_an_old_record_or_a_bare_title() -> None:
    pack = record(agency="Của ta")
    others = [record(area="da-nang"), record(variant="2020"), record(listed_only=True)]
    merged, conflicts = merge_all([pack], others)
    assert (merged, conflicts) == ([*others, pack], [])


def plan(**changes: Any) -> Plan:
    base = {
        "id": "p",
        "title": "Tuyên truyền cải cách năm 2026",
        "issuer": "UBND xã Mẫu",
        "year": 2026,
        "area": "a/mau",
    }
    return Plan.model_validate(base | changes)


STATEMENT = Statement(text="Phòng Mẫu báo cáo hằng tháng.")
SECTION = Section(path="I", text="Mục đích")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"title": "KẾ HOẠCH Tuyên truyền Cải cách năm 2026 của UBND xã Mẫu"}, True),
        (
            {
                "title": "Ban hành Kế hoạch tuyên truyền cải cách năm 2026",
                "issuer": "Chủ tịch Ủy ban nhân dân xã Mẫu",
            },
            True,
        ),
        ({"issuer": "UBND xã Mẫu, tỉnh A"}, True),
        ({"area": ""}, True),
        (
            {"provenance": {"sha256": "cùng một tệp"}, "title": "chưa đối chiếu", "year": None, "issuer": ""},
            True,
        ),
        ({"year": 2025, "title": "Tuyên truyền cải cách năm 2025"}, False),
        ({"issuer": "Sở Mẫu tỉnh A"}, False),
        ({"area": "b/mau"}, False),
        ({"year": None}, False),
        ({"title": "Chuyển đổi số năm 2026"}, False),
    ],
)
def test_the_same_issued_text(changes: dict[str, Any], same: bool) -> None:
    ours = plan(provenance={"sha256": "cùng một tệp"})
    assert same_text(ours, plan(**{"id": "q", **changes})) is same
    assert same_text(plan(**{"id": "q", **changes}), ours) is same


@pytest.mark.parametrize(
    ("number", "issued", "same"),
    [
        ("26/KH-M", "2026-01-13", True),
        ("26 / kh-m", None, True),
        ("27/KH-M", None, False),
        ("26/KH-M", "2026-01-14", False),
    ],
)
def test_numbers_and_days_decide(number: str, issued: str | None, same: bool) -> None:
    ours = plan(number="26/KH-M", issued="2026-01-13")
    assert same_text(ours, plan(id="q", number=number, issued=issued, title="Tên khác hẳn")) is same


def test_an_issued_text_stands_once_with_our_statements_and_the_texts_sections() -> None:
    ours = plan(statements=[STATEMENT], validity={"state": "in_force"})
    read = plan(
        id="tep", number="26/KH-M", signer="Nguyễn A", sections=[SECTION], statements=[{"text": "khác"}],
        doubts=[{"field": "signer", "reason": "mờ"}, {"field": "statements", "reason": "mờ"}],
    )  # fmt: skip
    other = plan(id="khac", issuer="Sở Mẫu")
    (first, second), conflicts = merge_plans([ours], [other, read])
    assert (first, conflicts) == (other, [])
    assert (second.id, second.number, second.signer, second.validity) == (
        "p",
        "26/KH-M",
        "Nguyễn A",
        ours.validity,
    )
    assert (second.statements, second.sections) == ((STATEMENT,), (SECTION,))
    assert [doubt.field for doubt in second.doubts] == ["signer"]


def test_a_day_that_differs_is_told() -> None:
    merged, conflicts = merge_plans([plan(issued="2026-01-13")], [plan(issued="2026-01-15")])
    assert [one.issued for one in merged] == [date(2026, 1, 13)]
    assert conflicts == [Conflict("p", "issued", "2026-01-13", "2026-01-15")]
