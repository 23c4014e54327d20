from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.gateway import outbox
from bot.gateway.turn import run_turn
from desk.database import Pool
from tests.gateway.helpers import EchoDialogue, begin, clock, message, rows, say

pytestmark = pytest.mark.postgres


async def reply_on(pool: Pool, channel: str) -> None:
    conversation = await begin(pool, channel=channel)
    asked = await say(pool, conversation, "xin chào", channel=channel)
    await run_turn(asked, pool=pool, dialogue=EchoDialogue(), clock=clock, message=message)


async def lease(pool: Pool, after_s: float = 0, limit: int = 20) -> list[outbox.Outgoing]:
    async with pool.connection() as conn:
        return await outbox.lease(conn, now=clock() + timedelta(seconds=after_s), limit=limit)


@pytest.mark.parametrize("channel", sorted(outbox.PULL_CHANNELS))
async def test_what_is_fetched_is_sent_at_once(pool: Pool, channel: str) -> None:
    await reply_on(pool, channel)
    assert await lease(pool) == []
    kept = await rows(pool, "SELECT state, sent_at IS NOT NULL AS sent FROM outbox")
    assert kept == [{"state": "sent", "sent": True}]


async def test_what_is_pushed_is_leased_once_and_marked(pool: Pool) -> None:
    for _ in range(6):
        await reply_on(pool, "zalo")
    leased = [
        item for part in await asyncio.gather(*(lease(pool, limit=2) for _ in range(4))) for item in part
    ]
    assert len({item.id for item in leased}) == len(leased) == 6
    assert all(item.recipient and item.body["text"] == "1: xin chào" for item in leased)
    async with pool.connection() as conn:
        for item in leased:
            await outbox.mark_sent(conn, item.id, now=clock())
    assert await lease(pool, after_s=3600) == []


async def test_a_lease_of_a_dead_sender_runs_out(pool: Pool) -> None:
    await reply_on(pool, "zalo")
    first = await lease(pool)
    assert await lease(pool, after_s=30) == []
    again = await lease(pool, after_s=outbox.LEASE.total_seconds() + 1)
    assert [item.id for item in again] == [item.id for item in first]
    assert again[0].attempts == 2


async def test_failures_wait_longer_each_time_and_are_parked(pool: Pool) -> None:
    await reply_on(pool, "zalo")
    after = 0.0
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        items = await lease(pool, after_s=after)
        assert [item.attempts for item in items] == [attempt]
        async with pool.connection() as conn:
            failed_at = clock() + timedelta(seconds=after)
            await outbox.mark_failed(conn, items[0], now=failed_at, error="x" * 1000)
        assert await lease(pool, after_s=after + outbox.pause(attempt).total_seconds() * 0.9) == []
        after += outbox.pause(attempt, jitter=0.3).total_seconds() + 1
    assert await lease(pool, after_s=1e6) == []
    kept = await rows(pool, "SELECT state, length(error) AS n FROM outbox")
    assert kept == [{"state": "parked", "n": 500}]


def test_pauses_double_up_to_a_limit() -> None:
    pauses = [outbox.pause(attempt).total_seconds() for attempt in range(1, 20)]
    assert pauses[:3] == [2, 4, 8]
    assert max(pauses) == 600
