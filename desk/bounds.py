"""Whose tickets an official sees: the database holds the line, not the query.

Within `bounded` the connection works as the role `motcua_staff`, for which row-level security shows the tickets of the
official's one unit; sorters, auditors and administrators see every unit of their area (migrations 0006, 0009).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import sql

from desk.database import Conn, Pool
from desk.staff import Role, Staff

ROLE = "motcua_staff"
_SEE_ALL = (Role.TRIAGE, Role.AUDITOR, Role.ADMIN)


@asynccontextmanager
async def bounded(pool: Pool, staff: Staff) -> AsyncIterator[Conn]:
    """A transaction in which only what this official may see exists."""
    async with pool.connection() as conn, conn.transaction():
        await bind(conn, staff)
        yield conn


async def bind(conn: Conn, staff: Staff) -> None:
    """Bind the open transaction to this official until it ends."""
    sees_all = any(role in staff.roles for role in _SEE_ALL)
    await conn.execute(
        "SELECT set_config('motcua.unit', %s, true), set_config('motcua.all_units', %s, true),"
        " set_config('motcua.area', %s, true), set_config('motcua.held', '', true)",
        (staff.unit_id, "yes" if sees_all else "no", staff.area),
    )
    await conn.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(ROLE)))


async def hold(conn: Conn, ticket_id: str) -> None:
    """Keep a ticket that was seen in sight while its change is written, wherever the change leads it."""
    await conn.execute("SELECT set_config('motcua.held', %s, true)", (ticket_id,))
