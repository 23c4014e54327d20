"""Deadlines as offices set them, each with the document it comes from.

Nothing is set by us: where no rule fits, a ticket has no deadline and the desk says so.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from desk.calendar import LOCAL_TIME, Calendar
from desk.calendar_data import Hours as OpenHours
from desk.calendar_data import days, office_hours
from desk.database import Conn
from desk.models import Ticket
from knowledge.gazetteer.names import gazetteer

Hours = Annotated[Decimal, Field(ge=0, le=5000)]
_KEYS = "unit_id, area, category, working_hours, working_days, warn_hours, escalate_hours, basis, valid_from, valid_to"
_COLUMNS = f"id, {_KEYS}"


class Terms(BaseModel):
    """So many working hours or days, for whom and since when. "" as unit, area or category holds for every one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit_id: str = ""
    area: str = ""
    category: str = ""
    working_hours: Annotated[Decimal, Field(gt=0, le=5000)] | None = None
    working_days: Annotated[int, Field(ge=1, le=500)] | None = None
    warn_hours: Hours = Decimal(0)
    escalate_hours: Hours | None = None
    basis: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
    valid_from: date
    valid_to: date | None = None


class NewRule(Terms):
    """A deadline to be set. What is set already is not checked so again: areas are merged and renamed."""

    @model_validator(mode="after")
    def _whole(self) -> NewRule:
        if (self.working_hours is None) == (self.working_days is None):
            raise ValueError("a deadline is in hours or in days")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("it ends before it begins")
        if self.area and self.area not in gazetteer().by_slug:
            raise ValueError(f"no area {self.area!r}")
        return self


class Rule(Terms):
    """A deadline that is set."""

    id: UUID

    def due(self, start: datetime, calendar: Calendar) -> datetime:
        if self.working_days is not None:
            return calendar.add_days(start, self.working_days)
        return calendar.add_working(start, _span(self.working_hours))

    def warn_at(self, due: datetime, calendar: Calendar) -> datetime | None:
        """So long before the end the official is told; None when the rule tells nothing ahead."""
        return calendar.take_working(due, _span(self.warn_hours)) if self.warn_hours else None

    def escalate_at(self, due: datetime, calendar: Calendar) -> datetime | None:
        """So long after the end the unit's head is told; None when the rule does not."""
        if self.escalate_hours is None:
            return None
        return calendar.add_working(due, _span(self.escalate_hours)) if self.escalate_hours else due


def _span(hours: Decimal | None) -> timedelta:
    return timedelta(microseconds=int((hours or 0) * 3_600_000_000))


def calendar_of(unit_id: str, area: str) -> Calendar:
    """The calendar by which a unit works."""
    return _calendar(office_hours().of(unit_id, area))


@cache
def _calendar(hours: OpenHours) -> Calendar:
    """One for all offices of the same hours: its years are summed up once."""
    return Calendar(hours, days())


async def rule_for(conn: Conn, ticket: Ticket, *, at: datetime) -> Rule | None:
    """The most particular rule in force: a unit's before an area's, a category's before all, the smaller area first."""
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM deadline_rules"  # noqa: S608  # our columns
        " WHERE unit_id IN ('', %(unit)s) AND category IN ('', %(category)s)"
        " AND (area = '' OR area = %(area)s OR starts_with(%(area)s, area || '/'))"
        " AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to >= %(day)s)"
        " ORDER BY unit_id <> '' DESC, category <> '' DESC, length(area) DESC, valid_from DESC, at DESC, id LIMIT 1",
        {
            "unit": ticket.unit_id,
            "category": ticket.category,
            "area": ticket.area,
            "day": at.astimezone(LOCAL_TIME).date(),
        },
    )
    row = await cursor.fetchone()
    return Rule(**row) if row else None


async def rule(conn: Conn, rule_id: UUID) -> Rule | None:
    """A rule by its id, in force or not: a clock runs by the rule it began with."""
    cursor = await conn.execute(f"SELECT {_COLUMNS} FROM deadline_rules WHERE id = %s", (rule_id,))  # noqa: S608
    row = await cursor.fetchone()
    return Rule(**row) if row else None


async def rules(conn: Conn, *, on: date | None = None) -> list[Rule]:
    """Every rule, or those in force on a day."""
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM deadline_rules"  # noqa: S608  # our columns
        " WHERE %(on)s::date IS NULL OR (valid_from <= %(on)s AND (valid_to IS NULL OR valid_to >= %(on)s))"
        " ORDER BY area, unit_id, category, valid_from, id",
        {"on": on},
    )
    return [Rule(**row) for row in await cursor.fetchall()]
