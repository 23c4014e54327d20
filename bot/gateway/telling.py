"""Tells people what they asked to be told (desk/subscriptions.py), at set times."""

from __future__ import annotations

import logging
from datetime import datetime

from bot.gateway.periodic import Timed
from bot.gateway.settings import Settings
from desk import subscriptions
from desk.database import Pool
from desk.deadlines import calendar_of
from desk.subscriptions import Coming
from index.snapshot import current, read_records
from knowledge.documents import Plan, ValidityState

log = logging.getLogger(__name__)
_OVER = (ValidityState.SUPERSEDED, ValidityState.REPEALED)


def events(settings: Settings, *, now: datetime) -> list[Coming]:
    """Events to come of the plans that serve; none without a snapshot."""
    folder = current(settings.home)
    records = read_records(folder).all("plan") if folder else []
    plans = [plan for plan in records if isinstance(plan, Plan) and plan.validity.state not in _OVER]
    return [
        Coming(
            key=f"{plan.id} {event.start.isoformat()}",
            area=plan.area,
            title=event.title,
            unit=event.unit,
            start=event.start,
        )
        for plan in plans
        for event in plan.events
        if event.start > now
    ]


def timed(settings: Settings) -> Timed:
    """What a worker does every other minute: tell what is due, and keep the night quiet."""

    async def tell(pool: Pool, now: datetime) -> None:
        async with pool.connection() as conn:
            await subscriptions.mind_the_night(conn, now=now)
            await subscriptions.tell_tickets(conn, now=now)
        if subscriptions.is_quiet(now):
            return
        coming = events(settings, now=now)
        async with pool.connection() as conn:
            if told := await subscriptions.tell_events(conn, coming, now=now, calendar_of=calendar_of):
                log.info("subscriptions: %d reminders of events are due", told)

    return Timed("motcua.tell_subscribers", "*/2 * * * *", tell)
