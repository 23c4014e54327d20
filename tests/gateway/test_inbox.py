from __future__ import annotations

import asyncio

import pytest

from bot.gateway import inbox, sessions
from desk.database import Pool
from knowledge.errors import ConversationNotFound
from tests.gateway.helpers import begin, clock, rows, say

pytestmark = pytest.mark.postgres


async def test_a_message_is_kept_with_its_job_and_its_line(pool: Pool) -> None:
    conversation = await begin(pool)
    asked = await say(pool, conversation, "làm khai sinh", payload="#MC:ASK")
    kept = await rows(pool, "SELECT id, text, payload, processed_at FROM inbox")
    assert kept == [{"id": asked, "text": "làm khai sinh", "payload": "#MC:ASK", "processed_at": None}]
    jobs = await rows(pool, "SELECT lock, args FROM procrastinate_jobs")
    assert jobs == [{"lock": str(conversation), "args": {"inbox_id": str(asked)}}]
    assert [row["direction"] for row in await rows(pool, "SELECT direction FROM messages")] == ["in"]


async def test_the_same_key_is_one_message(pool: Pool) -> None:
    conversation = await begin(pool)
    asked = await asyncio.gather(*(say(pool, conversation, "xin chào", key="k") for _ in range(8)))
    assert len(set(asked)) == 1
    assert await say(pool, conversation, "khác", key="k") == asked[0]
    for table in ("inbox", "messages", "procrastinate_jobs"):
        assert len(await rows(pool, f"SELECT 1 FROM {table}")) == 1


async def test_without_a_key_every_message_is_new(pool: Pool) -> None:
    conversation = await begin(pool)
    assert await say(pool, conversation, "a") != await say(pool, conversation, "a")


async def test_a_key_guessed_by_another_conversation_reaches_nothing(pool: Pool) -> None:
    first = await say(pool, await begin(pool), "của tôi", key="1")
    second = await say(pool, await begin(pool), "của người khác", key="1")
    assert first != second


async def test_message_and_job_are_one_transaction(pool: Pool) -> None:
    conversation = await begin(pool)
    with pytest.raises(RuntimeError):
        async with pool.connection() as conn:
            await inbox.accept(conn, channel="web", conversation_id=conversation, text="a", now=clock())
            raise RuntimeError
    for table in ("inbox", "messages", "procrastinate_jobs"):
        assert await rows(pool, f"SELECT 1 FROM {table}") == []


async def test_a_deleted_conversation_takes_nothing(pool: Pool) -> None:
    conversation = await begin(pool)
    async with pool.connection() as conn:
        await sessions.delete(conn, conversation)
    with pytest.raises(ConversationNotFound):
        await say(pool, conversation, "còn đó không")


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "a\x00b\ud800", "🙂" * 1000, "x" * 100_000, "'; DROP TABLE inbox; --", "/restart", "%s"],
)
async def test_any_text_is_kept(pool: Pool, text: str) -> None:
    asked = await say(pool, await begin(pool), text, key=text, payload=text[:20])
    kept = await rows(pool, "SELECT text FROM inbox WHERE id = %s", asked)
    assert kept[0]["text"] == text.replace("\x00", "").replace("\ud800", "?")
