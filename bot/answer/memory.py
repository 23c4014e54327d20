"""What the next turn needs of this one: kept small, and whatever happens the focus is not lost.

A question that was asked back or refused is kept in its words, so that "loại hai" or "của bé nhà em" can be read with
it. Thanks and greetings change nothing.
"""

from __future__ import annotations

from typing import Any

from bot.answer.context import Turn
from bot.answer.focus import MAX_TOPIC
from bot.answer.followup import own_words

OPEN = {"clarify", "no_information"}  # statuses that leave the question open
TALK = {"smalltalk", "emergency", "complaint_denunciation"}  # nothing was asked: everything stays as it was
MAX_CHOICES = 4
MAX_RECENT = 6
MAX_CODES = 400  # characters of one choice: several codes when a procedure is carried out at several levels


def remember(turn: Turn) -> None:
    """Settle the reply's context."""
    reply = turn.reply
    if reply is None:
        return
    if reply.status in TALK:
        reply.context = {**turn.question.context, **_area(turn)}
        return
    context = dict(reply.context)
    if reply.status in OPEN:
        context["topic"] = _topic(turn)
        if turn.aspects:
            context["aspect"] = turn.aspects[0]
    else:
        context.pop("topic", None)
    reply.context = bounded({name: value for name, value in context.items() if name != "topic" or value})


def bounded(context: dict[str, Any]) -> dict[str, Any]:
    """The same with its lists and texts cut to what a turn may keep."""
    limits = {"choices": MAX_CHOICES, "recent": MAX_RECENT}
    cut = {name: value[: limits[name]] if name in limits else value for name, value in context.items()}
    return {name: value[:MAX_CODES] if isinstance(value, str) else value for name, value in cut.items()}


def _area(turn: Turn) -> dict[str, Any]:
    return {"area": turn.area} if turn.area else {}


def _topic(turn: Turn) -> str:
    """The words of the open question: this message's, or the one's before it when this one names nothing."""
    before = str(turn.question.context.get("topic") or "")
    said = turn.query or turn.text
    if before and not own_words(said):
        return before
    words = (turn.reading or said)[: MAX_TOPIC + 1].split()
    return " ".join(words if len(turn.reading or said) <= MAX_TOPIC else words[:-1])
