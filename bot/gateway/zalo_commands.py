"""`motcua zalo …`: an administrator's consent, and what is wrong with an account's set-up and what to do about it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
from rich.table import Table

from bot.channels.base import SendFailed
from bot.channels.zalo import SIGNATURE
from bot.channels.zalo_api import ZaloApi
from bot.channels.zalo_errors import fault
from bot.gateway import channel_states, zalo
from bot.gateway.settings import Settings
from bot.gateway.terminal import table_console
from bot.gateway.zalo_oauth import Asked, OAuth, code_in
from bot.gateway.zalo_tokens import CHANNEL, WARN_BEFORE
from desk.database import EmbeddedPostgres, Pool, migrate, open_pool
from knowledge.errors import ChannelNotSet

T = TypeVar("T")
_GOVERNMENT = 4  # oa_type
_ACKNOWLEDGED_S = 2.0  # the platform waits no longer
_LOGIN = "motcua zalo login"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at; `remedy` is what to do when it is not as it should be."""

    what: str
    ok: bool
    detail: str
    remedy: str = ""


# ------------------------------------------------------------------ login


def login(settings: Settings, *, paste: Callable[[str], str]) -> str:
    """Ask an administrator for consent and keep the tokens; says until when they last.

    Args:
        settings: Those of the app.
        paste: Shows the address where consent is given; returns the one that the administrator was sent back to.

    Raises:
        ChannelNotSet: there is no Zalo in the settings.
        SendFailed: the platform refused, or is not reached.
    """
    oauth, asked = OAuth.of(_needed(settings)), Asked.afresh()
    code = code_in(paste(oauth.consent_url(asked)), state=asked.state, oa_id=settings.zalo_oa_id)

    async def work(pool: Pool) -> str:
        async with httpx.AsyncClient(trust_env=False) as http:
            pair = await oauth.exchange(http, code, verifier=asked.verifier, now=zalo.now())
        tokens = zalo.tokens(settings, pool)
        await tokens.store(pair)
        await zalo.open_again(pool, await tokens.standing())
        return f"logged in; renewed by itself from now on, at the latest by {pair.renew_by:%Y-%m-%d}"

    return _with_pool(settings, work)


def _needed(settings: Settings) -> Settings:
    if not settings.zalo_app_id:
        raise ChannelNotSet("ZALO_APP_ID is not set (docs/runbooks/zalo.md)")
    return settings


def _with_pool(settings: Settings, work: Callable[[Pool], Awaitable[T]]) -> T:
    """The embedded database is joined when it runs, and started when not."""
    server = None if settings.database_url else EmbeddedPostgres(settings.postgres_dir)
    with server or nullcontext():
        dsn = settings.database_url or EmbeddedPostgres(settings.postgres_dir).dsn
        migrate(dsn)
        return asyncio.run(_run(dsn, work))


async def _run(dsn: str, work: Callable[[Pool], Awaitable[T]]) -> T:
    async with await open_pool(dsn, min_size=1, max_size=3) as pool:
        return await work(pool)


# ------------------------------------------------------------------ check


def checked(settings: Settings, *, app: str = "") -> list[Finding]:
    """Everything that can be looked at from here; `app` is the app's address when it is not PUBLIC_URL.

    Raises:
        ChannelNotSet: there is no Zalo in the settings.
    """
    address = (app or _needed(settings).public_url or f"http://127.0.0.1:{settings.port}").rstrip("/")

    async def work(pool: Pool) -> list[Finding]:
        async with httpx.AsyncClient(trust_env=False, timeout=10.0) as http:
            found = [*_settings(settings), *await _tokens(settings, pool), await _state(pool)]
            found.append(await _account(settings, pool, http))
            found.append(await _webhook(settings, http, address))
            return [*found, *await _domain(settings, http, address)]

    return _with_pool(settings, work)


def _settings(settings: Settings) -> list[Finding]:
    oauth = OAuth.of(settings)
    parts = urlsplit(oauth.redirect_uri)
    plain = parts.scheme == "https" and bool(parts.hostname) and parts.port is None
    same = settings.zalo_oa_secret == settings.zalo_app_secret
    return [
        Finding(
            what="callback address",
            ok=plain,
            detail=oauth.redirect_uri or "none",
            remedy="set PUBLIC_URL or ZALO_REDIRECT_URI to an https address without a port, as registered",
        ),
        Finding(
            what="webhook secret",
            ok=not same,
            detail="the app's secret" if same else "its own",
            remedy="ZALO_OA_SECRET is the OA's secret key, not the app's (OA Manager, or the app's webhook page)",
        ),
    ]


async def _tokens(settings: Settings, pool: Pool) -> list[Finding]:
    held, now = await zalo.tokens(settings, pool).standing(), zalo.now()
    if held is None:
        return [Finding(what="login", ok=False, detail="nobody has logged in", remedy=_LOGIN)]
    broken = f"refused: {held.broken_why}" if held.broken_at else ""
    left = "the last renewal had no answer; a worker asks again within ten minutes" if held.intents else ""
    return [
        Finding(
            what="access token",
            ok=now < held.expires_at,
            detail=f"{_hours(now - held.issued_at)} old, ends {_moment(held.expires_at)}",
            remedy="is a worker running? It renews every ten minutes what is due",
        ),
        Finding(
            what="refresh token",
            ok=not broken and now < held.renew_by - WARN_BEFORE,
            detail=broken or left or f"ends {_moment(held.renew_by)}",
            remedy=_LOGIN,
        ),
    ]


def _hours(age: timedelta) -> str:
    return f"{age.total_seconds() / 3600:.1f} h"


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


async def _state(pool: Pool) -> Finding:
    async with pool.connection() as conn:
        state = (await channel_states.states(conn)).get(CHANNEL)
    if state is None or state["open"]:
        return Finding(what="channel", ok=True, detail="open")
    code = next((word for word in str(state["reason"]).split() if word.lstrip("-").isdigit()), "0")
    remedy = fault(int(code)).remedy
    return Finding(
        what="channel",
        ok=False,
        detail=f"closed: {state['reason']}",
        remedy=f"{remedy + '; then ' if remedy else ''}motcua channel open zalo",
    )


async def _account(settings: Settings, pool: Pool, http: httpx.AsyncClient) -> Finding:
    api = ZaloApi(http, tokens=zalo.tokens(settings, pool), url=settings.zalo_api_url)
    try:
        told = await api.account()
    except SendFailed as error:
        code = int(error.code) if error.code.lstrip("-").isdigit() else 0
        remedy = fault(code).remedy or "ZALO_API_URL, ZALO_OAUTH_URL, and whether this machine reaches them"
        return Finding(what="account", ok=False, detail=str(error), remedy=remedy)
    oa_id = str(told.get("oa_id") or "")
    detail = f"{told.get('name')}, {oa_id}, type {told.get('oa_type')}, verified: {told.get('is_verified')}"
    if oa_id != settings.zalo_oa_id:
        return Finding(
            what="account", ok=False, detail=detail, remedy=f"ZALO_OA_ID, or log in again: {_LOGIN}"
        )
    whole = bool(told.get("is_verified")) and str(told.get("oa_type")) == str(_GOVERNMENT)
    remedy = "an OA of the government type, verified (docs/runbooks/zalo.md, 1)"
    return Finding(what="account", ok=whole, detail=detail, remedy=remedy)


async def _webhook(settings: Settings, http: httpx.AsyncClient, address: str) -> Finding:
    """The console's probe: badly signed, and answered 200 at once; then one that is signed as it should be."""
    url, began = f"{address}/channels/zalo", time.monotonic()
    body = json.dumps(
        {
            "app_id": settings.zalo_app_id,
            "event_name": "motcua_check",
            "timestamp": str(int(time.time() * 1000)),
        }
    ).encode()
    secret = settings.zalo_oa_secret.get_secret_value()
    signed = hashlib.sha256(
        settings.zalo_app_id.encode() + body + json.loads(body)["timestamp"].encode() + secret.encode()
    ).hexdigest()
    try:
        statuses = [
            (await http.post(url, content=body, headers={SIGNATURE: mac})).status_code
            for mac in ("mac=0", f"mac={signed}")
        ]
    except httpx.HTTPError as error:
        statuses, why = [], type(error).__name__
    else:
        why = f"{statuses}, {time.monotonic() - began:.2f} s"
    ok = statuses == [200, 200] and time.monotonic() - began < _ACKNOWLEDGED_S
    remedy = "start the app; the proxy must let POST /channels/zalo through without changing the body"
    return Finding(what="webhook", ok=ok, detail=f"{url}: {why}", remedy=remedy)


async def _domain(settings: Settings, http: httpx.AsyncClient, address: str) -> list[Finding]:
    token = settings.zalo_site_verification
    if not token:
        remedy = 'set ZALO_SITE_VERIFICATION to the token of the console\'s page "Xác thực domain"'
        return [Finding(what="domain", ok=False, detail="no token is set", remedy=remedy)]
    found = []
    for what, path in (("domain file", f"/zalo_verifier{token}.html"), ("domain tag", "/")):
        try:
            there = token in (await http.get(address + path)).text
        except httpx.HTTPError:
            there = False
        remedy = "restart the app with ZALO_SITE_VERIFICATION; the proxy must lead this path to it"
        found.append(Finding(what=what, ok=there, detail=address + path, remedy=remedy))
    return found


def show(found: Sequence[Finding]) -> None:
    table = Table("", "what", "found", "what to do")
    for one in found:
        table.add_row("ok" if one.ok else "NO", one.what, one.detail, "" if one.ok else one.remedy)
    table_console().print(table)
