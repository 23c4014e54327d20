"""The Zalo channel put together from settings, and what a worker does for its tokens."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta

import httpx

from bot.channels.zalo import ZaloAccount, ZaloChannel
from bot.gateway import channel_states
from bot.gateway.periodic import Timed
from bot.gateway.sealing import sealer_of
from bot.gateway.settings import Settings
from bot.gateway.zalo_oauth import OAuth
from bot.gateway.zalo_tokens import CHANNEL, Held, ZaloTokens
from desk.database import Pool

log = logging.getLogger(__name__)
ACTOR = "motcua zalo login"
_FOR_WANT_OF_A_TOKEN = re.compile(r"stopped (-216|-220|-14\d{3}|no_login)\b")


def now() -> datetime:
    return datetime.now(UTC)


def account(settings: Settings) -> ZaloAccount:
    return ZaloAccount(
        app_id=settings.zalo_app_id,
        secret=settings.zalo_oa_secret.get_secret_value(),
        oa_id=settings.zalo_oa_id,
        api_url=settings.zalo_api_url,
        oa_id_signs=settings.zalo_oa_id_signs,
        app_secret=settings.zalo_app_secret.get_secret_value(),
        quote_field="" if settings.zalo_quote_field == "off" else settings.zalo_quote_field,
        contact_image=settings.zalo_contact_image,
    )


def tokens(settings: Settings, pool: Pool) -> ZaloTokens:
    return ZaloTokens(
        pool=pool,
        sealer=sealer_of(settings),
        oauth=OAuth.of(settings),
        oa_id=settings.zalo_oa_id,
        home=settings.home,
        clock=now,
        refresh_after=timedelta(hours=settings.zalo_refresh_hours),
    )


def build(settings: Settings, pool: Pool, http: httpx.AsyncClient) -> ZaloChannel | None:
    """The channel, when there is an app for it."""
    if not settings.zalo_app_id:
        return None
    return ZaloChannel(account(settings), tokens=tokens(settings, pool), http=http)


async def open_again(pool: Pool, held: Held | None) -> None:
    """What the assistant closed for want of a token goes on with a newer one; what a person closed stays closed."""
    async with pool.connection() as conn:
        state = (await channel_states.states(conn)).get(CHANNEL)
        if held is None or state is None or state["open"] or state["actor"]:
            return
        if _FOR_WANT_OF_A_TOKEN.match(state["reason"]) and held.issued_at > state["changed_at"]:
            await channel_states.reopen(conn, CHANNEL, actor=ACTOR, now=now())
            log.info("zalo: open again, with a new token")


def timed(settings: Settings) -> tuple[Timed, ...]:
    """Every ten minutes: renew in time, take up what a death left behind, raise alarms."""
    if not settings.zalo_app_id:
        return ()
    held: list[ZaloTokens] = []

    async def tend(pool: Pool, _: datetime) -> None:
        if not held:
            held.append(tokens(settings, pool))
        said = await held[0].tend()
        if said == "no login":
            log.error("zalo: nobody has logged in: run `motcua zalo login`")
        elif not said:
            await open_again(pool, await held[0].standing())

    return (Timed("motcua.zalo_tokens", "*/10 * * * *", tend),)
