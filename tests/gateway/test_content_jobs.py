"""Staging, publishing and going back from a staff page: real processes, one at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bot.gateway.publishing import take_in
from desk.database import Pool
from desk.staff import Role
from tests.gateway.content_helpers import CODE, procedure, stage
from tests.gateway.harness import serving, settings
from tests.gateway.helpers import rows
from tests.gateway.staff_helpers import OWN, add, sign_in, token_in

pytestmark = pytest.mark.postgres
PAGE = "/can-bo/noi-dung/cong-bo"


@pytest.fixture
async def admin(pool: Pool, dsn: str, home: Path) -> AsyncIterator[httpx.AsyncClient]:
    await add(pool, "quan", Role.ADMIN)
    async with serving(pool, dsn, motcua_home=home, database_url=dsn, knowledge_packs="off") as client:
        await sign_in(client, "quan")
        yield client


async def do(client: httpx.AsyncClient, action: str, version: str = "") -> httpx.Response:
    form = {"csrf": token_in((await client.get(PAGE)).text), "viec": action, "ban": version}
    return await client.post(PAGE, data=form, headers=OWN)


async def ended(pool: Pool, seconds: float = 120) -> dict[str, Any]:
    """The newest job, once it ended."""
    for _ in range(int(seconds / 0.2)):
        (job,) = await rows(pool, "SELECT * FROM content_jobs ORDER BY started_at DESC LIMIT 1")
        if job["ended_at"]:
            return job
        await asyncio.sleep(0.2)
    raise AssertionError(f"it goes on: {job}")


async def test_a_correction_is_staged_published_and_gone_back_from(
    admin: httpx.AsyncClient, pool: Pool, dsn: str, home: Path
) -> None:
    file = home / "mot.jsonl"
    file.write_text(json.dumps(procedure().to_json(), ensure_ascii=False) + "\n", "utf-8")
    configured = settings(motcua_home=home, database_url=dsn, knowledge_packs="off")
    await asyncio.to_thread(take_in, configured, [file], actor="test")
    assert (await do(admin, "publish")).headers["location"].endswith("xong=started")
    first = await ended(pool)
    assert (first["result"], first["actor"]) == ("done", "quan"), first["detail"]

    page = (await admin.get(f"/can-bo/noi-dung/ban-ghi?loai=procedure&ma={CODE}&truong=agency&sua=1")).text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    fields = {"csrf": token_in(page), "loai": "procedure", "ma": CODE, "truong": "agency", "seen": seen}
    fields |= {"value": "Sở Nông nghiệp", "reason": "Quyết định 5"}
    assert (await admin.post("/can-bo/noi-dung/sua", data=fields, headers=OWN)).status_code == 303
    assert "1 nội dung sửa chưa được ghép" in (await admin.get(PAGE)).text
    await do(admin, "stage")
    staged = await ended(pool)
    assert staged["result"] == "done" and staged["detail"] != first["detail"]

    page = (await admin.get(PAGE)).text
    assert "<strong>1</strong> thay đổi" in page and "Cơ quan giải quyết – sau" in page
    assert "Ủy ban nhân dân cấp xã</del>" in page and "Sở Nông nghiệp</ins>" in page
    assert "0 nội dung sửa chưa được ghép" in page
    await do(admin, "publish", staged["detail"])
    assert (await ended(pool))["detail"] == staged["detail"]
    page = (await admin.get(PAGE)).text
    assert "trùng bản đang phục vụ" in page
    await do(admin, "rollback", first["detail"])
    assert (await ended(pool))["result"] == "done"
    served = await rows(pool, "SELECT version, action, actor FROM knowledge_publications ORDER BY id")
    assert [(row["version"], row["action"], row["actor"]) for row in served] == [
        (1, "publish", "quan"), (2, "publish", "quan"), (1, "rollback", "quan"),
    ]  # fmt: skip
    asked = await rows(pool, "SELECT action FROM audit WHERE object_kind = 'knowledge' ORDER BY id")
    assert [row["action"] for row in asked] == [
        "content.publish", "content.stage", "content.publish", "content.rollback",
    ]  # fmt: skip


async def test_what_cannot_be_done_is_said(admin: httpx.AsyncClient, pool: Pool) -> None:
    await do(admin, "rollback")
    job = await ended(pool)
    assert job["result"] == "failed"
    page = (await admin.get(PAGE)).text
    assert "Không thành công" in page and "no other version served before" in page


async def test_one_at_a_time_and_the_page_asks_again(
    admin: httpx.AsyncClient, pool: Pool, dsn: str, home: Path
) -> None:
    stage(dsn, home, [procedure()])
    now = datetime.now(UTC)
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO content_jobs (id, action, actor, started_at, seen_at, stage)"
            " VALUES (%s, 'publish', 'quan', %s, %s, 'merge')",
            (uuid4(), now, now),
        )
    running = await admin.get(PAGE)
    assert running.headers["refresh"] == "4"
    assert "đang ghép" in running.text and 'name="viec"' not in running.text
    assert (await do_busy(admin)).headers["location"].endswith("xong=busy")
    async with pool.connection() as conn:
        await conn.execute("UPDATE content_jobs SET seen_at = %s", (now - timedelta(minutes=5),))
    lost = await admin.get(PAGE)
    assert "Bị ngắt giữa chừng" in lost.text and "refresh" not in lost.headers and 'name="viec"' in lost.text


async def do_busy(client: httpx.AsyncClient) -> httpx.Response:
    """The form of a page that was open before the other job began."""
    token = token_in((await client.get("/can-bo/tai-khoan")).text)
    return await client.post(PAGE, data={"csrf": token, "viec": "stage"}, headers=OWN)


async def test_another_work_is_none(admin: httpx.AsyncClient, pool: Pool) -> None:
    await do(admin, "xoa-het")
    assert await rows(pool, "SELECT * FROM content_jobs") == []
