"""Which time a question is about: told from dates of somebody's life and from years in the names of documents."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer.times import says_now, time_asked, without_time
from knowledge.periods import Period
from knowledge.text.diacritics import fold

TODAY = date(2026, 11, 20)
MERGED = Period(None, date(2025, 6, 30), vague=True)
PAST = Period(None, date(2026, 11, 19), vague=True)


def year(number: int) -> Period:
    return Period(date(number, 1, 1), date(number, 12, 31))


ASKED = {
    "lệ phí cấp hộ chiếu năm 2023 bao nhiêu": year(2023),
    "năm 2024 làm căn cước mất mấy ngày": year(2024),
    "hồi 2023 đăng ký tạm trú ở đâu": year(2023),
    "năm ngoái phí sang tên xe bao nhiêu": year(2025),
    "năm 2027 lệ phí môn bài thế nào": year(2027),
    "tháng 5/2024 phí cấp phép xây dựng bao nhiêu": Period(date(2024, 5, 1), date(2024, 5, 31)),
    "ngày 12/3/2024 lệ phí khai sinh là bao nhiêu": Period(date(2024, 3, 12), date(2024, 3, 12)),
    "trước 1/7/2025 nộp hồ sơ đất đai ở đâu": Period(None, date(2025, 6, 30)),
    "trước khi sáp nhập đăng ký kinh doanh phí bao nhiêu": MERGED,
    "hồi còn quận thì nộp hồ sơ ở đâu": MERGED,
    "hồi trước cấp giấy phép lao động mất bao lâu": PAST,
    "xin hỏi thủ tục nuôi voi con năm 2023, hồ sơ gồm những giấy nào": year(2023),
    "việc nuôi voi con hồi còn quận, hồ sơ gồm những giấy nào": MERGED,
    "năm 2023 chương trình nuôi voi làm mỗi tháng hay mỗi quý": year(2023),
    "mấy năm trước cấp giấy nuôi voi mất bao lâu": PAST,
    "ngày 12 tháng 3 năm 2024 lệ phí nuôi voi là bao nhiêu": Period(date(2024, 3, 12), date(2024, 3, 12)),
    "trước đây có phải nộp sổ hộ khẩu không": PAST,
    "quy định cũ về cấp phép xây dựng": PAST,
    "lệ phí cũ của trích lục khai tử": PAST,
}
NOW = [
    "lệ phí cấp hộ chiếu bao nhiêu",
    "hiện nay làm căn cước mất mấy ngày",
    "trước đây 3 ngày, bây giờ mấy ngày",
    "năm 2026 lệ phí bao nhiêu",
    "từ 1/7/2025 nộp hồ sơ ở đâu",
    "năm nay phí bao nhiêu",
]
LIVES = [
    "em sinh năm 2003 làm căn cước ở đâu",
    "con tôi sinh ngày 12/3/2024 khai sinh cần gì",
    "Năm 2019 tôi mua mảnh đất, muốn sang tên cần giấy tờ gì",
    "tôi mua đất năm 2019 thì làm sổ cần giấy gì",
    "hộ chiếu cấp năm 2018 sắp hết hạn thì đổi thế nào",
    "hai vợ chồng em cưới năm 2018 chưa đăng ký thì làm gì",
    "công ty thành lập năm 2022 muốn đổi tên thì nộp gì",
    "xe đời 2019 đăng ký biển số hết bao nhiêu",
    "hồi trước em làm thẻ ở quận nay đổi ở đâu",
    "đổi bằng lái xe cũ cần gì",
    "sổ hộ khẩu cũ còn dùng được không",
    "đất khai hoang trước năm 2014 làm sổ thế nào",
    "bố mình mất năm 2021 giờ mới khai tử được không",
    "phải xin trước bao nhiêu ngày trước khi voi về trại",
    "nuôi voi được hai năm rồi, giờ đóng phí ở đâu",
    "người mua làm thủ tục thu hồi trước thì cần giấy tờ gì",
    "hồi trước nuôi voi có ai hỏi gì đâu",
    "năm 2019 ngã từ lưng voi xuống được chữa ở bệnh viện tỉnh. giờ xin trợ cấp cần gì",
    "phí nuôi voi đang giảm đến ngày 31 tháng 12 năm 2026 là bao nhiêu",
    "có phải nộp lại bản cũ không",
]
NAMES = [
    "Nghị định 36/2016/NĐ-CP quy định gì",
    "theo thông tư 63/2023/TT-BCA lệ phí bao nhiêu",
    "Luật Đất đai năm 2024 quy định gì về cấp sổ",
    "quyết định 51/2019/QĐ-UBND còn dùng không",
    "xe 43A-2023 sang tên hết bao nhiêu",
]


@pytest.mark.parametrize("text", ASKED)
def test_a_time_is_asked(text: str) -> None:
    assert time_asked(text, TODAY) == ASKED[text]
    assert time_asked(fold(text), TODAY) == ASKED[text], "without marks"
    assert time_asked(text.upper(), TODAY) == ASKED[text], "in capitals"


@pytest.mark.parametrize("text", [*NOW, *LIVES, *NAMES])
def test_no_time_is_asked(text: str) -> None:
    assert time_asked(text, TODAY) is None


def test_a_bare_year_is_that_of_a_plan() -> None:
    assert time_asked("kế hoạch 2020 của tỉnh", TODAY) is None
    assert time_asked("kế hoạch 2020 của tỉnh", TODAY, bare_year=True) == year(2020)
    assert time_asked("kế hoạch 26/2020/KH-UBND", TODAY, bare_year=True) is None


def test_a_day_that_does_not_exist_is_no_time() -> None:
    assert time_asked("ngày 31/02/2024 lệ phí bao nhiêu", TODAY) is None
    assert time_asked("tháng 13/2024 lệ phí bao nhiêu", TODAY) is None


def test_last_year_follows_the_clock() -> None:
    assert time_asked("năm ngoái lệ phí bao nhiêu", date(2024, 1, 1)) == year(2023)


@pytest.mark.parametrize("text", ["bây giờ thì sao", "hien nay phi bao nhieu", "thế hiện tại mấy ngày"])
def test_today_is_said(text: str) -> None:
    assert says_now(text)


def test_a_year_is_not_said_to_be_today() -> None:
    assert not says_now("năm 2023 phí bao nhiêu")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("năm 2023 cấp biển số nhà phí bao nhiêu", "cấp biển số nhà phí bao nhiêu"),
        ("trước ngày 1/7/2025 cấp biển số nhà", "cấp biển số nhà"),
        ("Hồi trước cấp biển số nhà", "cấp biển số nhà"),
        ("quy định cũ về cấp biển số nhà", "cấp biển số nhà"),
        ("nghị định 36/2016/NĐ-CP", "nghị định 36/2016/NĐ-CP"),
        ("năm 2023", "năm 2023"),
    ],
)
def test_words_of_time_name_no_procedure(text: str, left: str) -> None:
    assert without_time(text) == left


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    period = time_asked(text, TODAY, bare_year=True)
    assert period is None or not period.holds(TODAY)
    without_time(text)
