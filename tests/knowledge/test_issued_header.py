"""Headings of issued texts: numbers, blank or not, offices in two columns, dates, signers, recipients."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.areas import Areas
from knowledge.documents import Plan, RelationKind, ValidityState
from knowledge.parsers.issued import parse
from tests.knowledge.issued_texts import (
    DECISION,
    LETTER,
    PLAN_FIRST,
    PLAN_SECOND,
    SCAN,
    SCHEDULE,
    SCHEDULE_REST,
    document,
)

AREAS = Areas.from_pack()


def read(*pages: str) -> Plan:
    return parse(document(*pages), name="thu.txt", areas=AREAS)


def test_a_decision_in_two_glued_columns() -> None:
    plan = read(DECISION)
    assert plan.number == "45/2026/QĐ-UBND"
    assert plan.type == "Quyết định"
    assert plan.title == "Ban hành Quy chế quản lý bảng tin điện tử tại trụ sở cơ quan"
    assert plan.issuer == "Ủy ban nhân dân tỉnh Đắk Lắk"
    assert (plan.place, plan.issued) == ("Đắk Lắk", date(2026, 2, 9))
    assert plan.signer.startswith("Trần Văn Minh (Phó Chủ tịch, ")
    assert plan.area == "dak-lak"
    assert plan.recipients == ("Như Điều 3", "Thường trực Tỉnh ủy", "Lưu: VT, KSTT")


def test_what_a_decision_does_to_others_and_how_long_it_holds() -> None:
    plan = read(DECISION)
    told = {(one.kind, one.number, one.scope) for one in plan.relations}
    assert (RelationKind.REPLACES, "12/2019/QĐ-UBND", "") in told
    assert (RelationKind.REPEALS, "77/2021/QĐ-UBND", "Điều 5") in told
    assert len(told) == 2
    assert (plan.validity.start, plan.validity.end) == (date(2026, 3, 1), date(2028, 12, 31))
    assert plan.validity.state is ValidityState.IN_FORCE


def test_references_with_number_day_issuer() -> None:
    references = {one.number: one for one in read(DECISION).references}
    assert references["30/2020/NĐ-CP"].issued == date(2020, 3, 5)
    assert references["30/2020/NĐ-CP"].issuer == "Chính phủ"
    assert references["11/TTr-SKHCN"].issued == date(2026, 2, 2)
    assert references["Luật Tổ chức chính quyền địa phương"].issued == date(2025, 6, 16)


def test_a_plan_with_blank_number_and_day_says_so() -> None:
    plan = read(PLAN_FIRST, PLAN_SECOND)
    assert plan.number == "" and plan.issued is None
    assert plan.issued_text == "tháng 3 năm 2026"
    assert {doubt.field for doubt in plan.doubts} == {"number", "issued"}
    assert plan.issuer == "Sở Y tế tỉnh Lâm Đồng"
    assert plan.signer == "Lê Thị Hồng Vân (Giám đốc)"
    assert plan.recipients[0] == "UBND tỉnh (báo cáo)"
    assert (plan.year, plan.validity.end) == (2026, date(2026, 12, 31))
    assert plan.area == "lam-dong"


def test_an_official_letter_has_its_matter_as_title() -> None:
    plan = read(LETTER)
    assert (plan.type, plan.number) == ("Công văn", "31/VP")
    assert plan.title == "Rà soát biển hiệu tại trụ sở thôn"
    assert plan.issued == date(2026, 10, 6)
    assert plan.signer == "Phạm Quốc Bảo (Chánh Văn phòng)"
    assert plan.area == "lam-dong/bac-binh"
    assert plan.validity.end is None


def test_a_notice() -> None:
    plan = read(SCHEDULE, SCHEDULE_REST)
    assert (plan.type, plan.number) == ("Thông báo", "205/TB-TTr")
    assert plan.issuer == "Thanh tra tỉnh Quảng Trị"
    assert plan.signer.startswith("Hoàng Đức Thắng")


def test_a_poor_scan_states_nothing_and_can_be_found() -> None:
    plan = read(SCAN)
    assert (plan.number, plan.issued, plan.signer, plan.issuer, plan.year) == ("", None, "", "", None)
    assert not (plan.statements or plan.events or plan.tables or plan.references or plan.relations)
    assert plan.validity.state is ValidityState.UNKNOWN
    assert plan.type == "Kế hoạch" and plan.area == "dak-lak"
    assert [section.path for section in plan.sections][0] == "Đầu văn bản"
    assert {"I", "II.1"} <= {section.path for section in plan.sections}
    assert all(section.text_quality is not None and section.text_quality < 0.6 for section in plan.sections)
    assert plan.doubts


def test_the_same_document_has_the_same_id_whatever_the_file_is_called() -> None:
    once = parse(document(PLAN_FIRST, PLAN_SECOND), name="a.pdf", areas=AREAS)
    again = parse(document(PLAN_FIRST + PLAN_SECOND), name="b.docx", areas=AREAS)
    assert once.id == again.id and ":" not in once.id


@pytest.mark.parametrize("text", [DECISION, PLAN_FIRST + PLAN_SECOND, LETTER, SCHEDULE + SCHEDULE_REST, SCAN])
def test_a_text_cut_anywhere_is_still_read(text: str) -> None:
    for end in range(40, len(text), 97):
        plan = parse(document(text[:end]), name="cut.txt", areas=AREAS)
        assert Plan.from_json(plan.to_json()) == plan
