"""Replies as Messenger takes them: every limit, and one past it."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Capabilities, OutboundMessage
from bot.channels.messenger_shapes import measured, parts, said

CAN = Capabilities(text=2000, buttons=3, button_text=640, quick_replies=13, typing=True)


def message(text: str, *choices: dict[str, str], **fields: Any) -> OutboundMessage:
    body = {"choices": list(choices)}
    return OutboundMessage(
        channel="messenger", recipient="202", message_id="m", text=text, body=body, **fields
    )


def contents(text: str, *choices: dict[str, str]) -> list[dict[str, Any]]:
    return said(message(text, *choices), CAN)


def tap(title: str, payload: str = "#MC:YES") -> dict[str, str]:
    return {"title": title, "payload": payload}


def link(title: str, url: str = "https://dichvucong.gov.vn") -> dict[str, str]:
    return {"title": title, "url": url}


def quick(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["title"], one["payload"]) for one in content.get("quick_replies", [])]


def test_short_choices_are_quick_replies_below_the_last_text() -> None:
    (content,) = contents("Bạn chọn:", tap("Có"), tap("Không", "#MC:NO"))
    assert content["text"] == "Bạn chọn:"
    assert quick(content) == [("Có", "#MC:YES"), ("Không", "#MC:NO")]
    *before, last = contents("Một câu dài. " * 300, tap("Có"))
    assert quick(last) and not any(quick(one) for one in before)


def test_a_thirteenth_quick_reply_fits_and_a_fourteenth_numbers_them_to_be_typed() -> None:
    (thirteen,) = contents("Chọn:", *(tap(f"Việc {n}") for n in range(13)))
    assert len(quick(thirteen)) == 13
    (fourteen,) = contents("Chọn:", *(tap(f"Việc {n}") for n in range(14)))
    assert not quick(fourteen)
    assert "14. Việc 13" in fourteen["text"]


def test_a_title_of_twenty_fits_and_one_of_twenty_one_is_numbered() -> None:
    (fits,) = contents("Chọn:", tap("a" * 20), tap("b"))
    assert quick(fits)[0][0] == "a" * 20
    (longer,) = contents("Chọn:", tap("a" * 21), tap("b", "#MC:NO"))
    assert "1. " + "a" * 21 in longer["text"]
    assert quick(longer) == [("1", "#MC:YES"), ("2", "#MC:NO")]


def test_titles_are_measured_composed_and_an_emoji_counts_twice_in_them_too() -> None:
    (spread,) = contents("Chọn:", tap(unicodedata.normalize("NFD", "ế" * 20)))
    assert quick(spread)[0][0] == "ế" * 20
    (emoji,) = contents("Chọn:", tap("👍" * 10))
    assert quick(emoji)[0][0] == "👍" * 10
    (longer,) = contents("Chọn:", tap("👍" * 10 + "a"))
    assert [title for title, _ in quick(longer)] == ["1"]


def test_links_and_numbers_are_buttons_of_a_template() -> None:
    phone = {"title": "Gọi tổng đài", "url": "tel:0262 3816 789"}
    (content,) = contents("Bạn nộp ở đâu?", tap("Có"), link("Mở Cổng"), phone)
    template = content["attachment"]["payload"]
    assert template["text"] == "Bạn nộp ở đâu?"
    assert template["buttons"] == [
        {"type": "postback", "title": "Có", "payload": "#MC:YES"},
        {"type": "web_url", "title": "Mở Cổng", "url": "https://dichvucong.gov.vn"},
        {"type": "phone_number", "title": "Gọi tổng đài", "payload": "+842623816789"},
    ]


def test_a_fourth_button_or_a_long_title_numbers_them_with_the_links_written_out() -> None:
    (content,) = contents(
        "Bạn nộp ở đâu?", link("Mở Cổng"), tap("Có"), tap("Không", "#MC:NO"), tap("Khác", "#MC:ASK")
    )
    assert "1. Mở Cổng: https://dichvucong.gov.vn" in content["text"]
    assert quick(content) == [("2", "#MC:YES"), ("3", "#MC:NO"), ("4", "#MC:ASK")]
    (longer,) = contents("Xem:", link("a" * 21))
    assert longer == {"text": longer["text"]}
    assert "https://dichvucong.gov.vn" in longer["text"]


def test_a_hotline_has_no_international_number_and_is_written_out() -> None:
    (content,) = contents("Gọi ngay.", {"title": "Gọi 113", "url": "tel:113"})
    assert "1. Gọi 113: 113" in content["text"]


def test_a_template_holds_640_letters_and_what_is_longer_goes_before_it() -> None:
    (fits,) = contents("a" * 640, link("Mở"))
    assert len(fits["attachment"]["payload"]["text"]) == 640
    before, last = contents("Câu dài vừa. " * 50, link("Mở"))
    assert len(before["text"]) <= 640
    assert len(last["attachment"]["payload"]["text"]) <= 640


def test_2000_letters_are_one_message_and_2001_two() -> None:
    assert len(contents("a" * 2000)) == 1
    assert [len(one["text"]) for one in contents("a" * 2001)] == [2000, 1]


def test_an_emoji_counts_twice() -> None:
    assert measured("👍" * 1000, 2000) == ["👍" * 1000]
    assert all(len(one.encode("utf-16-le")) <= 4000 for one in measured("👍" * 1001, 2000))
    assert [len(one["text"]) for one in contents("a" * 1998 + "👍")] == [1999]
    assert len(contents("a" * 1999 + "👍")) == 2


def test_a_payload_past_the_limit_is_not_offered() -> None:
    (fits,) = contents("Chọn:", tap("Có", "#MC:SAY:" + "a" * 992))
    assert len(quick(fits)[0][1]) == 1000
    (content,) = contents("Chọn:", tap("Có", "#MC:SAY:" + "a" * 993))
    assert not quick(content)
    assert "1. Có" in content["text"]


def test_each_part_has_a_tag_of_its_own_and_typing_may_fail() -> None:
    typing, first, second = parts(message("a" * 2001), CAN)
    assert (typing.content, typing.optional) == ({"sender_action": "typing_on"}, True)
    assert [first.tag, second.tag] == ["mc:m:0", "mc:m:1"]
    assert first.content["message"]["metadata"] == "mc:m:0"
    assert not any(one.optional for one in parts(message("Chào bạn", human=True), CAN))


def test_a_file_is_sent_with_the_words_that_may_replace_it() -> None:
    file = {"kind": "file", "url": "https://x/mau.pdf", "title": "Tờ khai"}
    told = OutboundMessage(
        channel="x", recipient="1", message_id="m", text="Đây.", body={"attachments": [file]}
    )
    *_, part = parts(told, CAN)
    assert part.content["message"]["attachment"]["payload"] == {"url": "https://x/mau.pdf"}
    assert "https://x/mau.pdf" in part.extra["instead"]["text"]


@given(
    st.text(max_size=5000),
    st.lists(
        st.builds(tap, st.text(min_size=1, max_size=30))
        | st.builds(link, st.text(min_size=1, max_size=30), st.just("https://x")),
        max_size=16,
    ),
)
def test_whatever_is_said_stays_within_every_limit(text: str, choices: list[dict[str, str]]) -> None:
    for content in contents(text, *choices):
        template = content.get("attachment", {}).get("payload")
        shown = template["text"] if template else content["text"]
        assert 0 < len(shown.encode("utf-16-le")) // 2 <= (640 if template else 2000)
        assert len(content.get("quick_replies", [])) <= 13
        titles = [
            one["title"] for one in (*content.get("quick_replies", []), *(template or {}).get("buttons", []))
        ]
        assert all(1 <= len(title.encode("utf-16-le")) // 2 <= 20 for title in titles)
