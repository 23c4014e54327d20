"""Each channel at a glance, for whoever runs it: open or not, what waits and what was parked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.gateway import channel_states
from bot.gateway.outbox import PULL_CHANNELS
from desk.database import Conn

PARKED_SHOWN = 100
_WAITING = """
SELECT channel, count(*) FILTER (WHERE state = 'pending') AS waiting,
       min(created_at) FILTER (WHERE state = 'pending') AS oldest,
       count(*) FILTER (WHERE state = 'parked') AS parked
FROM outbox WHERE state <> 'sent' AND NOT channel = ANY(%s) GROUP BY channel
"""
_TOKENS = "SELECT channel, issued_at, expires_at, renew_by, broken_at, broken_why FROM channel_tokens"
_LAST = """SELECT max(last_action_at) AS at FROM channel_people p JOIN conversations c ON c.id = p.conversation_id
WHERE c.channel = %s"""
_PARKED = """
SELECT id, channel, reason, error, attempts, created_at FROM outbox WHERE state = 'parked'
ORDER BY created_at DESC LIMIT %s
"""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """`set_up`: whether this process has its settings; one that is not may still have replies that wait."""

    name: str
    set_up: bool
    open: bool = True
    reason: str = ""
    actor: str = ""
    changed_at: datetime | None = None
    waiting: int = 0
    oldest: datetime | None = None
    parked: int = 0
    heard_at: datetime | None = None
    token: dict[str, Any] = field(default_factory=dict)


async def overview(conn: Conn, set_up: Iterable[str]) -> list[Overview]:
    """Every channel that must be called and is set up, was closed, or has something waiting; by name."""
    states = await channel_states.states(conn)
    queued = {row["channel"]: row for row in await _rows(conn, _WAITING, (sorted(PULL_CHANNELS),))}
    tokens = {row["channel"]: row for row in await _rows(conn, _TOKENS, ())}
    here = set(set_up)
    found = []
    for name in sorted(here | states.keys() | queued.keys() | tokens.keys()):
        state, queue = states.get(name, {}), queued.get(name, {})
        (last,) = await _rows(conn, _LAST, (name,))
        found.append(
            Overview(
                name=name,
                set_up=name in here,
                open=bool(state.get("open", True)),
                reason=str(state.get("reason") or ""),
                actor=str(state.get("actor") or ""),
                changed_at=state.get("changed_at"),
                waiting=int(queue.get("waiting") or 0),
                oldest=queue.get("oldest"),
                parked=int(queue.get("parked") or 0),
                heard_at=last["at"],
                token=tokens.get(name, {}),
            )
        )
    return found


async def parked(conn: Conn, *, limit: int = PARKED_SHOWN) -> list[dict[str, Any]]:
    """What could not be sent, the newest first. Never its text: an administrator need not read it."""
    return await _rows(conn, _PARKED, (limit,))


async def _rows(conn: Conn, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    return await (await conn.execute(sql.encode(), values)).fetchall()
