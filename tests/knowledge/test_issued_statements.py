"""Who does what by when: from headings, labels, sentences and tables of issued texts."""

from __future__ import annotations

from datetime import date

from knowledge.documents import Plan, Statement
from knowledge.parsers.issued import parse
from knowledge.reading.pages import DocumentText, Page, Table
from tests.knowledge.issued_texts import (
    DECISION,
    LETTER,
    PLAN_FIRST,
    PLAN_SECOND,
    SCHEDULE,
    SCHEDULE_REST,
    document,
)


def read(*pages: str) -> Plan:
    return parse(document(*pages), name="thu.txt", area="x")


def at(plan: Plan, section: str) -> list[Statement]:
    return [statement for statement in plan.statements if statement.section == section]


def test_an_article_that_gives_a_duty() -> None:
    (duty,) = at(read(DECISION), "Điều 3")
    assert duty.unit == "Sở Khoa học và Công nghệ"
    assert duty.text.startswith("Giao Sở Khoa học và Công nghệ chủ trì")
    assert duty.frequency == "hằng quý" and duty.verbatim


def test_a_task_whose_lines_name_who_and_when() -> None:
    summary, *duties = at(read(PLAN_FIRST, PLAN_SECOND), "II.1")
    assert summary.unit == "Trung tâm Y tế khu vực"
    assert "02 lần/tuần" in summary.frequency
    assert [duty.unit for duty in duties] == ["Trung tâm Y tế khu vực"] * 2
    assert duties[0].text == "Đọc bản tin phòng bệnh bằng tiếng Việt và tiếng dân tộc."


def test_duties_under_a_heading_that_is_an_office_with_a_verb_in_its_name() -> None:
    plan = read(PLAN_FIRST, PLAN_SECOND)
    (soon,) = at(plan, "III.1.a")
    assert soon.unit == "Phòng Nghiệp vụ tổng hợp"
    assert soon.deadline == date(2026, 4, 15) and soon.schedule == "trước ngày 15/4/2026"
    assert soon.page == 2
    assert at(plan, "III.1.b")[0].frequency == "hằng tháng"


def test_an_office_before_a_colon_and_one_that_is_asked() -> None:
    plan = read(PLAN_FIRST, PLAN_SECOND)
    (cards,) = at(plan, "III.2")
    assert (cards.unit, cards.schedule) == ("Trung tâm Kiểm soát bệnh tật tỉnh", "trong Quý II/2026")
    assert at(plan, "III.3")[0].unit == "Báo và Phát thanh, Truyền hình Lâm Đồng"


def test_statements_without_an_office_and_the_closing_words() -> None:
    plan = read(PLAN_FIRST, PLAN_SECOND)
    assert at(plan, "I.2")[0].text == "Ít nhất 90% hộ gia đình nhận được tờ gấp trước mùa mưa."
    assert at(plan, "III.4")[0].unit == ""
    (closing,) = at(plan, "Phần kết")
    assert closing.text.startswith("nếu có vướng mắc")


def test_lines_broken_by_the_page_are_whole_again() -> None:
    (goal,) = at(read(PLAN_FIRST, PLAN_SECOND), "I.1")
    assert goal.text.endswith("khi có người mắc bệnh trong thôn, buôn.")
    assert goal.for_whom == ""


def test_a_letter_gives_duties_to_those_it_names() -> None:
    plan = read(LETTER)
    first, second = at(plan, "1")[0], at(plan, "2")[0]
    assert first.unit == "Trưởng các thôn" and first.deadline == date(2026, 10, 20)
    assert second.unit == "Phòng Kinh tế"


def test_a_schedule_over_two_pages_gives_dated_events() -> None:
    plan = read(SCHEDULE, SCHEDULE_REST)
    starts = [event.start.isoformat() for event in plan.events]
    assert starts == ["2026-05-08T08:00:00+07:00", "2026-06-12T13:30:00+07:00"]
    assert plan.events[1].end is not None and plan.events[1].end.hour == 16
    assert plan.events[0].unit == "Chánh Thanh tra tỉnh"
    assert plan.events[0].section == "I.1"
    (table,) = plan.tables
    assert len(table.rows) == 3 and table.header[0] == "STT"


def test_a_table_of_tasks_from_the_reader() -> None:
    rows = (
        ("TT", "Nhiệm vụ", "Đơn vị chủ trì", "Đơn vị phối hợp", "Thời gian hoàn thành"),
        ("1", "Lắp màn hình tra cứu tại sảnh", "Văn phòng Sở", "Phòng Kế hoạch", "Trước ngày 30/6/2026"),
    )
    text = "KẾ HOẠCH\nLắp đặt thiết bị năm 2026\nI. NHIỆM VỤ\n1. Danh mục nhiệm vụ được giao như sau:\n"
    plan = parse(DocumentText((Page(1, text),), (Table(rows, 1),)), name="thu.docx", area="x")
    (task,) = [statement for statement in plan.statements if statement.unit]
    assert (task.unit, task.deadline) == ("Văn phòng Sở", date(2026, 6, 30))
    assert "phối hợp: Phòng Kế hoạch" in task.text


def test_one_poor_page_states_nothing_and_the_others_do() -> None:
    poor = (
        "IV. GIAl PHAP\n1. Phong H6i chinh\n- Chu tri kiém tra hé s¢ truéc ngay 15/5/2026 va bao cao vé S¢.\n"
    )
    plan = read(PLAN_FIRST, PLAN_SECOND, poor)
    assert at(plan, "III.1.a") and not at(plan, "IV.1")
    assert any(section.path.startswith("IV") for section in plan.sections)
    assert any(doubt.field == "page" and doubt.page == 3 for doubt in plan.doubts)
