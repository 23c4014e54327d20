"""The way into the staff pages: accounts, cookies, tokens, origins, roles, and what is shown to whom."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from bot.gateway.app import create_app
from bot.gateway.security import is_staff
from bot.gateway.staff_security import HALF, PUBLIC, begun, local_path, signed_in
from desk import staff
from desk.database import Pool
from desk.staff import Role
from tests.gateway.harness import opener, running, serving, settings
from tests.gateway.staff_helpers import OWN, PASSWORD, add, sign_in, token_in

pytestmark = pytest.mark.postgres


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


# ------------------------------------------------------------------ every route


def routes_of(app: Any) -> Iterator[APIRoute]:
    for route in app.routes:
        inside = getattr(route, "original_router", None)
        if isinstance(route, APIRoute):
            yield route
        elif inside is not None:
            yield from routes_of(inside)


def calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from calls(inner)


def test_every_staff_route_asks_who_it_is() -> None:
    app: FastAPI = create_app(settings())
    found = [route for route in routes_of(app) if is_staff(route.path)]
    assert len(found) >= 7
    asked = {route.path: set(calls(route.dependant)) for route in found}
    assert {path for path, asks in asked.items() if not asks & {signed_in, begun}} == PUBLIC
    assert {path for path, asks in asked.items() if begun in asks} == HALF


async def test_whoever_is_not_signed_in_is_led_to_the_entrance(client: httpx.AsyncClient) -> None:
    for path in ("/can-bo", "/can-bo/tai-khoan", "/can-bo/noi-dung?x=1", "/can-bo/gi-do"):
        answer = await client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/can-bo/dang-nhap?tiep=%2Fcan-bo")


# ------------------------------------------------------------------ signing in


async def test_the_first_start_names_the_command(client: httpx.AsyncClient, pool: Pool) -> None:
    assert "motcua desk user add" in (await client.get("/can-bo/dang-nhap")).text
    await add(pool)
    assert "motcua desk user add" not in (await client.get("/can-bo/dang-nhap")).text


async def test_in_and_out_again(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "lan", Role.ADMIN)
    answer = await sign_in(client, tiep="/can-bo/tai-khoan?a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/can-bo/tai-khoan?a=1")
    page = await client.get("/can-bo/tai-khoan")
    assert "Nguyễn Thị Lan" in page.text and "Quản trị" in page.text
    assert (await client.get("/can-bo/dang-nhap")).status_code == 303  # is in already
    out = await client.post("/can-bo/dang-xuat", data={"csrf": token_in(page.text)}, headers=OWN)
    assert out.headers["location"] == "/can-bo/dang-nhap"
    assert (await client.get("/can-bo/tai-khoan")).status_code == 303


async def test_the_cookie_is_for_this_host_alone(pool: Pool, dsn: str) -> None:
    await add(pool)
    for base, name in (
        ("http://motcua.test", "motcua-can-bo"),
        ("https://motcua.test", "__Host-motcua-can-bo"),
    ):
        app = create_app(settings(), opener=opener(pool, dsn))
        async with running(app) as client:
            client.base_url = httpx.URL(base)
            form = token_in((await client.get("/can-bo/dang-nhap")).text)
            data = {"csrf": form, "login": "lan", "password": PASSWORD}
            answer = await client.post("/can-bo/dang-nhap", data=data, headers={"Origin": base})
            cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{name}="))
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert ("Secure" in cookie) == base.startswith("https")
        value = cookie.split(";")[0].partition("=")[2]
        async with pool.connection() as conn:
            cursor = await conn.execute("SELECT token_hash, csrf FROM staff_sessions")
            assert value not in str(await cursor.fetchall())


async def test_unknown_and_wrong_read_the_same(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool)
    wrong = await sign_in(client, password="khong-phai-mat-khau")
    unknown = await sign_in(client, "ai-do", password="khong-phai-mat-khau")
    assert wrong.status_code == unknown.status_code == 403
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)
    assert "không đúng" in wrong.text


async def test_guessing_is_slowed_and_the_right_password_waits_too(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    await add(pool)
    statuses = [(await sign_in(client, password=f"sai-lan-thu-{n}-roi")).status_code for n in range(8)]
    assert statuses == [403] * 6 + [429] * 2
    assert (await sign_in(client)).status_code == 429
    async with pool.connection() as conn:
        await conn.execute("UPDATE staff_attempts SET at = at - interval '1 hour'")
    assert (await sign_in(client)).status_code == 303


async def test_a_form_from_elsewhere_does_not_sign_in(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool)
    form = token_in((await client.get("/can-bo/dang-nhap")).text)
    data = {"csrf": form, "login": "lan", "password": PASSWORD}
    for headers in ({"Origin": "https://xau.example"}, {}, {**OWN, "Sec-Fetch-Site": "cross-site"}):
        answer = await client.post("/can-bo/dang-nhap", data=data, headers=headers)
        assert answer.status_code == 403 and "motcua-can-bo=" not in str(answer.headers)
    stale = await client.post("/can-bo/dang-nhap", data={**data, "csrf": "khac"}, headers=OWN)
    assert stale.status_code == 403


@pytest.mark.parametrize(
    "asked",
    [
        "https://xau.example",
        "//xau.example",
        "/can-bo//x",
        "/can-bo\\x",
        "/",
        "/can-boi",
        "/can-bo/dang-nhap",
        "\n",
    ],
)
def test_after_signing_in_only_our_own_pages(asked: str) -> None:
    assert local_path(asked) == "/can-bo"
    assert local_path("/can-bo/noi-dung?x=//y") == "/can-bo/noi-dung?x=//y"


# ------------------------------------------------------------------ signed in


@pytest.fixture
async def inside(client: httpx.AsyncClient, pool: Pool) -> httpx.AsyncClient:
    await add(pool)
    assert (await sign_in(client)).status_code == 303
    return client


async def test_pages_are_kept_by_nobody_and_run_no_script(inside: httpx.AsyncClient) -> None:
    for path in ("/can-bo/tai-khoan", "/can-bo/khong-co"):
        headers = (await inside.get(path)).headers
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert headers["content-type"].startswith("text/html")
    assert "<script" not in (await inside.get("/can-bo/tai-khoan")).text


async def test_a_form_needs_its_origin_and_its_token(inside: httpx.AsyncClient) -> None:
    page = (await inside.get("/can-bo/tai-khoan")).text
    good = {"csrf": token_in(page)}
    for headers in ({"Origin": "https://xau.example"}, {}, {"Sec-Fetch-Site": "same-site"}):
        answer = await inside.post("/can-bo/tai-khoan/noi-khac", data=good, headers=headers)
        assert (answer.status_code, "bị từ chối" in answer.text) == (403, True)
    for data in ({}, {"csrf": ""}, {"csrf": "khac"}):
        answer = await inside.post("/can-bo/tai-khoan/noi-khac", data=data, headers=OWN)
        assert answer.status_code == 409  # shown again, to be sent by hand
    done = await inside.post(
        "/can-bo/tai-khoan/noi-khac", data=good, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert done.status_code == 303


async def test_what_was_typed_outlives_the_session(inside: httpx.AsyncClient, pool: Pool) -> None:
    """The form is sent after the session ended: signed in again, it comes back and is sent."""
    async with pool.connection() as conn:
        await conn.execute("UPDATE staff_sessions SET seen_at = seen_at - interval '2 hours'")
    typed = {"csrf": "x", "old": '<b>"Dòng một"\nDòng hai & ba</b>', "cho_khac": "y"}
    held = await inside.post("/can-bo/tai-khoan/noi-khac", data=typed, headers=OWN)
    assert held.status_code == 401
    assert "Dòng hai &amp; ba&lt;/b&gt;" in held.text
    fields = {"csrf": token_in(held.text), "login": "lan", "password": PASSWORD}
    fields |= {"tiep": "/can-bo/tai-khoan/noi-khac", "cho": "1", "giu.old": typed["old"]}
    again = await inside.post("/can-bo/dang-nhap", data=fields, headers=OWN)
    assert again.status_code == 409
    assert 'action="/can-bo/tai-khoan/noi-khac"' in again.text
    assert "Dòng hai &amp; ba&lt;/b&gt;" in again.text and "<b>" not in again.text
    new_token = re.findall(r'name="csrf" value="([^"]+)"', again.text)[-1]
    sent = await inside.post("/can-bo/tai-khoan/noi-khac", data={"csrf": new_token, "old": "z"}, headers=OWN)
    assert sent.status_code == 303


async def test_sessions_end_by_rest_and_by_age(inside: httpx.AsyncClient, pool: Pool) -> None:
    async with pool.connection() as conn:
        await conn.execute("UPDATE staff_sessions SET seen_at = seen_at - interval '30 minutes'")
    assert (await inside.get("/can-bo/tai-khoan")).status_code == 200
    async with pool.connection() as conn:  # the visit was noted
        row = await (await conn.execute("SELECT now() - seen_at AS ago FROM staff_sessions")).fetchone()
        assert row is not None and row["ago"] < timedelta(minutes=1)
        await conn.execute("UPDATE staff_sessions SET expires_at = now()")
    assert (await inside.get("/can-bo/tai-khoan")).status_code == 303


async def test_a_closed_account_is_out_at_once(inside: httpx.AsyncClient, pool: Pool) -> None:
    async with pool.connection() as conn:
        await staff.set_active(conn, login="lan", active=False, actor="test", now=datetime.now(UTC))
    assert (await inside.get("/can-bo/tai-khoan")).status_code == 303
    assert (await sign_in(inside)).status_code == 403


async def test_a_new_password(inside: httpx.AsyncClient, pool: Pool) -> None:
    page = (await inside.get("/can-bo/tai-khoan")).text
    new = "ruong-lua-chin-vang"

    async def change(**fields: str) -> httpx.Response:
        data = {"csrf": token_in(page), "old": PASSWORD, "new": new, "again": new, **fields}
        return await inside.post("/can-bo/tai-khoan/mat-khau", data=data, headers=OWN)

    for fields, said in (
        ({"new": "ngan", "again": "ngan"}, "12 ký tự"),
        ({"again": "khac-han-mat-khau"}, "không giống nhau"),
        ({"old": "khong-phai-mat-khau"}, "hiện tại không đúng"),
    ):
        refused = await change(**fields)
        assert (refused.status_code, said in refused.text) == (422, True)
    assert (await change()).headers["location"].endswith("xong=password")
    assert (await inside.get("/can-bo/tai-khoan")).status_code == 200  # in a new session
    async with pool.connection() as conn:
        row = await (await conn.execute("SELECT count(*) AS n FROM staff_sessions")).fetchone()
    assert row == {"n": 1}
    inside.cookies.clear()
    assert (await sign_in(inside, "LAN ", password=new)).status_code == 303


async def test_a_hostile_name_is_only_text(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "xau", name="<script>alert(1)</script>")
    await sign_in(client, "xau")
    page = (await client.get("/can-bo/tai-khoan")).text
    assert "<script>" not in page and "&lt;script&gt;" in page


async def test_who_did_what_is_written_down(inside: httpx.AsyncClient, pool: Pool) -> None:
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT actor, action, object_id FROM audit ORDER BY id")).fetchall()
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("test", "staff.added"),
        ("lan", "staff.signed_in"),
    ]
