"""Texts and choices cut to what a platform takes."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Capabilities, OutboundMessage
from bot.channels.shaping import pieces, shape, shortened

CAN = Capabilities(text=200, buttons=3, button_text=60)


def message(text: str, *titles: str) -> OutboundMessage:
    choices = [{"title": title, "payload": "#MC:YES"} for title in titles]
    return OutboundMessage(channel="x", recipient="1", message_id="m", text=text, body={"choices": choices})


def shaped(text: str, *titles: str) -> tuple[list[str], list[str]]:
    found = shape(message(text, *titles), CAN, most=3, title=20, hint="Bạn nhắn số:")
    return found.texts, [one.title for one in found.buttons]


def test_at_the_limit_a_text_is_one_piece_and_one_past_it_two() -> None:
    assert len(pieces("a" * 2000, limit=2000)) == 1
    assert [len(one) for one in pieces("a" * 2001, limit=2000)] == [2000, 1]


def test_a_text_is_cut_where_a_reader_pauses() -> None:
    assert pieces("Câu một dài vừa. Câu hai cũng vậy.", limit=25) == ["Câu một dài vừa.", "Câu hai cũng vậy."]
    assert pieces("Đoạn một.\n\nĐoạn hai. Thêm.", limit=20) == ["Đoạn một.", "Đoạn hai. Thêm."]


def test_lengths_are_of_composed_characters_and_no_letter_loses_its_mark() -> None:
    spread = unicodedata.normalize("NFD", "ế" * 50)
    assert pieces(spread, limit=50) == ["ế" * 50]
    family = "a" * 9 + "👨\u200d👩"
    assert pieces(family, limit=10) == ["a" * 9, "👨\u200d👩"]


@given(st.text(max_size=300), st.integers(5, 80))
def test_nothing_is_lost_but_white_space(text: str, limit: int) -> None:
    found = pieces(text, limit=limit)
    assert all(len(one) <= limit for one in found)
    composed = unicodedata.normalize("NFC", text)
    assert "".join("".join(found).split()) == "".join(composed.split())


def test_buttons_that_fit_stand_below_the_last_text() -> None:
    assert shaped("Bạn chọn:", "Có", "Không") == (["Bạn chọn:"], ["Có", "Không"])
    texts, buttons = shaped("Câu này khá là dài. " * 5, "Có")
    assert len(texts[-1]) <= CAN.button_text
    assert buttons == ["Có"]


def test_one_button_or_one_letter_too_many_numbers_them_all() -> None:
    texts, buttons = shaped("Bạn chọn:", "Một", "Hai", "Ba", "Bốn")
    assert (texts, buttons) == (["Bạn chọn:\n\nBạn nhắn số:\n1. Một\n2. Hai\n3. Ba\n4. Bốn"], [])
    assert shaped("Bạn chọn:", "a" * 20)[1] == ["a" * 20]
    assert shaped("Bạn chọn:", "a" * 21) == (["Bạn chọn:\n\nBạn nhắn số:\n1. " + "a" * 21], [])


def test_a_text_that_numbers_its_choices_is_not_numbered_again() -> None:
    text = "Bạn hỏi việc nào?\n1. Cấp lại giấy phép lái xe\n2. Đổi giấy phép lái xe"
    assert shaped(text, "Cấp lại giấy phép lái xe", "Đổi giấy phép lái xe") == ([text], [])


def test_a_title_is_shortened_at_a_word() -> None:
    assert shortened("Cấp lại giấy phép lái xe", limit=20) == "Cấp lại giấy phép…"
    assert shortened("Có", limit=20) == "Có"
