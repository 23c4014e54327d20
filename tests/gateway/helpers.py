"""What the tests of the message path share: a dialogue of our own and short ways to speak."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from bot.gateway import inbox, sessions
from desk.database import Pool

Answer = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


def clock() -> datetime:
    return datetime.now(UTC)


def message(key: str) -> str:
    return f"<{key}>"


class EchoDialogue:
    """Repeats what it hears and counts in the context; keeps what it was asked."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answer = answer

    async def turn(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((text, metadata))
        if self._answer is not None:
            return await self._answer(text, metadata)
        count = metadata["context"].get("count", 0) + 1
        return {"status": "answered", "text": f"{count}: {text}", "context": {"count": count}}


async def begin(pool: Pool, *, channel: str = "web", area: str = "") -> UUID:
    async with pool.connection() as conn:
        if channel == "zalo":
            return await sessions.for_person(conn, channel=channel, person=uuid4().hex, now=clock())
        return (await sessions.create(conn, channel=channel, area=area, now=clock()))[0]


async def say(
    pool: Pool,
    conversation_id: UUID,
    text: str,
    *,
    channel: str = "web",
    key: str = "",
    payload: str = "",
    now: datetime | None = None,
) -> UUID:
    async with pool.connection() as conn:
        return await inbox.accept(
            conn,
            channel=channel,
            conversation_id=conversation_id,
            text=text,
            dedupe_key=key,
            payload=payload,
            now=now or clock(),
        )


async def rows(pool: Pool, sql: str, *values: object) -> list[dict[str, Any]]:
    async with pool.connection() as conn:
        return await (await conn.execute(sql.encode(), values)).fetchall()


async def answers(pool: Pool, conversation_id: UUID) -> list[str]:
    """The texts of the answers, in the order they were written."""
    async with pool.connection() as conn:
        said = await sessions.history(conn, conversation_id, limit=1000)
    return [message.text for message in said if message.direction == "out"]
