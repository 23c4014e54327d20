"""A question back tells what was asked of the likeliest, so that who meant it need not ask again."""

from dataclasses import replace

import pytest

from bot.answer.compose.guesses import may_be_guessed, tell_guesses
from bot.answer.compose.step import Compose
from bot.answer.context import Question, Turn
from bot.answer.ground import Ground
from bot.answer.judge import ALONE, GUESSES, LEANS, STANDS_OUT, Judge
from bot.answer.messages import message
from bot.answer.render import Render
from bot.answer.reply import Choice, Reply
from bot.answer.retrieve import Retrieve
from index.search import Hit
from knowledge.documents import Fee, How, Level, Procedure, SubmissionChannel, Validity, ValidityState
from tests.answer.world import NOW, search


def judged(confidence: float, rival: float, *, aspects: list[str], text: str = "khai sinh cho con") -> Turn:
    turn = Turn(Question(text, now=NOW), text=text, asked=text)
    turn.query, turn.aspects = turn.text, aspects
    Retrieve(search())(turn)
    first, *others = turn.procedures.hits
    other = next(hit for hit in others if hit.title != first.title)
    second = Hit(other.id, other.title, first.score * rival, other.row)
    turn.procedures = replace(turn.procedures, hits=(first, second), confidence=confidence)
    turn.passages, turn.procedure = replace(turn.passages, confidence=0.0), None
    Judge(search())(turn)
    return turn


BETWEEN = (ALONE + STANDS_OUT) / 2


@pytest.mark.parametrize(
    ("confidence", "rival", "aspects", "told"),
    [
        (LEANS + 0.05, (1 + ALONE) / 2, ["fee"], True),  # fairly sure, another as near
        (LEANS - 0.01, BETWEEN, ["fee"], True),  # less so, and it stands first
        (LEANS - 0.01, 0.99, ["fee"], False),  # less so, and another is as near
        (LEANS + 0.05, (1 + ALONE) / 2, [], False),  # nothing definite is asked
        (GUESSES - 0.01, BETWEEN, ["fee"], False),
    ],
)
def test_who_stands_first_is_told_beside_the_question(
    confidence: float, rival: float, aspects: list[str], told: bool
) -> None:
    assert bool(judged(confidence, rival, aspects=aspects).guesses) is told


def test_the_reply_asks_back_tells_and_names_its_source() -> None:
    turn = judged(LEANS - 0.01, BETWEEN, aspects=["deadline"])
    for step in (Compose(search()), Ground(), Render(search())):
        step(turn)
    assert turn.reply is not None and turn.reply.status == "clarify"
    assert "60 ngày" in turn.reply.text
    assert turn.reply.sources and turn.reply.choices and turn.reply.context["choices"]


def one(code: str, title: str, *amounts: int, **more: object) -> Procedure:
    fees = tuple(Fee(amount=amount, raw="") for amount in amounts)
    channels = (SubmissionChannel(how=How.DIRECT, fees=fees),)
    return Procedure(code=code, title=title, levels=(Level.COMMUNE,), channels=channels).model_copy(
        update=more
    )


def told(*records: Procedure) -> Turn:
    text = "cấp bao nhiêu tiền"
    turn = Turn(Question(text, now=NOW), text=text, aspects=["fee"], guesses=list(records))
    listed = "\n".join(f"{n}. {record.title}" for n, record in enumerate(records, 1))
    choices = [Choice(title=record.title) for record in records]
    turn.back = Reply(status="clarify", text=f"{message('clarify')}\n{listed}", choices=choices)
    tell_guesses(turn)
    return turn


def test_what_differs_stands_with_its_name() -> None:
    turn = told(one("9.000001", "Cấp thẻ đỏ", 20000), one("9.000002", "Cấp thẻ xanh", 50000))
    assert turn.lines[0] == message("guess", title="Cấp thẻ đỏ") and "• " + "20.000 đồng" in "\n".join(
        turn.lines
    )
    assert any("Cấp thẻ xanh" in line and "50.000 đồng" in line for line in turn.lines)


def test_what_is_the_same_for_all_is_said_once() -> None:
    turn = told(one("9.000001", "Cấp thẻ đỏ", 30000), one("9.000002", "Cấp thẻ xanh", 30000))
    assert turn.lines[0] == message("guess_same") and "\n".join(turn.lines).count("30.000") == 1


def test_what_the_record_does_not_state_is_not_guessed() -> None:
    assert told(one("9.000001", "Cấp thẻ đỏ"), one("9.000002", "Cấp thẻ xanh", 50000)).lines == []


def test_a_figure_that_stands_nowhere_leaves_the_bare_question() -> None:
    turn = judged(LEANS - 0.01, BETWEEN, aspects=["deadline"])
    Compose(search())(turn)
    turn.lines.append("Mất 987654 đồng.")
    Ground()(turn)
    assert turn.reply is not None and turn.reply is turn.back and turn.sources == []


def test_what_ended_is_not_guessed() -> None:
    gone = Validity(state=ValidityState.REPEALED)
    turn = Turn(Question("phí", now=NOW))
    assert not may_be_guessed(turn, one("9.000001", "Cấp thẻ đỏ", 20000, validity=gone))
    assert may_be_guessed(turn, one("9.000001", "Cấp thẻ đỏ", 20000))
