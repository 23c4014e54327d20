"""When siblings are asked about, the choices say what tells them apart."""

from __future__ import annotations

from bot.answer.context import Question, Turn
from bot.answer.differences import words_of_choices
from bot.answer.followup import named
from bot.answer.judge import ask_which
from bot.answer.messages import message
from bot.answer.reply import Reply
from knowledge.documents import Level, Procedure
from tests.answer.world import NOW


def asked(*titles: str) -> Reply:
    records = [
        Procedure(code=f"9.30000{n}", title=title, levels=(Level.COMMUNE,)) for n, title in enumerate(titles)
    ]
    turn = Turn(Question("thẻ thư viện", now=NOW), text="thẻ thư viện")
    ask_which(turn, message("clarify"), records)
    assert turn.reply is not None
    return turn.reply


def test_siblings_are_told_apart_by_their_difference() -> None:
    reply = asked("Cấp thẻ thư viện", "Thủ tục cấp lại thẻ thư viện", "Cấp đổi thẻ thư viện")
    assert [choice.title for choice in reply.choices] == ["Cấp lần đầu", "Cấp lại", "Cấp đổi"]
    assert reply.text.startswith("Về “thẻ thư viện”: ") and "2. Cấp lại" in reply.text
    assert [choice.payload for choice in reply.choices] == [f"#MC:PROC:9.30000{n}" for n in range(3)]


def test_the_words_of_a_choice_may_be_typed() -> None:
    records = {
        "a": Procedure(code="9.300001", title="Cấp thẻ thư viện"),
        "b": Procedure(code="9.300002", title="Cấp lại thẻ thư viện"),
    }
    words = words_of_choices(records)
    assert named("lần đầu", words) == "a" and named("cấp lại", words) == "b"
    assert named("thẻ thư viện", words) == ""


def test_others_keep_their_titles() -> None:
    titles = ["Cấp thẻ thư viện", "Xác nhận nguồn gốc lô rừng"]
    reply = asked(*titles)
    assert [choice.title for choice in reply.choices] == titles
    assert reply.text.startswith(message("clarify"))
