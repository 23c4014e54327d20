"""The assistant in one process: a snapshot, an encoder, and the pipeline over them."""

from __future__ import annotations

import logging

from bot.answer.context import Question, Turn
from bot.answer.messages import message
from bot.answer.pipeline import run, steps
from bot.answer.render import Render
from bot.answer.rephrase.client import Model
from bot.answer.reply import Reply
from bot.answer.understand import ActGuesser, AreaFinder
from index.search import Search

log = logging.getLogger(__name__)


class Answerer:
    """Answers questions. Thread-safe; built once a process and again when a new snapshot is published."""

    def __init__(
        self,
        search: Search,
        areas: AreaFinder,
        acts: ActGuesser | None = None,
        *,
        model: Model | None = None,
    ) -> None:
        self.search = search
        self._pipeline = steps(search, areas, acts, model=model)
        self._render = Render(search)

    def answer(self, question: Question) -> Reply:
        """The reply to one message; a failure of ours becomes a kind sentence and a log line."""
        turn = Turn(question)
        try:
            run(turn, self._pipeline, self._render)
        except Exception:
            log.exception("the pipeline failed after %s", list(turn.timings))
            return Reply(status="error", text=message("error_try_again"), context=dict(question.context))
        if turn.reply is None:  # render always replies
            raise AssertionError("render left no reply")
        turn.reply.timings = turn.timings
        turn.reply.rephrasing = turn.rephrasing
        return turn.reply
