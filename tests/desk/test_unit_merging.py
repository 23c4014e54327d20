"""A unit becomes part of another: nothing of it is left behind, and nobody is left without an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from desk import service, unit_merging, work
from desk.bounds import bounded
from desk.database import Pool
from desk.models import NewReport, Ticket, TicketState
from desk.routing import Router
from knowledge.errors import UnknownUnit
from tests.desk.clock_helpers import set_deadline
from tests.desk.test_work import COMMUNE, HEAD, LAN, ROADS, SEALER, do, ticket, tickets_seen

__all__ = ["ticket"]
pytestmark = pytest.mark.postgres
REASON = "Sở Xây dựng được sáp nhập theo QĐ 12/2026."


async def merged(pool: Pool, router: Router, now: datetime, old: str = ROADS) -> dict[str, int]:
    async with pool.connection() as conn:
        return await unit_merging.merge(
            conn, old=old, into=COMMUNE, router=router, reason=REASON, actor="motcua", now=now
        )


async def rows(pool: Pool, sql: str) -> list[dict[str, Any]]:
    async with pool.connection() as conn:
        return await (await conn.execute(sql.encode())).fetchall()


async def test_everything_goes_along_and_reporters_are_told(
    pool: Pool, ticket: Ticket, report: NewReport, router: Router, now: datetime
) -> None:
    await set_deadline(pool, working_days=5, unit_id=COMMUNE.id)
    async with pool.connection() as conn:
        talk = uuid4()
        await conn.execute("INSERT INTO conversations (id, channel) VALUES (%s, 'web')", (talk,))
        await conn.execute("UPDATE tickets SET conversation_id = %s", (talk,))
        others = [
            (
                await service.file_report(conn, report, origin=f"o{n}", router=router, sealer=SEALER, now=now)
            ).ticket
            for n in (2, 3)
        ]
    await do(pool, ticket, LAN, now, partial(work.assign, to=LAN))
    await do(pool, ticket, LAN, now, work.accept)
    await do(pool, others[0], LAN, now, partial(work.ask, question="Ở đâu?"))
    await do(pool, others[1], LAN, now, partial(work.resolve, public="Xong.", reopen_for=timedelta(days=3)))
    later = now + timedelta(hours=1)
    assert await merged(pool, router, later) == {"tickets": 2, "staff": 2, "tickets_ended": 1}
    found = await rows(pool, "SELECT unit_id, state, assigned_to, due_at FROM tickets ORDER BY code")
    assert {row["unit_id"] for row in found} == {COMMUNE.id}
    assert [row["state"] for row in found] == ["CHUYEN_CO_QUAN", "CHUYEN_CO_QUAN", "DA_TRA_LOI"]
    assert found[0]["assigned_to"] == LAN.id and found[0]["due_at"] is not None
    assert REASON in (await rows(pool, "SELECT text FROM messages ORDER BY created_at"))[-1]["text"]
    people = await rows(pool, "SELECT unit_id FROM staff WHERE login IN ('lan', 'truong')")
    assert {row["unit_id"] for row in people} == {COMMUNE.id}
    moved = LAN.model_copy(update={"unit_id": COMMUNE.id})
    async with bounded(pool, moved) as conn:
        assert await tickets_seen(conn) == 3
    working = await do(pool, ticket, moved, later, work.accept)
    assert working.state is TicketState.IN_WORK
    async with pool.connection() as conn:
        ended = await service.get(conn, code=others[1].code)
        again = await work.reopen(conn, ended, text="Chưa xong", now=later)
    assert again.assigned_to == HEAD.id  # the head came along
    (line,) = await rows(pool, "SELECT object_id, details FROM audit WHERE action = 'unit.merged'")
    assert line["object_id"] == ROADS and line["details"]["into"] == COMMUNE.id
    assert await merged(pool, router, later) == {}


async def test_a_unit_that_is_none_and_one_that_is_the_same_are_refused(
    pool: Pool, router: Router, now: datetime
) -> None:
    for old in ("khong-co", COMMUNE.id):
        with pytest.raises(UnknownUnit):
            await merged(pool, router, now, old=old)
