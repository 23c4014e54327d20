"""What tells near titles apart: one question, short choices, nothing that the titles do not say."""

from __future__ import annotations

import pytest

from knowledge.differences import MAX_WORDS, Title, common_words, rules, told_apart
from knowledge.documents import Level

CARD = "thẻ thư viện"


def choices(*titles: str) -> tuple[str, ...] | None:
    told = told_apart([Title(title) for title in titles])
    return told.choices if told else None


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        ((f"Cấp {CARD}", f"Cấp lại {CARD}", f"Cấp đổi {CARD}"), ("Cấp lần đầu", "Cấp lại", "Cấp đổi")),
        (("Thủ tục đăng ký sáng chế", "Thủ tục đăng ký lại sáng chế"), ("Đăng ký lần đầu", "Đăng ký lại")),
        ((f"Gia hạn, điều chỉnh {CARD}", f"Trả lại {CARD}"), ("Gia hạn, điều chỉnh", "Trả lại")),
        (
            ("Đăng ký nhận đỡ đầu", "Đăng ký nhận đỡ đầu có yếu tố nước ngoài"),
            ("Không có yếu tố nước ngoài", "Có yếu tố nước ngoài"),
        ),
        (("Đăng ký đỡ đầu", "Đăng ký đỡ đầu lưu động"), ("Làm riêng việc này", "Lưu động")),
        (("Cấp giấy nhập khẩu hoa quả", "Cấp giấy xuất khẩu hoa quả"), ("Nhập khẩu", "Xuất khẩu")),
        (
            ("Vay vốn nuôi cá của hộ gia đình", "Vay vốn nuôi cá của hợp tác xã"),
            ("Hộ gia đình", "Hợp tác xã"),
        ),
    ],
)
def test_one_difference_is_one_question(titles: tuple[str, ...], said: tuple[str, ...]) -> None:
    assert choices(*titles) == said


def test_several_differences_are_cases() -> None:
    titles = [Title(f"Cấp {CARD}"), Title(f"Cấp lại {CARD}"), Title(f"Cấp {CARD} có yếu tố nước ngoài")]
    told = told_apart(titles)
    assert told is not None and told.ask == rules().other
    assert told.choices == ("Cấp lần đầu, Không có yếu tố nước ngoài", "Cấp lại", "Có yếu tố nước ngoài")


def test_cases_that_titles_tell_are_the_choices() -> None:
    said = choices(
        "Thuê nhà trọ công đối với trường hợp Ký mới", "Thuê nhà trọ công đối với trường hợp đã ở lâu năm"
    )
    assert said == ("Trường hợp Ký mới", "Trường hợp đã ở lâu năm")


def test_what_titles_say_beyond_the_shortest_are_cases() -> None:
    base = "Thủ tục đăng ký nhận đỡ đầu"
    said = choices(base, f"{base} cho người đã có giấy tờ", f"{base} có yếu tố nước ngoài")
    assert said == (rules().usual, "Cho người đã có giấy tờ", "Có yếu tố nước ngoài")


@pytest.mark.parametrize(
    "titles",
    [
        (f"Cấp {CARD}",),
        (f"Cấp {CARD}", "Xác nhận nguồn gốc lô rừng"),  # no siblings
        (f"Cấp {CARD}", f"Cấp {CARD} lần đầu"),  # which of them is the first is not told
        (f"Cấp {CARD} và thuê máy", f"Cấp lại {CARD} sau khi mất điện trên diện rộng"),  # more differs
        (f"Cấp {CARD}", f"Cấp {CARD}"),  # nothing differs
    ],
)
def test_what_no_short_words_tell_apart_keeps_its_titles(titles: tuple[str, ...]) -> None:
    assert choices(*titles) is None


def test_same_titles_are_told_by_level() -> None:
    province = Title(f"Cấp {CARD} (cấp tỉnh)", (Level.PROVINCE,))
    commune = Title(f"Cấp {CARD} (thực hiện tại cấp xã)", (Level.COMMUNE,))
    told = told_apart([province, commune])
    assert told is not None and told.choices == ("Ở tỉnh", "Ở xã, phường")


def test_a_place_that_both_titles_say_is_no_plain_case() -> None:
    """Beside the border one, the other foreign one is not one without a foreign element."""
    abroad = "Đăng ký nhận đỡ đầu có yếu tố nước ngoài"
    assert choices(abroad, f"{abroad} tại khu vực biên giới") == (
        "Không ở khu vực biên giới",
        "Tại khu vực biên giới",
    )


def test_what_is_common_is_named_as_it_is_written() -> None:
    assert common_words([Title("Đăng ký kết hôn"), Title("Đăng ký lại kết hôn")]) == "kết hôn"
    assert common_words([Title("Cấp Thẻ ABTC (cấp tỉnh)"), Title("Đổi thẻ ABTC (cấp xã)")]) == "Thẻ ABTC"
    assert common_words([Title("Cấp vốn"), Title("Đổi thẻ")]) == ""


def test_each_difference_asks_one_question() -> None:
    for difference in rules().differences:
        assert difference.ask.endswith("?") and difference.ask.count("?") == 1
        assert all(len(said.split()) <= MAX_WORDS for said in difference.plain.values())
