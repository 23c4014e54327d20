"""Two questions in one message get two answers; two aspects of one procedure get one."""

from __future__ import annotations

import pytest

from bot.answer.halves import cuts
from knowledge.text.diacritics import fold
from tests.answer.world import MARRIAGE, Talk, ask

PASSPORT = "1.001456"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "làm sổ hộ nghèo cần giấy gì, với lại xin học bổng cho con nộp ở đâu",
            "làm sổ hộ nghèo cần giấy gì",
        ),
        ("khai tử cho ba nộp ở đâu? Còn nhập khẩu cho vợ thì mất bao lâu?", "khai tử cho ba nộp ở đâu"),
        ("đổi bằng lái phí bao nhiêu và làm hộ chiếu mấy ngày có", "đổi bằng lái phí bao nhiêu"),
    ],
)
def test_a_message_is_cut_between_its_questions(text: str, left: str) -> None:
    assert cuts(text)[0][0] == left


@pytest.mark.parametrize(
    "text",
    [
        "khai sinh cần giấy tờ gì và lệ phí bao nhiêu",
        "khai sinh cho con cần giấy gì",
        "đăng ký tần số và thiết bị vô tuyến cần giấy tờ gì",
        "tôi mua nhà của chú. Giờ sang tên nộp ở đâu?",
    ],
)
def test_one_question_is_not_cut(text: str) -> None:
    for typed in (text, fold(text)):
        assert cuts(typed) == []


@pytest.mark.parametrize(
    "text",
    [
        "bà tôi mất rồi mà còn tiền trợ cấp chưa nhận thì ai được lãnh thay",  # "còn" goes on
        "hop tac xa muon tu san xuat muoi thi xin phep o dau",  # "sản" is not "sẵn"
    ],
)
def test_a_word_that_goes_on_is_no_cut(text: str) -> None:
    assert cuts(text) == []


def test_a_first_half_that_names_nothing_asks_of_what_was_talked_about() -> None:
    assert cuts("phí bao nhiêu, với lại làm hộ chiếu mất mấy ngày") == []
    assert cuts("phí bao nhiêu, với lại làm hộ chiếu mất mấy ngày", going_on=True)
    talk = Talk()
    talk.say("đăng ký kết hôn cần giấy tờ gì")
    reply = talk.say("nộp ở đâu, với lại làm hộ chiếu mất mấy ngày")
    assert {source.code for source in reply.sources} == {MARRIAGE, PASSPORT}


def test_two_procedures_are_both_answered() -> None:
    reply = ask("đăng ký kết hôn cần giấy tờ gì, với lại làm hộ chiếu mất bao lâu")
    assert reply.procedure is not None and reply.procedure.code == MARRIAGE
    assert {source.code for source in reply.sources} == {MARRIAGE, PASSPORT}
    assert any(choice.payload == f"#MC:PROC:{PASSPORT}" for choice in reply.choices)


def test_a_person_goes_on_with_the_second() -> None:
    talk = Talk()
    talk.say("đăng ký kết hôn cần giấy tờ gì, với lại làm hộ chiếu mất bao lâu")
    reply = talk.say("quay lại cái hộ chiếu, lệ phí bao nhiêu")
    assert reply.procedure is not None and reply.procedure.code == PASSPORT
