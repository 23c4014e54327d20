"""A reply as server-sent events: accepted, status, text pieces, the whole reply, or an error."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi.responses import StreamingResponse

from bot.gateway.pages import words
from bot.gateway.problems import Problem
from bot.gateway.schemas import ReplyOut

PIECE_CHARS = 24
PING_EVERY_S = 5.0
GIVE_UP_AFTER_S = 60.0
_WORDS = re.compile(r"\S*\s*")

Wait = Callable[[float], Awaitable[ReplyOut | None]]


def event(name: str, data: dict[str, Any]) -> bytes:
    """One event; JSON has no raw line ends, so one data line always holds it."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def pieces(text: str) -> list[str]:
    """The text in pieces of a few whole words; joined they are the text again."""
    found = [""]
    for word in _WORDS.findall(text):
        if len(found[-1]) + len(word) > PIECE_CHARS and found[-1]:
            found.append("")
        found[-1] += word
    return [piece for piece in found if piece]


async def events(message_id: UUID, *, wait: Wait, instance: str) -> AsyncIterator[bytes]:
    """The events of one message, from its acceptance to its reply."""
    yield event("accepted", {"message_id": str(message_id)})
    yield event("status", {"text": words("looking")})
    waited = 0.0
    reply = await wait(PING_EVERY_S)
    while reply is None and waited < GIVE_UP_AFTER_S:
        waited += PING_EVERY_S
        yield event("status", {"text": words("still_looking")})
        reply = await wait(PING_EVERY_S)
    if reply is None:
        yield event("error", Problem(503, "late").body(instance).model_dump())
        return
    for piece in pieces(reply.text):
        yield event("text", {"delta": piece})
    yield event("reply", reply.model_dump(mode="json"))


def streaming(stream: AsyncIterator[bytes]) -> StreamingResponse:
    """An event stream that proxies must not hold back."""
    return StreamingResponse(
        stream,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
