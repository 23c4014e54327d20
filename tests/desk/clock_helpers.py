"""A report filed at a given hour, deadlines for it, and what its clock did."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, TypeAlias

from desk import clock, deadlines_set, service
from desk.calendar import LOCAL_TIME
from desk.database import Pool
from desk.deadlines_set import checked
from desk.models import Ticket
from tests.desk.test_work import BA, HEAD, LAN, READER, ROADS, SORTER

BASIS = "QĐ 1/2026, Điều 9"
Filing: TypeAlias = Callable[[str], Awaitable[Ticket]]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_TIME)


async def set_deadline(pool: Pool, **values: Any) -> None:
    rule = checked({"basis": BASIS, "valid_from": date(2025, 1, 1), "unit_id": ROADS, **values})
    async with pool.connection() as conn:
        await deadlines_set.add(conn, rule, actor="x", now=at("2025-01-01T08:00"))


async def staffed(pool: Pool) -> None:
    """The officials of test_work.py have accounts."""
    async with pool.connection() as conn:
        for one in (LAN, BA, HEAD, SORTER, READER):
            await conn.execute(
                "INSERT INTO staff (id, login, name, password_hash, roles, unit_id, area)"
                " VALUES (%s, %s, %s, '', %s, %s, %s) ON CONFLICT DO NOTHING",
                (one.id, one.login, one.name, [role.value for role in one.roles], one.unit_id, one.area),
            )


async def events(pool: Pool, ticket: Ticket) -> list[tuple[str, str, datetime | None]]:
    async with pool.connection() as conn:
        return [(row.event, row.unit_id, row.due_at) for row in await clock.rows(conn, ticket.id)]


def filing_into(pool: Pool, report: Any, router: Any, sealer: Any) -> Filing:
    """Files the report at an hour of Vietnam; each time another ticket."""
    filed = iter(range(1_000_000))

    async def file(when: str) -> Ticket:
        await staffed(pool)
        async with pool.connection() as conn:
            made = await service.file_report(
                conn, report, origin=f"o{next(filed)}", router=router, sealer=sealer, now=at(when)
            )
            return made.ticket

    return file
