"""The answer pipeline, as a list. Each step takes the turn and may stop it; each leaves how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.answer.advice import Advise, decline
from bot.answer.compose.step import Compose
from bot.answer.context import Turn
from bot.answer.ground import Ground
from bot.answer.guard import MAX_CHARS, screen
from bot.answer.halves import Halve
from bot.answer.judge import Judge
from bot.answer.memory import remember
from bot.answer.phrases import plain
from bot.answer.render import Render
from bot.answer.rephrase.client import Model
from bot.answer.rephrase.step import Rephrase
from bot.answer.retrieve import Retrieve
from bot.answer.talk import AnswerAct
from bot.answer.understand import ActGuesser, AreaFinder, Understand
from index.search import Search
from knowledge.text.normalise import normalise

Step = Callable[[Turn], None]


def guard(turn: Turn) -> None:
    """Clean the text; stop for what must come before an answer. A button's payload stands in for its text."""
    if turn.question.payload:
        turn.text = normalise(turn.question.text[:MAX_CHARS])
    else:
        screened = screen(turn.question.text)
        turn.text = screened.text
        if screened.stop is not None:
            turn.context = dict(turn.question.context)  # what was talked about goes on after the emergency
            turn.stop(screened.stop.status, screened.stop.text, screened.stop.choices)
    turn.folded = plain(turn.text)


def steps(
    search: Search, areas: AreaFinder, acts: ActGuesser | None, *, model: Model | None = None
) -> list[tuple[str, Step]]:
    """The pipeline. Read it from top to bottom: this is what happens to a question."""
    return [
        ("guard", guard),
        ("understand", Understand(areas, acts)),
        ("decline", decline),
        ("act", AnswerAct(search)),
        ("retrieve", Retrieve(search)),
        ("advise", Advise(search)),
        ("halve", Halve(search)),
        ("judge", Judge(search)),
        ("compose", Compose(search)),
        ("ground", Ground()),
        ("rephrase", Rephrase(model)),
    ]


def run(turn: Turn, pipeline: list[tuple[str, Step]], render: Render) -> Turn:
    """Run the steps until one stops the turn, then render."""
    last: tuple[str, Step] = ("render", render)
    for name, step in [*pipeline, last]:
        if turn.reply is not None and name != "render":
            continue
        started = time.perf_counter()
        step(turn)
        turn.timings[name] = round((time.perf_counter() - started) * 1000, 2)
    remember(turn)
    return turn
