"""The officers' list: filters, order, pages by key, and how many wait in each queue.

Every condition that an index serves is made of operators PostgreSQL trusts under row-level security (equality and
order). Text search is none of them: `find_tickets` of migration 0006 does it within the same bounds.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from desk.database import Conn
from desk.models import TicketState
from desk.staff import Role, Staff
from knowledge.text.diacritics import fold

Queue: TypeAlias = Literal["mine", "unit", "triage", "all"]
Order: TypeAlias = Literal["due", "new", "old"]
PAGE = 50
FEW = 1_000  # tickets found by their words, above which the list is walked instead
COUNT_TO = 1_000  # a badge beyond it says "more": nobody needs the figure, and counting stays cheap
CLOSED = ("CONG_KHAI", "KHONG_TIEP_NHAN", "DA_TRA_LOI", "TAP_HOP_NGHIEN_CUU")
# Word for word as the partial indexes of migration 0006 say it.
_OPEN = "t.state NOT IN ('CONG_KHAI', 'KHONG_TIEP_NHAN', 'DA_TRA_LOI', 'TAP_HOP_NGHIEN_CUU')"
_DUE = "coalesce(t.due_at, 'infinity'::timestamptz)"
_WORD = re.compile(r"[a-z0-9]+")
_CODE = re.compile(r"pa[ -]?(\d{4})[ -]?(\d{1,6})")
# By order: the key, its comparison with the last row seen, and its direction.
_ORDERS: dict[Order, tuple[tuple[str, ...], str, str]] = {
    "due": ((_DUE, "t.received_at", "t.id"), ">", "ASC"),
    "new": (("t.received_at", "t.id"), "<", "DESC"),
    "old": (("t.received_at", "t.id"), ">", "ASC"),
}
_COLUMNS = (
    "t.id, t.code, t.state, left(t.what, 240) AS what, t.place, t.area, t.category, t.category_name, t.unit_id,"
    " t.unit_name, t.confidence, t.received_at, t.updated_at, t.version, t.kind, t.due_at, t.due_basis, t.refusals,"
    " t.reopened, t.assigned_to"
)


class Wanted(BaseModel):
    """What an official wants to see listed."""

    model_config = ConfigDict(extra="forbid")

    queue: Queue = "unit"
    open: bool | None = None  # only what is open; None: in every queue but `all`, unless states are named
    order: Order = "due"
    state: list[TicketState] = Field(default_factory=list, max_length=10)
    category: str = Field("", max_length=100)
    area: str = Field("", max_length=200)
    overdue: bool = False
    unassigned: bool = False
    q: str = Field("", max_length=200)
    after: str = Field("", max_length=400)
    limit: int = Field(PAGE, ge=1, le=200)


def sees_all(staff: Staff) -> bool:
    return any(role in staff.roles for role in (Role.TRIAGE, Role.AUDITOR, Role.ADMIN))


async def page(
    conn: Conn, wanted: Wanted, *, staff: Staff, sorters: Sequence[str], now: datetime
) -> dict[str, Any]:
    """`tickets` and `next`, the key of the page after it ("" at the end)."""
    values: dict[str, Any] = {"limit": wanted.limit + 1}
    conditions = [*_queue(wanted, staff, sorters, values), *_filters(wanted, now, values)]
    conditions += await _search(conn, wanted.q, values)
    key, beyond, way = _ORDERS[wanted.order]
    if wanted.after:
        values |= {f"k{at}": part for at, part in enumerate(_opened(wanted.after, len(key)))}
        casts = [*["timestamptz"] * (len(key) - 1), "uuid"]
        marks = ", ".join(f"%(k{at})s::{cast}" for at, cast in enumerate(casts))
        conditions.append(f"({', '.join(key)}) {beyond} ({marks})")
    directed = ", ".join(f"{part} {way}" for part in key)
    rows = await (
        await conn.execute(
            f"SELECT l.*, s.name AS assigned_name, s.login AS assigned_login,"  # noqa: S608  # our own words
            "  (SELECT count(*) FROM ticket_voices v WHERE v.ticket_id = l.id) AS voices"
            f" FROM (SELECT {_COLUMNS} FROM tickets t WHERE {' AND '.join(conditions) or 'true'}"
            f"  ORDER BY {directed} LIMIT %(limit)s) l"
            f" LEFT JOIN staff s ON s.id = l.assigned_to ORDER BY {directed.replace('t.', 'l.')}".encode(),
            values,
        )
    ).fetchall()
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    return {
        "tickets": [_row(row, now) for row in rows],
        "next": _sealed(rows[-1], wanted.order) if more else "",
    }


def _queue(wanted: Wanted, staff: Staff, sorters: Sequence[str], values: dict[str, Any]) -> list[str]:
    open_only = not wanted.state and wanted.queue != "all" if wanted.open is None else wanted.open
    conditions = [_OPEN] if open_only else []
    if wanted.queue == "mine":
        values["me"] = staff.id
        return [*conditions, "t.assigned_to = %(me)s"]
    if wanted.queue == "triage":
        values["sorters"] = list(sorters)
        return [*conditions, "t.unit_id = ANY (%(sorters)s)"]
    if wanted.queue == "unit" or not sees_all(staff):
        values["unit"] = staff.unit_id  # an equality keeps an index's order
        return [*conditions, "t.unit_id = %(unit)s"]
    return conditions


def _filters(wanted: Wanted, now: datetime, values: dict[str, Any]) -> list[str]:
    conditions = []
    if wanted.state:
        values["states"] = [state.value for state in wanted.state]
        conditions.append("t.state = ANY (%(states)s)")
    if wanted.category:
        values["category"] = wanted.category
        conditions.append("t.category = %(category)s")
    if wanted.area:
        values["area"] = wanted.area
        conditions.append("(t.area = %(area)s OR starts_with(t.area, %(area)s || '/'))")
    if wanted.overdue:
        values["now"] = now
        conditions.append(f"t.due_at < %(now)s AND {_OPEN}")
    if wanted.unassigned:
        conditions.append("t.assigned_to IS NULL")
    return conditions


async def _search(conn: Conn, text: str, values: dict[str, Any]) -> list[str]:
    """A whole code is looked up; of other words each must begin one of the ticket's, whatever their marks.

    Words that few tickets have are found by their index. Words that many have are looked for along the list's own
    order, which meets a page of them soon.
    """
    plain = " ".join(fold(text).lower().split())
    if code := _CODE.fullmatch(plain):
        values["code"] = f"PA-{code[1]}-{code[2].zfill(6)}"
        return ["t.code = %(code)s"]
    if not plain:
        return []
    words = _WORD.findall(plain)[:10]
    if not words:
        return ["false"]
    found = await _found(conn, words)
    if len(found) <= FEW:
        values["found"] = found
        return ["t.id = ANY (%(found)s)"]
    # The planner takes the official's bounds for a rare thing, and would rather read everything and sort it.
    await conn.execute(
        "SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)"
    )
    values |= {f"word{at}": f"% {word}%" for at, word in enumerate(words)}
    return [f"' ' || t.folded LIKE %(word{at})s" for at in range(len(words))]


async def _found(conn: Conn, words: Sequence[str]) -> list[UUID]:
    """Tickets with these words, one more than FEW at most."""
    cursor = await conn.execute(
        "SELECT id FROM find_tickets(to_tsquery('simple', %s), %s) AS id",
        (" & ".join(f"{word}:*" for word in words), FEW + 1),
    )
    return [row["id"] for row in await cursor.fetchall()]


def _row(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    closed = row["state"] in CLOSED
    return {**row, "overdue": bool(not closed and row["due_at"] and row["due_at"] < now), "closed": closed}


def _sealed(row: dict[str, Any], order: Order) -> str:
    due = [row["due_at"].isoformat() if row["due_at"] else "infinity"] if order == "due" else []
    key = json.dumps([*due, row["received_at"].isoformat(), str(row["id"])])
    return base64.urlsafe_b64encode(key.encode()).decode()


def _opened(after: str, length: int) -> list[str]:
    """The last row of the page before, as its order's columns.

    Raises:
        ValueError: it is no key of this order.
    """
    parts = json.loads(base64.urlsafe_b64decode(after.encode()))
    if (
        not isinstance(parts, list)
        or len(parts) != length
        or not all(isinstance(part, str) for part in parts)
    ):
        raise ValueError(after)
    *times, ticket_id = parts
    for time in times:
        if time != "infinity":
            datetime.fromisoformat(time)
    if not re.fullmatch(r"[0-9a-f-]{36}", ticket_id):
        raise ValueError(after)
    return parts


async def counts(conn: Conn, *, staff: Staff, sorters: Sequence[str], now: datetime) -> dict[str, int]:
    """How many open tickets wait in each queue, and how many are overdue, each counted as far as COUNT_TO."""
    seen = "true" if sees_all(staff) else "t.unit_id = %(unit)s"
    asked = {
        "mine": "t.assigned_to = %(me)s",
        "unit": "t.unit_id = %(unit)s",
        "triage": "t.unit_id = ANY (%(sorters)s)",
        "all": seen,
        "overdue": f"{seen} AND t.due_at < %(now)s",
    }
    counted = ", ".join(
        f"(SELECT count(*) FROM (SELECT FROM tickets t WHERE {condition} AND {_OPEN} LIMIT {COUNT_TO}) c) AS {name}"  # noqa: S608
        for name, condition in asked.items()
    )
    values = {"me": staff.id, "unit": staff.unit_id, "sorters": list(sorters), "now": now}
    row = await (await conn.execute(f"SELECT {counted}".encode(), values)).fetchone()
    assert row is not None  # noqa: S101  # aggregates always have a row
    return {name: int(row[name]) for name in asked}
