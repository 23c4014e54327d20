"""What a platform's webhook brings, kept before it is acknowledged: one statement a message.

Nothing is fetched, asked or answered here; a turn of the worker does that (bot/gateway/arrivals.py).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from psycopg.types.json import Jsonb

from bot.channels.base import Channel, InboundMessage
from bot.gateway import jobs, outbox
from bot.gateway.arrivals import words
from desk import handovers, notices
from desk.database import Conn, Pool, statement, storable

log = logging.getLogger(__name__)
TO_ANSWER = frozenset({"message", "follow", "contact"})
_ACTED_AT = (
    "LEAST(%(acted)s::timestamptz, %(now)s)"  # a platform's clock that runs ahead opens no longer window
)
_RECEIVE = f"""
WITH who AS (
    INSERT INTO conversations (id, channel, person, area, locale, created_at, updated_at)
    VALUES (%(conversation)s, %(channel)s, %(person)s, %(area)s, %(locale)s, %(now)s, %(now)s)
    ON CONFLICT (channel, person) WHERE person IS NOT NULL DO UPDATE SET updated_at = EXCLUDED.updated_at
    RETURNING id
), seen AS (
    INSERT INTO channel_people AS p (conversation_id, last_action_at, followed_at)
    SELECT id, {_ACTED_AT}, CASE WHEN %(kind)s = 'follow' THEN %(now)s::timestamptz END FROM who
    ON CONFLICT (conversation_id) DO UPDATE SET
        last_action_at = GREATEST(p.last_action_at, EXCLUDED.last_action_at),
        followed_at = COALESCE(EXCLUDED.followed_at, p.followed_at), gone_at = NULL, gone_why = ''
), kept AS (
    INSERT INTO inbox (id, channel, dedupe_key, conversation_id, text, payload, body, received_at)
    SELECT %(id)s, %(channel)s, %(key)s, who.id, %(text)s, %(payload)s, %(body)s, %(now)s FROM who
    ON CONFLICT (channel, dedupe_key) DO NOTHING
    RETURNING id, conversation_id
), said AS (
    INSERT INTO messages (id, conversation_id, direction, inbox_id, text, created_at)
    SELECT %(message)s, conversation_id, 'in', id, %(shown)s, %(now)s FROM kept
), ordered AS (
    SELECT {jobs.ORDERED.format(inbox="kept.id", conversation="kept.conversation_id")} FROM kept
)
SELECT kept.id FROM kept, ordered
"""  # noqa: S608  # our own fragments


class PersonGate:
    """How much one person may send a minute. Counted in this process: several let through a little more."""

    def __init__(self, per_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._limit = parse(f"{per_minute}/minute")

    async def passes(self, message: InboundMessage) -> bool:
        return await self._limiter.hit(self._limit, message.channel, message.sender)


async def receive(
    pool: Pool,
    channel: Channel,
    *,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    area: str = "",
    gate: PersonGate | None = None,
) -> int:
    """Check a webhook's raw request and keep what is in it; returns how many messages are new.

    Raises:
        BadSignature: it is not the platform's; nothing was kept.
    """
    channel.verify(headers=headers, body=body)
    return await keep(pool, channel.parse(body, now=now), now=now, area=area, gate=gate)


async def keep(
    pool: Pool,
    messages: Sequence[InboundMessage],
    *,
    now: datetime,
    area: str = "",
    gate: PersonGate | None = None,
) -> int:
    """Keep messages in their order, each by itself. Beyond what one person may send, they are asked to wait."""
    new = 0
    for message in messages:
        async with statement(pool) as conn:
            if message.kind in TO_ANSWER and gate and not await gate.passes(message):
                await _too_fast(conn, message, now=now)
            elif message.kind in TO_ANSWER:
                new += await _ask(conn, message, now=now, area=area) is not None
            elif message.kind == "unfollow":
                await _left(conn, message, now=now)
            else:
                await _told_back(conn, message, now=now)
    return new


async def _ask(conn: Conn, message: InboundMessage, *, now: datetime, area: str) -> UUID | None:
    inbox_id = uuid4()
    arrived = message.model_dump(
        mode="json", include={"kind", "dedupe_key", "reply_to", "sent_at", "attachments", "contact"},
        exclude_defaults=True,
    )  # fmt: skip
    values = {
        "id": inbox_id,
        "conversation": uuid4(),
        "message": uuid4(),
        "channel": message.channel,
        "person": storable(message.sender),
        "area": message.area or area,
        "locale": message.locale,
        "key": storable(message.dedupe_key),
        "kind": message.kind,
        "text": storable(message.text),
        "shown": storable(message.text or shown(message)),
        "payload": storable(message.payload),
        "body": Jsonb(storable({"arrived": {"kind": message.kind, **arrived}})),
        "acted": message.sent_at or now,
        "now": now,
    }
    row = await (await conn.execute(_RECEIVE, values)).fetchone()
    return row["id"] if row else None


def shown(message: InboundMessage) -> str:
    """What stands in the transcript for a message without words."""
    return " ".join(f"[{one.kind}]" for one in message.attachments) or f"[{message.kind}]"


async def _too_fast(conn: Conn, message: InboundMessage, *, now: datetime) -> None:
    """Said once a minute, and only to who is known: a stranger's first message is never too fast."""
    log.warning("%s: somebody sends faster than is allowed; a message was left out", message.channel)
    cursor = await conn.execute(
        "SELECT id FROM conversations WHERE channel = %s AND person = %s", (message.channel, message.sender)
    )
    if row := await cursor.fetchone():
        key = f"too fast {now:%Y-%m-%d %H:%M}"
        await notices.say(conn, row["id"], text=words()["too_fast"], now=now, key=key, status="smalltalk")


async def _left(conn: Conn, message: InboundMessage, *, now: datetime) -> None:
    """Not after a later word of theirs: webhooks come again, and in any order."""
    await conn.execute(
        "UPDATE channel_people SET gone_at = %(at)s, gone_why = 'unfollowed' WHERE last_action_at <= %(at)s"
        " AND conversation_id = (SELECT id FROM conversations WHERE channel = %(channel)s AND person = %(person)s)",
        {"at": _at(message, now), "channel": message.channel, "person": message.sender},
    )


async def _told_back(conn: Conn, message: InboundMessage, *, now: datetime) -> None:
    """An echo. One that we did not send was written by an official in the platform's own console."""
    if message.kind == "officer" and not await outbox.is_ours(
        conn,
        channel=message.channel,
        recipient=message.sender,
        id=message.dedupe_key,
        text=message.text,
        now=now,
    ):
        at = _at(message, now)
        if at > now - handovers.OUTSIDE_FOR:
            await handovers.taken_outside(conn, channel=message.channel, person=message.sender, now=at)
        return
    await outbox.heard(
        conn, channel=message.channel, recipient=message.sender, id=message.dedupe_key, text=message.text,
        tag=message.tag, now=now,
    )  # fmt: skip


def _at(message: InboundMessage, now: datetime) -> datetime:
    """When it happened, by the platform's clock as far as that does not run ahead."""
    return min(message.sent_at or now, now)
