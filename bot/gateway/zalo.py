"""The Zalo channel put together from settings, and what a worker does for its tokens."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import httpx

from bot.channels.zalo import ZaloAccount, ZaloChannel
from bot.gateway.periodic import Timed
from bot.gateway.settings import Settings
from bot.gateway.zalo_oauth import OAuth
from bot.gateway.zalo_tokens import ZaloTokens
from desk.database import Pool
from desk.sealing import Sealer

log = logging.getLogger(__name__)


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
        sealer=Sealer.of(settings.data_keys.get_secret_value(), settings.home),
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


def timed(settings: Settings) -> tuple[Timed, ...]:
    """Every ten minutes: renew in time, take up what a death left behind, raise alarms."""
    if not settings.zalo_app_id:
        return ()
    held: list[ZaloTokens] = []

    async def tend(pool: Pool, _: datetime) -> None:
        if not held:
            held.append(tokens(settings, pool))
        if await held[0].tend() == "no login":
            log.error("zalo: nobody has logged in: run `motcua zalo login`")

    return (Timed("motcua.zalo_tokens", "*/10 * * * *", tend),)
