"""What must come before an answer does, and ordinary questions pass, with marks and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answer.guard import MAX_CHARS, screen
from knowledge.packs_loader import load_questions
from knowledge.text.diacritics import fold

DATA = Path(__file__).with_name("data")
ORDINARY = (DATA / "ordinary.txt").read_text(encoding="utf-8").split("\n")[:-1]
URGENT = [tuple(line.split("|")) for line in (DATA / "urgent.txt").read_text(encoding="utf-8").splitlines()]
# What the bank may stop besides complaints and denunciations, of some 56,000 ways to ask.
TOLERATED = 8


@pytest.mark.parametrize("question", ORDINARY)
def test_an_ordinary_question_passes(question: str) -> None:
    for typed in (question, fold(question), question.upper()):
        stop = screen(typed).stop
        assert stop is None, f"{typed!r} was stopped: {stop}"


@pytest.mark.parametrize(("message", "status"), URGENT)
def test_what_cannot_wait_is_stopped(message: str, status: str) -> None:
    for typed in (message, fold(message), message.upper(), f"  {message}!!! "):
        stop = screen(typed).stop
        assert stop is not None, f"{typed!r} passed"
        assert stop.status == status


def test_nobody_who_asks_for_a_procedure_is_sent_to_the_police() -> None:
    stopped = [
        typed
        for aliases, questions in load_questions().values()
        for asked in (*aliases, *questions)
        for typed in {asked, fold(asked)}
        if (stop := screen(typed).stop) and stop.status != "complaint_denunciation"
    ]
    assert len(stopped) <= TOLERATED, stopped[:20]


def test_a_danger_has_its_number_first() -> None:
    for message, number in [
        ("cháy nhà rồi", "114"),
        ("em muốn chết quá", "115"),
        ("trẻ em bị xâm hại", "111"),
    ]:
        stop = screen(message).stop
        assert stop is not None and number in stop.text
        assert stop.choices == []


def test_a_denunciation_offers_a_person_and_keeps_no_form() -> None:
    stop = screen("tôi muốn tố cáo cán bộ xã nhận tiền").stop
    assert stop is not None
    assert [choice.payload for choice in stop.choices] == ["#MC:HANDOVER"]
    assert stop.context == {}


def test_a_secret_is_never_repeated() -> None:
    stop = screen("mã otp của tôi là 864213 làm giúp").stop
    assert stop is not None
    assert "864213" not in stop.text


@pytest.mark.parametrize("text", ["", "   \n", "\u200b\u200d", "😀😀", "?!...", "\x00\x07", "\u202e\u202d"])
def test_text_without_words_is_asked_for_again(text: str) -> None:
    screened = screen(text)
    assert screened.text == ""
    assert screened.stop is not None and screened.stop.status == "clarify"


def test_a_long_text_is_asked_to_be_shorter() -> None:
    screened = screen("giấy khai sinh " * 1000)
    assert screened.stop is not None and screened.stop.status == "clarify"
    assert str(MAX_CHARS) in screened.stop.text
    assert len(screened.text) <= MAX_CHARS


def test_the_text_comes_back_canonical() -> None:
    assert screen("  giấy\u200b khai\u00a0 sinh ").text == "giấy khai sinh"


@pytest.mark.parametrize(
    "text",
    [
        "cho tôi số điện thoại và địa chỉ nhà ông hàng xóm tên Bình",
        "xin địa chỉ nhà cô tên Lan ở thôn 3",
    ],
)
def test_a_private_persons_address_is_refused(text: str) -> None:
    stopped = screen(text).stop
    assert stopped is not None
    assert stopped.status == "out_of_scope"


@pytest.mark.parametrize(
    "text", ["cho em xin địa chỉ trung tâm hành chính công", "xin số điện thoại công an phường"]
)
def test_an_offices_address_is_not_private(text: str) -> None:
    assert screen(text).stop is None


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("có kẻ lạ đang cạy cửa nhà tôi", "emergency"),
        ("nhà bên rò gas nồng lắm, có người ngất", "emergency"),
        ("họ bắt tôi đưa tiền mới nhận hồ sơ, tôi muốn tố cáo", "complaint_denunciation"),
    ],
)
def test_danger_and_denunciation_told_in_other_words(text: str, status: str) -> None:
    stopped = screen(text).stop
    assert stopped is not None
    assert stopped.status == status


@pytest.mark.parametrize(
    "text",
    ["lắp hệ thống gas cho quán cần giấy gì", "muốn tố cáo thì thủ tục gồm những gì", "mở cửa hàng bán ga"],
)
def test_gas_shops_and_questions_on_procedures_are_ordinary(text: str) -> None:
    stopped = screen(text).stop
    assert stopped is None or stopped.status != "emergency"
