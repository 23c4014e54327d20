"""Going back to what was spoken of before."""

from __future__ import annotations

import pytest

from bot.answer.steering import goes_back, without_steering
from tests.answer.world import BIRTH, Talk

DEATH = "1.000656"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("quay lại chuyện khai tử, mất tiền không", "khai tử, mất tiền không"),
        ("quay lai chuyen khai tu", "khai tu"),
        ("à mà cho em hỏi lệ phí", "lệ phí"),
        ("đăng ký lại khai sinh", "đăng ký lại khai sinh"),
        ("quay lại", "quay lại"),
        ("với lại nuôi ong thì khai ở đâu", "nuôi ong thì khai ở đâu"),
        ("thôi hỏi tiếp, lập tổ hợp tác", ", lập tổ hợp tác"),
        ("trở lại quốc tịch Việt Nam", "trở lại quốc tịch Việt Nam"),
    ],
)
def test_steering_words_are_left_out_of_the_search(text: str, left: str) -> None:
    assert without_steering(text) == left


def test_registering_again_is_no_going_back() -> None:
    assert goes_back("quay lại cái giấy khai sinh")
    assert not goes_back("đăng ký lại khai sinh ở đâu")


def test_a_person_goes_back_to_an_earlier_procedure() -> None:
    talk = Talk()
    codes = [
        reply.procedure.code if reply.procedure else ""
        for reply in (
            talk.say("con mới sinh làm giấy khai sinh cần gì"),
            talk.say("", payload=f"#MC:ASK:{DEATH}:documents"),
            talk.say("quay lại cái giấy khai sinh, lệ phí sao"),
        )
    ]
    assert codes == [BIRTH, DEATH, BIRTH]
