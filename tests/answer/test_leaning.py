"""An answer that is not sure to be meant: the procedure is named first, and others stand beside it."""

from dataclasses import replace

import pytest

from bot.answer.compose.step import Compose
from bot.answer.context import Question, Turn
from bot.answer.judge import ALONE, LEANS, Judge
from bot.answer.messages import message
from bot.answer.retrieve import Retrieve
from index.search import Hit
from tests.answer.world import NOW, search


def asked(confidence: float, rival: float, *, aspects: list[str]) -> Turn:
    turn = Turn(Question("khai sinh cho con", now=NOW), text="khai sinh cho con", asked="khai sinh cho con")
    turn.query, turn.aspects = turn.text, aspects
    Retrieve(search())(turn)
    first, *others = turn.procedures.hits
    other = next(hit for hit in others if hit.title != first.title)
    second = Hit(other.id, other.title, first.score * rival, other.row)
    turn.procedures = replace(turn.procedures, hits=(first, second), confidence=confidence)
    turn.passages = replace(turn.passages, confidence=0.0)
    turn.procedure = None
    Judge(search())(turn)
    return turn


def test_one_that_stands_alone_answers_and_is_named_first() -> None:
    turn = asked(LEANS + 0.05, ALONE - 0.3, aspects=["fee"])
    assert turn.procedure is not None and len(turn.instead) == 1
    Compose(search())(turn)
    assert turn.lines[0].startswith(message("leaning", title="")[:20])
    assert turn.choices[0].payload == f"#MC:PROC:{turn.instead[0].key}"


@pytest.mark.parametrize(
    ("confidence", "rival", "aspects"),
    [
        (LEANS - 0.02, ALONE - 0.3, ["fee"]),  # hardly near
        (LEANS + 0.05, (1 + ALONE) / 2, ["fee"]),  # another is as likely
        (LEANS + 0.05, ALONE - 0.3, []),  # nothing definite is asked
    ],
)
def test_else_nothing_is_stated(confidence: float, rival: float, aspects: list[str]) -> None:
    turn = asked(confidence, rival, aspects=aspects)
    assert turn.instead == [] and turn.procedure is None
    reply = turn.reply or turn.back
    assert reply is not None and reply.status in {"clarify", "no_information"}


def test_a_sure_answer_offers_nothing_instead() -> None:
    turn = asked(0.9, 0.3, aspects=["fee"])
    assert turn.procedure is not None and turn.instead == []


def test_who_is_not_sure_to_be_meant_and_says_nothing_of_it_is_asked_back() -> None:
    turn = asked(
        LEANS + 0.05, ALONE - 0.3, aspects=["lasts"]
    )  # no record of birth says how long it is good for
    assert turn.procedure is None and turn.instead == []
