"""What people asked to be told: every change of a report, and the day before a public event. Ended with one tap.

Nothing is told at night. It is told by looking at what is due, again and again, so that a worker that was down misses
nothing, and under a key of its own, so that nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import yaml

from desk import notices
from desk.calendar import LOCAL_TIME, Calendar
from desk.database import Conn
from desk.models import CITIZEN, TicketState
from desk.texts import texts

TICKET, EVENT = "ticket", "event"
STOP = "#MC:STOP:"  # in front of a subscription's id, on the button
_AGAIN = timedelta(
    minutes=5
)  # changes that were written side by side with the last telling are looked at again
_HEARD_BY_REPORTER = "reporter"
_HEARD_BY_VOICE = "voice"

_MAY_HEAR = """
SELECT t.code FROM tickets t
WHERE (%(only)s = '' OR t.code = %(only)s)
  AND (t.code = ANY(%(proved)s) OR t.conversation_id = %(conversation)s
       OR t.id IN (SELECT ticket_id FROM ticket_voices WHERE conversation_id = %(conversation)s))
ORDER BY t.received_at DESC LIMIT %(limit)s
"""
# Whoever a channel no longer reaches is not written to; when they come back, what is newer is told.
_TICKETS_DUE = """
SELECT s.id, s.conversation_id, s.key AS code, e.id AS event, e.at, e.to_state, e.note, e.unit_name,
       CASE WHEN t.conversation_id = s.conversation_id THEN 'reporter'
            WHEN EXISTS (SELECT FROM ticket_voices v WHERE v.ticket_id = t.id
                         AND v.conversation_id = s.conversation_id) THEN 'voice' ELSE '' END AS who
FROM subscriptions s
JOIN tickets t ON t.code = s.key
JOIN ticket_events e ON e.ticket_id = t.id AND e.at > GREATEST(s.created_at, s.told_at - %(again)s)
LEFT JOIN channel_people p ON p.conversation_id = s.conversation_id
WHERE s.topic = 'ticket' AND s.ended_at IS NULL AND p.gone_at IS NULL AND e.actor <> %(citizen)s
  AND e.from_state IS DISTINCT FROM e.to_state AND t.updated_at > GREATEST(s.created_at, s.told_at - %(again)s)
ORDER BY e.id
"""
_EVENTS_OPEN = """
SELECT s.id, s.conversation_id, s.area FROM subscriptions s
LEFT JOIN channel_people p ON p.conversation_id = s.conversation_id
WHERE s.topic = 'event' AND s.ended_at IS NULL AND p.gone_at IS NULL
"""
_HOLD = """
UPDATE outbox SET state = 'parked', reason = 'quiet', error = 'until the morning', actor = ''
WHERE state = 'pending' AND unsure_since IS NULL AND body ? 'subscription'
"""
_RELEASE = """
UPDATE outbox SET state = 'pending', reason = '', error = NULL, next_try_at = %(now)s
WHERE state = 'parked' AND reason = 'quiet' AND body ? 'subscription'
"""


@dataclass(frozen=True, kw_only=True)
class Coming:
    """An event that an office announced. `key` is its plan and its time: put off, it is another."""

    key: str
    area: str
    title: str
    unit: str
    start: datetime


@cache
def words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return loaded


# ------------------------------------------------------------------ asked for, and ended


async def begin(
    conn: Conn, conversation_id: UUID, *, topic: str, now: datetime, key: str = "", area: str = ""
) -> UUID | None:
    """Keep the wish; None when the conversation has as many as it may. The same wish again is the same."""
    values = {"id": uuid4(), "to": conversation_id, "topic": topic, "key": key, "area": area, "now": now}
    cursor = await conn.execute(
        "SELECT count(*) FILTER (WHERE (topic, key) <> (%(topic)s, %(key)s)) AS others FROM subscriptions"
        " WHERE conversation_id = %(to)s AND ended_at IS NULL",
        values,
    )
    row = await cursor.fetchone()
    if row is not None and row["others"] >= words()["most"]:
        return None
    cursor = await conn.execute(
        "INSERT INTO subscriptions (id, conversation_id, topic, key, area, created_at)"
        " VALUES (%(id)s, %(to)s, %(topic)s, %(key)s, %(area)s, %(now)s)"
        " ON CONFLICT (conversation_id, topic, key) WHERE ended_at IS NULL DO UPDATE SET area = EXCLUDED.area"
        " RETURNING id",
        values,
    )
    made = await cursor.fetchone()
    return UUID(str(made["id"])) if made else None


async def end(conn: Conn, conversation_id: UUID, *, now: datetime, only: UUID | None = None) -> int:
    """End one, or all of the conversation; returns how many ran. What was written for them and waits is not sent."""
    values = {"now": now, "to": conversation_id, "only": only}
    cursor = await conn.execute(
        "UPDATE subscriptions SET ended_at = %(now)s WHERE conversation_id = %(to)s AND ended_at IS NULL"
        " AND (%(only)s::uuid IS NULL OR id = %(only)s) RETURNING id",
        values,
    )
    ended = [str(row["id"]) for row in await cursor.fetchall()]
    await conn.execute(
        "DELETE FROM outbox WHERE state IN ('pending', 'parked') AND unsure_since IS NULL AND sent_ids = '{}'"
        " AND body->>'subscription' = ANY(%s)"
        " AND message_id IN (SELECT id FROM messages WHERE conversation_id = %s)",
        (ended, conversation_id),
    )
    return len(ended)


async def may_hear(
    conn: Conn, conversation_id: UUID, *, proved: Sequence[str] = (), only: str = "", limit: int = 5
) -> list[str]:
    """Codes of the reports a conversation may hear of, the newest first: its own, those it joined, those proved."""
    values = {"proved": list(proved), "conversation": conversation_id, "only": only, "limit": limit}
    return [row["code"] for row in await (await conn.execute(_MAY_HEAR, values)).fetchall()]


# ------------------------------------------------------------------ when


def is_quiet(at: datetime, *, margin: timedelta = timedelta()) -> bool:
    """Whether nobody is to be disturbed at this moment, or begins to be within `margin`."""
    begins, ends = (_clock(words()["quiet"][name]) for name in ("from", "until"))
    return _within(_local(at), begins, ends) or _within(_local(at + margin), begins, ends)


def _within(local: datetime, begins: time, ends: time) -> bool:
    now = local.time()
    return begins <= now < ends if begins <= ends else now >= begins or now < ends


def remind_from(event: Coming, calendar: Calendar) -> datetime:
    """When the reminder of an event is due: in the morning of the working day before it."""
    day = _local(event.start).date() - timedelta(days=1)
    while not _works(day, calendar):
        day -= timedelta(days=1)
    return datetime.combine(day, _clock(words()["remind_at"]), LOCAL_TIME)


def _works(day: date, calendar: Calendar) -> bool:
    return calendar.next_open(datetime.combine(day, time.min, LOCAL_TIME)).date() == day


def _clock(said: str) -> time:
    return time.fromisoformat(said)


def _local(at: datetime) -> datetime:
    return at.astimezone(LOCAL_TIME)


# ------------------------------------------------------------------ told


async def tell_tickets(conn: Conn, *, now: datetime) -> int:
    """Tell every change that was not told yet; returns how many messages were due. Nothing when it is quiet."""
    if is_quiet(now, margin=_minutes("last_call")):
        return 0
    cursor = await conn.execute(_TICKETS_DUE, {"again": _AGAIN, "citizen": CITIZEN})
    rows = await cursor.fetchall()
    for row in rows:
        if not _told_anyway(row["who"], row["to_state"]):
            await _say(
                conn, row, text=_ticket_text(row), key=f"event {row['event']}", now=now, code=row["code"]
            )
        await conn.execute(
            "UPDATE subscriptions SET told_at = GREATEST(told_at, %s) WHERE id = %s", (row["at"], row["id"])
        )
    return len(rows)


def _told_anyway(who: str, state: str) -> bool:
    """What the notices of a report say to its reporter and its voices is not said a second time."""
    if who == _HEARD_BY_REPORTER:
        return state in texts()["notices"]
    return who == _HEARD_BY_VOICE and state == TicketState.ANSWERED


def _ticket_text(row: dict[str, Any]) -> str:
    line = texts()["events"][row["to_state"]].format(unit=row["unit_name"])
    return str(words()["ticket"].format(code=row["code"], line=line, note=row["note"])).strip()


async def tell_events(
    conn: Conn, coming: Iterable[Coming], *, now: datetime, calendar_of: Callable[[str, str], Calendar]
) -> int:
    """Remind of events of each subscriber's area; returns how many reminders are due. Nothing when it is quiet."""
    if is_quiet(now, margin=_minutes("last_call")):
        return 0
    due = [one for one in coming if remind_from(one, calendar_of("", one.area)) <= now < one.start]
    if not due:
        return 0
    rows = await (await conn.execute(_EVENTS_OPEN)).fetchall()
    pairs = [(row, event) for row in rows for event in due if concerns(event, row["area"])]
    for row, event in pairs:
        await _say(conn, row, text=event_text(event), key=f"coming {event.key}", now=now)
        await conn.execute("UPDATE subscriptions SET told_at = %s WHERE id = %s", (now, row["id"]))
    return len(pairs)


def concerns(event: Coming, area: str) -> bool:
    """Whether an event is for the people of an area: announced for it, for one around it, or for the country."""
    return not event.area or area == event.area or area.startswith(f"{event.area}/")


def event_text(event: Coming) -> str:
    when = _local(event.start).strftime("%H:%M ngày %d/%m/%Y")
    return str(words()["event"].format(title=event.title, unit=event.unit, when=when)).strip()


async def _say(
    conn: Conn, row: dict[str, Any], *, text: str, key: str, now: datetime, code: str = ""
) -> None:
    await notices.say(
        conn,
        row["conversation_id"],
        text=text,
        now=now,
        key=f"subscription {row['id']} {key}",
        code=code,
        choices=[{"title": words()["stop"], "payload": f"{STOP}{row['id']}"}],
        subscription=row["id"],
    )


# ------------------------------------------------------------------ the night


async def mind_the_night(conn: Conn, *, now: datetime) -> int:
    """Hold back what still waits when the quiet begins, and let it go in the morning; returns how many."""
    quiet = is_quiet(now, margin=_minutes("hold"))
    cursor = await conn.execute(_HOLD) if quiet else await conn.execute(_RELEASE, {"now": now})
    return cursor.rowcount


def _minutes(name: str) -> timedelta:
    return timedelta(minutes=words()[name])
