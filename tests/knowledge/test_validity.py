"""Documents and records laid beside each other: the newer ends the older, what cannot be told goes to people."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from knowledge.agreement import DISAGREE
from knowledge.documents import (
    DossierCase,
    DossierItem,
    Fee,
    How,
    Level,
    Plan,
    Procedure,
    Provenance,
    Quantity,
    Relation,
    RelationKind,
    Section,
    Statement,
    SubmissionChannel,
    TimeUnit,
    Validity,
    ValidityState,
)
from knowledge.numbering import day_in, number_key, slug, year_in
from knowledge.periods import Period, held_during, of_today
from knowledge.succession import subject
from knowledge.validity import Conflict, Resolved, resolve

CODE = "1.001193"
TODAY = date(2026, 11, 20)


def record(fee: int | None = None, days: int | None = None, **changes: Any) -> Procedure:
    fees = (Fee(amount=fee),) if fee is not None else ()
    limit = Quantity(value=days, unit=TimeUnit.WORKING_DAY) if days is not None else None
    channels = (SubmissionChannel(how=How.DIRECT, time_limit=limit, fees=fees),) if fees or limit else ()
    made: dict[str, Any] = {"code": CODE, "title": "Cấp giấy A", "channels": channels}
    return Procedure(**made | changes)


def starting(day: str, state: ValidityState = ValidityState.IN_FORCE, **more: Any) -> Validity:
    return Validity(state=state, start=date.fromisoformat(day), **more)


def plan(name: str, **changes: Any) -> Plan:
    made: dict[str, Any] = {"id": name, "title": name, "area": "dak-lak", "issuer": "UBND tỉnh Đắk Lắk"}
    return Plan(**made | changes)


def yearly(year: int, **changes: Any) -> Plan:
    title = f"Tuyên truyền cải cách hành chính nhà nước năm {year} trên địa bàn tỉnh Đắk Lắk"
    return plan(f"cchc-{year}", **{"title": title, "year": year} | changes)


def keyed(found: Resolved) -> dict[str, Procedure]:
    return {one.key: one for one in found.procedures}


def documents(found: Resolved) -> dict[str, Plan]:
    return {one.key: one for one in found.plans}


# One code, several records


def test_the_newer_decision_is_in_force_and_the_older_ends_the_day_before() -> None:
    old = record(fee=8000, decision="999/QĐ-UBND", validity=starting("2024-03-01"))
    new = record(fee=12000, decision="120/QĐ-UBND", validity=starting("2026-05-10"))
    found = resolve([new, old], [])
    records = keyed(found)
    assert records[CODE] == new
    assert records[f"{CODE}~2024"].validity == Validity(
        state=ValidityState.SUPERSEDED, start=date(2024, 3, 1), end=date(2026, 5, 9), by="120/QĐ-UBND"
    )
    assert found.conflicts == ()


def test_until_the_newer_starts_the_older_holds() -> None:
    old = record(fee=8000, validity=starting("2024-03-01"))
    new = record(fee=12000, decision="7/QĐ-UBND", validity=starting("2027-03-01"))
    records = keyed(resolve([old, new], []))
    eve, day = date(2027, 2, 28), date(2027, 3, 1)
    assert of_today(records[f"{CODE}~2024"].validity, eve, variant="2024")
    assert not of_today(records[CODE].validity, eve)
    assert records[CODE].validity.on(eve) is ValidityState.NOT_YET
    assert of_today(records[CODE].validity, day)
    assert not of_today(records[f"{CODE}~2024"].validity, day, variant="2024")


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"decision": "51/2019/QĐ-UBND"}, {"decision": "12/2025/QĐ-UBND"}),
        ({"decision": "5/QĐ-A ngày 02/3/2021"}, {"decision": "6/QĐ-A ngày 3/3/2021"}),
        ({"decision": "51/2019/QĐ-UBND"}, {"validity": starting("2025-01-01")}),
        (
            {"provenance": Provenance(fetched=date(2026, 1, 1))},
            {"provenance": Provenance(fetched=date(2026, 7, 1))},
        ),
    ],
)
def test_which_is_newer_is_told_by_day_then_year_then_when_it_was_read(
    older: dict[str, Any], newer: dict[str, Any]
) -> None:
    found = resolve([record(fee=2, **newer), record(fee=1, **older)], [])
    current = keyed(found)[CODE]
    assert [fee.amount for channel in current.channels for fee in channel.fees] == [2]
    assert len(found.procedures) == 2
    assert found.conflicts == ()


def test_records_whose_age_is_unknown_state_only_what_both_agree_on() -> None:
    one = record(fee=8000, days=5, decision="1/QĐ-BTP")
    other = record(fee=12000, days=5, decision="2/QĐ-BTP")
    found = resolve([one, other], [])
    current = keyed(found)[CODE]
    channel = current.channels[0]
    assert channel.fees == ()
    assert channel.time_limit == Quantity(value=5, unit=TimeUnit.WORKING_DAY)
    doubt = current.doubts[0]
    assert (doubt.field, doubt.reason) == ("channels.direct.fees", DISAGREE)
    assert "8000" in doubt.raw and "12000" in doubt.raw
    (conflict,) = found.conflicts
    assert (conflict.kind, conflict.key, conflict.field) == ("procedure", CODE, "channels.direct.fees")
    assert {"8000 VND", "12000 VND"} == {side.rpartition(": ")[2] for side in (conflict.left, conflict.right)}
    left = [one for key, one in keyed(found).items() if key != CODE]
    assert len(left) == 1 and not of_today(left[0].validity, TODAY, variant=left[0].variant)


def test_two_undated_decisions_of_one_content_are_shown_to_people_too() -> None:
    found = resolve([record(fee=1, decision="1/QĐ-BTP"), record(fee=1, decision="2/QĐ-BTP")], [])
    assert [conflict.field for conflict in found.conflicts] == ["decision"]
    assert keyed(found)[CODE].channels[0].fees


def test_different_papers_are_a_disagreement() -> None:
    def with_papers(*names: str) -> Procedure:
        return record(dossier=(DossierCase(items=tuple(DossierItem(name=name) for name in names)),))

    found = resolve([with_papers("Tờ khai", "Ảnh"), with_papers("Tờ  khai.")], [])
    assert keyed(found)[CODE].dossier == ()
    assert [conflict.field for conflict in found.conflicts] == ["dossier"]
    agreed = resolve([with_papers("Tờ khai"), with_papers("Tờ  KHAI.")], [])
    assert agreed.conflicts == () and keyed(agreed)[CODE].dossier


def test_the_same_record_twice_is_one() -> None:
    one = record(fee=1, provenance=Provenance(source="a.jsonl"))
    other = record(fee=1, provenance=Provenance(source="b.jsonl"))
    found = resolve([one, other, one], [])
    assert [one.key for one in found.procedures] == [CODE]
    assert found.conflicts == ()


def test_a_page_read_again_replaces_its_earlier_reading() -> None:
    def read(fee: int, day: str) -> Procedure:
        made = Provenance(url="https://portal.example/1", fetched=date.fromisoformat(day))
        return record(fee=fee, decision="1/QĐ-BTP", provenance=made)

    found = resolve([read(2, "2026-07-01"), read(1, "2026-01-01")], [])
    assert [fee.amount for fee in found.procedures[0].channels[0].fees] == [2]
    assert len(found.procedures) == 1 and found.conflicts == ()


def test_one_decision_read_differently_from_two_files_is_a_conflict() -> None:
    one = record(fee=1, decision="1/QĐ-BTP", provenance=Provenance(source="a.pdf", fetched=date(2026, 1, 1)))
    other = record(fee=2, decision="01/QĐ-BTP", provenance=Provenance(source="b.docx"))
    found = resolve([one, other], [])
    assert [conflict.field for conflict in found.conflicts] == ["channels.direct.fees"]
    assert keyed(found)[CODE].channels[0].fees == ()


def test_a_province_and_the_nation_keep_their_own_records() -> None:
    found = resolve([record(fee=1), record(fee=2, area="da-nang")], [])
    assert set(keyed(found)) == {CODE, f"{CODE}@da-nang"}
    assert found.conflicts == ()


def test_a_list_ends_nothing_and_gives_its_decision() -> None:
    detailed = record(fee=1, area="lang-son", provenance=Provenance(fetched=date(2020, 1, 1)))
    listed = record(
        area="lang-son", listed_only=True, decision="5/2026/QĐ-UBND", validity=starting("2026-01-01")
    )
    found = resolve([listed, detailed], [])
    (one,) = found.procedures
    assert not one.listed_only and one.channels and one.decision == "5/2026/QĐ-UBND"
    assert found.conflicts == ()


def test_what_is_listed_stands_before_an_old_record() -> None:
    past = Validity(state=ValidityState.SUPERSEDED, end=date(2025, 6, 30))
    records = keyed(resolve([record(fee=1, validity=past), record(listed_only=True)], []))
    assert records[CODE].listed_only
    assert records[f"{CODE}~ban-cu"].validity.end == past.end


def test_what_is_only_listed_stays() -> None:
    (one,) = resolve([record(listed_only=True)], []).procedures
    assert one.listed_only


def test_an_old_record_beside_a_new_one_names_it() -> None:
    past = Validity(state=ValidityState.SUPERSEDED, end=date(2025, 6, 30))
    old = record(fee=1, area="da-nang", variant="truoc-2025-07", validity=past)
    new = record(fee=2, area="da-nang", decision="9/QĐ-UBND", validity=starting("2025-08-01"))
    records = keyed(resolve([old, new], []))
    assert records[f"{CODE}@da-nang~truoc-2025-07"].validity == past.model_copy(update={"by": "9/QĐ-UBND"})
    assert records[f"{CODE}@da-nang"] == new


def test_an_old_record_alone_keeps_its_key() -> None:
    past = Validity(state=ValidityState.SUPERSEDED, end=date(2025, 6, 30))
    old = record(fee=1, variant="truoc-2025-07", validity=past)
    assert keyed(resolve([old], [])) == {f"{CODE}~truoc-2025-07": old}


def test_two_old_records_of_one_year_both_live() -> None:
    new = record(fee=3, decision="3/QĐ-A", validity=starting("2026-01-01"))
    olds = [record(fee=n, decision=f"{n}/QĐ-A", validity=starting(f"2024-0{n}-01")) for n in (1, 2)]
    found = resolve([new, *olds], [])
    assert len(found.procedures) == 3
    ends = {one.decision: one.validity.end for one in found.procedures}
    assert ends["1/QĐ-A"] is not None and ends["2/QĐ-A"] == date(2025, 12, 31)


# Districts


def test_what_only_districts_did_ended_with_them() -> None:
    old = record(fee=1, levels=(Level.DISTRICT,), decision="51/2023/QĐ-UBND")
    (one,) = resolve([old], []).procedures
    assert one.validity.on(TODAY) is ValidityState.SUPERSEDED
    assert one.validity.end == date(2025, 6, 30)


@pytest.mark.parametrize(
    "changes",
    [
        {"levels": (Level.DISTRICT, Level.COMMUNE), "decision": "51/2023/QĐ-UBND"},
        {"levels": (Level.DISTRICT,), "decision": "51/2026/QĐ-UBND"},
        {"levels": (Level.DISTRICT,), "decision": "51/QĐ-UBND"},
        {"levels": (Level.COMMUNE,), "decision": "51/2023/QĐ-UBND"},
    ],
)
def test_other_levels_and_later_or_undated_records_stay(changes: dict[str, Any]) -> None:
    (one,) = resolve([record(fee=1, **changes)], []).procedures
    assert one.validity.state is ValidityState.UNKNOWN


# What documents do to procedures


def decision(
    number: str, *relations: Relation, area: str = "dak-lak", start: str = "2026-03-01", **more: Any
) -> Plan:
    return plan(
        slug(number), number=number, type="Quyết định", title=f"Công bố {number}", area=area,
        issued=date.fromisoformat(start), relations=relations, **more,
    )  # fmt: skip


def repeals(*codes: str, **more: Any) -> Relation:
    return Relation(kind=RelationKind.REPEALS, codes=codes, **more)


def test_a_repealed_procedure_ends_the_day_before() -> None:
    (one,) = resolve([record(fee=1, area="dak-lak")], [decision("15/QĐ-UBND", repeals(CODE))]).procedures
    assert one.validity.state is ValidityState.REPEALED
    assert (one.validity.end, one.validity.by) == (date(2026, 2, 28), "15/QĐ-UBND")
    assert one.key == f"{CODE}@dak-lak"


def test_a_province_repeals_for_itself_alone() -> None:
    found = resolve(
        [record(fee=1), record(fee=1, area="quang-tri"), record(fee=1, area="dak-lak/ea-kar")],
        [decision("15/QĐ-UBND", repeals(CODE))],
    )
    states = {one.area: one.validity.state for one in found.procedures}
    assert states == {
        "": ValidityState.UNKNOWN,
        "quang-tri": ValidityState.UNKNOWN,
        "dak-lak/ea-kar": ValidityState.REPEALED,
    }


def test_the_nation_repeals_everywhere() -> None:
    found = resolve(
        [record(fee=1), record(fee=1, area="quang-tri")], [decision("15/QĐ-BTP", repeals(CODE), area="")]
    )
    assert {one.validity.state for one in found.procedures} == {ValidityState.REPEALED}


@pytest.mark.parametrize(
    "newer",
    [{"decision": "15/QĐ-UBND"}, {"validity": starting("2026-06-01")}, {"decision": "3/2027/QĐ-UBND"}],
)
def test_what_is_published_with_or_after_the_repeal_stays(newer: dict[str, Any]) -> None:
    (one,) = resolve(
        [record(fee=1, area="dak-lak", **newer)], [decision("15/QĐ-UBND", repeals(CODE))]
    ).procedures
    assert of_today(one.validity, date(2027, 6, 1))


def test_a_repeal_of_what_is_still_published_goes_to_people() -> None:
    seen = record(fee=1, area="dak-lak", provenance=Provenance(source="portal", fetched=date(2026, 7, 1)))
    found = resolve([seen], [decision("15/QĐ-UBND", repeals(CODE))])
    assert found.procedures[0].validity.state is ValidityState.UNKNOWN
    assert [(one.field, one.key) for one in found.conflicts] == [("validity", seen.key)]


def test_the_decision_that_published_a_procedure_is_replaced() -> None:
    relation = Relation(kind=RelationKind.REPLACES, number="Số 0999/QĐ-UBND")
    found = resolve(
        [record(fee=1, area="dak-lak", decision="999/QĐ-UBND"), record(fee=1, decision="999/QĐ-UBND")],
        [decision("15/QĐ-UBND", relation)],
    )
    states = {one.area: one.validity.state for one in found.procedures}
    assert states == {"dak-lak": ValidityState.SUPERSEDED, "": ValidityState.UNKNOWN}


@pytest.mark.parametrize(
    "relation",
    [
        Relation(kind=RelationKind.AMENDS, codes=(CODE,)),
        Relation(kind=RelationKind.REPEALS, codes=(CODE,), scope="Điều 3"),
    ],
)
def test_what_changes_a_part_is_named_and_ends_nothing(relation: Relation) -> None:
    (one,) = resolve([record(fee=1, area="dak-lak")], [decision("15/QĐ-UBND", relation)]).procedures
    assert one.validity.amended_by == ("15/QĐ-UBND",)
    assert of_today(one.validity, TODAY)


# What documents do to each other


def test_a_document_replaces_another_by_number() -> None:
    old = decision("7/QĐ-UBND", start="2024-01-01")
    new = decision("15/QĐ-UBND", Relation(kind=RelationKind.REPLACES, number="07/QĐ-UBND"))
    found = documents(resolve([], [new, old]))[old.key].validity
    assert (found.state, found.end, found.by) == (
        ValidityState.SUPERSEDED, date(2026, 2, 28), "15/QĐ-UBND",
    )  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"area": "quang-tri"},
        {"area": ""},
        {"start": "2024-01-01", "number": "8/QĐ-UBND"},
    ],
)
def test_the_same_number_elsewhere_is_another_document(other: dict[str, Any]) -> None:
    made = {"number": "7/QĐ-UBND", "start": "2024-01-01"} | other
    old = decision(**made)
    new = decision("15/QĐ-UBND", Relation(kind=RelationKind.REPLACES, number="7/QĐ-UBND"))
    assert documents(resolve([], [new, old]))[old.key].validity.state is ValidityState.UNKNOWN


def test_the_day_named_must_be_that_of_the_document() -> None:
    old = decision("7/QĐ-UBND", start="2024-01-01")
    for said, state in (("2024", ValidityState.SUPERSEDED), ("2019", ValidityState.UNKNOWN)):
        relation = Relation(
            kind=RelationKind.REPLACES, number="7/QĐ-UBND", title=f"Quyết định ngày 01/01/{said} về việc A"
        )
        found = documents(resolve([], [decision("15/QĐ-UBND", relation), old]))
        assert found[old.key].validity.state is state


def test_two_that_end_each_other_are_shown_to_people() -> None:
    one = decision("7/QĐ-UBND", Relation(kind=RelationKind.REPLACES, number="15/QĐ-UBND"), start="2024-01-01")
    other = decision("15/QĐ-UBND", Relation(kind=RelationKind.REPLACES, number="7/QĐ-UBND"))
    found = resolve([], [one, other])
    states = {plan.number: plan.validity.state for plan in found.plans}
    assert states == {"7/QĐ-UBND": ValidityState.SUPERSEDED, "15/QĐ-UBND": ValidityState.UNKNOWN}
    assert [(one.field, one.key) for one in found.conflicts] == [("relations", "7-qd-ubnd")]


def test_a_text_that_names_itself_ends_nothing() -> None:
    one = decision("7/QĐ-UBND", Relation(kind=RelationKind.REPLACES, number="7/QĐ-UBND"))
    assert resolve([], [one]).plans[0].validity.state is ValidityState.UNKNOWN


# Years


def test_a_plan_lies_under_the_next_one_of_its_office_and_subject() -> None:
    old = yearly(2020, type="Quyết định", issuer="Chủ tịch UBND tỉnh Đắk Lắk")
    old = old.model_copy(update={"title": f"Ban hành Kế hoạch {old.title}"})
    new = yearly(2026, title="Thông tin, tuyên truyền cải cách hành chính tỉnh Đắk Lắk năm 2026")
    found = documents(resolve([], [new, old]))
    assert found["cchc-2020"].validity.state is ValidityState.SUPERSEDED
    assert found["cchc-2020"].validity.end == date(2020, 12, 31)
    assert "2026" in found["cchc-2020"].validity.by
    assert found["cchc-2026"].validity == Validity(
        state=ValidityState.IN_FORCE, start=date(2026, 1, 1), end=date(2026, 12, 31)
    )


@pytest.mark.parametrize(
    "other",
    [
        {"issuer": "Sở Xây dựng tỉnh Đắk Lắk"},
        {"area": "quang-tri"},
        {"title": "Phòng chống thiên tai năm 2026"},
        {"type": "Thông báo"},
    ],
)
def test_other_offices_and_subjects_do_not_end_it(other: dict[str, Any]) -> None:
    found = documents(resolve([], [yearly(2020), yearly(2026, **other)]))
    assert found["cchc-2020"].validity.state is not ValidityState.SUPERSEDED
    assert found["cchc-2020"].validity.on(TODAY) is ValidityState.SUPERSEDED, "its year is over all the same"


def test_a_plan_of_several_years_holds_until_the_last() -> None:
    one = plan("x", title="Chuyển đổi số giai đoạn 2026 - 2030")
    assert resolve([], [one]).plans[0].validity.end == date(2030, 12, 31)


def test_a_decision_of_a_year_does_not_end_with_it() -> None:
    one = plan("x", type="Quyết định", title="Mức thu phí năm 2026")
    assert resolve([], [one]).plans[0].validity.end is None


def test_the_day_a_text_says_it_ends_is_read() -> None:
    until = Section(path="Điều 3", text="Quyết định này có hiệu lực từ ngày ký đến hết ngày 31/12/2027.")
    task = Section(path="Điều 2", text="Báo cáo kết quả đến hết ngày 15/6/2026.")
    one = plan("x", type="Quyết định", title="Giảm lệ phí", sections=(task, until))
    assert resolve([], [one]).plans[0].validity.end == date(2027, 12, 31)
    none = plan("x", type="Quyết định", title="Giảm lệ phí", sections=(task,))
    assert resolve([], [none]).plans[0].validity.end is None


# Files that claim one number


def test_two_documents_of_one_number_lose_it_until_a_person_decides() -> None:
    one = plan("a", number="26/KH-UBND", title="Tuyên truyền cải cách hành chính năm 2026", year=2026)
    other = plan("b", number="26/KH-UBND", title="Phòng chống thiên tai năm 2026", year=2026)
    found = resolve([], [one, other])
    assert [plan.number for plan in found.plans] == ["", ""]
    assert all(plan.doubts[-1].raw == "26/KH-UBND" for plan in found.plans)
    assert [(one.kind, one.field) for one in found.conflicts] == [("plan", "number")]


@pytest.mark.parametrize("changes", [{"area": "quang-tri"}, {"year": 2025, "title": "Thiên tai năm 2025"}])
def test_one_number_in_two_places_or_years_is_no_conflict(changes: dict[str, Any]) -> None:
    one = plan("a", number="26/KH-UBND", title="Thiên tai năm 2026", year=2026)
    other = plan("b", **{"number": "26/KH-UBND", "title": "Thiên tai năm 2026", "year": 2026} | changes)
    found = resolve([], [one, other])
    assert [plan.number for plan in found.plans] == ["26/KH-UBND"] * 2
    assert found.conflicts == ()


def test_two_readings_of_one_document_are_one_the_better() -> None:
    scan = yearly(2026, id="scan", provenance=Provenance(method="ocr", text_quality=0.7, sha256="1"))
    text = yearly(2026, id="text", provenance=Provenance(method="text", sha256="2"))
    text = text.model_copy(update={"statements": (Statement(text="Sở Nội vụ chủ trì"),)})
    found = resolve([], [scan, text])
    assert [plan.id for plan in found.plans] == ["text"]
    assert found.conflicts == ()


def test_two_documents_of_one_id_both_stay() -> None:
    found = resolve([], [yearly(2020, id="x"), yearly(2026, id="x")])
    assert [plan.id for plan in found.plans] == ["x", "x-2"]


# What we wrote


def test_what_we_wrote_is_ended_by_a_decision_read() -> None:
    ours = record(fee=1, area="dak-lak", validity=Validity(state=ValidityState.IN_FORCE))
    other = record(fee=1, area="quang-tri")
    found = resolve([ours, other], [decision("15/QĐ-UBND", repeals(CODE))])
    assert [one.validity.state for one in found.procedures] == [ValidityState.REPEALED, ValidityState.UNKNOWN]


# Properties


_RECORDS = st.lists(
    st.builds(
        record,
        fee=st.sampled_from([None, 0, 8000, 12000]),
        days=st.sampled_from([None, 3, 5]),
        decision=st.sampled_from(["", "1/QĐ-A", "51/2019/QĐ-UBND", "7/2026/QĐ-UBND"]),
        area=st.sampled_from(["", "dak-lak"]),
        listed_only=st.booleans(),
        validity=st.sampled_from(
            [
                Validity(),
                starting("2024-01-01"),
                starting("2027-01-01"),
                Validity(state=ValidityState.SUPERSEDED, end=date(2025, 6, 30)),
            ]
        ),
        provenance=st.sampled_from([Provenance(), Provenance(fetched=date(2026, 7, 1), source="a")]),
    ),
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(records=_RECORDS)
def test_keys_are_unique_and_order_does_not_matter(records: list[Procedure]) -> None:
    found = resolve(records, [])
    keys = [one.key for one in found.procedures]
    assert len(keys) == len(set(keys))
    for shuffled in itertools.islice(itertools.permutations(records), 6):
        assert resolve(shuffled, []) == found


@settings(max_examples=150, deadline=None)
@given(records=_RECORDS, days=st.integers(0, 1500))
def test_of_one_code_and_area_at_most_one_record_with_content_holds(
    records: list[Procedure], days: int
) -> None:
    day = date(2025, 7, 1) + timedelta(days)
    live = [
        (one.code, one.area)
        for one in resolve(records, []).procedures
        if not one.listed_only and of_today(one.validity, day, variant=one.variant)
    ]
    assert len(live) == len(set(live))


@settings(max_examples=100, deadline=None)
@given(records=_RECORDS)
def test_resolving_what_is_resolved_changes_nothing(records: list[Procedure]) -> None:
    once = resolve(records, [])
    assume(not once.conflicts)
    again = resolve(once.procedures, once.plans)
    assert again.procedures == once.procedures


# Small parts


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("Số: 0999 /QĐ-UBND ngày 02/3/2024", "999/QD-UBND"),
        ("999/qđ-ubnd", "999/QD-UBND"),
        ("118/2025/NĐ-CP", "118/2025/ND-CP"),
        ("QĐ/0001-BCA", "QD/0001-BCA"),
        ("1523/QĐ-BCA-C06", "1523/QD-BCA-C06"),
        ("26 / KH – UBND", "26/KH-UBND"),
        ("chưa có số", ""),
        ("", ""),
    ],
)
def test_a_number_is_one_however_it_is_printed(printed: str, key: str) -> None:
    assert number_key(printed) == key


def test_years_and_days_beside_a_number() -> None:
    assert (year_in("51/2019/QĐ-UBND"), year_in("2065/QĐ-BNV"), year_in("")) == (2019, None, None)
    assert day_in("1/QĐ ngày 02 tháng 3 năm 2024") == date(2024, 3, 2)
    assert day_in("1/QĐ ngày 31/02/2024") is None


def test_a_subject_is_what_is_left_of_a_title() -> None:
    assert subject(yearly(2020)) == frozenset(["tuyen", "truyen", "cai", "cach", "hanh", "chinh"])


@pytest.mark.parametrize(
    ("validity", "period", "held"),
    [
        (Validity(state=ValidityState.SUPERSEDED, end=date(2025, 6, 30)), (2023, 2023), True),
        (Validity(state=ValidityState.SUPERSEDED, end=date(2025, 6, 30)), (2015, 2015), False),
        (Validity(state=ValidityState.SUPERSEDED, end=date(2025, 6, 30)), (2026, 2026), False),
        (starting("2026-01-01"), (2025, 2025), False),
        (starting("2024-01-01"), (2024, 2024), True),
        (Validity(), (2024, 2024), False),
        (Validity(state=ValidityState.REPEALED), (2024, 2024), False),
    ],
)
def test_what_held_in_a_year(validity: Validity, period: tuple[int, int], held: bool) -> None:
    first, last = period
    assert held_during(validity, Period(date(first, 1, 1), date(last, 12, 31))) is held


@pytest.mark.parametrize(
    "period",
    [Period(), Period(date(2023, 1, 1)), Period(None, date(2025, 6, 30), vague=True), Period(TODAY, TODAY)],
)
def test_a_period_is_kept_as_text(period: Period) -> None:
    assert Period.from_text(str(period)) == period


@pytest.mark.parametrize("text", ["", "2023", "x/y", "2023-13-01/"])
def test_no_period_is_made_of_other_text(text: str) -> None:
    assert Period.from_text(text) is None


def test_a_conflict_says_who_says_what() -> None:
    assert Conflict("plan", "a", "number", "left", "right", "why").reason == "why"
