"""Real processes, really killed: nothing accepted is lost, nothing is answered twice, order holds."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from bot.gateway.replies import ReplyWaiter
from bot.gateway.settings import process_environment
from bot.gateway.worker import READY
from desk.database import EmbeddedPostgres, Pool, migrate, open_pool
from tests.gateway.helpers import answers, begin, rows, say

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 30.0


class WorkerProcess:
    """`python -m bot.gateway.worker` with the slow dialogue."""

    def __init__(self, dsn: str, log: Path) -> None:
        self._log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "bot.gateway.worker",
                    "--dialogue",
                    "tests.gateway.slow_dialogue:build",
                ],
                cwd=ROOT,
                env={**process_environment(), "DATABASE_URL": dsn},
                stdout=out,
                stderr=out,
            )

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def ready(self) -> None:
        until = time.monotonic() + 60
        while READY not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < until, self.log
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(20)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], WorkerProcess]]:
    workers: list[WorkerProcess] = []

    def begin_worker(dsn: str) -> WorkerProcess:
        workers.append(WorkerProcess(dsn, tmp_path / f"worker{len(workers)}.log"))
        workers[-1].ready()
        return workers[-1]

    yield begin_worker
    for worker in workers:
        worker.kill()


async def accept_all(pool: Pool, *, conversations: int, each: int) -> list[UUID]:
    people = [await begin(pool) for _ in range(conversations)]
    for number in range(1, each + 1):
        for person in people:
            await say(pool, person, f"m{number}")
    return people


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float = WITHIN_S) -> float:
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  # another process has no event
            await asyncio.sleep(0.1)
    return time.monotonic() - began


async def answered(pool: Pool) -> int:
    return len(await rows(pool, "SELECT 1 FROM messages WHERE direction = 'out'"))


def reached(pool: Pool, count: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        try:
            return await answered(pool) >= count
        except (psycopg.OperationalError, PoolTimeout):
            return False

    return holds


async def everyone_answered_once_in_order(pool: Pool, people: list[UUID], each: int) -> None:
    for person in people:
        assert await answers(pool, person) == [f"{n}: m{n}" for n in range(1, each + 1)]
    assert await rows(pool, "SELECT 1 FROM inbox WHERE processed_at IS NULL OR error IS NOT NULL") == []
    total = len(people) * each
    assert len(await rows(pool, "SELECT 1 FROM outbox WHERE state = 'sent'")) == total


async def test_a_worker_killed_mid_turn_loses_nothing(
    dsn: str, pool: Pool, start: Callable[[str], WorkerProcess]
) -> None:
    first = start(dsn)
    people = await accept_all(pool, conversations=12, each=4)
    await until(reached(pool, 6))
    first.kill()
    held = await rows(pool, "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'")
    assert held  # it died with turns in its hands
    start(dsn)
    await until(reached(pool, 48))
    await everyone_answered_once_in_order(pool, people, 4)


async def test_two_workers_one_killed_keep_order(
    dsn: str, pool: Pool, start: Callable[[str], WorkerProcess]
) -> None:
    first, second = start(dsn), start(dsn)
    people = await accept_all(pool, conversations=20, each=5)
    await until(reached(pool, 15))
    first.kill()
    await until(reached(pool, 100))
    await everyone_answered_once_in_order(pool, people, 5)
    assert second.stop() == 0


async def test_a_stopped_worker_finishes_what_it_holds(
    dsn: str, pool: Pool, start: Callable[[str], WorkerProcess]
) -> None:
    worker = start(dsn)
    people = await accept_all(pool, conversations=4, each=2)
    await until(reached(pool, 1))
    assert worker.stop() == 0
    assert await rows(pool, "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'") == []
    start(dsn)
    await until(reached(pool, 8))
    await everyone_answered_once_in_order(pool, people, 2)


@contextmanager
def own_server(home: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as server:
        migrate(server.dsn)
        yield server


@asynccontextmanager
async def app(dsn: str) -> AsyncIterator[tuple[Pool, ReplyWaiter]]:
    async with await open_pool(dsn, min_size=1, max_size=4) as pool, ReplyWaiter(dsn, pool) as waiter:
        yield pool, waiter


def kill_postgres(server: EmbeddedPostgres) -> None:
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while server.alive:
        time.sleep(0.01)


async def test_postgres_killed_and_restarted_loses_nothing(
    home: Path, start: Callable[[str], WorkerProcess]
) -> None:
    with own_server(home) as server:
        worker = start(server.dsn)
        async with app(server.dsn) as (pool, waiter):
            people = await accept_all(pool, conversations=12, each=4)
            last = await say(pool, people[0], "m5")
            waiting = asyncio.create_task(waiter.wait(last, WITHIN_S))
            await until(reached(pool, 6))
            kill_postgres(server)
            await asyncio.sleep(1.5)  # long enough for every part to notice
            assert server.start()
            await until(reached(pool, 49))
            reply = await waiting
            assert reply is not None
            assert reply.text == "5: m5"
            assert (await answers(pool, people[0]))[-1] == "5: m5"
            for person in people:
                assert (await answers(pool, person))[:4] == [f"{n}: m{n}" for n in range(1, 5)]
            # And everything works as before, at once: the pools, the listener, the worker.
            asked = await say(pool, people[1], "m5")
            later = await waiter.wait(asked, 10)
            assert later is not None
            assert later.text == "5: m5"
            assert await answered(pool) == 50
        assert worker.stop() == 0, worker.log
        assert "Traceback" not in worker.log, worker.log


async def test_postgres_and_worker_killed_together(home: Path, start: Callable[[str], WorkerProcess]) -> None:
    with own_server(home) as server:
        worker = start(server.dsn)
        async with app(server.dsn) as (pool, _):
            people = await accept_all(pool, conversations=8, each=3)
            await until(reached(pool, 4))
            kill_postgres(server)
            worker.kill()
            server.start()
            start(server.dsn)
            await until(reached(pool, 24))
            await everyone_answered_once_in_order(pool, people, 3)
