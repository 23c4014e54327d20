"""Which part of a record short questions ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answer.aspects import content, find_aspects
from bot.answer.compose.procedure import ASPECTS
from knowledge.text.diacritics import fold

LINES = (Path(__file__).with_name("data") / "aspects.txt").read_text(encoding="utf-8").splitlines()
ASKED = [tuple(line.split("|")) for line in LINES]


@pytest.mark.parametrize(("question", "aspect"), ASKED)
def test_a_short_question_has_its_aspect(question: str, aspect: str) -> None:
    for typed in (question, fold(question), f"{question.upper()}???"):
        assert find_aspects(typed)[:1] == [aspect], typed


@pytest.mark.parametrize("question", ["", "đăng ký khai sinh", "giá vàng", "xin chào", "😀", "1"])
def test_a_general_question_has_none(question: str) -> None:
    assert find_aspects(question) == []


def test_two_aspects_of_one_question_are_both_found() -> None:
    assert set(find_aspects("cần giấy tờ gì và lệ phí bao nhiêu")) == {"documents", "fee"}
    asked = find_aspects("giấy tờ gì, bao lâu, bao nhiêu tiền, nộp ở đâu")
    assert asked == ["documents", "time_limit", "fee"], "in the order asked, no more than three"


def test_every_aspect_found_can_be_composed() -> None:
    assert {aspect for _, aspect in ASKED} <= set(ASPECTS)


@pytest.mark.parametrize(
    "question",
    [
        "thế lệ phí bao nhiêu",
        "còn nộp ở đâu",
        "vậy mất bao lâu ạ",
        "cho em hỏi cần giấy tờ gì với",
        "thế làm online được không",
        "the le phi bao nhieu",
        "con nop o dau",
    ],
)
def test_a_follow_up_says_nothing_of_its_own(question: str) -> None:
    assert content(question) == ""


@pytest.mark.parametrize(
    ("question", "left"),
    [("lệ phí làm hộ chiếu bao nhiêu", "ho chieu"), ("khai sinh cần giấy tờ gì", "khai sinh")],
)
def test_what_names_a_procedure_is_left(question: str, left: str) -> None:
    assert content(question) == left
    assert content(fold(question)) == left


@pytest.mark.parametrize(
    "question",
    [
        "tôi muốn làm khai sinh",
        "toi muon lam khai sinh",
        "đăng ký phương tiện",
        "biển số đẹp",
        "thế chấp sổ đỏ",
    ],
)
def test_a_word_with_another_mark_is_another_word(question: str) -> None:
    """ "muốn" is not "muộn" (a deadline), "tiện" is not "tiền" (a fee)."""
    assert find_aspects(question) == []


def test_names_that_hold_a_small_word_stay_whole() -> None:
    assert content("họ làm hộ chiếu") == content("ho chieu") == "ho chieu"
    assert content("thẻ căn cước") == "the can cuoc"
    assert content("xe may") == "xe may"


@pytest.mark.parametrize(
    ("question", "aspects"),
    [
        ("mấy ngày phải đi khai sinh cho con", ["deadline"]),
        ("làm hộ chiếu online được không", ["online"]),
        ("nộp tiền ở đâu", ["payment"]),
        ("thanh toán trực tuyến được không", ["payment"]),
        ("có được không", ["conditions"]),
        ("nộp ở đâu, mất bao lâu", ["time_limit", "where"]),
    ],
)
def test_a_longer_phrase_takes_the_words_it_holds(question: str, aspects: list[str]) -> None:
    for typed in (question, fold(question)):
        assert sorted(find_aspects(typed)) == sorted(aspects)


@pytest.mark.parametrize(
    ("question", "aspects"),
    [
        ("nuôi voi theo nghị định mô rứa", ["legal"]),
        ("đơn xin thì viết theo mẫu mô", ["form"]),
        ("nộp mẫu mô tả trại voi", []),
        ("xin giấy chi nhánh trại voi", []),
    ],
)
def test_question_words_of_the_middle_provinces_ask(question: str, aspects: list[str]) -> None:
    assert find_aspects(question) == aspects


@pytest.mark.parametrize(
    ("question", "aspects"),
    [
        ("voi đổ bệnh mà chưa ai xác nhận cho", []),
        ("trại tôi không nộp gì cả", []),
        ("chủ trại phải cung cấp giấy tờ gì", ["documents"]),
        ("được hoàn trả tiền thức ăn voi", []),
        ("trả lại giấy nuôi voi thì cần kèm giấy tờ gì", ["documents"]),
    ],
)
def test_what_is_told_and_what_is_part_of_other_words_ask_nothing(question: str, aspects: list[str]) -> None:
    assert find_aspects(question) == aspects


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("hết bao nhiêu", "fee"),
        ("hết bao nhiêu ngày", "time_limit"),
        ("mất mấy triệu", "fee"),
        ("lấy bao nhiêu bản", "documents"),
        ("mấy ngày chủ trại phải báo", "deadline"),
        ("mấy ngày chủ trại phải chờ", "time_limit"),
        ("Sở cấp giấy trong thời hạn nào", "time_limit"),
        ("chủ trại báo mất voi trong thời hạn nào", "deadline"),
        ("voi ốm khai muộn có sao không", "deadline"),
        ("giấy sắp quá hạn thì cầm theo cái gì", "documents"),
    ],
)
def test_what_is_counted_and_who_must_decide_what_a_number_asks(question: str, aspect: str) -> None:
    for typed in (question, fold(question)):
        assert find_aspects(typed) == [aspect], typed
