"""One unit becomes part of another: its tickets, its people and what was set up for it go along."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from desk import service, staff, work
from desk.database import Conn
from desk.models import TicketState
from desk.routing import Router
from knowledge.documents import Unit
from knowledge.errors import UnknownUnit

_ENDED = ("CONG_KHAI", "KHONG_TIEP_NHAN", "DA_TRA_LOI", "TAP_HOP_NGHIEN_CUU")
# What only names its unit. Deadlines stay where they were set: the new unit's come from a document of its own.
_NAMED = ("reply_templates", "webhooks", "handovers", "devices")


async def merge(
    conn: Conn, *, old: str, into: Unit, router: Router, reason: str, actor: str, now: datetime
) -> dict[str, int]:
    """Hand over everything of `old`; returns rows by table. Run again it finds nothing left to do.

    Open tickets are forwarded with `reason`, which their reporters read, and stay with who works on them; their clock
    begins anew by the new unit's deadline. Ended ones change their unit without a word, so that they can be reopened.

    Raises:
        UnknownUnit: `old` is no unit of the directory and nothing in the database is its; or both are one.
    """
    if old == into.id:
        raise UnknownUnit(f"{old!r} cannot become part of itself")
    moved = Counter(tickets=await _forwarded(conn, old, into, reason=reason, actor=actor, now=now))
    moved["staff"] = await _people(conn, old, into, actor=actor, now=now)
    ended = await conn.execute(
        "UPDATE tickets SET (unit_id, unit_name, updated_at, version) = (%s, %s, %s, version + 1) WHERE unit_id = %s",
        (into.id, into.name, now, old),
    )
    items = await conn.execute(
        "UPDATE unanswered_items SET (unit_id, unit_name) = (%s, %s) WHERE unit_id = %s",
        (into.id, into.name, old),
    )
    moved.update(tickets_ended=ended.rowcount, unanswered_items=items.rowcount)
    for table in _NAMED:
        done = await conn.execute(f"UPDATE {table} SET unit_id = %s WHERE unit_id = %s", (into.id, old))  # noqa: S608
        moved[table] = done.rowcount
    counts = {name: rows for name, rows in moved.items() if rows}
    if not counts and router.unit(old) is None:
        raise UnknownUnit(f"no unit {old!r}, and nothing that is its")
    details = {"into": into.id, "reason": reason, **counts}
    await service.audit(
        conn, actor=actor, action="unit.merged", object_kind="unit", object_id=old, now=now, details=details
    )
    return counts


async def _forwarded(conn: Conn, old: str, into: Unit, *, reason: str, actor: str, now: datetime) -> int:
    cursor = await conn.execute(
        "SELECT code FROM tickets WHERE unit_id = %s AND state <> ALL (%s) ORDER BY code", (old, list(_ENDED))
    )
    codes = [row["code"] for row in await cursor.fetchall()]
    for code in codes:
        ticket = await service.locked(conn, code=code)
        for state in work.way(ticket.state, TicketState.FORWARDED):
            last = state is TicketState.FORWARDED
            ticket = await service.move(
                conn, ticket, to=state, actor=actor, now=now, note=reason if last else "",
                unit=(into.id, into.name) if last else None,
            )  # fmt: skip
    return len(codes)


async def _people(conn: Conn, old: str, into: Unit, *, actor: str, now: datetime) -> int:
    cursor = await conn.execute(
        "SELECT login, roles, area FROM staff WHERE unit_id = %s ORDER BY login", (old,)
    )
    found = await cursor.fetchall()
    for one in found:
        await staff.change(
            conn, login=one["login"], roles=[staff.Role(role) for role in one["roles"]], unit_id=into.id,
            area=one["area"], actor=actor, now=now,
        )  # fmt: skip
    return len(found)
