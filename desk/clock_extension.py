"""A new date, promised with an apology."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from desk import clock as clocks
from desk import notices, service
from desk.calendar import LOCAL_TIME
from desk.clock import Clock
from desk.database import storable
from desk.deadlines import calendar_of, rule
from desk.models import Ticket
from desk.texts import texts
from desk.work import Hand
from knowledge.errors import BadTransition

_STANDS = ("start", "pause", "resume", "stop", "extended")


def runs(rows: Sequence[Clock]) -> bool:
    """Whether a deadline runs, by everything the clock did."""
    last = next((row for row in reversed(rows) if row.event in _STANDS), None)
    return last is not None and last.runs and last.due_at is not None and last.rule_id is not None


def was_extended(rows: Sequence[Clock]) -> bool:
    """Whether this run of the clock has a new date already."""
    begun = next((row.event for row in reversed(rows) if row.event in ("start", "extended")), "")
    return begun == "extended"


def close_of(ticket: Ticket, day: date) -> datetime:
    """When the unit closes on that day; on the next working day, when it stays closed."""
    eve = datetime.combine(day - timedelta(days=1), time(12), LOCAL_TIME)
    return calendar_of(ticket.unit_id, ticket.area).add_days(eve, 1)


async def extend(hand: Hand, *, until: datetime, reason: str) -> Hand:
    """Set the new date that was promised in the letter, and tell the reporter. Once for one run of the clock.

    The rules that were read allow a second date once (QĐ 88/2025/QĐ-UBND Lai Châu; both concern dossiers); for reports
    it is our pattern, not a general rule that was read.

    Raises:
        BadTransition: no deadline runs, it was extended before, or the new date is not later.
    """
    clock = await clocks.standing(hand.conn, hand.ticket.id)
    if clock is None or not clock.runs or clock.due_at is None or clock.rule_id is None:
        raise BadTransition(f"{hand.ticket.code}: no deadline runs")
    if was_extended(await clocks.rows(hand.conn, hand.ticket.id)):
        raise BadTransition(f"{hand.ticket.code}: was given a new date before")
    if until <= max(clock.due_at, hand.now):
        raise BadTransition(f"{hand.ticket.code}: the new date is no later one")
    longer = Clock(hand.now, "extended", clock.unit_id, until, clock.basis, clock.rule_id)
    by = await rule(hand.conn, clock.rule_id)
    ticket = await clocks.run(hand.conn, hand.ticket, longer, by, note=storable(reason))
    ticket = await service.change(hand.conn, ticket, now=hand.now)
    details = {"from": clock.due_at.isoformat(), "until": until.isoformat()}
    await service.audit(
        hand.conn, actor=hand.actor, action="clock.extended", object_id=ticket.code, now=hand.now, details=details
    )  # fmt: skip
    await _tell(hand, ticket, until=until, reason=reason)
    return replace(hand, ticket=ticket)


async def _tell(hand: Hand, ticket: Ticket, *, until: datetime, reason: str) -> None:
    if ticket.conversation_id is None:
        return
    said = texts()["notice_extended"].format(
        code=ticket.code, unit=ticket.unit_name[:1].upper() + ticket.unit_name[1:], reason=reason,
        until=until.astimezone(LOCAL_TIME).strftime("%H:%M ngày %d/%m/%Y"),
    )  # fmt: skip
    key = f"{ticket.id} {ticket.version} extended"
    await notices.say(hand.conn, ticket.conversation_id, text=said, now=hand.now, key=key, code=ticket.code)
