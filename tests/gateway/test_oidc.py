"""Signing in with an outside identity, against a provider that runs here and is asked over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from desk import identities, staff
from desk.database import Pool
from desk.staff import Role
from tests.browser.server import serving as serving_http
from tests.gateway.harness import serving
from tests.gateway.staff_helpers import OWN, PASSWORD, add, token_in
from tests.simulators.oidc_provider import Provider, create

pytestmark = pytest.mark.postgres
RETURN = "http://motcua.test/can-bo/ngoai/ve"
LOGIN = "lan@so.example"


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    provider = Provider(redirect_uri=RETURN)
    with serving_http(create(provider)) as provider.issuer:
        yield provider


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    running_provider.person = {"sub": "s-1", "email": LOGIN, "email_verified": True}
    running_provider.wrong, running_provider.elsewhere, running_provider.refusals = {}, {}, []
    running_provider.forged = running_provider.declines = False
    return running_provider


def at(provider: Provider, **changes: Any) -> dict[str, Any]:
    values = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": provider.client_id,
        "oidc_name": "Cổng của Sở",
    }
    return {**values, "oidc_client_secret": provider.client_secret, **changes}


@pytest.fixture
async def client(pool: Pool, dsn: str, provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn, **at(provider)) as opened:
        yield opened


async def asked(client: httpx.AsyncClient, then: str = "/can-bo/tai-khoan") -> str:
    """The provider's address the browser is sent to."""
    answer = await client.get(f"/can-bo/ngoai?{urlencode({'tiep': then})}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def visited(url: str) -> str:
    """What a browser does there: it comes back with this path and query."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == RETURN
    return f"{back.path}?{back.query}"


async def enter(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get(await visited(await asked(client)))


async def is_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/can-bo/tai-khoan")).status_code == 200


async def subject_of(pool: Pool, login: str = LOGIN) -> str | None:
    async with pool.connection() as conn:
        return (await staff.find(conn, login)).oidc_subject


# ------------------------------------------------------------------ the way in


async def test_in_by_the_offices_own_provider(
    client: httpx.AsyncClient, pool: Pool, provider: Provider
) -> None:
    await add(pool, LOGIN)
    page = (await client.get("/can-bo/dang-nhap?tiep=/can-bo/tai-khoan")).text
    assert "Đăng nhập bằng Cổng của Sở" in page and 'href="/can-bo/ngoai?tiep=' in page
    answer = await enter(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/can-bo/tai-khoan")
    assert await is_in(client)
    assert await subject_of(pool) == f"{provider.issuer}|s-1"
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT action FROM audit ORDER BY id")).fetchall()
    assert [row["action"] for row in rows] == ["staff.added", "staff.identity_linked", "staff.signed_in"]
    assert provider.refusals == []


async def test_the_request_carries_pkce_state_and_nonce(
    client: httpx.AsyncClient, provider: Provider
) -> None:
    one, two = [parse_qs(urlsplit(await asked(client)).query) for _ in range(2)]
    assert one["code_challenge_method"] == ["S256"] and one["response_type"] == ["code"]
    assert one["redirect_uri"] == [RETURN] and "openid" in one["scope"][0].split()
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name][0]) >= 20 and one[name] != two[name]
    assert provider.client_secret not in str(one) and "code_verifier" not in one


async def test_without_a_provider_there_is_no_such_page(pool: Pool, dsn: str) -> None:
    async with serving(pool, dsn) as client:
        for path in ("/can-bo/ngoai", "/can-bo/ngoai/ve?code=x&state=y"):
            assert (await client.get(path)).status_code == 404
        assert "/can-bo/ngoai" not in (await client.get("/can-bo/dang-nhap")).text


async def test_a_provider_that_is_away(pool: Pool, dsn: str, provider: Provider) -> None:
    async with serving(pool, dsn, **at(provider, oidc_issuer="http://127.0.0.1:9")) as client:
        answer = await client.get("/can-bo/ngoai")
    assert (answer.status_code, "Chưa đăng nhập được" in answer.text) == (403, True)


@pytest.mark.parametrize("issuer", ["http://idp.example", "ftp://127.0.0.1", "khong-phai-dia-chi"])
async def test_only_https_or_this_machine(pool: Pool, dsn: str, provider: Provider, issuer: str) -> None:
    async with serving(pool, dsn, **at(provider, oidc_issuer=issuer)) as client:
        assert (await client.get("/can-bo/ngoai")).status_code == 403


async def test_another_name_than_the_setting_says(pool: Pool, dsn: str, provider: Provider) -> None:
    async with serving(pool, dsn, **at(provider, oidc_issuer=provider.issuer + "/")) as client:
        assert (await client.get("/can-bo/ngoai")).status_code == 403


# ------------------------------------------------------------------ whose account


async def test_nobody_is_let_in_without_an_account(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, "lan@so2.example")
    answer = await enter(client)
    assert (answer.status_code, "chưa được gắn" in answer.text) == (403, True)
    assert not await is_in(client)
    async with pool.connection() as conn:
        assert len(await staff.list_staff(conn)) == 1


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "s-1", "email": LOGIN, "email_verified": False},
        {"sub": "s-1", "email": LOGIN},
        {"sub": "s-1", "email": LOGIN, "email_verified": "true"},
        {"sub": "s-1"},
        {"sub": "s-1", "email": "ｌan@so.example", "email_verified": True},  # folds into the login
        {"sub": "s-1", "email": ["x"], "email_verified": True},
    ],
)
async def test_only_a_verified_address_links(
    client: httpx.AsyncClient, pool: Pool, provider: Provider, person: dict[str, Any]
) -> None:
    await add(pool, LOGIN)
    provider.person = person
    assert (await enter(client)).status_code == 403
    assert await subject_of(pool) is None


@pytest.mark.parametrize(("subject", "status"), [("s-1", 303), ("s-2", 403)])
async def test_an_address_told_only_elsewhere(
    client: httpx.AsyncClient, pool: Pool, provider: Provider, subject: str, status: int
) -> None:
    """Many providers describe people at an address of its own; another person's description counts for nothing."""
    await add(pool, LOGIN)
    provider.person = {"sub": "s-1"}
    provider.elsewhere = {"sub": subject, "email": LOGIN, "email_verified": True}
    assert (await enter(client)).status_code == status
    assert (await subject_of(pool) is None) is (status == 403)


async def test_once_linked_the_providers_name_counts(
    client: httpx.AsyncClient, pool: Pool, provider: Provider
) -> None:
    await add(pool, LOGIN)
    await enter(client)
    client.cookies.clear()
    provider.person = {"sub": "s-2", "email": LOGIN, "email_verified": True}  # the address is another's now
    assert (await enter(client)).status_code == 403
    provider.person = {"sub": "s-1"}  # and the person has another address
    assert (await enter(client)).status_code == 303
    assert await is_in(client)


async def test_a_closed_account_stays_closed(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, LOGIN)
    now = datetime.now(UTC)
    for _ in range(2):  # before and after it is linked
        async with pool.connection() as conn:
            await staff.set_active(conn, login=LOGIN, active=False, actor="test", now=now)
        assert (await enter(client)).status_code == 403
        async with pool.connection() as conn:
            await staff.set_active(conn, login=LOGIN, active=True, actor="test", now=now)
        assert (await enter(client)).status_code == 303
        client.cookies.clear()


async def test_unlinked_by_an_administrator(
    client: httpx.AsyncClient, pool: Pool, provider: Provider
) -> None:
    await add(pool, LOGIN)
    await enter(client)
    async with pool.connection() as conn:
        await identities.unlink(conn, LOGIN, actor="quan", now=datetime.now(UTC))
    provider.person["sub"] = "s-9"
    assert (await enter(client)).status_code == 303
    assert await subject_of(pool) == f"{provider.issuer}|s-9"


async def test_the_password_goes_on_working(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, LOGIN)
    await enter(client)
    client.cookies.clear()
    form = token_in((await client.get("/can-bo/dang-nhap")).text)
    fields = {"csrf": form, "login": LOGIN.upper(), "password": PASSWORD}
    assert (await client.post("/can-bo/dang-nhap", data=fields, headers=OWN)).status_code == 303


# ------------------------------------------------------------------ what does not hold


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "mot-nonce-khac-han"},
        {"nonce": None},
        {"aud": "may-khach-khac"},
        {"aud": ["motcua", "khac"]},
        {"iss": "https://khac.example"},
        {"iss": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"at_hash": "khac"},
    ],
    ids=str,
)
async def test_an_identity_that_does_not_hold(
    client: httpx.AsyncClient, pool: Pool, provider: Provider, wrong: dict[str, Any]
) -> None:
    await add(pool, LOGIN)
    provider.wrong = wrong
    answer = await enter(client)
    assert (answer.status_code, "Chưa đăng nhập được" in answer.text) == (403, True)
    assert not await is_in(client) and await subject_of(pool) is None


async def test_signed_by_somebody_else(client: httpx.AsyncClient, pool: Pool, provider: Provider) -> None:
    await add(pool, LOGIN)
    provider.forged = True
    assert (await enter(client)).status_code == 403


async def test_the_person_declines(client: httpx.AsyncClient, provider: Provider) -> None:
    provider.declines = True
    assert (await enter(client)).status_code == 403


async def test_a_state_of_another_browser(client: httpx.AsyncClient, pool: Pool) -> None:
    """An attacker's own code, slipped to an official, signs nobody in."""
    await add(pool, LOGIN)
    attackers = await visited(await asked(client))
    client.cookies.clear()
    assert (await client.get(attackers)).status_code == 403  # never began
    await asked(client)
    assert (await client.get(attackers)).status_code == 403  # began another
    assert not await is_in(client)


async def test_the_way_back_is_gone_once(client: httpx.AsyncClient, pool: Pool) -> None:
    await add(pool, LOGIN)
    back = await visited(await asked(client))
    assert (await client.get(back)).status_code == 303
    client.cookies.delete("motcua-can-bo")
    assert (await client.get(back)).status_code == 403


async def test_another_provider_answers(client: httpx.AsyncClient, pool: Pool, provider: Provider) -> None:
    await add(pool, LOGIN)
    back = await visited(await asked(client))
    path, _, query = back.partition("?")
    fields = {name: values[0] for name, values in parse_qs(query).items()}
    mixed = {**fields, "iss": "https://khac.example"}
    assert (await client.get(f"{path}?{urlencode(mixed)}")).status_code == 403


async def test_a_wrong_secret_or_address_of_ours(pool: Pool, dsn: str, provider: Provider) -> None:
    await add(pool, LOGIN)
    async with serving(pool, dsn, **at(provider, oidc_client_secret="khac")) as client:
        assert (await enter(client)).status_code == 403
        client.base_url = httpx.URL("http://khac.test")
        async with httpx.AsyncClient() as browser:
            assert (await browser.get(await asked(client))).status_code == 400
    assert provider.refusals == ["wrong name or secret", "unknown client or redirect address"]


async def test_the_provider_refuses_a_wrong_verifier(provider: Provider) -> None:
    """What the tests above lean on: the provider is strict."""
    wanted = {
        "client_id": provider.client_id, "redirect_uri": RETURN, "response_type": "code", "scope": "openid",
        "state": "s" * 20, "nonce": "n" * 20, "code_challenge_method": "S256", "code_challenge": "c" * 43,
    }  # fmt: skip
    async with httpx.AsyncClient(base_url=provider.issuer) as browser:
        for left_out in ("nonce", "code_challenge", "state"):
            partial = {name: value for name, value in wanted.items() if name != left_out}
            answer = await browser.get("/authorize", params=partial)
            assert "error=invalid_request" in answer.headers["location"], left_out
        answer = await browser.get("/authorize", params=wanted)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": RETURN,
            "code_verifier": "x" * 43,
        }
        who = (provider.client_id, provider.client_secret)
        assert (await browser.post("/token", data=form, auth=who)).status_code == 400
    assert provider.refusals == ["wrong verifier"]


# ------------------------------------------------------------------ the second factor


@pytest.mark.parametrize(
    ("amr", "trusted", "enough"),
    [
        (None, False, False), (["pwd"], False, False), (["pwd", "otp"], False, True), (["mfa"], False, True),
        (["pwd"], True, True),
    ],
)  # fmt: skip
async def test_a_second_factor_there_counts_when_the_provider_says_so(
    pool: Pool, dsn: str, provider: Provider, amr: list[str] | None, trusted: bool, enough: bool
) -> None:
    await add(pool, LOGIN, Role.DESK)
    provider.person |= {"amr": amr} if amr else {}
    async with serving(pool, dsn, **at(provider, staff_totp="desk", oidc_trust_mfa=trusted)) as client:
        answer = await enter(client)
        assert (answer.headers["location"] == "/can-bo/tai-khoan") is enough
        if not enough:
            assert answer.headers["location"].startswith("/can-bo/xac-thuc?tiep=")
        assert await is_in(client) is enough


async def test_the_way_back_is_sealed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/can-bo/ngoai")
    [cookie] = [line for line in answer.headers.get_list("set-cookie") if "ngoai" in line]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    state = parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]
    assert state not in cookie
