from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from bot.gateway import sessions
from bot.gateway.turn import run_turn
from desk.database import Pool
from knowledge.errors import ConversationNotFound
from tests.gateway.helpers import EchoDialogue, begin, clock, message, rows, say

pytestmark = pytest.mark.postgres


async def test_a_token_opens_its_conversation_and_is_not_kept(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        found, token = await sessions.create(conn, channel="web", area="lam-dong", now=now)
        opened = await sessions.check(conn, found, token=token)
    assert (opened.id, opened.channel, opened.area, opened.locale) == (found, "web", "lam-dong", "vi")
    assert opened.context == {}
    kept = await rows(pool, "SELECT c::text AS c FROM conversations c")
    assert token not in kept[0]["c"]


@pytest.mark.parametrize("token", ["", "wrong", "é\ud800", "x" * 10_000])
async def test_without_the_token_nothing_is_told(pool: Pool, token: str) -> None:
    conversation = await begin(pool)
    said = []
    for conversation_id in (conversation, uuid4()):
        async with pool.connection() as conn:
            with pytest.raises(ConversationNotFound) as error:
                await sessions.check(conn, conversation_id, token=token)
        said.append(str(error.value))
    assert said[0] == said[1]


async def test_a_persons_conversation_has_no_token_to_guess(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        first = await sessions.for_person(conn, channel="zalo", person="p1", now=now)
        assert await sessions.for_person(conn, channel="zalo", person="p1", now=now) == first
        assert await sessions.for_person(conn, channel="messenger", person="p1", now=now) != first
        with pytest.raises(ConversationNotFound):
            await sessions.check(conn, first, token="")


async def answered(pool: Pool, text: str = "xin chào") -> tuple[sessions.StoredMessage, ...]:
    conversation = await begin(pool)
    asked = await say(pool, conversation, text)
    await run_turn(asked, pool=pool, dialogue=EchoDialogue(), clock=clock, message=message)
    async with pool.connection() as conn:
        return tuple(await sessions.history(conn, conversation))


async def test_history_reads_oldest_first_and_keeps_the_latest(pool: Pool) -> None:
    said, reply = await answered(pool)
    assert (said.direction, said.text, said.status) == ("in", "xin chào", "")
    assert (reply.direction, reply.text, reply.status) == ("out", "1: xin chào", "answered")
    assert said.inbox_id == reply.inbox_id
    async with pool.connection() as conn:
        latest = await sessions.history(conn, said.conversation_id, limit=1)
    assert latest == [reply]


async def test_deleting_erases_every_word_and_keeps_the_other_conversation(pool: Pool) -> None:
    said, _ = await answered(pool, "bí mật")
    await answered(pool, "của người khác")
    async with pool.connection() as conn:
        assert await sessions.delete(conn, said.conversation_id)
        assert not await sessions.delete(conn, said.conversation_id)
    for table in ("conversations", "inbox", "messages", "outbox"):
        left = await rows(pool, f"SELECT t::text AS t FROM {table} t")
        assert left
        assert not [row for row in left if "bí mật" in row["t"]]


async def test_feedback_is_on_answers_of_the_same_conversation_and_can_change(pool: Pool) -> None:
    said, reply = await answered(pool)
    other, _ = await answered(pool)
    later = clock() + timedelta(minutes=1)
    async with pool.connection() as conn:
        assert await sessions.give_feedback(
            conn, reply.conversation_id, message_id=reply.id, useful=True, now=clock()
        )
        assert await sessions.give_feedback(
            conn, reply.conversation_id, message_id=reply.id, useful=False, reason="sai\x00 phí", now=later
        )
        for message_id, conversation in (
            (said.id, said.conversation_id),
            (reply.id, other.conversation_id),
            (uuid4(), reply.conversation_id),
        ):
            assert not await sessions.give_feedback(
                conn, conversation, message_id=message_id, useful=True, now=later
            )
    kept = await rows(pool, "SELECT useful, reason FROM feedback")
    assert kept == [{"useful": False, "reason": "sai phí"}]
