from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from bot.gateway import jobs, sessions
from bot.gateway.turn import run_turn
from desk.database import Pool
from tests.gateway.helpers import EchoDialogue, answers, begin, clock, message, rows, say

pytestmark = pytest.mark.postgres


@asynccontextmanager
async def working(dsn: str, handler: jobs.Handler, **options: int) -> AsyncIterator[jobs.PromptWorker]:
    async with jobs.make_app(dsn).open_async() as app:
        worker = jobs.make_worker(app, handler, **options)
        running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
        yield worker
        worker.stop()  # type: ignore[no-untyped-call]
        await running


def answering(pool: Pool, dialogue: EchoDialogue) -> jobs.Handler:
    async def handle(inbox_id: UUID, last_try: bool) -> None:
        await run_turn(
            inbox_id, pool=pool, dialogue=dialogue, clock=clock, message=message, last_try=last_try
        )

    return handle


async def until_answered(pool: Pool, count: int, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while len(await rows(pool, "SELECT 1 FROM messages WHERE direction = 'out'")) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_jobs_of_a_conversation_run_in_order_and_of_many_side_by_side(dsn: str, pool: Pool) -> None:
    conversations = [await begin(pool) for _ in range(6)]
    for number in range(5):
        for conversation in conversations:
            await say(pool, conversation, str(number))
    async with working(dsn, answering(pool, EchoDialogue())):
        await until_answered(pool, 30)
    for conversation in conversations:
        assert await answers(pool, conversation) == [f"{number + 1}: {number}" for number in range(5)]
    assert await rows(pool, "SELECT 1 FROM procrastinate_jobs") == []


async def test_the_next_message_of_a_conversation_does_not_wait_for_the_poll(dsn: str, pool: Pool) -> None:
    conversation = await begin(pool)
    async with working(dsn, answering(pool, EchoDialogue())) as worker:
        worker.fetch_job_polling_interval = 60
        await asyncio.sleep(0.2)
        for number in range(10):
            await say(pool, conversation, str(number))
        await until_answered(pool, 10, seconds=5)


async def test_a_job_is_tried_again_while_the_database_fails(dsn: str, pool: Pool) -> None:
    tries: list[bool] = []

    async def handle(inbox_id: UUID, last_try: bool) -> None:
        tries.append(last_try)
        if len(tries) == 1:
            raise psycopg.OperationalError("gone")
        await answering(pool, EchoDialogue())(inbox_id, last_try)

    conversation = await begin(pool)
    first = await say(pool, conversation, "một")
    await say(pool, conversation, "hai")
    async with working(dsn, handle):
        await until_answered(pool, 2)
    assert await answers(pool, conversation) == ["1: một", "2: hai"]
    assert tries == [False] * 3
    assert first


async def test_a_job_whose_end_could_not_be_written_does_not_hold_its_conversation(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, failures = JobManager.finish_job, [ConnectorException(), ConnectorException()]

    async def finish(self: JobManager, *args: Any, **kwargs: Any) -> None:
        if failures:
            raise failures.pop()
        await write(self, *args, **kwargs)

    monkeypatch.setattr(JobManager, "finish_job", finish)
    conversation = await begin(pool)
    for text in ("một", "hai"):
        await say(pool, conversation, text)
    async with working(dsn, answering(pool, EchoDialogue())):
        await until_answered(pool, 2)
    assert await answers(pool, conversation) == ["1: một", "2: hai"]
    assert not failures


async def test_a_worker_that_hears_no_more_of_new_jobs_ends(dsn: str) -> None:
    """Another one begins in its place (`worker.work`)."""

    async def deaf(*_: object, **__: object) -> None:
        raise ConnectorException

    async def handle(inbox_id: UUID, last_try: bool) -> None: ...

    async with jobs.make_app(dsn).open_async() as app, asyncio.timeout(5):
        app.job_manager.listen_for_jobs = deaf  # type: ignore[method-assign]
        await jobs.make_worker(app, handle).run()  # type: ignore[no-untyped-call]


def test_tries_wait_longer_and_end() -> None:
    job = Job(queue="q", lock=None, queueing_lock=None, task_name="t")
    waits = []
    for attempt in range(jobs.MAX_TRIES):
        decision = jobs.Backoff().get_retry_decision(exception=OSError(), job=job.evolve(attempts=attempt))
        assert decision is not None
        assert decision.retry_at is not None
        waits.append((decision.retry_at - clock()).total_seconds())
    assert waits == sorted(waits)
    assert max(waits) <= 10
    assert jobs.Backoff().get_retry_decision(exception=OSError(), job=job.evolve(attempts=6)) is None


async def test_the_jobs_of_a_dead_worker_are_given_back(dsn: str, pool: Pool) -> None:
    conversation = await begin(pool)
    await say(pool, conversation, "a")
    async with jobs.make_app(dsn).open_async() as app:
        dead = await app.job_manager.register_worker()
        assert await app.job_manager.fetch_job(queues=None, worker_id=dead) is not None
        assert await jobs.sweep(app, pool, now=clock()) == 0
        async with pool.connection() as conn:
            await conn.execute(
                "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
            )
        assert await jobs.sweep(app, pool, now=clock()) == 1
        assert await jobs.sweep(app, pool, now=clock()) == 0
    async with working(dsn, answering(pool, EchoDialogue())):
        await until_answered(pool, 1)


async def test_a_message_whose_job_was_lost_is_ordered_again(dsn: str, pool: Pool) -> None:
    conversation = await begin(pool)
    for text in ("một", "hai"):
        await say(pool, conversation, text)
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM procrastinate_jobs")
    async with jobs.make_app(dsn).open_async() as app:
        assert await jobs.sweep(app, pool, now=clock()) == 0  # not yet forgotten
        later = clock() + jobs.FORGOTTEN_AFTER + timedelta(seconds=1)
        assert await jobs.sweep(app, pool, now=later) == 2
        assert await jobs.sweep(app, pool, now=later) == 0
    async with working(dsn, answering(pool, EchoDialogue())):
        await until_answered(pool, 2)
    assert await answers(pool, conversation) == ["1: một", "2: hai"]


async def test_one_process_sweeps_at_a_time(dsn: str, pool: Pool) -> None:
    await say(pool, await begin(pool), "a")
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM procrastinate_jobs")
    later = clock() + timedelta(minutes=1)
    async with jobs.make_app(dsn).open_async() as app:
        swept = await asyncio.gather(*(jobs.sweep(app, pool, now=later) for _ in range(4)))
    assert sum(swept) == 1


async def test_a_deleted_conversations_job_ends_quietly(dsn: str, pool: Pool) -> None:
    conversation = await begin(pool)
    await say(pool, conversation, "a")
    async with pool.connection() as conn:
        await sessions.delete(conn, conversation)
    async with working(dsn, answering(pool, EchoDialogue())):
        async with asyncio.timeout(5):
            while await rows(pool, "SELECT 1 FROM procrastinate_jobs"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
