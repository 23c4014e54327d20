"""The second factor on the staff pages: set up before anything else, asked for after the password."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest

from desk import totp
from desk.database import Pool
from desk.staff import Role
from tests.gateway.harness import serving
from tests.gateway.staff_helpers import OWN, PASSWORD, add, sign_in, token_in

pytestmark = pytest.mark.postgres


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn, staff_totp="desk") as opened:
        await add(pool, "lan", Role.DESK)
        yield opened


def code_of(secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def offered(html: str) -> dict[str, str]:
    """The fields of the page with the picture, and the secret that a phone would read from it."""
    sealed = re.search(r'name="sealed" value="([^"]+)"', html)
    groups = re.search(r'id="khoa">([^<]+)<', html)
    assert sealed and groups, html
    return {"csrf": token_in(html), "sealed": sealed[1], "secret": groups[1].replace(" ", "")}


async def enrol(client: httpx.AsyncClient, **changes: str) -> tuple[httpx.Response, str]:
    """Set a phone up; the answer and its secret."""
    found = offered((await client.get("/can-bo/xac-thuc/cai-dat")).text)
    secret = found.pop("secret")
    # The step before now: the code of now stays good for signing in.
    fields = {**found, "code": code_of(secret, steps=-1), "tiep": "/can-bo/tai-khoan", **changes}
    return await client.post("/can-bo/xac-thuc/cai-dat", data=fields, headers=OWN), secret


async def give_code(client: httpx.AsyncClient, code: str, **fields: str) -> httpx.Response:
    csrf = token_in((await client.get("/can-bo/xac-thuc")).text)
    return await client.post("/can-bo/xac-thuc", data={"csrf": csrf, "code": code, **fields}, headers=OWN)


@pytest.fixture
async def secret(client: httpx.AsyncClient) -> str:
    """Lan has a phone, and is signed out."""
    await sign_in(client)
    _, made = await enrol(client)
    client.cookies.clear()
    return made


# ------------------------------------------------------------------ setting up


async def test_the_first_sign_in_sets_it_up_before_anything_else(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client, tiep="/can-bo/tai-khoan")
    assert answer.headers["location"] == "/can-bo/xac-thuc?tiep=%2Fcan-bo%2Ftai-khoan"
    for path in ("/can-bo", "/can-bo/tai-khoan", "/can-bo/gi-do"):
        assert (await client.get(path)).headers["location"].startswith("/can-bo/xac-thuc?tiep=")
    page = (await client.get(answer.headers["location"])).text
    assert "<svg" in page and "Cài đặt xác thực hai bước" in page and "/can-bo/noi-dung/" not in page
    done, secret = await enrol(client)
    assert done.status_code == 200
    codes = re.findall(r"<li><code>([^<]+)</code>", done.text)
    assert len(codes) == 10 and 'href="/can-bo/tai-khoan"' in done.text
    account = await client.get("/can-bo/tai-khoan")
    assert (
        "Còn 10 mã dự phòng" in account.text and secret not in account.text and codes[0] not in account.text
    )


async def test_the_picture_says_what_the_letters_say(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    html = (await client.get("/can-bo/xac-thuc")).text
    link = re.search(r'href="(otpauth://[^"]+)"', html)
    assert link is not None
    address = urlsplit(unescape(link[1]))
    fields = parse_qs(address.query)
    assert address.scheme == "otpauth" and address.netloc == "totp" and address.path.endswith("lan")
    assert fields["secret"] == [offered(html)["secret"]] and fields["issuer"] == ["Một Cửa"]


async def test_a_wrong_first_code_stores_nothing_and_keeps_the_picture(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    await sign_in(client)
    answer, secret = await enrol(client, code="000000")
    assert (answer.status_code, "Mã không khớp" in answer.text) == (403, True)
    assert offered(answer.text)["secret"] == secret
    async with pool.connection() as conn:
        row = await (await conn.execute("SELECT totp_sealed, totp_since FROM staff")).fetchone()
    assert row == {"totp_sealed": None, "totp_since": None}


async def test_a_picture_of_somebody_else_or_of_yesterday_is_not_taken(
    client: httpx.AsyncClient, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(pool, "binh", Role.DESK)
    await sign_in(client, "binh")
    theirs = offered((await client.get("/can-bo/xac-thuc/cai-dat")).text)
    client.cookies.clear()
    await sign_in(client)
    for sealed in (theirs["sealed"], "x", ""):
        answer, _ = await enrol(client, sealed=sealed, code=code_of(theirs["secret"]))
        assert (answer.status_code, "quá hạn" in answer.text) == (403, True)
        assert offered(answer.text)["secret"] != theirs["secret"]


async def test_who_needs_none_goes_in_and_may_set_one_up(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "hoa", Role.CONTENT)
    assert (await sign_in(client, "hoa")).headers["location"] == "/can-bo"
    page = (await client.get("/can-bo/xac-thuc/cai-dat")).text
    assert 'name="proof" type="password"' in page
    refused, _ = await enrol(client, proof="khong-phai-mat-khau")
    assert (refused.status_code, "Mật khẩu hiện tại không đúng" in refused.text) == (403, True)
    done, secret = await enrol(client, proof=PASSWORD)
    assert done.status_code == 200
    client.cookies.clear()
    assert (await sign_in(client, "hoa")).headers["location"].startswith("/can-bo/xac-thuc")
    assert (await give_code(client, code_of(secret))).headers["location"] == "/can-bo"


async def test_everybody_when_all_are_asked(pool: Pool, dsn: str) -> None:
    await add(pool, "hoa", Role.CONTENT)
    async with serving(pool, dsn, staff_totp="all") as client:
        assert (await sign_in(client, "hoa")).headers["location"].startswith("/can-bo/xac-thuc")


# ------------------------------------------------------------------ signing in


async def test_the_code_after_the_password(client: httpx.AsyncClient, secret: str) -> None:
    answer = await sign_in(client, tiep="/can-bo/tai-khoan?a=1")
    half = client.cookies["motcua-can-bo"]
    page = (await client.get(answer.headers["location"])).text
    assert "Nhập mã xác thực" in page and secret not in page
    for path in ("/can-bo/tai-khoan", "/can-bo/nguoi-dung"):
        assert (await client.get(path)).headers["location"].startswith("/can-bo/xac-thuc")
    assert (await client.get("/api/v1/desk/tickets")).status_code == 401
    answer = await give_code(client, code_of(secret), tiep="/can-bo/tai-khoan?a=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/can-bo/tai-khoan?a=1")
    assert client.cookies["motcua-can-bo"] != half
    assert (await client.get("/can-bo/tai-khoan")).status_code == 200
    client.cookies.set("motcua-can-bo", half, domain="motcua.test")
    assert (await client.get("/can-bo/tai-khoan")).headers["location"].startswith("/can-bo/dang-nhap")


async def test_the_half_session_sets_up_no_other_phone(client: httpx.AsyncClient, secret: str) -> None:
    """Whoever stole the password must not replace the phone."""
    await sign_in(client)
    assert (await client.get("/can-bo/xac-thuc/cai-dat")).headers["location"] == "/can-bo/xac-thuc"
    csrf = token_in((await client.get("/can-bo/xac-thuc")).text)
    for path in ("/can-bo/xac-thuc/cai-dat", "/can-bo/xac-thuc/du-phong", "/can-bo/tai-khoan/mat-khau"):
        fields = {"csrf": csrf, "code": "123456", "old": PASSWORD, "new": "ruong-lua-chin-vang"}
        answer = await client.post(path, data=fields, headers=OWN)
        assert answer.status_code == 401 or answer.headers["location"] == "/can-bo/xac-thuc"
    assert (await give_code(client, code_of(secret))).status_code == 303


async def test_a_code_is_not_taken_twice(client: httpx.AsyncClient, secret: str) -> None:
    code = code_of(secret)
    await sign_in(client)
    assert (await give_code(client, code)).status_code == 303
    client.cookies.clear()
    await sign_in(client)
    again = await give_code(client, code)
    assert (again.status_code, "không đúng hoặc đã dùng" in again.text) == (403, True)


async def test_guessing_codes_is_slowed(client: httpx.AsyncClient, pool: Pool, secret: str) -> None:
    await sign_in(client)
    right = {code_of(secret, steps=steps) for steps in range(-2, 4)}
    guesses = [code for code in (f"{n}{n}{n}{n}{n}{n}" for n in range(10)) if code not in right]
    statuses = [(await give_code(client, guess)).status_code for guess in guesses[:8]]
    assert statuses == [403] * totp.LIMITS[0].pair + [429] * (8 - totp.LIMITS[0].pair)
    assert (await give_code(client, code_of(secret))).status_code == 429
    assert (await sign_in(client)).status_code == 303  # the password is another matter
    async with pool.connection() as conn:
        await conn.execute("UPDATE staff_attempts SET at = at - interval '16 minutes'")
    assert (await give_code(client, code_of(secret))).status_code == 303
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT action FROM audit ORDER BY id")).fetchall()
    assert [row["action"] for row in rows].count("staff.code_refused") == totp.LIMITS[0].pair


async def test_the_wait_for_a_code_is_short(client: httpx.AsyncClient, pool: Pool, secret: str) -> None:
    await sign_in(client)
    async with pool.connection() as conn:
        await conn.execute("UPDATE staff_sessions SET created_at = created_at - interval '16 minutes'")
    assert (await client.get("/can-bo/xac-thuc")).headers["location"].startswith("/can-bo/dang-nhap")


async def test_a_recovery_code_opens_once(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    done, _ = await enrol(client)
    codes = re.findall(r"<li><code>([^<]+)</code>", done.text)
    for code, status in ((codes[0], 303), (codes[0], 403), (codes[1].upper(), 303)):
        client.cookies.clear()
        await sign_in(client)
        assert (await give_code(client, code)).status_code == status
    page = (await client.get("/can-bo/tai-khoan")).text
    assert "Còn 8 mã dự phòng" in page
    new = await client.post(
        "/can-bo/xac-thuc/du-phong", data={"csrf": token_in(page), "code": codes[2]}, headers=OWN
    )
    assert len({*re.findall(r"<li><code>([^<]+)</code>", new.text)} - {*codes}) == 10


async def test_another_phone_needs_the_first(client: httpx.AsyncClient, secret: str) -> None:
    await sign_in(client)
    await give_code(client, code_of(secret))
    refused, _ = await enrol(client, proof="000000")
    assert refused.status_code == 403
    done, new = await enrol(client, proof=code_of(secret, steps=1))
    assert done.status_code == 200
    client.cookies.clear()
    await sign_in(client)
    assert (await give_code(client, code_of(secret, steps=1))).status_code == 403
    assert (await give_code(client, code_of(new))).status_code == 303


async def test_what_was_typed_outlives_the_session_and_the_code(
    client: httpx.AsyncClient, secret: str
) -> None:
    typed = {"csrf": "x", "old": '<b>"Dòng một"\nDòng hai</b>'}
    held = await client.post("/can-bo/tai-khoan/noi-khac", data=typed, headers=OWN)
    fields = {"csrf": token_in(held.text), "login": "lan", "password": PASSWORD}
    fields |= {"tiep": "/can-bo/tai-khoan/noi-khac", "cho": "1", "giu.old": typed["old"]}
    asked = await client.post("/can-bo/dang-nhap", data=fields, headers=OWN)
    assert (asked.status_code, "Dòng hai&lt;/b&gt;" in asked.text) == (401, True)
    fields = {**fields, "csrf": token_in(asked.text), "code": code_of(secret)}
    again = await client.post("/can-bo/xac-thuc", data=fields, headers=OWN)
    assert (again.status_code, "Dòng hai&lt;/b&gt;" in again.text) == (409, True)
    sent = {"csrf": token_in(again.text), "old": "z"}
    answer = await client.post("/can-bo/tai-khoan/noi-khac", data=sent, headers=OWN)
    assert answer.headers["location"].endswith("xong=elsewhere")


async def test_a_half_session_can_sign_out(client: httpx.AsyncClient, secret: str) -> None:
    await sign_in(client)
    csrf = token_in((await client.get("/can-bo/xac-thuc")).text)
    answer = await client.post("/can-bo/dang-xuat", data={"csrf": csrf}, headers=OWN)
    assert answer.headers["location"] == "/can-bo/dang-nhap"


async def test_forms_of_the_second_factor_need_origin_and_token(
    client: httpx.AsyncClient, secret: str
) -> None:
    await sign_in(client)
    csrf = token_in((await client.get("/can-bo/xac-thuc")).text)
    good = {"csrf": csrf, "code": code_of(secret)}
    for headers in ({"Origin": "https://xau.example"}, {}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await client.post("/can-bo/xac-thuc", data=good, headers=headers)).status_code == 403
    stale = await client.post("/can-bo/xac-thuc", data={**good, "csrf": "khac"}, headers=OWN)
    assert stale.headers["location"] == "/can-bo/xac-thuc?tiep=%2Fcan-bo"
    assert (await client.post("/can-bo/xac-thuc", data=good, headers=OWN)).status_code == 303


async def test_its_pages_run_no_script_and_are_kept_by_nobody(client: httpx.AsyncClient) -> None:
    await sign_in(client)
    answer = await client.get("/can-bo/xac-thuc")
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text and "style=" not in answer.text


# ------------------------------------------------------------------ sessions


async def test_sessions_are_listed_and_ended_one_by_one(
    client: httpx.AsyncClient, pool: Pool, secret: str
) -> None:
    await sign_in(client)
    await give_code(client, code_of(secret))
    mine = client.cookies["motcua-can-bo"]
    client.cookies.clear()
    client.headers["User-Agent"] = "<Firefox> & khac"
    await sign_in(client)
    await give_code(client, code_of(secret, steps=1))
    theirs = client.cookies["motcua-can-bo"]
    client.cookies.clear()
    client.cookies.set("motcua-can-bo", mine, domain="motcua.test")
    page = (await client.get("/can-bo/tai-khoan")).text
    assert "&lt;Firefox&gt; &amp; khac" in page and "Phiên này" in page
    other = re.findall(r'name="phien" value="([^"]+)"', page)[0]  # the last used
    for bad in ("x", ""):
        answer = await client.post(
            "/can-bo/tai-khoan/phien", data={"csrf": token_in(page), "phien": bad}, headers=OWN
        )
        assert answer.status_code == 404
    await client.post("/can-bo/tai-khoan/phien", data={"csrf": token_in(page), "phien": other}, headers=OWN)
    assert (await client.get("/can-bo/tai-khoan")).status_code == 200
    client.cookies.clear()
    client.cookies.set("motcua-can-bo", theirs, domain="motcua.test")
    assert (await client.get("/can-bo/tai-khoan")).status_code == 303


async def test_a_session_is_ended_by_nobody_else(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "hoa", Role.CONTENT)
    await add(pool, "minh", Role.CONTENT)
    await sign_in(client, "hoa")
    async with pool.connection() as conn:
        row = await (await conn.execute("SELECT id FROM staff_sessions")).fetchone()
    assert row is not None
    hers = client.cookies["motcua-can-bo"]
    client.cookies.clear()
    await sign_in(client, "minh")
    page = (await client.get("/can-bo/tai-khoan")).text
    await client.post(
        "/can-bo/tai-khoan/phien", data={"csrf": token_in(page), "phien": str(row["id"])}, headers=OWN
    )
    client.cookies.clear()
    client.cookies.set("motcua-can-bo", hers, domain="motcua.test")
    assert (await client.get("/can-bo/tai-khoan")).status_code == 200


async def test_the_old_session_ends_with_a_new_sign_in(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "hoa", Role.CONTENT)
    form = token_in((await client.get("/can-bo/dang-nhap")).text)
    fields = {"csrf": form, "login": "hoa", "password": PASSWORD}
    tokens = []
    for _ in range(2):
        client.cookies.set("motcua-can-bo-dn", form, domain="motcua.test")
        assert (await client.post("/can-bo/dang-nhap", data=fields, headers=OWN)).status_code == 303
        tokens.append(client.cookies["motcua-can-bo"])
    assert tokens[0] != tokens[1]
    async with pool.connection() as conn:
        row = await (await conn.execute("SELECT count(*) AS n FROM staff_sessions")).fetchone()
    assert row == {"n": 1}


async def test_limits_of_sessions_are_settings(pool: Pool, dsn: str) -> None:
    await add(pool, "hoa", Role.CONTENT)
    async with serving(pool, dsn, staff_idle_minutes=5, staff_session_hours=1) as client:
        await sign_in(client, "hoa")
        async with pool.connection() as conn:
            row = await (
                await conn.execute("SELECT expires_at - created_at AS whole FROM staff_sessions")
            ).fetchone()
            assert row == {"whole": timedelta(hours=1)}
            await conn.execute("UPDATE staff_sessions SET seen_at = seen_at - interval '4 minutes'")
        assert (await client.get("/can-bo/tai-khoan")).status_code == 200
        async with pool.connection() as conn:
            await conn.execute("UPDATE staff_sessions SET seen_at = now() - interval '6 minutes'")
        assert (await client.get("/can-bo/tai-khoan")).status_code == 303
