from __future__ import annotations

import asyncio
import time
from uuid import UUID, uuid4

import anyio
import psycopg
import pytest
from psycopg_pool import PoolTimeout

from bot.gateway import replies
from bot.gateway.replies import ReplyWaiter
from bot.gateway.sessions import StoredMessage
from bot.gateway.turn import run_turn
from desk.database import Pool
from tests.gateway.helpers import EchoDialogue, begin, clock, message, say

pytestmark = pytest.mark.postgres


async def answer(pool: Pool, inbox_id: object) -> None:
    await run_turn(inbox_id, pool=pool, dialogue=EchoDialogue(), clock=clock, message=message)  # type: ignore[arg-type]


async def listening(waiter: ReplyWaiter) -> None:
    async with asyncio.timeout(5):
        while not waiter.listening:  # noqa: ASYNC110  # only the health page asks this, by looking
            await asyncio.sleep(0.01)


async def test_a_reply_is_told_as_soon_as_it_is_written(dsn: str, pool: Pool) -> None:
    async with ReplyWaiter(dsn, pool) as waiter:
        await listening(waiter)
        asked = await say(pool, await begin(pool), "xin chào")
        waiting = asyncio.create_task(waiter.wait(asked, 5))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        began = time.perf_counter()
        await answer(pool, asked)
        reply = await waiting
        assert reply is not None
        assert reply.text == "1: xin chào"
        assert time.perf_counter() - began < 0.5


async def test_several_wait_for_the_same_reply(dsn: str, pool: Pool) -> None:
    async with ReplyWaiter(dsn, pool) as waiter:
        asked = await say(pool, await begin(pool), "xin chào")
        waiting = [asyncio.create_task(waiter.wait(asked, 5)) for _ in range(5)]
        await answer(pool, asked)
        assert len({reply.id for reply in await asyncio.gather(*waiting) if reply}) == 1
        assert waiter._waiting == {}


async def test_a_reply_written_before_is_found(dsn: str, pool: Pool) -> None:
    asked = await say(pool, await begin(pool), "xin chào")
    await answer(pool, asked)
    async with ReplyWaiter(dsn, pool) as waiter:
        assert await waiter.wait(asked, 1) is not None
        await listening(waiter)
        assert await waiter.wait(asked, 1) is not None
        assert await waiter.wait(asked, 0) is not None


async def test_who_waits_asks_seldom_while_postgresql_tells(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hundreds waiting, looks of each would be more work than the answers."""
    monkeypatch.setattr(replies, "_LOOK_EVERY_S", 0.02)
    async with ReplyWaiter(dsn, pool) as waiter:
        await listening(waiter)
        looks, look = [], waiter._look
        broken = iter((True, True))  # the first look, and the next, find no connection free

        async def counted(inbox_id: UUID) -> StoredMessage | None:
            looks.append(inbox_id)
            if next(broken, False):
                raise PoolTimeout
            return await look(inbox_id)

        monkeypatch.setattr(waiter, "_look", counted)
        assert await waiter.wait(uuid4(), 0.4) is None
        assert len(looks) <= 4


async def test_no_reply_in_time_is_none(dsn: str, pool: Pool) -> None:
    async with ReplyWaiter(dsn, pool) as waiter:
        began = time.perf_counter()
        assert await waiter.wait(uuid4(), 0.3) is None
        assert 0.25 < time.perf_counter() - began < 2
        assert waiter._waiting == {}


async def test_the_listener_comes_back_after_its_connection_was_cut(dsn: str, pool: Pool) -> None:
    async with ReplyWaiter(dsn, pool) as waiter:
        await listening(waiter)
        asked = await say(pool, await begin(pool), "xin chào")
        waiting = asyncio.create_task(waiter.wait(asked, 10))
        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        await answer(pool, asked)  # nobody listens now
        assert await waiting is not None
        await asyncio.sleep(0.1)
        await listening(waiter)


async def test_waiting_survives_a_database_that_is_away(dsn: str, pool: Pool) -> None:
    async with ReplyWaiter(dsn.replace("?host=", "?host=/nowhere"), pool) as waiter:
        await asyncio.sleep(0.1)
        assert not waiter.listening
        asked = await say(pool, await begin(pool), "xin chào")
        waiting = asyncio.create_task(waiter.wait(asked, 5))
        await answer(pool, asked)
        assert await waiting is not None


async def test_who_leaves_in_the_middle_of_a_look_costs_no_connection(dsn: str, pool: Pool) -> None:
    """A page that is closed while its reply is awaited: starlette then cancels again and again until all is over."""
    async with ReplyWaiter(dsn, pool) as waiter:
        await listening(waiter)
        asked = await say(pool, await begin(pool), "xin chào")
        before = pool.get_stats()
        async with await psycopg.AsyncConnection.connect(dsn) as other:
            await other.execute("LOCK TABLE messages")  # a look takes its time
            with anyio.move_on_after(0.3):
                await waiter.wait(asked, 5)
            await other.rollback()
        await answer(pool, asked)
        assert await waiter.wait(asked, 5) is not None
        after = pool.get_stats()
        assert after.get("returns_bad", 0) == before.get("returns_bad", 0)
        assert waiter._looks == set()
