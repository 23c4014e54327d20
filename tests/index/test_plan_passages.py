"""What is searched of a document's own words, and of a scan that states nothing."""

from __future__ import annotations

from index.passages import Passage, passages
from index.plan_wordings import abbreviations, clauses, heading_office, name_of, plain_words
from knowledge.corpus import Knowledge
from knowledge.documents import Plan, Statement
from knowledge.parsers.issued import parse
from tests.knowledge.issued_texts import (
    DECISION,
    PLAN_FIRST,
    PLAN_SECOND,
    SCAN,
    SCHEDULE,
    SCHEDULE_REST,
    document,
)


def read(*pages: str) -> Plan:
    return parse(document(*pages), name="thu.txt")


def found(plan: Plan) -> dict[str, Passage]:
    return {passage.id: passage for passage in passages(Knowledge(plans=[plan]))}


def of(plan: Plan, section: str) -> Passage:
    place = next(n for n, one in enumerate(plan.statements) if one.section == section)
    return found(plan)[f"statement:{plan.id}:{place}"]


def test_a_duty_is_asked_for_by_office_and_time() -> None:
    passage = of(read(PLAN_FIRST, PLAN_SECOND), "III.1.a")
    assert passage.verbatim and passage.area == "lam-dong"
    assert passage.unit == "phong nghiep vu tong hop"
    wordings = " | ".join(passage.text.wordings)
    assert "Phòng Nghiệp vụ tổng hợp làm gì" in wordings
    assert "hạn chót ngày nào" in wordings


def test_a_frequency_and_a_heading_are_asked_for() -> None:
    plan = read(PLAN_FIRST, PLAN_SECOND)
    assert any("bao lâu một lần" in one for one in of(plan, "II.1").text.wordings)
    assert any("lấy từ đâu" in one for one in of(plan, "III.4").text.wordings)
    assert any("bao nhiêu phần trăm" in one for one in of(plan, "I.2").text.wordings)


def test_statements_of_our_own_keep_their_keywords_alone() -> None:
    plan = Plan(
        id="p", title="T", issuer="UBND xã", statements=(Statement(text="Làm việc này", keywords=("từ khóa",)),)
    )  # fmt: skip
    passage = found(plan)["statement:p:0"]
    assert passage.text.wordings == ("từ khóa",) and not passage.verbatim


def test_a_scan_is_searched_section_by_section_and_has_no_head() -> None:
    plan = read(SCAN)
    ids = list(found(plan))
    assert ids and all(one.startswith("section:") for one in ids)
    assert heading_office(plan) == "chi cuc thuy loi"
    assert all(passage.unit == "chi cuc thuy loi" for passage in found(plan).values())


def test_sections_that_state_something_are_not_searched_twice() -> None:
    plan = read(PLAN_FIRST, PLAN_SECOND)
    stated = {statement.section for statement in plan.statements}
    for one in found(plan):
        kind, _, place = one.split(":")
        assert kind != "section" or plan.sections[int(place)].path not in stated


def test_events_are_asked_for_by_what_they_are() -> None:
    plan = read(SCHEDULE, SCHEDULE_REST)
    wordings = found(plan)[f"event:{plan.id}:0"].text.wordings
    assert any(one.startswith("lịch tiếp công dân") for one in wordings)
    assert any("ngày 8/5/2026" in one for one in wordings)
    assert not any("truyền hình" in one for one in wordings)


def test_what_a_document_is_called() -> None:
    assert name_of(read(DECISION)) == "quy chế quản lý bảng tin điện tử tại trụ sở cơ quan"
    assert name_of(read(PLAN_FIRST)).startswith(
        "kế hoạch truyền thông phòng bệnh mùa mưa năm 2026 của Sở Y tế"
    )


def test_short_forms_the_document_defines_itself() -> None:
    text = "KẾ HOẠCH\nPhòng bệnh năm 2026\nI. MỞ ĐẦU\n1. Công tác phòng chống dịch bệnh (PCDB) của xã.\n"
    plan = read(text)
    assert abbreviations(plan) == {"PCDB": "phòng chống dịch bệnh"}


def test_clauses_and_plain_words() -> None:
    assert clauses("In tờ gấp về thủ tục mới; phát cho từng hộ dân trong thôn; xong") == [
        "In tờ gấp về thủ tục mới", "phát cho từng hộ dân trong thôn",
    ]  # fmt: skip
    assert "loa" in plain_words("Hệ thống truyền thanh của xã") and plain_words("Một câu khác") == ""
