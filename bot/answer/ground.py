"""No figure leaves that is not in a record: numbers, dates, document numbers and links are traced back.

Composed replies should always pass. The step exists for the day a composer, a message or a rephrasing model is
wrong: the reply is then replaced by a "no", never sent.
"""

from __future__ import annotations

import logging
import re

from bot.answer.compose.standing import ENDED, is_notice
from bot.answer.context import Turn
from bot.answer.judge import say_no
from bot.answer.messages import catalogue

log = logging.getLogger(__name__)

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WHOLE = re.compile(r"(\d)\.0(?!\d)")  # how JSON writes a whole number of days
_LINK = re.compile(r"https?://[^\s)”\"]+")
_LIST_NUMBER = re.compile(r"^(\d{1,2})\. ", re.MULTILINE)


def numbers(text: str) -> set[str]:
    """Every number as bare digits: `200.000` and `200000` are one; leading zeros do not count."""
    return {re.sub(r"[.,]", "", found).lstrip("0") or "0" for found in _NUMBER.findall(text)}


class Ground:
    def __init__(self) -> None:
        # Figures of our own messages (113, 01/7/2025) are ours to say.
        self._own = numbers(" ".join(catalogue().values()))

    def __call__(self, turn: Turn) -> None:
        text = "\n".join(turn.lines)
        evidence = "\n".join(turn.evidence)
        allowed = numbers(_WHOLE.sub(r"\1", evidence)) | self._own | _counts(turn)
        stray = numbers(_LIST_NUMBER.sub("", text)) - allowed
        links = [link for link in _LINK.findall(text) if link not in evidence]
        if past := _past_unsaid(turn):
            log.error("reply from what does not hold today without saying so, withheld: %s", past)
            turn.sources = []
            say_no(turn)
        elif stray or links:
            log.error("reply not grounded, withheld: figures %s, links %s", sorted(stray), links)
            turn.sources = []
            if turn.back is not None:
                turn.procedure, turn.reply = None, turn.back
            else:
                say_no(turn)


def _past_unsaid(turn: Turn) -> list[str]:
    """What the reply draws on that does not hold today, when its first line does not say that."""
    if not turn.lines or is_notice(turn.lines[0]):
        return []
    ended = [source.title for source in turn.sources if source.validity in ENDED]
    if turn.procedure is not None and turn.procedure.validity.on(turn.today) in ENDED:
        ended.append(turn.procedure.key)
    return ended


def _counts(turn: Turn) -> set[str]:
    """Numbers we count ourselves: how many papers a dossier has, how many more there are; dates reordered."""
    own: set[str] = set()
    if turn.procedure is not None:
        total = sum(len(case.items) for case in turn.procedure.dossier)
        own |= {str(n) for n in range(total + 1)} | {str(len(turn.procedure.legal_basis))}
        own |= {str(n) for n in range(len(turn.procedure.legal_basis) + 1)}
    return own
