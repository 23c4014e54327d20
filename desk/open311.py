"""Tickets as Open311 GeoReport v2 shows them to everybody.

A published ticket is shown as an official released it; of the others there is the code, the category, the state and
the dates, and the unit with its deadline when the reporter agreed to publication. Never what a person wrote, never a
contact; nothing at all of a complaint or denunciation that was found in the queue, nor of spam.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from desk import names
from desk.calendar import LOCAL_TIME
from desk.database import Conn, storable
from desk.models import TicketState
from desk.views import state_text

_S = TicketState
CLOSED = (_S.ANSWERED, _S.REFUSED, _S.PUBLISHED, _S.COLLECTED)
HIDDEN_GROUNDS = ("khieu_nai_to_cao", "thu_rac")
PHOTOS = """ARRAY(SELECT f.id FROM ticket_files f WHERE f.ticket_id = tickets.id AND f.public
    ORDER BY f.at, f.id) AS photos"""
_COLUMNS = (
    "code, state, category, category_name, unit_id, unit_name, area, received_at, updated_at, due_at, may_publish,"
    f" published_what, answer_public, latitude, longitude, {PHOTOS}"
)
_SHOWN = """NOT (state = 'KHONG_TIEP_NHAN' AND EXISTS (
    SELECT FROM ticket_events e WHERE e.ticket_id = tickets.id AND e.basis = ANY (%(hidden)s)))"""
_OF_CODES = (
    f"SELECT {_COLUMNS} FROM tickets WHERE code = ANY (%(codes)s) AND {_SHOWN} ORDER BY received_at DESC"  # noqa: S608
)
_FILTERED = f"""
SELECT {_COLUMNS} FROM tickets
WHERE received_at >= %(start)s AND received_at <= %(end)s
  AND (%(area)s = '' OR area = %(area)s OR starts_with(area, %(area)s || '/'))
  AND (%(services)s::text[] = '{{}}' OR category = ANY (%(services)s))
  AND (%(closed)s::boolean IS NULL OR (state = ANY (%(ends)s)) = %(closed)s) AND {_SHOWN}
ORDER BY received_at DESC, id LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608  # our columns


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which tickets are asked for. `codes` override everything else; `closed` None is both."""

    codes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    start: datetime
    end: datetime
    closed: bool | None = None
    area: str = ""
    limit: int = 1000
    offset: int = 0


async def requests(conn: Conn, wanted: Wanted, *, site: str = "") -> list[dict[str, Any]]:
    """Tickets as the specification's `request` objects, the newest first. `site` begins the addresses of photos."""
    values = {
        "codes": [storable(code) for code in wanted.codes],
        "services": [storable(service) for service in wanted.services],
        "start": wanted.start,
        "end": wanted.end,
        "closed": wanted.closed,
        "area": wanted.area,
        "limit": wanted.limit,
        "offset": wanted.offset,
        "ends": [state.value for state in CLOSED],
        "hidden": list(HIDDEN_GROUNDS),
    }
    statement = _OF_CODES if wanted.codes else _FILTERED
    cursor = await conn.execute(statement.encode(), values)
    return [request_object(row, site=site) for row in await cursor.fetchall()]


def request_object(row: dict[str, Any], *, site: str = "") -> dict[str, Any]:
    """One ticket; what may not be shown is left empty, as the specification wants it."""
    state = TicketState(row["state"])
    published = state is _S.PUBLISHED and row["may_publish"] and bool(row["published_what"])
    said, photos = row["may_publish"], row.get("photos") or ()
    return {
        "service_request_id": row["code"],
        "status": "closed" if state in CLOSED else "open",
        "status_notes": row["answer_public"] if published else state_text(state),
        "service_name": row["category_name"],
        "service_code": row["category"],
        "description": names.masked(row["published_what"]) if published else None,
        "agency_responsible": row["unit_name"] if said else None,
        "service_notice": None,
        "requested_datetime": local(row["received_at"]),
        "updated_datetime": local(row["updated_at"]),
        "expected_datetime": local(row["due_at"]) if said and row["due_at"] else None,
        "address": None,  # as typed it may be somebody's home
        "address_id": None,
        "zipcode": None,
        "lat": blurred(row["latitude"]) if published else None,
        "long": blurred(row["longitude"]) if published else None,
        "media_url": f"{site}{photo_path(row['code'], photos[0])}" if published and photos else None,
    }


def photo_path(code: str, photo: UUID) -> str:
    """Where everybody may see a published photo (bot/gateway/routes/public.py)."""
    return f"/phan-anh/{code}/anh/{photo}.jpg"


def local(at: datetime) -> str:
    return at.astimezone(LOCAL_TIME).isoformat(timespec="seconds")


def blurred(degrees: float | None) -> float | None:
    """A place to about a hundred metres: the street, and no house."""
    return None if degrees is None else round(degrees, 3)


async def code_of(conn: Conn, token: str) -> str | None:
    """The code behind a token: the code itself, or the ticket's id as other programs may keep it."""
    try:
        column, value = "id", str(UUID(token))
    except ValueError:
        column, value = "code", storable(token).upper()
    statement = f"SELECT code FROM tickets WHERE {column} = %s"  # noqa: S608  # one of two columns
    row = await (await conn.execute(statement.encode(), (value,))).fetchone()
    return str(row["code"]) if row else None
