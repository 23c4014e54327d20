"""A ticket's clock, run by run. The rows of `ticket_clock` are the truth; a ticket's due_at is a copy for lists.

It starts when a report is filed, and anew when another unit gets the ticket, its reporter reopens it or a refusal is
taken back; it stands
while the citizen is waited for; it stops when the unit has answered or refused. Being only rows, it survives whatever
restarts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from desk.calendar import Calendar
from desk.database import Conn
from desk.deadlines import Rule, calendar_of, rule, rule_for
from desk.models import Ticket, TicketEvent, TicketState

_S = TicketState
_ENDS = (_S.ANSWERED, _S.REFUSED, _S.PUBLISHED, _S.COLLECTED)
_RUNS = ("start", "resume", "extended")
_STANDS = "SELECT at, event, unit_id, due_at, basis, rule_id FROM ticket_clock WHERE ticket_id = %s"


@dataclass(frozen=True)
class Clock:
    """How a clock stands: its last row. `due_at` is None where no deadline is set."""

    at: datetime
    event: str
    unit_id: str
    due_at: datetime | None = None
    basis: str = ""
    rule_id: UUID | None = None

    @property
    def runs(self) -> bool:
        return self.event in _RUNS

    @property
    def waits(self) -> bool:
        return self.event == "pause"


async def follow(conn: Conn, ticket: Ticket, event: TicketEvent) -> Ticket:
    """Let the clock follow a ticket's move; returns the ticket with its deadline."""
    clock = await standing(conn, ticket.id) if event.from_state else None
    if event.from_state is None or _begins_anew(clock, event):
        return await _start(conn, ticket, at=event.at)
    if clock is None:  # filed before there were clocks
        return ticket
    if event.to_state in _ENDS and (clock.runs or clock.waits):
        return await stand(conn, ticket, clock, event="stop", at=event.at)
    if event.to_state is _S.INCOMPLETE and clock.runs:
        return await stand(conn, ticket, clock, event="pause", at=event.at)
    if event.from_state is _S.INCOMPLETE and clock.waits:
        return await _resume(conn, ticket, clock, at=event.at)
    return ticket


def _begins_anew(clock: Clock | None, event: TicketEvent) -> bool:
    if event.to_state is _S.FORWARDED:
        return clock is None or event.unit_id != clock.unit_id
    return event.from_state is _S.REFUSED or (
        event.from_state is _S.ANSWERED and event.to_state is _S.IN_WORK
    )


async def standing(conn: Conn, ticket_id: UUID) -> Clock | None:
    """How a ticket's clock stands; None when it never had one."""
    cursor = await conn.execute(
        f"{_STANDS} AND event IN ('start', 'pause', 'resume', 'stop', 'extended') ORDER BY id DESC LIMIT 1",
        (ticket_id,),
    )
    row = await cursor.fetchone()
    return Clock(**row) if row else None


async def rows(conn: Conn, ticket_id: UUID) -> list[Clock]:
    """Everything a clock did, warnings too, oldest first."""
    cursor = await conn.execute(f"{_STANDS} ORDER BY id", (ticket_id,))
    return [Clock(**row) for row in await cursor.fetchall()]


async def _start(conn: Conn, ticket: Ticket, *, at: datetime) -> Ticket:
    found = await rule_for(conn, ticket, at=at)
    begun = Clock(at, "start", ticket.unit_id)
    if found:
        due = found.due(at, calendar_of(ticket.unit_id, ticket.area))
        begun = Clock(at, "start", ticket.unit_id, due, found.basis, found.id)
    return await run(conn, ticket, begun, found)


async def _resume(conn: Conn, ticket: Ticket, clock: Clock, *, at: datetime) -> Ticket:
    calendar = calendar_of(clock.unit_id, ticket.area)
    due = _shifted(clock, at, calendar) if clock.due_at else None
    again = Clock(at, "resume", clock.unit_id, due, clock.basis, clock.rule_id)
    found = await rule(conn, clock.rule_id) if clock.rule_id else None
    return await run(conn, ticket, again, found)


def _shifted(paused: Clock, at: datetime, calendar: Calendar) -> datetime:
    """The end after a pause: the working time that was left, from now. What was late stays as late."""
    assert paused.due_at is not None  # noqa: S101  # asked by the caller
    if paused.at >= paused.due_at:
        return paused.due_at
    return calendar.add_working(at, calendar.working_between(paused.at, paused.due_at))


async def run(conn: Conn, ticket: Ticket, clock: Clock, by: Rule | None, *, note: str = "") -> Ticket:
    """Write a clock that runs, and when it next has something to say."""
    alarm = None
    if by and clock.due_at:
        alarm = next_alarm(by, clock.due_at, calendar_of(clock.unit_id, ticket.area), after=clock.at)
    await write(conn, ticket.id, clock, note=note)
    return await _copy(conn, ticket, due_at=clock.due_at, basis=clock.basis, alarm_at=alarm)


async def stand(conn: Conn, ticket: Ticket, clock: Clock, *, event: str, at: datetime) -> Ticket:
    """Write that a clock stands still; its row keeps the deadline that ran."""
    stood = Clock(at, event, clock.unit_id, clock.due_at, clock.basis, clock.rule_id)
    await write(conn, ticket.id, stood)
    return await _copy(conn, ticket, due_at=None, basis=clock.basis, alarm_at=None)


def next_alarm(by: Rule, due: datetime, calendar: Calendar, *, after: datetime) -> datetime | None:
    """When the clock next speaks: before its end, at its end, and when the head is told."""
    warn, escalate = by.warn_at(due, calendar), by.escalate_at(due, calendar)
    return min((moment for moment in (warn, due, escalate) if moment and moment > after), default=None)


async def write(conn: Conn, ticket_id: UUID, clock: Clock, *, note: str = "") -> bool:
    """Add a row; False when it was there already, as warnings are only given once for one deadline."""
    cursor = await conn.execute(
        "INSERT INTO ticket_clock (ticket_id, at, event, unit_id, due_at, basis, rule_id, note)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (ticket_id, clock.at, clock.event, clock.unit_id, clock.due_at, clock.basis, clock.rule_id, note),
    )
    return cursor.rowcount == 1


async def _copy(
    conn: Conn, ticket: Ticket, *, due_at: datetime | None, basis: str, alarm_at: datetime | None
) -> Ticket:
    await conn.execute(
        "UPDATE tickets SET due_at = %s, due_basis = %s, alarm_at = %s WHERE id = %s",
        (due_at, basis, alarm_at, ticket.id),
    )
    return ticket.model_copy(update={"due_at": due_at, "due_basis": basis})
