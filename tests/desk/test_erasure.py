"""Erasing and giving out a person's data, with a real PostgreSQL: what goes, what stays, what a stolen copy shows."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from desk import auditing, duplicates, erasure, files, service
from desk.database import Pool
from desk.models import Consent, FiledTicket, NewReport
from desk.photos import Photo
from desk.routing import Router
from desk.sealing import Sealer, new_key
from tests.gateway.helpers import begin, rows, say

pytestmark = pytest.mark.postgres
SECRETS = ("0905123456", "066199012345", "Trần Thị Hoa", "lan@example.vn", "0262 3855 123")
WHAT = f"Tôi là {SECRETS[2]}, sđt {SECRETS[0]}, cccd {SECRETS[1]}. Mặt đường có ổ gà"
WHERE = f"trước nhà tôi, gọi {SECRETS[4]}"


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([new_key()])


async def filed(
    pool: Pool, router: Router, sealer: Sealer, conversation: UUID, *, now: datetime, origin: str = "o1"
) -> FiledTicket:
    report = NewReport(
        what=WHAT, where=WHERE, area="lam-dong", contact=f"{SECRETS[2]}, {SECRETS[0]}",
        latitude=11.94, longitude=108.44, conversation_id=conversation,
        consent=Consent(version="1", text_id="report", at=now),
    )  # fmt: skip
    async with pool.connection() as conn:
        return await service.file_report(conn, report, origin=origin, router=router, sealer=sealer, now=now)


async def lived(pool: Pool, router: Router, sealer: Sealer, *, now: datetime) -> tuple[UUID, FiledTicket]:
    """A conversation with everything that can hang on one."""
    conversation = await begin(pool)
    await say(pool, conversation, f"{SECRETS[3]} {SECRETS[0]}")
    made = await filed(pool, router, sealer, conversation, now=now)
    photos = (
        Photo(jpeg=b"face", width=1, height=1, flags=("face",)),
        Photo(jpeg=b"road", width=1, height=1, flags=()),
    )
    async with pool.connection() as conn:
        for photo in photos:
            await files.keep(conn, photo, conversation_id=conversation, sealer=sealer, now=now)
        await files.attach(conn, made.ticket.id, conversation_id=conversation)
        waits = Photo(jpeg=b"waits", width=1, height=1, flags=())
        await files.keep(conn, waits, conversation_id=conversation, sealer=sealer, now=now)
        await conn.execute(
            "INSERT INTO handovers (id, conversation_id, asked_at, reason) VALUES (%s, %s, %s, %s)",
            (uuid4(), conversation, now, SECRETS[3]),
        )
    other = await filed(pool, router, sealer, await begin(pool), now=now, origin="other")
    async with pool.connection() as conn:
        assert await duplicates.add_voice(
            conn,
            code=other.ticket.code,
            conversation_id=conversation,
            text=f"tôi cũng vậy {SECRETS[0]}",
            now=now,
        )
        await conn.execute("DELETE FROM tickets WHERE id = %s", (other.ticket.id,))
    return conversation, made


async def dump(pool: Pool) -> str:
    """Every row of every table as text."""
    tables = await rows(
        pool, "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE'",
    )  # fmt: skip
    return "\n".join(
        [
            str(row["r"])
            for one in tables
            for row in await rows(pool, f"SELECT x::text AS r FROM {one['t']} x")
        ]
    )


async def test_nothing_of_the_person_is_left_and_the_register_stays(
    pool: Pool, router: Router, sealer: Sealer, now: datetime
) -> None:
    conversation, made = await lived(pool, router, sealer, now=now)
    async with pool.connection() as conn:
        done = await erasure.erase(conn, conversation, now=now)
    assert done is not None and done.code == "XD-2026-000001"
    assert done.removed["inbox"] >= 1 and done.removed["ticket_contacts"] == 1
    assert done.removed["ticket_files"] == 3  # with a face, without one, and the one that was never sent
    left = await dump(pool)
    for secret in (*SECRETS, "11.94"):
        assert secret not in left, secret
    (ticket,) = await rows(pool, "SELECT * FROM tickets")
    assert (ticket["code"], ticket["conversation_id"], ticket["latitude"]) == (made.ticket.code, None, None)
    assert ticket["what"].endswith("Mặt đường có ổ gà") and ticket["version"] == 2
    assert await rows(pool, "SELECT name FROM ticket_files") == []
    (kept,) = await rows(pool, "SELECT * FROM data_requests")
    assert (kept["code"], kept["kind"], kept["removed"]) == (done.code, "erase", done.removed)
    async with pool.connection() as conn:
        assert not await auditing.broken_lines(conn)
        assert await erasure.erase(conn, conversation, now=now) is None  # a second time there is nothing


async def test_what_officials_added_to_the_register_stays(
    pool: Pool, router: Router, sealer: Sealer, now: datetime
) -> None:
    conversation, made = await lived(pool, router, sealer, now=now)
    async with pool.connection() as conn:
        await conn.execute("UPDATE ticket_files SET author = 'lan' WHERE name = 'anh-1.jpg'")
        await erasure.erase(conn, conversation, now=now)
    assert [row["author"] for row in await rows(pool, "SELECT author FROM ticket_files")] == ["lan"]


async def test_a_title_of_the_work_list_does_not_outlive_whose_question_it_was(
    pool: Pool, router: Router, sealer: Sealer, now: datetime
) -> None:
    conversation, _ = await lived(pool, router, sealer, now=now)
    message, item = uuid4(), uuid4()
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO messages (id, conversation_id, direction, text, body, status, created_at)"
            " VALUES (%s, %s, 'out', '', '{}', 'refused', %s)",
            (message, conversation, now),
        )
        await conn.execute(
            "INSERT INTO unanswered_items (id, title, title_of, unit_id, unit_name, asked, first_at, last_at)"
            " VALUES (%s, %s, %s, 'u', 'u', 1, %s, %s)",
            (item, SECRETS[3], message, now, now),
        )
        await conn.execute("INSERT INTO unanswered_messages VALUES (%s, %s, %s)", (message, item, now))
        await erasure.erase(conn, conversation, now=now)
    (left,) = await rows(pool, "SELECT title, title_of, asked FROM unanswered_items")
    assert SECRETS[3] not in left["title"] and (left["title_of"], left["asked"]) == (None, 1)


async def test_it_is_all_or_nothing(pool: Pool, router: Router, sealer: Sealer, now: datetime) -> None:
    conversation, _ = await lived(pool, router, sealer, now=now)
    before = await dump(pool)
    with pytest.raises(RuntimeError):
        async with pool.connection() as conn:
            await erasure.erase(conn, conversation, now=now)
            raise RuntimeError("the server goes down")
    assert await dump(pool) == before


async def test_erased_by_a_message_the_receipt_is_the_same_when_it_is_asked_again(
    pool: Pool, router: Router, sealer: Sealer, now: datetime
) -> None:
    conversation, _ = await lived(pool, router, sealer, now=now)
    asked = await say(pool, conversation, "có")
    async with pool.connection() as conn:
        first = await erasure.erase_all_said(conn, conversation, answering=asked, now=now)
        again = await erasure.erase_all_said(
            conn, conversation, answering=asked, now=now + timedelta(hours=1)
        )
    assert first == again
    (message,) = await rows(pool, "SELECT id, text, payload FROM inbox")
    assert message == {"id": asked, "text": "", "payload": ""}
    assert len(await rows(pool, "SELECT code FROM data_requests")) == 1
    left = await dump(pool)
    assert not any(secret in left for secret in SECRETS)


async def test_receipts_are_numbered_without_gaps_by_many_at_once(pool: Pool, now: datetime) -> None:
    conversations = [await begin(pool) for _ in range(8)]

    async def one(conversation: UUID) -> str:
        async with pool.connection() as conn:
            done = await erasure.erase(conn, conversation, now=now)
        assert done
        return done.code

    codes = await asyncio.gather(*map(one, conversations))
    assert sorted(codes) == [f"XD-2026-{number:06d}" for number in range(1, 9)]


async def test_the_copy_holds_everything_of_oneself_and_nothing_of_others(
    pool: Pool, router: Router, sealer: Sealer, now: datetime
) -> None:
    conversation, made = await lived(pool, router, sealer, now=now)
    stranger = await begin(pool)
    await say(pool, stranger, "của người khác")
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO ticket_notes (id, ticket_id, at, author, text) VALUES (%s, %s, %s, 'lan', 'nội bộ')",
            (uuid4(), made.ticket.id, now),
        )
        data: dict[str, Any] | None = await erasure.export(conn, conversation, sealer=sealer, now=now)
        assert await erasure.export(conn, uuid4(), sealer=sealer, now=now) is None
    assert data is not None
    (ticket,) = data["tickets"]
    assert (ticket["code"], ticket["contact"]) == (made.ticket.code, f"{SECRETS[2]}, {SECRETS[0]}")
    assert len(ticket["photos"]) == 2 and len(data["photos_waiting"]) == 1
    assert data["request"]["code"] == "SD-2026-000001"
    assert "của người khác" not in str(data) and "nội bộ" not in str(data)
    assert "secret" not in str(data)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Tôi tên là Nguyễn Văn Bình, ở thôn 2", "Tôi tên là [đã xóa], ở thôn 2"),
        ("tôi là người dân thôn 2", "tôi là người dân thôn 2"),
        ("họ và tên: Lê Hoa. Đường hỏng", "họ và tên: [đã xóa]. Đường hỏng"),
        ("gọi 0905 123 456 gặp chị Lan", "gọi [đã xóa] gặp chị [đã xóa]"),
        ("thu 500.000 đồng, hồ sơ H29.12.34-240101-0001", "thu 500.000 đồng, hồ sơ H29.12.34-240101-0001"),
        ("", ""),
    ],
)
def test_words_without_the_person(text: str, left: str) -> None:
    assert erasure.without_person(text) == left
