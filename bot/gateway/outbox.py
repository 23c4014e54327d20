"""Replies on their way to channels that must be called (Zalo, Messenger).

Channels that fetch (web, kiosk) have theirs as soon as it is written. A pushed reply is leased before it is sent, and
"unsure" is written with the lease: a process that dies in between leaves a mark that the reply may or may not have
gone out, and whoever takes it up next asks the channel's echoes before it sends again. Only the first reply waiting for
a person is ever leased, so nobody reads answers in the wrong order.
"""

from __future__ import annotations

import hashlib
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from desk.database import Conn, storable
from desk.notices import FETCHING

PULL_CHANNELS = FETCHING
MAX_ATTEMPTS = 8
LEASE = timedelta(seconds=60)  # longer than any channel's time-out
ECHOES_KEPT = timedelta(hours=1)
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 600.0
_JITTER = 0.3


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A leased reply. `unsure_since` is when its next part was begun by somebody who never said how it ended."""

    id: UUID
    message_id: UUID
    channel: str
    recipient: str
    body: dict[str, Any]
    attempts: int
    sent_ids: list[str]
    unsure_since: datetime | None
    last_action_at: datetime | None
    quote: str


# The first waiting reply of each person, where its channel is open.
_DUE = """
SELECT o.id, o.channel, o.unsure_since FROM outbox o
WHERE o.state = 'pending' AND o.next_try_at <= %(now)s AND o.channel = ANY(%(channels)s)
  AND NOT EXISTS (SELECT FROM outbox earlier WHERE earlier.channel = o.channel
                  AND earlier.recipient = o.recipient AND earlier.state = 'pending' AND earlier.seq < o.seq)
  AND NOT EXISTS (SELECT FROM channel_states s WHERE s.channel = o.channel AND NOT s.open)
ORDER BY o.next_try_at LIMIT %(limit)s
"""
_COUNT = f"SELECT channel, count(*) AS due FROM ({_DUE}) AS heads GROUP BY channel"  # noqa: S608  # ours
_LEASE = f"""
WITH due AS ({_DUE} FOR UPDATE OF o SKIP LOCKED)
UPDATE outbox mine SET attempts = mine.attempts + 1, next_try_at = %(until)s,
                       unsure_since = COALESCE(mine.unsure_since, %(now)s)
FROM due
JOIN outbox again ON again.id = due.id
JOIN messages m ON m.id = again.message_id
LEFT JOIN channel_people p ON p.conversation_id = m.conversation_id
LEFT JOIN inbox i ON i.id = m.inbox_id
WHERE mine.id = due.id
RETURNING mine.id, mine.message_id, mine.channel, mine.recipient, mine.body, mine.attempts, mine.sent_ids,
          due.unsure_since, p.last_action_at, COALESCE(i.body #>> '{{arrived,dedupe_key}}', '') AS quote
"""  # noqa: S608  # our own fragment


async def due(conn: Conn, *, now: datetime, channels: Sequence[str], limit: int = 20) -> dict[str, int]:
    """Channel → how many people a reply waits for, as far as `limit`."""
    values = {"now": now, "limit": limit, "channels": list(channels)}
    rows = await (await conn.execute(_COUNT, values)).fetchall()
    return {row["channel"]: int(row["due"]) for row in rows}


async def lease(
    conn: Conn, *, now: datetime, limit: int = 20, channels: Sequence[str] = ("zalo", "messenger")
) -> list[Outgoing]:
    """Take what is due and the first of its person; nobody else gets it until the lease runs out."""
    values = {"now": now, "until": now + LEASE, "limit": limit, "channels": list(channels)}
    return [Outgoing(**row) for row in await (await conn.execute(_LEASE, values)).fetchall()]


async def mark_part(conn: Conn, outbox_id: UUID, *, sent_id: str, now: datetime) -> None:
    """One part is there; the next one begins now."""
    await conn.execute(
        "UPDATE outbox SET sent_ids = sent_ids || %s::text, unsure_since = %s, next_try_at = %s WHERE id = %s",
        (sent_id, now, now + LEASE, outbox_id),
    )


async def mark_sent(
    conn: Conn, outbox_id: UUID, *, now: datetime, sent_id: str | None = None, cost: str = ""
) -> None:
    """All of it is there; `sent_id` is its last part's."""
    await conn.execute(
        "UPDATE outbox SET state = 'sent', sent_at = %(now)s, error = NULL, reason = '', unsure_since = NULL,"
        " sent_ids = CASE WHEN %(sent)s::text IS NULL THEN sent_ids ELSE sent_ids || %(sent)s::text END,"
        " cost = %(cost)s WHERE id = %(id)s AND state = 'pending'",
        {"now": now, "sent": sent_id, "cost": cost, "id": outbox_id},
    )


async def mark_unsure(conn: Conn, outbox_id: UUID, *, look_at: datetime, error: str) -> None:
    """Nobody can tell whether the part went out: look for its echo then."""
    await conn.execute(
        "UPDATE outbox SET next_try_at = %s, reason = 'unsure', error = %s WHERE id = %s AND state = 'pending'",
        (look_at, error[:500], outbox_id),
    )


async def mark_failed(
    conn: Conn, item: Outgoing, *, now: datetime, error: str, reason: str = "later", wait_s: float = 0.0
) -> bool:
    """It surely was not sent: plan the next try, later each time. After the last one it is parked; then True."""
    if item.attempts >= MAX_ATTEMPTS:
        await park(conn, item.id, reason=reason, error=error)
        return True
    wait = max(timedelta(seconds=wait_s), pause(item.attempts, jitter=random.uniform(0, _JITTER)))  # noqa: S311
    await conn.execute(
        "UPDATE outbox SET next_try_at = %s, error = %s, reason = %s, unsure_since = NULL"
        " WHERE id = %s AND state = 'pending'",
        (now + wait, error[:500], reason, item.id),
    )
    return False


async def hold(conn: Conn, outbox_id: UUID, *, now: datetime, error: str) -> None:
    """Not sent, through no fault of the message: its channel was stopped. It keeps its place and its tries."""
    await conn.execute(
        "UPDATE outbox SET next_try_at = %s, error = %s, reason = 'stopped', unsure_since = NULL,"
        " attempts = GREATEST(attempts - 1, 0) WHERE id = %s AND state = 'pending'",
        (now, error[:500], outbox_id),
    )


async def park(conn: Conn, outbox_id: UUID, *, reason: str, error: str) -> None:
    """Left for an operator to look at (docs/runbooks/channels.md); the person's next reply goes ahead."""
    await conn.execute(
        "UPDATE outbox SET state = 'parked', reason = %s, error = %s, unsure_since = NULL"
        " WHERE id = %s AND state = 'pending'",
        (reason, error[:500], outbox_id),
    )


async def release(conn: Conn, outbox_id: UUID, *, actor: str, now: datetime) -> bool:
    """Try a parked reply again, by an operator's word."""
    cursor = await conn.execute(
        "UPDATE outbox SET state = 'pending', attempts = 0, next_try_at = %s, actor = %s, error = NULL, reason = ''"
        " WHERE id = %s AND state = 'parked'",
        (now, actor, outbox_id),
    )
    return cursor.rowcount == 1


def pause(attempts: int, *, jitter: float = 0.0) -> timedelta:
    """How long after a failure the next try is: twice as long each time, plus this share of it."""
    doubled: float = _FIRST_PAUSE_S * 2 ** max(attempts - 1, 0)
    return timedelta(seconds=min(doubled, _LONGEST_PAUSE_S) * (1 + jitter))


# ------------------------------------------------------------------ echoes


async def heard(
    conn: Conn, *, channel: str, recipient: str, id: str, text: str, tag: str, now: datetime
) -> None:
    """Keep what a platform told back of a sending of ours."""
    await conn.execute(
        "INSERT INTO channel_echoes (channel, recipient, id, tag, digest, at) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (channel, recipient, id, tag, digest(text), now),
    )


async def echo_of(
    conn: Conn, item: Outgoing, *, since: datetime, text: str, tag: str, known: Sequence[str]
) -> str | None:
    """The platform's id of an unsure part, when its echo came; `known` ids are other parts'."""
    cursor = await conn.execute(
        "SELECT id FROM channel_echoes e WHERE channel = %(channel)s AND recipient = %(to)s AND at >= %(since)s"
        " AND NOT id = ANY(%(known)s) AND (CASE WHEN %(tag)s <> '' AND e.tag <> '' THEN e.tag = %(tag)s"
        " ELSE e.digest = %(digest)s END)"
        " AND NOT EXISTS (SELECT FROM outbox o WHERE o.channel = e.channel AND o.recipient = e.recipient"
        " AND e.id = ANY(o.sent_ids)) ORDER BY at LIMIT 1",
        {
            "channel": item.channel,
            "to": item.recipient,
            "since": since - timedelta(seconds=5),
            "known": list(known),
            "tag": tag,
            "digest": digest(text),
        },
    )
    row = await cursor.fetchone()
    return str(row["id"]) if row else None


_OURS = """
SELECT EXISTS (
    SELECT FROM outbox WHERE channel = %(channel)s AND recipient = %(to)s AND created_at > %(since)s
    AND (%(id)s = ANY(sent_ids) OR (%(text)s <> '' AND body->>'text' <> '' AND (strpos(body->>'text', %(text)s) > 0
         OR starts_with(%(text)s, left(body->>'text', 60)))))
) AS ours
"""


async def is_ours(conn: Conn, *, channel: str, recipient: str, id: str, text: str, now: datetime) -> bool:
    """Whether an echo under an official's name is of a message of ours: platforms may name one there too."""
    values = {
        "channel": channel,
        "to": recipient,
        "since": now - ECHOES_KEPT,
        "id": id,
        "text": storable(text),
    }
    row = await (await conn.execute(_OURS, values)).fetchone()
    return bool(row and row["ours"])


async def forget_echoes(conn: Conn, *, now: datetime) -> int:
    cursor = await conn.execute("DELETE FROM channel_echoes WHERE at < %s", (now - ECHOES_KEPT,))
    return cursor.rowcount


def digest(text: str) -> bytes:
    """What two readings of one text share, whatever a platform does to its spaces."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode()).digest()
