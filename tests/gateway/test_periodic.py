"""Two workers share what is done at set times."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import psycopg
import pytest

from bot.gateway import jobs, periodic
from bot.gateway.periodic import Timed
from desk.database import Pool
from tests.gateway.helpers import clock, rows

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def working(dsn: str, pool: Pool, *timed: Timed) -> AsyncIterator[None]:
    async def handle(inbox_id: UUID, last_try: bool) -> None:
        raise AssertionError("no messages here")

    async with jobs.make_app(dsn).open_async() as app:
        periodic.register(app, pool, clock=clock, timed=timed)
        worker = jobs.make_worker(app, handle)
        running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
        yield
        worker.stop()  # type: ignore[no-untyped-call]
        await running


async def test_each_time_is_taken_by_one_of_two_workers(dsn: str, pool: Pool) -> None:
    done: list[datetime] = []

    async def deed(_: Pool, now: datetime) -> None:
        done.append(now)
        if len(done) == 1:
            raise psycopg.OperationalError("gone")  # told, and left to the next time
        if len(done) == 2:
            raise ValueError("broken")

    every_second = Timed("test.deed", "* * * * * */1", deed)
    async with asyncio.timeout(20), working(dsn, pool, every_second), working(dsn, pool, every_second):
        while len(done) < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    taken = await rows(pool, "SELECT defer_timestamp FROM procrastinate_periodic_defers")
    assert len(taken) == len({row["defer_timestamp"] for row in taken})
    assert not await rows(pool, "SELECT 1 FROM procrastinate_jobs WHERE status = 'failed'")


def test_the_clocks_ring_every_few_minutes() -> None:
    assert {one.name: one.cron for one in periodic.ALL}["motcua.ring_clocks"] == "*/2 * * * *"


async def test_ringing_says_what_it_said(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    await periodic.ring_clocks(pool, clock())
    assert caplog.text == ""
