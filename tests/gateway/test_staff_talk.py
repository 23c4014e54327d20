"""Officials take a waiting person, speak, and give the word back; nobody reads a colleague's conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from desk import handovers
from desk.database import Pool
from desk.staff import Role
from tests.gateway.harness import serving
from tests.gateway.helpers import begin, clock, rows, say
from tests.gateway.staff_helpers import OWN, add, sign_in, token_in

pytestmark = pytest.mark.postgres
HOME = "/can-bo/tro-chuyen"


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


async def waiting(pool: Pool, *, area: str = "lam-dong", text: str = "cho tôi gặp cán bộ <b>x</b>") -> UUID:
    conversation = await begin(pool, area=area)
    asked = await say(pool, conversation, text)
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO messages (id, conversation_id, direction, text, created_at) VALUES (%s, %s, 'in', %s, now())",
            (asked, conversation, text),
        )
        await handovers.ask(conn, conversation, area=area, now=clock(), reason=text)
    return conversation


async def post(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    token = token_in((await client.get(HOME)).text)
    return await client.post(path, data={"csrf": token, **fields}, headers=OWN)


async def test_a_person_is_taken_spoken_with_and_given_back(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "lan", Role.DESK)
    await sign_in(client)
    conversation = await waiting(pool)
    shown = (await client.get(HOME)).text
    assert "Đang chờ" in shown and "&lt;b&gt;x&lt;/b&gt;" in shown and "<b>x</b>" not in shown
    taken = await post(client, f"{HOME}/{conversation}/nhan")
    assert taken.headers["location"] == f"{HOME}/{conversation}"
    await post(client, f"{HOME}/{conversation}", loi="Chào bạn, bạn cần gì ạ?")
    assert "Chào bạn, bạn cần gì ạ?" in (await client.get(f"{HOME}/{conversation}")).text
    await post(client, f"{HOME}/{conversation}/xong")
    assert (await client.get(f"{HOME}/{conversation}")).status_code == 404
    assert "Không có ai đang chờ" in (await client.get(HOME)).text
    heard = [
        row["text"]
        for row in await rows(pool, "SELECT text FROM messages WHERE direction = 'out' ORDER BY seq")
    ]
    assert "Cán bộ Nguyễn Thị Lan: Chào bạn, bạn cần gì ạ?" in heard
    deeds = [
        row["action"]
        for row in await rows(pool, "SELECT action FROM audit WHERE object_kind = 'conversation'")
    ]
    assert deeds == ["handover.taken", "handover.ended"]


async def test_a_colleagues_conversation_is_not_there_and_cannot_be_taken_twice(
    client: httpx.AsyncClient, pool: Pool, dsn: str
) -> None:
    for login in ("lan", "minh"):
        await add(pool, login, Role.DESK)
    conversation = await waiting(pool)
    await sign_in(client)
    await post(client, f"{HOME}/{conversation}/nhan")
    async with serving(pool, dsn) as other:
        await sign_in(other, "minh")
        assert (await other.get(f"{HOME}/{conversation}")).status_code == 404
        gone = await post(other, f"{HOME}/{conversation}/nhan")
        assert gone.headers["location"].endswith("?loi=gone")
        assert "Đồng nghiệp" in (await other.get(gone.headers["location"])).text
        assert (
            (await post(other, f"{HOME}/{conversation}", loi="x")).headers["location"].endswith("?loi=gone")
        )
        assert (await post(other, f"{HOME}/{conversation}/xong")).status_code == 404
    assert not [row for row in await rows(pool, "SELECT text FROM messages") if row["text"].endswith(": x")]


async def test_an_official_of_another_province_sees_nobody(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "lan", Role.DESK, area="dak-lak")
    await waiting(pool)
    await sign_in(client)
    assert "Không có ai đang chờ" in (await client.get(HOME)).text


async def test_content_editors_do_not_speak_and_the_page_runs_our_script_only(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    await add(pool, "bien", Role.CONTENT)
    await sign_in(client, "bien")
    assert (await client.get(HOME)).status_code == 403
    await add(pool, "lan", Role.DESK)
    client.cookies.clear()
    await sign_in(client)
    page = await client.get(HOME)
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert (await client.get(f"{HOME}/moi.js")).headers["content-type"].startswith("text/javascript")
