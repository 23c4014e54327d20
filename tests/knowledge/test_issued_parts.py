"""Small readers of issued texts: numbering, offices, times, citations."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.parsers.issued import looks_like, parse
from knowledge.parsers.issued.citations import citations
from knowledge.parsers.issued.lines import paragraphs
from knowledge.parsers.issued.markers import marker_of
from knowledge.parsers.issued.sections import sections, tree
from knowledge.parsers.issued.times import day_of, deadline_of, frequency_of, schedule_of, span_of
from knowledge.parsers.issued.units import heading_unit, leading_unit, units_in
from tests.knowledge.issued_texts import DECISION, LETTER, SCAN, document


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("III. TỔ CHỨC THỰC HIỆN", "roman", "III"),
        ("Điều 12. Hiệu lực", "article", "12"),
        ("7. Sở Tài chính", "number", "7"),
        ("4.Tổ chức tập huấn", "number", "4"),
        ("1.2. Chủ trương", "number2", "1.2"),
        ("đ) Phối hợp", "letter", "đ"),
        ("- b) Phối hợp", "letter", "b"),
        ("(2) Cải cách", "paren", "2"),
        ("- Lưu ý", "dash", ""),
        ("- + In tờ gấp", "plus", ""),
        ("Phụ lục II", "annex", "II"),
    ],
)
def test_numbering(text: str, kind: str, mark: str) -> None:
    found = marker_of(text)
    assert found is not None and (found.kind, found.mark) == (kind, mark)


@pytest.mark.parametrize(
    "text", ["15 phút mỗi ngày", "2016 - 2020;", "56/2017/QH14 của Quốc hội", "Điều 24 của Luật", "Vì vậy"]
)
def test_what_is_no_number_of_a_piece(text: str) -> None:
    assert marker_of(text) is None


def test_the_tree_survives_numbers_that_begin_again() -> None:
    text = "I. MỘT\n1. Việc đầu\na) Ý đầu\n- gạch đầu dòng\n2. Việc hai\nII. HAI\n1. Lại một\n1.1. Nhỏ hơn\n1.2. Nữa"
    paths = [section.path for section in sections(tree(paragraphs(document(text))))]
    assert paths == ["I", "I.1", "I.1.a", "I.2", "II", "II.1", "II.1.1", "II.1.2"]


def test_a_heading_glued_to_its_text_is_told_apart() -> None:
    root = tree(paragraphs(document("V. KINH PHÍ Kinh phí lấy từ ngân sách xã hằng năm theo quy định.")))
    (section,) = sections(root)
    assert (section.path, section.title) == ("V", "KINH PHÍ")
    assert section.text.startswith("Kinh phí lấy")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Giao Sở Nội vụ chủ trì, phối hợp với các cơ quan", "Sở Nội vụ"),
        ("Sở Văn hóa, Thể thao và Du lịch tổ chức hội thi", "Sở Văn hóa, Thể thao và Du lịch"),
        ("Báo và Phát thanh, Truyền hình Lâm Đồng xây dựng chuyên mục", "Báo và Phát thanh, Truyền hình Lâm Đồng"),
        ("Hằng tháng, Công an xã cung cấp số liệu", "Công an xã"),
        ("Ủy ban Mặt trận Tổ quốc Việt Nam xã vận động hội viên", "Ủy ban Mặt trận Tổ quốc Việt Nam xã"),
        ("Thủ trưởng các sở, ban, ngành chuẩn bị nội dung", "Thủ trưởng các sở, ban, ngành"),
        ("Trung tâm Phục vụ hành chính công: niêm yết thủ tục", "Trung tâm Phục vụ hành chính công"),
        ("Các cơ quan, đơn vị có liên quan gửi báo cáo", "Các cơ quan, đơn vị có liên quan"),
    ],
)  # fmt: skip
def test_offices_that_begin_a_duty(text: str, unit: str) -> None:
    assert leading_unit(text)[0] == unit


@pytest.mark.parametrize(
    "text",
    ["Ban hành Kế hoạch năm 2026", "Báo cáo kết quả", "Phòng, chống dịch bệnh", "Tổ chức hội nghị", "Hội thi tìm hiểu",
     "Nâng cao nhận thức", "Bộ chỉ số đánh giá"],
)  # fmt: skip
def test_what_only_looks_like_an_office(text: str) -> None:
    assert leading_unit(text)[0] == "" and heading_unit(text) == ""


def test_offices_within_a_question() -> None:
    assert units_in("việc này Sở Y tế chủ trì hay Sở Tư pháp chủ trì") == ["Sở Y tế", "Sở Tư pháp"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("hoàn thành trước ngày 15/5/2026", date(2026, 5, 15)),
        ("gửi về Sở chậm nhất ngày 03 tháng 6 năm 2026", date(2026, 6, 3)),
        ("trước ngày 15/5", None),
        ("trước ngày 31/02/2026", None),
        ("trước ngày 15/5/2026 và trước ngày 20/6/2026", None),
        ("ban hành ngày 15/5/2026", None),
    ],
)
def test_deadlines_are_whole_days_said_once(text: str, day: date | None) -> None:
    assert deadline_of(text) == day


def test_schedules_and_frequencies_as_printed() -> None:
    assert schedule_of("thực hiện trong Quý II/2026") == "trong Quý II/2026"
    assert schedule_of("định kỳ Quý I, III, 6 tháng đầu năm") == "Quý I, III; 6 tháng đầu năm"
    assert frequency_of("đăng tin ít nhất 02 lần/tuần") == "ít nhất 02 lần/tuần"
    assert frequency_of("báo cáo định kỳ hằng tháng, 06 tháng, năm") == "định kỳ hằng tháng, 06 tháng, năm"
    assert schedule_of("nói về tháng lương") == frequency_of("hàng hóa") == ""


def test_hours_of_a_day() -> None:
    span = span_of("Từ 20 giờ 15’ - 20 giờ 45’ ngày 23 tháng 1", year=2026)
    assert span is not None and span.end is not None
    assert (span.start.isoformat(), span.end.minute) == ("2026-01-23T20:15:00+07:00", 45)
    assert span_of("08h00 ngày 08/5/2026") is not None
    assert span_of("ngày 08/5/2026") is None and span_of("20 giờ 15", year=2026) is None
    assert span_of("Từ 20 giờ ngày 23 tháng 1") is None  # no year is said anywhere


def test_citations_are_kept_apart() -> None:
    text = (
        "Thực hiện Nghị quyết số 10/NQ-CP ngày 03/02/2018 của Chính phủ về phát triển nhà ở và Quyết định số 7/QĐ-TTg "
        "ngày 08/3/2019 của Thủ tướng Chính phủ ban hành danh mục công trình."
    )
    found = {basis.number: basis for basis in citations([text])}
    assert found["10/NQ-CP"].issuer == "Chính phủ" and found["10/NQ-CP"].issued == date(2018, 2, 3)
    assert found["7/QĐ-TTg"].issuer == "Thủ tướng Chính phủ"
    assert found["7/QĐ-TTg"].issued == date(2019, 3, 8)


def test_days() -> None:
    assert day_of("ngày 1 tháng 12 năm 2026") == date(2026, 12, 1)
    assert day_of("không có ngày nào") is None


def test_what_an_issued_text_looks_like() -> None:
    assert all(map(looks_like, (DECISION, LETTER, SCAN)))
    assert not looks_like("Bài viết trên trang về việc làm bánh.\nNguyên liệu gồm bột và đường.")


@given(st.text(max_size=400))
def test_nothing_makes_the_parser_fall(text: str) -> None:
    plan = parse(document(text), name="x.txt", area="x")
    assert plan.id and plan.title
