"""Whether a channel is open, how fast it may be called, and whom it no longer reaches: the same for every worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from desk import service
from desk.database import Conn

ITSELF = "motcua"  # the actor when no person closed it
_BURST_S = 1.0  # so many seconds' calls may be saved up
_NEW = "INSERT INTO channel_rates (channel, left_over, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_TAKE = """
WITH had AS (
    SELECT channel, LEAST(%(burst)s, left_over + %(rate)s * GREATEST(0, EXTRACT(epoch FROM %(now)s - at))) AS calls
    FROM channel_rates WHERE channel = %(channel)s FOR UPDATE
)
UPDATE channel_rates r SET left_over = had.calls - LEAST(%(want)s, floor(had.calls)), at = GREATEST(r.at, %(now)s)
FROM had WHERE r.channel = had.channel
RETURNING LEAST(%(want)s, floor(had.calls))::int AS granted
"""


async def take(conn: Conn, channel: str, *, want: int, per_minute: int, now: datetime) -> int:
    """Take up to `want` calls out of the channel's bucket; returns how many. No limit known: all of them."""
    if not per_minute:
        return want
    burst = max(per_minute / 60 * _BURST_S, 1.0)
    values = {"channel": channel, "burst": burst, "want": want, "rate": per_minute / 60, "now": now}
    row = await (await conn.execute(_TAKE, values)).fetchone()
    if row is None:
        await conn.execute(_NEW, (channel, burst, now))
        row = await (await conn.execute(_TAKE, values)).fetchone()
    return int(row["granted"]) if row else 0


async def close(conn: Conn, channel: str, *, reason: str, actor: str, now: datetime) -> bool:
    """Stop sending. What is asked there is still kept; False when it was closed already."""
    return await _set(conn, channel, is_open=False, reason=reason, actor=actor, now=now)


async def reopen(conn: Conn, channel: str, *, actor: str, now: datetime) -> bool:
    """Send again, beginning with what waited; False when it was open."""
    return await _set(conn, channel, is_open=True, reason="", actor=actor, now=now)


async def _set(conn: Conn, channel: str, *, is_open: bool, reason: str, actor: str, now: datetime) -> bool:
    cursor = await conn.execute(
        "INSERT INTO channel_states AS s (channel, open, reason, actor, changed_at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (channel) DO UPDATE SET open = EXCLUDED.open, reason = EXCLUDED.reason,"
        " actor = EXCLUDED.actor, changed_at = EXCLUDED.changed_at WHERE s.open <> EXCLUDED.open RETURNING channel",
        (channel, is_open, reason[:500], actor, now),
    )
    if await cursor.fetchone() is None:
        return False
    action = "channel.opened" if is_open else "channel.closed"
    await service.audit(
        conn, actor=actor or ITSELF, action=action, object_id=channel, object_kind="channel", now=now,
        details={"reason": reason[:200]},
    )  # fmt: skip
    return True


async def states(conn: Conn) -> dict[str, dict[str, Any]]:
    """Channel → open, reason, actor, changed_at; one that is not in it was never closed."""
    rows = await (await conn.execute("SELECT * FROM channel_states")).fetchall()
    return {row["channel"]: row for row in rows}


async def gone(conn: Conn, message_id: UUID, *, why: str, now: datetime) -> None:
    """The person of a message cannot be reached in that channel any more, until they write again."""
    await conn.execute(
        "UPDATE channel_people SET gone_at = %s, gone_why = %s"
        " WHERE conversation_id = (SELECT conversation_id FROM messages WHERE id = %s)",
        (now, why[:100], message_id),
    )
