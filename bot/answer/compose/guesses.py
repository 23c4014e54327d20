"""What is asked, told of the likeliest of the choices, together with the question which of them is meant.

A fee that is the same whichever is meant need not wait for a second message; where it differs, each stands with the
name of what it is for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.answer.compose.fields import shorten, title_of
from bot.answer.compose.procedure import ASPECTS
from bot.answer.compose.standing import disagreeing, holds_today
from bot.answer.context import Turn
from bot.answer.messages import message
from knowledge.documents import Procedure

BRIEF = frozenset({"fee", "time_limit", "deadline", "form"})  # told of the second and third too, where short
MAX_BRIEF = 150  # letters
MAX_TITLE = 150
MAX_LINES = 16  # of the first


def may_be_guessed(turn: Turn, record: Procedure) -> bool:
    """Whether a record's content may be told although another may be meant: it holds, and was not amended since."""
    return not record.listed_only and holds_today(turn, record) and not record.validity.amended_by


def states(record: Procedure, aspects: Sequence[str], question: str) -> bool:
    """Whether a record states all that was asked of it."""
    asked = [one for one in aspects if one in ASPECTS]
    return all(ASPECTS[one](record, question).stated and not disagreeing(record, one) for one in asked)


def tell_guesses(turn: Turn) -> list[Procedure]:
    """Write the lines; the records told, [] (and no line) when the first states nothing of what was asked."""
    first, *others = turn.guesses
    asked = [aspect for aspect in turn.aspects if aspect in ASPECTS]
    lines = _told(first, asked, turn.text)
    if turn.back is None or not asked or not lines or len(lines) > MAX_LINES:
        return []
    brief = {one.key: _brief(one, asked, turn.text) for one in others}
    told = [first, *(one for one in others if brief[one.key])]
    same = len(told) > 1 and len(told) == len(turn.back.choices) and {*brief.values()} == {_flat(lines)}
    turn.lines = [message("guess_same" if same else "guess", title=_named(first)), *lines]
    if not same:
        turn.lines += [
            message("guess_else", title=_named(one), told=brief[one.key]) for one in others if brief[one.key]
        ]
    turn.lines += _back(turn.back.text)
    turn.evidence += [turn.back.text, *(json.dumps(one.to_json(), ensure_ascii=False) for one in told)]
    return told


def _back(text: str) -> list[str]:
    """The question back below a guess: "else which" in place of "which"."""
    return text.replace(message("clarify"), message("guess_back"), 1).split("\n")


def _told(record: Procedure, aspects: Sequence[str], question: str) -> list[str]:
    """The lines of every aspect asked, with what the record lacks named; [] when it states none of them."""
    lines: list[str] = []
    told = False
    for aspect in aspects:
        composed = ASPECTS[aspect](record, question)
        if composed.stated and not disagreeing(record, aspect):
            told = True
            lines += [message(f"short_{aspect}", code=record.code), *composed.lines]
        else:
            lines.append(message(composed.lack or f"lack_{aspect}"))
    return lines if told else []


def _brief(record: Procedure, aspects: Sequence[str], question: str) -> str:
    """The same in a few words; "" where they do not suffice."""
    whole = set(aspects) <= BRIEF and states(record, aspects, question)
    lines = _told(record, aspects, question) if whole else []
    text = _flat(lines)
    return text if len(text) <= MAX_BRIEF else ""


def _flat(lines: Sequence[str]) -> str:
    """Headings and their lists as one clause: "Phí, lệ phí: 10.000 đồng; 20.000 đồng"."""
    text = ""
    for line in lines:
        if line.startswith("• "):
            text += ("" if not text or text.endswith(": ") else "; ") + line[2:].rstrip(" .;")
        else:
            text += ("; " if text else "") + line[:1].lower() + line[1:].rstrip(": ") + ": "
    return text


def _named(record: Procedure) -> str:
    return shorten(title_of(record), MAX_TITLE).rstrip(" :;.")
