"""The rephrase step: a finished, grounded reply in plainer words, when a model is set and every check holds.

Off without a model. Never for a reply that is not an answer from a record: dangers, complaints, reports, tickets,
personal data, refusals and questions back have fixed words.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterable

from bot.answer.compose.fields import title_of
from bot.answer.context import Turn
from bot.answer.ground import numbers
from bot.answer.rephrase.breaker import Breaker
from bot.answer.rephrase.claims import Claims
from bot.answer.rephrase.client import Model
from bot.answer.rephrase.forbidden import Violation
from bot.answer.rephrase.lines import Piece, pieces
from bot.answer.rephrase.outcome import counted
from bot.answer.rephrase.private import masked
from bot.answer.rephrase.prompt import messages
from bot.answer.rephrase.tokens import Tokens
from bot.answer.reply import Outcome, Rephrasing
from knowledge.documents import Procedure
from knowledge.errors import LanguageModelFailed

log = logging.getLogger(__name__)

ANSWERS = frozenset({"answered", "partial"})
AT_ONCE = 3  # replies that wait for the model at a time; the others go out as composed
NONSENSE = 12  # dropped in a row; a model that is never of use is not waited for each time
_LINK = re.compile(r"https?://[^\s)”\"]+")
_TOKENS_A_LETTER = 0.8  # of a model, for Vietnamese, rather too many


class Rephrase:
    def __init__(self, model: Model | None, *, breaker: Breaker | None = None) -> None:
        self._model = model
        self._breaker = breaker or Breaker()
        self._sense = Breaker(failures=NONSENSE)
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def __call__(self, turn: Turn) -> None:
        if self._model is None or not may_be_rephrased(turn):
            return
        tokens = Tokens(_names(turn))
        quoted = turn.passage is not None and not turn.passage.id.startswith("guide:")
        shown = pieces(turn.lines, titles=_titles(turn), quoted=quoted, tokens=tokens)
        if shown:
            turn.rephrasing = self._try(turn, shown, tokens, self._model)

    def _try(self, turn: Turn, shown: list[Piece], tokens: Tokens, model: Model) -> Rephrasing:
        began = time.monotonic()
        outcome, why = self._one_of_few(turn, shown, tokens, model)
        if outcome != "used":
            log.info("rephrasing %s: %s", outcome, why)
        return counted(
            Rephrasing(model=model.name, outcome=outcome, why=why), seconds=time.monotonic() - began
        )

    def _one_of_few(
        self, turn: Turn, shown: list[Piece], tokens: Tokens, model: Model
    ) -> tuple[Outcome, str]:
        if not self._places.acquire(blocking=False):
            return "resting", "busy"
        try:
            for why, breaker in (("failures", self._breaker), ("nonsense", self._sense)):
                if not breaker.allows():
                    return "resting", why
            return self._ask(turn, shown, tokens, model)
        finally:
            self._places.release()

    def _ask(self, turn: Turn, shown: list[Piece], tokens: Tokens, model: Model) -> tuple[Outcome, str]:
        claims = Claims(shown, tokens)
        room = int(_TOKENS_A_LETTER * sum(len(piece.text) for piece in shown)) + 40 * len(shown)
        try:
            said = model.complete(
                messages(shown, masked(turn.asked or turn.text)), max_tokens=room, watch=claims.watch
            )
            accepted = claims.finish(said)
            lines = _put_back(turn.lines, shown, accepted, tokens)
        except Violation as violation:
            self._breaker.succeeded()  # it answers, only not well
            self._sense.failed()
            return "dropped", violation.check
        except LanguageModelFailed as failure:
            self._breaker.failed()
            return "failed", str(failure)
        self._breaker.succeeded()
        self._sense.succeeded()
        turn.lines = lines
        return "used", ""


def may_be_rephrased(turn: Turn) -> bool:
    """Whether the reply is an answer from a record, outside of any form."""
    form = turn.context.get("form") or turn.question.context.get("form")
    return turn.reply is None and turn.status in ANSWERS and not form


def _put_back(lines: list[str], shown: list[Piece], accepted: dict[int, str], tokens: Tokens) -> list[str]:
    """The lines with what was accepted in its place.

    Raises:
        Violation: figures or links are not those of the composed lines, which no check should have let through.
    """
    made = list(lines)
    for piece in shown:
        if piece.place in accepted:
            made[piece.place] = piece.prefix + _tidy(tokens.restore(accepted[piece.place]), piece)
    before, after = "\n".join(lines), "\n".join(made)
    if numbers(after) != numbers(before) or _LINK.findall(after) != _LINK.findall(before):
        raise Violation("figures")
    return made


def _tidy(said: str, piece: Piece) -> str:
    said = said[:1].upper() + said[1:]
    return said.rstrip(" .:") + ":" if piece.kind == "heading" else said


def _titles(turn: Turn) -> list[str]:
    return [title_of(record) for record in _records(turn)]


def _records(turn: Turn) -> Iterable[Procedure]:
    return [one for one in (turn.procedure, turn.also.procedure if turn.also else None) if one]


def _names(turn: Turn) -> list[str]:
    """Official names in the records that speak: titles, offices, places."""
    names = [source.title for source in turn.sources]
    for record in _records(turn):
        names += [title_of(record), record.title, record.agency, *record.receiving_places, *record.results]
    return names
