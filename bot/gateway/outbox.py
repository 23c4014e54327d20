"""Replies on their way to channels that must be called (Zalo, Messenger).

Channels that fetch (web, kiosk) have theirs as soon as it is written. A pushed reply is leased before it is
sent and marked after: a process that dies in between leaves the lease to run out, and the next try is the
channel's to recognise by the message id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from desk.database import Conn
from desk.notices import FETCHING

PULL_CHANNELS = FETCHING
MAX_ATTEMPTS = 8
LEASE = timedelta(seconds=60)  # longer than any channel's time-out
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    id: UUID
    message_id: UUID
    channel: str
    recipient: str
    body: dict[str, Any]
    attempts: int


_LEASE = """
UPDATE outbox SET attempts = attempts + 1, next_try_at = %(until)s
WHERE id IN (
    SELECT id FROM outbox WHERE state = 'pending' AND next_try_at <= %(now)s
    ORDER BY next_try_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING id, message_id, channel, recipient, body, attempts
"""


async def lease(conn: Conn, *, now: datetime, limit: int = 20) -> list[Outgoing]:
    """Take what is due; nobody else gets it until the lease runs out."""
    cursor = await conn.execute(_LEASE, {"now": now, "until": now + LEASE, "limit": limit})
    return [Outgoing(**row) for row in await cursor.fetchall()]


async def mark_sent(conn: Conn, outbox_id: UUID, *, now: datetime) -> None:
    await conn.execute(
        "UPDATE outbox SET state = 'sent', sent_at = %s, error = NULL WHERE id = %s AND state = 'pending'",
        (now, outbox_id),
    )


async def mark_failed(conn: Conn, item: Outgoing, *, now: datetime, error: str) -> None:
    """Plan the next try, twice as far away each time; after the last one park it for an operator."""
    state = "parked" if item.attempts >= MAX_ATTEMPTS else "pending"
    await conn.execute(
        "UPDATE outbox SET state = %s, next_try_at = %s, error = %s WHERE id = %s AND state = 'pending'",
        (state, now + pause(item.attempts), error[:500], item.id),
    )


def pause(attempts: int) -> timedelta:
    doubled: float = _FIRST_PAUSE_S * 2 ** max(attempts - 1, 0)
    return timedelta(seconds=min(doubled, _LONGEST_PAUSE_S))
