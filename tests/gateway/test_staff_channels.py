"""The channels' page: closed with a reason, opened, what was parked sent again; every deed in the audit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.gateway import channel_states
from desk import notices
from desk.database import Pool
from desk.staff import Role
from tests.gateway.harness import serving
from tests.gateway.helpers import begin, clock, rows
from tests.gateway.staff_helpers import OWN, add, sign_in, token_in

pytestmark = pytest.mark.postgres
HOME = "/can-bo/kenh"


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


async def post(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    token = token_in((await client.get("/can-bo/tai-khoan")).text)
    return await client.post(f"{HOME}/{path}", data={"csrf": token, **fields}, headers=OWN)


async def parked(pool: Pool, *, error: str) -> dict[str, Any]:
    conversation = await begin(pool, channel="zalo")
    async with pool.connection() as conn:
        await notices.say(conn, conversation, text="câu trả lời riêng", now=clock(), key="k")
        await conn.execute(
            "UPDATE outbox SET state = 'parked', reason = 'window_closed', error = %s", (error,)
        )
    return (await rows(pool, "SELECT id FROM outbox"))[0]


async def test_a_channel_is_closed_and_opened_by_an_administrator(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    await add(pool, "lan", Role.ADMIN)
    await sign_in(client)
    assert "Chưa cài đặt kênh" in (await client.get(HOME)).text
    await parked(pool, error="-230 <img src=x>")
    shown = (await client.get(HOME)).text
    assert "Quá lâu từ lần người dân nhắn gần nhất" in shown
    assert "câu trả lời riêng" not in shown
    assert "&lt;img src=x" in shown and "<img src=x" not in shown
    answer = await post(client, "zalo/dong", ly_do="tin rác <b>")
    assert answer.headers["location"] == f"{HOME}?xong=closed"
    shown = (await client.get(HOME)).text
    assert "lan dừng lúc" in shown and "tin rác &lt;b&gt;" in shown
    await post(client, "zalo/mo")
    async with pool.connection() as conn:
        assert (await channel_states.states(conn))["zalo"]["open"]
    said = await rows(pool, "SELECT actor, action FROM audit WHERE object_kind = 'channel' ORDER BY id")
    assert said == [
        {"actor": "lan", "action": "channel.closed"},
        {"actor": "lan", "action": "channel.opened"},
    ]


async def test_what_was_parked_is_sent_again_once(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "lan", Role.ADMIN)
    await sign_in(client)
    held = await parked(pool, error="")
    assert (await post(client, f"gui-lai/{held['id']}")).status_code == 303
    assert (await post(client, f"gui-lai/{held['id']}")).status_code == 404
    assert await rows(pool, "SELECT state, actor FROM outbox") == [{"state": "pending", "actor": "lan"}]


async def test_others_and_unknown_channels_are_refused(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "lan", Role.DESK)
    await sign_in(client)
    assert (await client.get(HOME)).status_code == 403
    client.cookies.clear()
    await add(pool, "minh", Role.ADMIN)
    await sign_in(client, "minh")
    assert (await post(client, "khong-co/dong", ly_do="x")).status_code == 404
    assert await rows(pool, "SELECT * FROM channel_states") == []
