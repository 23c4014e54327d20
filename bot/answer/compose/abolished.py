"""A line for each office that a quoted record still names although it is gone, with today's name."""

from __future__ import annotations

from bot.answer.messages import message
from knowledge.abolished import abolished_bodies

MOST = 2  # a reply is no list of reforms


def abolished_lines(text: str) -> list[str]:
    """What to say of the abolished offices that a composed reply names, [] when it names none."""
    lines = []
    for body in abolished_bodies().named(text)[:MOST]:
        note = f" {body.note}" if body.note else ""
        lines.append(message("abolished_note", said=body.said, today=" hoặc ".join(body.today)) + note)
    return lines
