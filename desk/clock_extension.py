"""A new date, promised with an apology."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from desk import clock as clocks
from desk import service
from desk.clock import Clock
from desk.database import storable
from desk.deadlines import rule
from desk.work import Hand
from knowledge.errors import BadTransition


async def extend(hand: Hand, *, until: datetime, reason: str) -> Hand:
    """Set the new date that was promised in the letter. Once for one run of the clock.

    The rules that were read allow a second date once (QĐ 88/2025/QĐ-UBND Lai Châu; both concern dossiers); for reports
    it is our pattern, not a general rule that was read.

    Raises:
        BadTransition: no deadline runs, it was extended before, or the new date is not later.
    """
    clock = await clocks.standing(hand.conn, hand.ticket.id)
    if clock is None or not clock.runs or clock.due_at is None or clock.rule_id is None:
        raise BadTransition(f"{hand.ticket.code}: no deadline runs")
    if await _extended(hand):
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
    return replace(hand, ticket=ticket)


async def _extended(hand: Hand) -> bool:
    """Whether this run of the clock has a new date already."""
    for row in reversed(await clocks.rows(hand.conn, hand.ticket.id)):
        if row.event in ("start", "extended"):
            return row.event == "extended"
    return False
