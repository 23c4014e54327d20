"""Long texts, short lists, deadlines and page tails."""

from __future__ import annotations

import pytest

from knowledge.documents import Level
from knowledge.parsers import people
from knowledge.parsers.deadlines import citizen_deadlines
from knowledge.parsers.prose import paragraphs, related, results
from knowledge.parsers.tail import cut_tail, field


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bước 1: Nộp.\nBước 2: Nhận.", ("Bước 1: Nộp.", "Bước 2: Nhận.")),
        ("Nộp hồ sơ. + Bước 1: Xem. + Bước 2: Cấp.", ("Nộp hồ sơ.", "+ Bước 1: Xem.", "+ Bước 2: Cấp.")),
        (
            "Bước 1: Nộp\n- tại quầy;\n- qua mạng.\nBước 2: Nhận",
            ("Bước 1: Nộp\n- tại quầy;\n- qua mạng.", "Bước 2: Nhận"),
        ),
        ("- Một\n+ nhỏ\n- Hai", ("- Một\n+ nhỏ", "- Hai")),
        ("Một câu bị\nngắt dòng.\nCâu khác.", ("Một câu bị ngắt dòng.", "Câu khác.")),
        ("Không có thông tin", ()),
        ("", ()),
        ("Xem Bước 2 của thủ tục khác.", ("Xem Bước 2 của thủ tục khác.",)),
    ],
)
def test_paragraphs(text: str, expected: tuple[str, ...]) -> None:
    assert paragraphs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Giấy mẫuMã: KQ.M01.000001Từ khóaabcMô tảxyz", ("Giấy mẫu",)),
        (
            "Giấy AMã: KQ.M01.000001- Giấy B;Mã: KQ-M01-KQ-000002Từ khóaKhông có thông tinMô tả",
            ("Giấy A", "Giấy B"),
        ),
        ("Giấy AMã: KQ.M01.0001Giấy AMã: KQ.M01.0002", ("Giấy A",)),
        ("Văn bảnMã: VBTT", ("Văn bản",)),
        ("", ()),
    ],
)
def test_results(text: str, expected: tuple[str, ...]) -> None:
    assert results(text) == expected


def test_the_tail_of_the_page_is_cut() -> None:
    assert cut_tail("Giấy mẫu\nChọn cơ quan thực hiệnTỉnh A\nNộp hồ sơ") == "Giấy mẫu"
    assert field("Giấy mẫu\nNộp hồ sơ") == "Giấy mẫu"
    assert field("Nộp hồ sơ tại quầy") == "Nộp hồ sơ tại quầy"


@pytest.mark.parametrize("text", ["Không có thông tin", "không có", "--", "Không", " . ", ""])
def test_nothing_in_words_is_nothing(text: str) -> None:
    assert field(text) == ""


def test_related_titles() -> None:
    assert related("#Tên thủ tục1Cấp giấy A#1Tên thủ tụcCấp giấy A") == ("Cấp giấy A",)
    assert related("Không có thông tin") == ()


def test_people() -> None:
    assert people.levels("Cấp Bộ, Cấp tỉnh, Cấp Xã, Cơ quan khác") == (
        (Level.MINISTRY, Level.PROVINCE, Level.COMMUNE, Level.OTHER),
        [],
    )
    assert people.levels("Cấp mới") == ((), ["Cấp mới"])
    assert people.subjects("Doanh nghiệp, Cán bộ, công chức, viên chức, Hợp tác xã") == (
        "Doanh nghiệp",
        "Cán bộ, công chức, viên chức",
        "Hợp tác xã",
    )
    assert people.ministry("bo-cong-an") == "Bộ Công an"
    assert people.ministry("bo-moi") == "bo-moi"


@pytest.mark.parametrize(
    "text",
    [
        "Trong thời hạn 60 ngày kể từ ngày mua, chủ xe có trách nhiệm đăng ký.",
        "Người yêu cầu phải nộp bản chính chậm nhất là 05 ngày làm việc, kể từ ngày gửi.",
    ],
)
def test_a_citizens_deadline_is_unmistakable(text: str) -> None:
    assert citizen_deadlines(f"Mở đầu.\n- {text}\nKết.") == (text,)


@pytest.mark.parametrize(
    "text",
    [
        "Trong thời hạn 05 ngày kể từ ngày nhận hồ sơ, Sở Mẫu có trách nhiệm trả lời.",
        "Trong thời hạn 05 ngày kể từ ngày nhận hồ sơ, cơ quan đăng ký phải báo cho chủ xe.",
        "Chủ xe phải nộp hồ sơ.",
        "Công dân được nhận giấy trong thời hạn 05 ngày kể từ ngày nộp.",
    ],
)
def test_an_offices_time_is_not_a_citizens_deadline(text: str) -> None:
    assert citizen_deadlines(text) == ()
