"""What each ticket was in a period: one row a ticket, so that whatever is counted adds up.

Everything is taken from the histories (`ticket_events`, `ticket_clock`) as they stood at the period's end, so that a
report of last year says the same whenever it is made. Only a ticket's unit, place and category are today's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from desk.database import Conn
from desk.models import TicketState
from desk.report_period import Period

_S = TicketState
ANSWERED = frozenset({_S.ANSWERED.value, _S.PUBLISHED.value, _S.COLLECTED.value})
CLOSED = ANSWERED | {_S.REFUSED.value}
CONTENT_FROM = 4  # of 5
APOLOGY = "clock.apology_drafted"  # in the audit, by whoever drafted the letter

Origin: TypeAlias = Literal["received", "carried", "back", ""]
Outcome: TypeAlias = Literal[
    "on_time", "late", "untimed", "refused", "merged", "open_in_time", "open_overdue", "open_untimed"
]


@dataclass(frozen=True)
class Fact:
    """One ticket in one period. `origin` "" is a ticket the period only touched, by a judgement given late.

    `also` names what is counted besides, each once: forwarded, reopened, rated…
    """

    code: str
    unit: tuple[str, str]  # id, name
    area: str
    category: tuple[str, str]
    origin: Origin
    outcome: Outcome
    also: frozenset[str] = field(default_factory=frozenset)


# Tickets that ended before the period and were left alone since have no part in it.
_TICKETS = """
SELECT t.id, t.code, t.unit_id, t.unit_name, t.area, t.category, t.category_name, t.received_at,
       t.merged_into IS NOT NULL AS merged, t.split_from IS NOT NULL AS split,
       t.conversation_id IS NOT NULL AS reachable,
       t.rated_at >= %(start)s AND t.rated_at < %(end)s AS rated, t.rating
FROM tickets t
WHERE t.received_at < %(end)s AND (t.received_at >= %(start)s OR t.updated_at >= %(start)s
      OR t.state NOT IN ('CONG_KHAI', 'KHONG_TIEP_NHAN', 'DA_TRA_LOI', 'TAP_HOP_NGHIEN_CUU'))
"""
_STATES = """
SELECT e.ticket_id,
       (array_agg(e.to_state ORDER BY e.id DESC) FILTER (WHERE e.at < %(start)s))[1] AS before,
       (array_agg(e.to_state ORDER BY e.id DESC))[1] AS state,
       bool_or(e.at >= %(start)s AND e.to_state = 'CHUYEN_CO_QUAN') AS forwarded,
       bool_or(e.at >= %(start)s AND e.to_state = 'DA_TRA_LOI') AS asked,
       bool_or(e.at >= %(start)s AND e.from_state = 'DA_TRA_LOI' AND e.to_state = 'DANG_XU_LY') AS reopened
FROM ticket_events e WHERE e.ticket_id = ANY (%(ids)s) AND e.at < %(end)s GROUP BY e.ticket_id
"""
_CLOCKS = """
SELECT DISTINCT ON (c.ticket_id) c.ticket_id, c.at AS clock_at, c.event AS clock_event, c.due_at
FROM ticket_clock c
WHERE c.ticket_id = ANY (%(ids)s) AND c.at < %(end)s AND c.event IN ('start', 'pause', 'resume', 'stop', 'extended')
ORDER BY c.ticket_id, c.id DESC
"""
_EXTENDED = """
SELECT DISTINCT ticket_id FROM ticket_clock
WHERE ticket_id = ANY (%(ids)s) AND event = 'extended' AND at >= %(start)s AND at < %(end)s
"""
_APOLOGIES = """
SELECT DISTINCT object_id FROM audit
WHERE object_kind = 'ticket' AND object_id = ANY (%(codes)s) AND action = %(apology)s
      AND at >= %(start)s AND at < %(end)s
"""


async def facts(conn: Conn, period: Period, *, now: datetime) -> list[Fact]:
    """Every ticket with a part in the period, among those this connection may see, by code.

    Under the desk's role (desk/bounds.py) the database has chosen the tickets; their histories are then read by id
    without it: judged line by line, row-level security would ask for each line's ticket again.
    """
    values: dict[str, Any] = {"start": period.start, "end": period.end, "apology": APOLOGY}
    tickets = await _rows(conn, _TICKETS, values)
    values |= {"ids": [row["id"] for row in tickets], "codes": [row["code"] for row in tickets]}
    role = await (await conn.execute("SELECT current_user AS name")).fetchone()
    assert role is not None  # noqa: S101  # always a row
    await conn.execute("SET LOCAL ROLE NONE")
    states = {row["ticket_id"]: row for row in await _rows(conn, _STATES, values)}
    clocks = {row["ticket_id"]: row for row in await _rows(conn, _CLOCKS, values)}
    extended = {row["ticket_id"] for row in await _rows(conn, _EXTENDED, values)}
    apologised = {row["object_id"] for row in await _rows(conn, _APOLOGIES, values)}
    await conn.execute("SELECT set_config('role', %s, true)", (role["name"],))
    as_of = min(period.end, now)
    found = [
        _fact(
            {**row, **states.get(row["id"], {}), **clocks.get(row["id"], {})},
            {"extended": row["id"] in extended, "apologies": row["code"] in apologised},
            period.start,
            as_of,
        )
        for row in tickets
    ]
    return sorted((one for one in found if one.origin or one.also), key=lambda one: one.code)


async def _rows(conn: Conn, sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return await (await conn.execute(sql.encode(), values)).fetchall()


def _fact(row: dict[str, Any], marks: dict[str, bool], start: datetime, as_of: datetime) -> Fact:
    origin = _origin(row, start)
    flags = {
        **marks,
        "split": row["split"] and origin == "received",
        "forwarded": row.get("forwarded"),
        "reopened": row.get("reopened"),
        "asked": (row.get("asked") and row["reachable"]) or row["rated"],
        "rated": row["rated"],
        "content": row["rated"] and row["rating"] >= CONTENT_FROM,
    }
    return Fact(
        code=row["code"],
        unit=(row["unit_id"], row["unit_name"]),
        area=row["area"],
        category=(row["category"], row["category_name"]),
        origin=origin,
        outcome=_outcome(row, as_of),
        also=frozenset(_true(flags)),
    )


def _true(flags: dict[str, Any]) -> Iterable[str]:
    return (name for name, holds in flags.items() if holds)


def _origin(row: dict[str, Any], start: datetime) -> Origin:
    if row["received_at"] >= start:
        return "received"
    if row.get("before") not in CLOSED:
        return "carried"
    return "back" if row.get("reopened") else ""


def _outcome(row: dict[str, Any], as_of: datetime) -> Outcome:
    """How the ticket stood at the period's end. Whether in time is said by its clock's last stop."""
    state, due = row.get("state"), row.get("due_at")
    if state == _S.REFUSED.value:
        return "merged" if row["merged"] else "refused"
    if state in ANSWERED:
        if due is None or row["clock_event"] != "stop":
            return "untimed"
        return "on_time" if row["clock_at"] <= due else "late"
    if due is None:
        return "open_untimed"
    moment = row["clock_at"] if row["clock_event"] == "pause" else as_of  # it stands since then
    return "open_overdue" if moment > due else "open_in_time"
