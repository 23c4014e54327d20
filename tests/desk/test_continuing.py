"""A conversation taken along from a kiosk: once, for ten minutes, wherever the person speaks."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from bot.gateway import inbox, sessions
from desk import continuing, devices, service
from desk.continuing import continue_by_code
from desk.database import Conn, Pool
from desk.models import NewReport
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.errors import CodeSpent, ConversationNotFound, TooManyAttempts

pytestmark = pytest.mark.postgres


async def said_at_kiosk(conn: Conn, *texts: str, now: datetime) -> tuple[UUID, str]:
    made, token = await sessions.create(conn, channel="kiosk", area="lam-dong", now=now)
    for text in texts:
        await inbox.accept(
            conn, channel="kiosk", conversation_id=made, text=text, dedupe_key=uuid4().hex, now=now
        )
    return made, token


async def rows(conn: Conn, sql: str, *values: object) -> list[dict[str, Any]]:
    return await (await conn.execute(sql.encode(), values)).fetchall()


async def test_on_the_web_it_gets_a_new_token_and_the_kiosk_loses_it(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        made, kiosk_token = await said_at_kiosk(conn, "khai sinh", now=now)
        code = await continuing.make_code(conn, made, now=now)
        assert code not in str(await rows(conn, "SELECT * FROM continuations"))
        done = await continue_by_code(conn, code, channel="web", now=now)
        assert (done.conversation_id, done.area) == (made, "lam-dong")
        assert (await sessions.check(conn, made, token=done.token)).channel == "web"
        with pytest.raises(ConversationNotFound):
            await sessions.check(conn, made, token=kiosk_token)
        assert await rows(conn, "SELECT channel FROM inbox") == [{"channel": "web"}]  # still to be answered


@pytest.mark.parametrize(
    ("later", "good"), [(timedelta(minutes=9, seconds=59), True), (continuing.LASTS, False)]
)
async def test_a_code_lasts_ten_minutes(pool: Pool, now: datetime, later: timedelta, good: bool) -> None:
    async with pool.connection() as conn:
        made, _ = await said_at_kiosk(conn, now=now)
        code = await continuing.make_code(conn, made, now=now)
        assert await continuing.is_open(conn, code, now=now + later) is good
        if good:
            return
        with pytest.raises(CodeSpent):
            await continue_by_code(conn, code, channel="web", now=now + later)


async def test_a_code_works_once_and_a_newer_one_replaces_it(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        made, _ = await said_at_kiosk(conn, now=now)
        old, code = [await continuing.make_code(conn, made, now=now) for _ in range(2)]
        with pytest.raises(CodeSpent):
            await continue_by_code(conn, old, channel="web", now=now)
        assert await continuing.is_open(conn, code.lower(), now=now)
        await continue_by_code(conn, code.lower(), channel="web", now=now)
        with pytest.raises(CodeSpent):
            await continue_by_code(conn, code, channel="web", now=now)
        assert not await continuing.is_open(conn, code, now=now)


async def test_of_two_phones_at_once_one_has_it(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        made, _ = await said_at_kiosk(conn, now=now)
        code = await continuing.make_code(conn, made, now=now)
    both = await asyncio.gather(
        *(continuing.redeem(pool, code, channel="web", asker=who, now=now) for who in ("a", "b")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in both) == ["CodeSpent", "Continued"]


async def test_on_zalo_it_becomes_the_persons_conversation(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        made, token = await said_at_kiosk(conn, "đổi bằng lái xe", now=now)
        code = await continuing.make_code(conn, made, now=now)
        done = await continue_by_code(conn, code, channel="zalo", person="u1", now=now)
        assert done == continuing.Continued(conversation_id=made, area="lam-dong")
        assert await sessions.for_person(conn, channel="zalo", person="u1", now=now) == made
        with pytest.raises(ConversationNotFound):
            await sessions.check(conn, made, token=token)


async def test_who_has_a_conversation_on_zalo_finds_both_in_it_in_order(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        there = await sessions.for_person(conn, channel="zalo", person="u1", now=now)
        await inbox.accept(conn, channel="zalo", conversation_id=there, text="1", dedupe_key="z1", now=now)
        made, _ = await said_at_kiosk(conn, "2", "3", now=now)
        await conn.execute(
            """UPDATE conversations SET context = '{"procedure": "1"}' WHERE id = %s""", (made,)
        )
        code = await continuing.make_code(conn, made, now=now)
        done = await continue_by_code(conn, code, channel="zalo", person="u1", now=now)
        assert done.conversation_id == there
        assert [one.text for one in await sessions.history(conn, there)] == ["1", "2", "3"]
        assert await rows(conn, "SELECT id, area, context FROM conversations") == [
            {"id": there, "area": "lam-dong", "context": {"procedure": "1"}}
        ]
        assert {row["channel"] for row in await rows(conn, "SELECT channel FROM inbox")} == {"zalo"}


async def test_every_table_of_a_conversation_is_moved_or_named(pool: Pool) -> None:
    async with pool.connection() as conn:
        found = await rows(
            conn,
            "SELECT conrelid::regclass::text AS name FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid = 'conversations'::regclass",
        )
    assert {row["name"] for row in found} == {*continuing.MOVED, "channel_people", "continuations"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#MC:TIEP:ABCDEFGHJKMNPQRS", "ABCDEFGHJKMNPQRS"),
        (" #mc:tiep:abcdefghjkmnpqrs\n", "ABCDEFGHJKMNPQRS"),
        ("#MC:TIEP:ABCDEFGHJKMNPQR", ""),
        ("mã #MC:TIEP:ABCDEFGHJKMNPQRS", ""),
        ("#MC:TIEP:ABCDEFGHJKMNPQR0", ""),
    ],
)
def test_a_message_that_is_a_code(text: str, code: str) -> None:
    assert continuing.code_in(text) == code


async def test_wrong_codes_of_one_asker_are_counted_and_a_right_one_clears_them(
    pool: Pool, now: datetime
) -> None:
    most = continuing.LIMITS[0].asker
    async with pool.connection() as conn:
        made, _ = await said_at_kiosk(conn, now=now)
        code = await continuing.make_code(conn, made, now=now)
    for number in range(most - 1):
        assert not await continuing.look(pool, f"{number:016d}", asker="1.2.3.4", now=now)
    assert await continuing.look(pool, code, asker="1.2.3.4", now=now)
    for number in range(most):
        with pytest.raises(CodeSpent):
            await continuing.redeem(pool, f"{number:016d}", channel="web", asker="1.2.3.4", now=now)
    with pytest.raises(TooManyAttempts):
        await continuing.redeem(pool, code, channel="web", asker="1.2.3.4", now=now)
    assert (await continuing.redeem(pool, code, channel="web", asker="5.6.7.8", now=now)).token


async def test_what_was_said_at_a_kiosk_is_wiped_unless_a_report_came_of_it(
    pool: Pool, now: datetime
) -> None:
    async with pool.connection() as conn:
        made, _ = await said_at_kiosk(conn, "số của tôi là 0900000000", now=now)
        code = await continuing.make_code(conn, made, now=now)
        assert await devices.wipe(conn, made)
        assert await rows(conn, "SELECT id FROM messages UNION SELECT id FROM inbox") == []
        with pytest.raises(CodeSpent):
            await continue_by_code(conn, code, channel="web", now=now)
        web, token = await sessions.create(conn, channel="web", now=now)
        assert not await devices.wipe(conn, web)  # nobody's own conversation is touched
        await sessions.check(conn, web, token=token)


async def test_where_a_report_was_filed_it_stays_with_the_office(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    async with pool.connection() as conn:
        made, token = await said_at_kiosk(conn, "đèn hỏng", now=now)
        sealer = Sealer([new_key()])
        filed = await service.file_report(conn, report, origin="o", router=router, sealer=sealer, now=now)
        await conn.execute("UPDATE tickets SET conversation_id = %s WHERE id = %s", (made, filed.ticket.id))
        assert not await devices.wipe(conn, made)
        with pytest.raises(ConversationNotFound):
            await sessions.check(conn, made, token=token)
        assert await devices.sweep(conn, now=now + timedelta(days=1)) == 0
        assert await rows(conn, "SELECT conversation_id FROM tickets") == [{"conversation_id": made}]


async def test_what_a_kiosk_could_not_wipe_the_server_sweeps(pool: Pool, now: datetime) -> None:
    before = now - devices.LEFT_ALONE - timedelta(seconds=1)
    async with pool.connection() as conn:
        left, _ = await said_at_kiosk(conn, "bỏ dở", now=before)
        read, token = await said_at_kiosk(conn, "đang đọc", now=before)
        await devices.used(conn, read, token=token, now=now)
        fresh, _ = await said_at_kiosk(conn, "vừa hỏi", now=now)
        assert await devices.sweep(conn, now=now) == 1
        assert {row["id"] for row in await rows(conn, "SELECT id FROM conversations")} == {read, fresh}
        assert left not in (read, fresh)
