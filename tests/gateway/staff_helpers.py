"""Short ways into the staff pages for their tests."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import httpx

from desk import staff
from desk.database import Pool
from desk.staff import Role

PASSWORD = "mua-xuan-nam-ay"
OWN = {"Origin": "http://motcua.test"}


async def add(pool: Pool, login: str = "lan", *roles: Role, **changes: Any) -> None:
    values = {"name": "Nguyễn Thị Lan", "roles": roles or (Role.CONTENT,), "password": PASSWORD}
    async with pool.connection() as conn:
        await staff.add(conn, login=login, actor="test", now=datetime.now(UTC), **{**values, **changes})


def token_in(html: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', html)[1]  # type: ignore[index]  # every form has one


async def sign_in(client: httpx.AsyncClient, login: str = "lan", **fields: str) -> httpx.Response:
    form = token_in((await client.get("/can-bo/dang-nhap")).text)
    data = {"csrf": form, "login": login, "password": PASSWORD, **fields}
    return await client.post("/can-bo/dang-nhap", data=data, headers=OWN)
