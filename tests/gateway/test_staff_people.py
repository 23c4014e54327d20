"""Accounts on the administrators' page: within their own area, and every act in the audit."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from desk import staff
from desk.database import Pool
from desk.staff import Account, Role
from tests.gateway.harness import serving
from tests.gateway.staff_helpers import OWN, add, sign_in, token_in

pytestmark = pytest.mark.postgres
UNIT = "lam-dong-phan-loai"
WORK: dict[str, str | list[str]] = {"role": ["desk", "content"], "unit": UNIT, "area": "lam-dong"}
NEW: dict[str, str | list[str]] = {"login": "hoa", "name": "Hoa", **WORK}


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        await add(pool, "quan", Role.ADMIN, name="Quân")
        await sign_in(opened, "quan")
        yield opened


async def send(
    client: httpx.AsyncClient, path: str = "", data: dict[str, str | list[str]] | None = None
) -> httpx.Response:
    page = (await client.get("/can-bo/tai-khoan")).text
    fields = {"csrf": token_in(page), **(data or {})}
    return await client.post(f"/can-bo/nguoi-dung{path}", data=fields, headers=OWN)


async def account(pool: Pool, login: str = "hoa") -> Account:
    async with pool.connection() as conn:
        return await staff.find(conn, login)


async def deeds(pool: Pool) -> list[tuple[str, str, str]]:
    async with pool.connection() as conn:
        rows = await (
            await conn.execute("SELECT actor, action, object_id FROM audit WHERE actor = 'quan' ORDER BY id")
        ).fetchall()
    return [(row["actor"], row["action"], row["object_id"]) for row in rows]


async def sign_in_as(client: httpx.AsyncClient, login: str, password: str) -> httpx.Response:
    client.cookies.clear()
    return await sign_in(client, login, password=password)


async def test_an_account_from_its_making_to_its_end(client: httpx.AsyncClient, pool: Pool) -> None:
    made = await send(client, data=NEW)
    shown = re.search(r'id="mat-khau">([^<]+)<', made.text)
    assert made.status_code == 200 and shown is not None
    hoa = await account(pool)
    assert (hoa.roles, hoa.unit_id, hoa.area) == ((Role.CONTENT, Role.DESK), UNIT, "lam-dong")
    assert shown[1] not in (await client.get("/can-bo/nguoi-dung")).text
    for path, data, said in (
        ("viec", {"role": ["triage"], "unit": "", "area": ""}, "changed"),
        ("khoa", {}, "disabled"),
        ("mo", {}, "enabled"),
        ("xac-thuc", {}, "totp_reset"),
        ("tai-khoan-ngoai", {}, "unlinked"),
    ):
        answer = await send(client, f"/hoa/{path}", data)  # type: ignore[arg-type]  # lists and strings
        assert answer.headers["location"] == f"/can-bo/nguoi-dung/hoa?xong={said}"
        assert (await client.get(answer.headers["location"])).status_code == 200
    hoa = await account(pool)
    assert (hoa.roles, hoa.unit_id, hoa.area) == ((Role.TRIAGE,), "", "")
    again = await send(client, "/hoa/mat-khau")
    new = re.search(r'id="mat-khau">([^<]+)<', again.text)
    assert new is not None
    assert [deed for _, deed, who in await deeds(pool) if who == "hoa"] == [
        "staff.added", "staff.changed", "staff.disabled", "staff.enabled", "staff.totp_reset",
        "staff.identity_unlinked", "staff.password_set",
    ]  # fmt: skip
    assert (await sign_in_as(client, "hoa", shown[1])).status_code == 403
    assert (await sign_in_as(client, "hoa", new[1])).status_code == 303


async def test_sessions_of_others_are_ended(client: httpx.AsyncClient, pool: Pool) -> None:
    quans = client.cookies["motcua-can-bo"]
    await add(pool, "hoa", Role.CONTENT)
    client.cookies.clear()
    await sign_in(client, "hoa")
    hers = client.cookies["motcua-can-bo"]
    client.cookies.set("motcua-can-bo", quans, domain="motcua.test")
    assert (await send(client, "/hoa/phien")).headers["location"].endswith("xong=sessions_ended")
    client.cookies.clear()
    client.cookies.set("motcua-can-bo", hers, domain="motcua.test")
    assert (await client.get("/can-bo/tai-khoan")).status_code == 303


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"login": "Hoa Hoa"}, "Cần có tên đăng nhập"),
        ({"login": "quan"}, "đã có người dùng"),
        ({"role": []}, "Cần có tên đăng nhập"),
        ({"role": ["vua"]}, "Cần có tên đăng nhập"),
        ({"unit": "khong-co"}, "Không có đơn vị"),
        ({"unit": ""}, "cần có đơn vị"),
        ({"area": "khong-co"}, "Không có địa bàn"),
    ],
)
async def test_what_is_refused_is_said_and_what_was_typed_stays(
    client: httpx.AsyncClient, pool: Pool, changes: dict[str, str | list[str]], said: str
) -> None:
    answer = await send(client, data={**NEW, "name": '"><script>alert(1)</script>', **changes})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert "&#34;&gt;&lt;script&gt;" in answer.text and "<script>" not in answer.text
    async with pool.connection() as conn:
        assert [one.login for one in await staff.list_staff(conn)] == ["quan"]


async def test_nobody_closes_or_demotes_themselves(client: httpx.AsyncClient, pool: Pool) -> None:
    work = {"role": ["content"], "unit": "", "area": ""}
    for path, data in (("khoa", {}), ("xac-thuc", {}), ("phien", {}), ("mat-khau", {}), ("viec", work)):
        answer = await send(client, f"/quan/{path}", data)  # type: ignore[arg-type]
        assert answer.headers["location"] == "/can-bo/nguoi-dung/quan?loi=not_yourself"
    quan = await account(pool, "quan")
    assert quan.active and quan.roles == (Role.ADMIN,)
    assert (await client.get("/can-bo/nguoi-dung/quan")).status_code == 200


async def test_only_administrators(client: httpx.AsyncClient, pool: Pool) -> None:
    for role in Role:
        if role is not Role.ADMIN:
            await add(pool, f"ai-{role}", role)
            client.cookies.clear()
            await sign_in(client, f"ai-{role}")
            assert (await client.get("/can-bo/nguoi-dung")).status_code == 403
            assert (await send(client, data=NEW)).status_code == 403
            assert (await send(client, "/quan/khoa")).status_code == 403


async def test_an_administrator_of_a_province_keeps_to_it(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "tinh", Role.ADMIN, area="lam-dong")
    await add(pool, "huong", Role.CONTENT, area="dak-lak", name="Hương")
    await add(pool, "xa", Role.CONTENT, area="lam-dong/bac-binh", name="Xuân")
    client.cookies.clear()
    await sign_in(client, "tinh")
    page = (await client.get("/can-bo/nguoi-dung")).text
    assert "Xuân" in page and "Hương" not in page and "Quân" not in page
    for login in ("huong", "quan"):
        assert (await client.get(f"/can-bo/nguoi-dung/{login}")).status_code == 403
        for deed in ("khoa", "mat-khau", "xac-thuc", "viec"):
            assert (await send(client, f"/{login}/{deed}", {"role": ["content"]})).status_code == 403
        assert (await account(pool, login)).active
    for area in ("", "dak-lak"):
        assert (
            await send(client, data={**NEW, "role": ["admin"], "unit": "", "area": area})
        ).status_code == 422
    widened = await send(client, "/xa/viec", {"role": ["admin"], "unit": "", "area": ""})
    assert widened.status_code == 422 and (await account(pool, "xa")).area == "lam-dong/bac-binh"
    assert (await send(client, data=NEW)).status_code == 200


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/can-bo/nguoi-dung/khong-co")).status_code == 404
    assert (await client.get("/can-bo/nguoi-dung/%00")).status_code == 404
    assert (await send(client, "/quan/bay")).status_code == 404
