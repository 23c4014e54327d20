"""What clocks say by themselves: the end is near, it has passed, the head is told. Each once for one deadline.

Many workers may ring at once: each ticket is rung by whoever locks it first, and the index `ticket_clock_once` holds
even against a second ringing.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID, uuid4

from psycopg import OperationalError

from desk import clock as clocks
from desk import service
from desk.calendar import LOCAL_TIME
from desk.clock import Clock
from desk.database import Conn, Pool
from desk.deadlines import Rule, calendar_of, rule
from desk.models import Ticket
from desk.texts import texts

log = logging.getLogger(__name__)

CLOCK = "clock"  # the actor in the audit
AT_ONCE = 500  # tickets of one ringing; the next goes on
Alarm: TypeAlias = Literal["warned", "overdue", "escalated"]


async def ring(pool: Pool, *, now: datetime, most: int = AT_ONCE) -> Counter[str]:
    """Say what is due to be said; returns how often each thing was said."""
    said: Counter[str] = Counter()
    for ticket_id in await _due(pool, now, most):
        try:
            async with pool.connection() as conn:
                said.update(await _ring_one(conn, ticket_id, now))
        except OperationalError:  # the database is away: the next ringing says it all
            raise
        except Exception:  # an edge: one ticket's trouble must not silence the clocks of the others
            log.exception("the clock of ticket %s could not ring", ticket_id)
    return said


async def _due(pool: Pool, now: datetime, most: int) -> list[UUID]:
    async with pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT id FROM tickets WHERE alarm_at <= %s ORDER BY alarm_at LIMIT %s", (now, most)
        )
        return [row["id"] for row in await cursor.fetchall()]


async def _ring_one(conn: Conn, ticket_id: UUID, now: datetime) -> list[Alarm]:
    """Ring one ticket, unless another worker or an official has it in hand: then the next ringing does."""
    cursor = await conn.execute(
        "SELECT code FROM tickets WHERE id = %s AND alarm_at <= %s FOR UPDATE SKIP LOCKED", (ticket_id, now)
    )
    row = await cursor.fetchone()
    if row is None:
        return []
    ticket = await service.get(conn, code=row["code"])
    clock = await clocks.standing(conn, ticket_id)
    by = await rule(conn, clock.rule_id) if clock and clock.rule_id else None
    said: list[Alarm] = []
    after = None
    if clock and clock.runs and clock.due_at and by:
        said = await _say(conn, ticket, clock, by, now)
        after = clocks.next_alarm(by, clock.due_at, calendar_of(clock.unit_id, ticket.area), after=now)
    await conn.execute("UPDATE tickets SET alarm_at = %s WHERE id = %s", (after, ticket_id))
    return said


async def _say(conn: Conn, ticket: Ticket, clock: Clock, by: Rule, now: datetime) -> list[Alarm]:
    said: list[Alarm] = []
    for alarm in _alarms(ticket, clock, by, now):
        if await clocks.write(conn, ticket.id, replace(clock, at=now, event=alarm)):
            head = await _hand_to_head(conn, ticket, now) if alarm == "escalated" else ""
            await _leave_word(conn, ticket, alarm, clock, head=head, now=now)
            said.append(alarm)
    return said


def _alarms(ticket: Ticket, clock: Clock, by: Rule, now: datetime) -> list[Alarm]:
    """What holds now. A warning that nobody gave in time is not given after the end."""
    assert clock.due_at is not None  # noqa: S101  # asked by the caller
    if now < clock.due_at:
        return ["warned"]
    escalate = by.escalate_at(clock.due_at, calendar_of(clock.unit_id, ticket.area))
    return ["overdue", "escalated"] if escalate and now >= escalate else ["overdue"]


async def _hand_to_head(conn: Conn, ticket: Ticket, now: datetime) -> str:
    """Give the ticket to the unit's head; returns the head's name, "" when the unit has none."""
    cursor = await conn.execute(
        "SELECT id, name FROM staff WHERE unit_id = %s AND 'head' = ANY (roles) AND active ORDER BY login LIMIT 1",
        (ticket.unit_id,),
    )
    head = await cursor.fetchone()
    if head is None:
        return ""
    await service.change(conn, ticket, now=now, assigned_to=head["id"])
    return str(head["name"])


async def _leave_word(
    conn: Conn, ticket: Ticket, alarm: Alarm, clock: Clock, *, head: str, now: datetime
) -> None:
    assert clock.due_at is not None  # noqa: S101  # asked by the caller
    words = texts()["clock"]
    due = clock.due_at.astimezone(LOCAL_TIME)
    name = alarm if alarm != "escalated" or head else "escalated_to_nobody"
    text = words[name].format(due=due.strftime("%H:%M ngày %d/%m/%Y"), basis=clock.basis, head=head)
    await conn.execute(
        "INSERT INTO ticket_notes (id, ticket_id, at, author, text) VALUES (%s, %s, %s, %s, %s)",
        (uuid4(), ticket.id, now, words["author"], text),
    )
    details = {"due": clock.due_at.isoformat(), "unit": clock.unit_id, "basis": clock.basis}
    action = f"clock.{alarm}"
    await service.audit(conn, actor=CLOCK, action=action, object_id=ticket.code, now=now, details=details)
