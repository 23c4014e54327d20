"""What everybody may see of the desk: reports that an official published, and how punctual units are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from desk import names
from desk.database import Conn, storable
from desk.open311 import PHOTOS, blurred
from desk.report_facts import ANSWERED

LEAST = 5  # answers below which no share is shown: one of two says nothing about a unit
_COLUMNS = (
    "code, category, category_name, area, unit_name, received_at, answered_at, published_at,"
    " published_what AS what, answer_public AS answer, latitude, longitude,"
    f" {PHOTOS}"
)
# Consent is asked again here: it may have been withdrawn since.
_SHOWN = "state = 'CONG_KHAI' AND may_publish AND published_what <> ''"
_CHOSEN = f"""{_SHOWN} AND (%(category)s = '' OR category = %(category)s)
  AND (%(area)s = '' OR area = %(area)s OR starts_with(area, %(area)s || '/'))"""
# As the desk's reports count it (report_facts.py): each answered ticket once, by where its clock last stopped.
_PUNCTUAL = """
SELECT stops.unit_id, count(*) AS answered, count(stops.due_at) AS timed,
       count(*) FILTER (WHERE stops.at <= stops.due_at) AS on_time
FROM (SELECT DISTINCT ON (ticket_id) ticket_id, unit_id, at, due_at FROM ticket_clock
      WHERE event = 'stop' AND at >= %(since)s ORDER BY ticket_id, id DESC) stops
JOIN tickets ON tickets.id = stops.ticket_id AND tickets.state = ANY (%(answered)s)
GROUP BY stops.unit_id
"""


class Published(BaseModel):
    """A report and its answer as an official released them. The place is to about a hundred metres."""

    model_config = ConfigDict(frozen=True)

    code: str
    category: str
    category_name: str
    area: str
    unit_name: str
    received_at: datetime
    answered_at: datetime | None
    published_at: datetime | None
    what: str
    answer: str
    latitude: float | None
    longitude: float | None
    photos: tuple[UUID, ...] = ()

    @classmethod
    def of(cls, row: dict[str, Any]) -> Published:
        place = {name: blurred(row[name]) for name in ("latitude", "longitude")}
        return cls(**{**row, **place, "what": names.masked(row["what"])})  # should one have been overlooked


@dataclass(frozen=True)
class Punctual:
    """A unit's answers since a day: all, those with a deadline, and those of them given in time."""

    unit_id: str
    answered: int
    timed: int
    on_time: int

    @property
    def hundred(self) -> int | None:
        """In time of 100; None when there are too few to say. Rounded down: 100 is only all of them."""
        return None if self.timed < LEAST else 100 * self.on_time // self.timed


async def reports(
    conn: Conn, *, area: str = "", category: str = "", limit: int = 20, offset: int = 0
) -> Sequence[Published]:
    """Published reports, the newest first."""
    return await _published(conn, _CHOSEN, area=area, category=category, limit=limit, offset=offset)


async def points(conn: Conn, *, area: str = "", category: str = "", limit: int = 300) -> Sequence[Published]:
    """The newest of those whose place is known."""
    where = f"{_CHOSEN} AND latitude IS NOT NULL AND longitude IS NOT NULL"
    return await _published(conn, where, area=area, category=category, limit=limit)


async def report(conn: Conn, code: str) -> Published | None:
    found = await _published(conn, f"{_SHOWN} AND code = %(code)s", code=code.upper(), limit=1)
    return found[0] if found else None


async def _published(conn: Conn, where: str, **values: Any) -> list[Published]:  # noqa: ANN401  # a query's
    statement = (
        f"SELECT {_COLUMNS} FROM tickets WHERE {where}"  # noqa: S608  # our conditions
        " ORDER BY published_at DESC, id LIMIT %(limit)s OFFSET %(offset)s"
    )
    cursor = await conn.execute(statement.encode(), {"offset": 0, **storable(values)})
    return [Published.of(row) for row in await cursor.fetchall()]


async def punctuality(conn: Conn, *, since: datetime) -> list[Punctual]:
    """How punctual units answered since then, those with the most answers first."""
    cursor = await conn.execute(_PUNCTUAL, {"since": since, "answered": sorted(ANSWERED)})
    found = [Punctual(**row) for row in await cursor.fetchall()]
    return sorted(found, key=lambda one: (-one.answered, one.unit_id))
