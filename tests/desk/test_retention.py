"""What is kept too long goes, each class after its time, and a second night finds nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from desk import files, retention
from desk.database import Pool
from desk.photos import Photo
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.errors import BadRecord
from tests.desk.test_erasure import SECRETS, dump, filed
from tests.gateway.helpers import begin, rows, say

DAYS = {name: kept.days for name, kept in retention.kept_for().items()}


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([new_key()])


async def ended(pool: Pool, router: Router, sealer: Sealer, *, now: datetime) -> UUID:
    conversation = await begin(pool)
    made = await filed(pool, router, sealer, conversation, now=now, origin=str(conversation))
    async with pool.connection() as conn:
        for photo in (
            Photo(jpeg=b"card", width=1, height=1, flags=("id_card",)),
            Photo(jpeg=b"road", width=1, height=1, flags=()),
        ):
            await files.keep(conn, photo, conversation_id=conversation, sealer=sealer, now=now)
        await files.attach(conn, made.ticket.id, conversation_id=conversation)
        await conn.execute(
            "UPDATE tickets SET state = 'DA_TRA_LOI', updated_at = %s WHERE id = %s", (now, made.ticket.id)
        )
        await conn.execute("UPDATE conversations SET updated_at = %s WHERE id = %s", (now, conversation))
    return made.ticket.id


@pytest.mark.postgres
async def test_each_class_goes_after_its_own_time(
    pool: Pool, router: Router, sealer: Sealer, now: datetime
) -> None:
    await ended(pool, router, sealer, now=now)

    async def night(days: int) -> dict[str, int]:
        done = await retention.sweep(pool, now=now + timedelta(days=days, hours=1))
        assert await retention.sweep(pool, now=now + timedelta(days=days, hours=1)) == {}
        return done

    assert await night(DAYS["anh-giay-to"] - 1) == {}
    assert await night(DAYS["anh-giay-to"]) == {"anh-giay-to": 1}
    assert await night(DAYS["vi-tri"]) == {"vi-tri": 1}
    assert await night(DAYS["lien-he"]) == {"lien-he": 1, "hoi-thoai": 1}
    assert await night(DAYS["anh-phan-anh"]) == {"anh-phan-anh": 1}
    assert await night(DAYS["noi-dung-phan-anh"]) == {"noi-dung-phan-anh": 1}
    left = await dump(pool)
    assert not any(secret in left for secret in SECRETS)
    assert len(await rows(pool, "SELECT code FROM tickets")) == 1  # the register stays


@pytest.mark.postgres
async def test_what_is_still_open_is_left_alone(
    pool: Pool, router: Router, sealer: Sealer, now: datetime
) -> None:
    ticket = await ended(pool, router, sealer, now=now)
    async with pool.connection() as conn:
        await conn.execute("UPDATE tickets SET state = 'DANG_XU_LY' WHERE id = %s", (ticket,))
    before = await dump(pool)
    assert await retention.sweep(pool, now=now + timedelta(days=9999)) == {}
    assert await dump(pool) == before
    async with pool.connection() as conn:  # answered, and it may still be reopened
        await conn.execute(
            "UPDATE tickets SET state = 'DA_TRA_LOI', reopen_until = %s", (now + timedelta(days=99_999),)
        )
    assert set(await retention.sweep(pool, now=now + timedelta(days=9999))) <= {"hoi-thoai"}


@pytest.mark.postgres
async def test_more_than_a_batch_goes_in_one_night(
    pool: Pool, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        await say(pool, await begin(pool), "hỏi")
    async with pool.connection() as conn:
        await conn.execute("UPDATE conversations SET updated_at = %s", (now,))
    assert await retention.sweep(pool, now=now + timedelta(days=DAYS["hoi-thoai"], hours=1)) == {
        "hoi-thoai": 5
    }
    assert await rows(pool, "SELECT id FROM inbox") == []


def test_the_sensitive_is_kept_shortest() -> None:
    assert DAYS["anh-giay-to"] < min(DAYS["anh-phan-anh"], DAYS["lien-he"], DAYS["noi-dung-phan-anh"])


@pytest.mark.parametrize(
    "text", ["", "[", "hoi-thoai: {days: 3}", "hoi-thoai: {days: 0}", "- 1", "la: {days: 1}", "hoi-thoai: 3"]
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "retention.yml"
    path.write_text(text)
    with pytest.raises(BadRecord, match="retention.yml"):
        retention.kept_for(path)
