"""What names only a kind of paper is asked back, however sure the ranking is of the one asked most."""

from __future__ import annotations

import pytest

from bot.answer.context import Question, Turn
from bot.answer.judge import MAX_TITLE, ask_which
from knowledge.documents import Procedure
from tests.answer.world import NOW, ask


@pytest.mark.parametrize("text", ["tôi muốn hỏi về thẻ căn cước", "cho hoi ve the can cuoc"])
def test_a_thing_of_many_procedures_is_asked_back(text: str) -> None:
    assert ask(text).status == "clarify"


@pytest.mark.parametrize("text", ["đăng ký khai sinh", "đăng ký tạm trú"])
def test_a_procedure_named_in_full_is_not_asked_back(text: str) -> None:
    assert ask(text).status in {"answered", "partial"}


def test_a_long_title_is_cut_in_the_list() -> None:
    long = "Cấp giấy phép cho " + "công trình theo tuyến " * 20
    records = [Procedure(code="9.000001", title=long), Procedure(code="9.000002", title="Thu hồi thẻ")]
    turn = Turn(Question("xin giấy phép", now=NOW), text="xin giấy phép")
    ask_which(turn, "Bạn cần việc nào?", records)
    assert turn.reply is not None
    assert all(len(line) <= MAX_TITLE + 5 for line in turn.reply.text.splitlines() if line[0].isdigit())
