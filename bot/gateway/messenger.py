"""The Messenger channel from the settings, and what `motcua messenger` does with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import httpx
from rich.table import Table

from bot.channels.base import SendFailed
from bot.channels.messenger import MessengerChannel, MessengerConfig, Page
from bot.channels.messenger_profile import Finding, check, set_up
from bot.gateway.settings import Settings
from bot.gateway.terminal import table_console
from desk.database import Pool
from knowledge.errors import ChannelNotSet

Work = Callable[[MessengerChannel], Awaitable[list[Finding]]]


def build(settings: Settings, pool: Pool, http: httpx.AsyncClient) -> MessengerChannel | None:
    """The channel; None when its settings are not given."""
    config = config_of(settings)
    return MessengerChannel(config, http) if config else None


def config_of(settings: Settings) -> MessengerConfig | None:
    if not settings.messenger_app_id:
        return None
    areas = pairs(settings.messenger_areas)
    pages = pairs(settings.messenger_pages.get_secret_value())
    return MessengerConfig(
        app_id=settings.messenger_app_id,
        app_secret=settings.messenger_app_secret.get_secret_value(),
        verify_token=settings.messenger_verify_token.get_secret_value(),
        pages=tuple(Page(id=page, token=token, area=areas.get(page, "")) for page, token in pages.items()),
        version=settings.messenger_version,
        graph=settings.messenger_graph_url,
        text_limit=settings.messenger_text_limit,
        persona=settings.messenger_persona,
        human_agent=settings.messenger_human_agent,
        typing=settings.messenger_typing,
        per_minute=settings.messenger_per_minute,
    )


def pairs(said: str) -> dict[str, str]:
    """`101=a 102=b` in its order; a part without "=" has nothing."""
    return {name: value for name, _, value in (one.partition("=") for one in said.split())}


def checked(settings: Settings) -> list[Finding]:
    """What is set up at Meta and what is not.

    Raises:
        ChannelNotSet: there is no Messenger in the settings.
    """
    return _with_channel(settings, check)


def made(settings: Settings, *, picture: str) -> list[Finding]:
    """Set up what can be by calls; what was refused is the last line.

    Raises:
        ChannelNotSet: there is no Messenger in the settings.
    """

    async def work(channel: MessengerChannel) -> list[Finding]:
        try:
            return await set_up(channel, picture=picture)
        except SendFailed as error:
            return [Finding(page="", what="setup", ok=False, detail=str(error))]

    return _with_channel(settings, work)


def _with_channel(settings: Settings, work: Work) -> list[Finding]:
    config = config_of(settings)
    if config is None:
        raise ChannelNotSet("MESSENGER_APP_ID is not set (docs/runbooks/messenger.md)")

    async def run() -> list[Finding]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await work(MessengerChannel(config, http))

    return asyncio.run(run())


def show(found: Sequence[Finding]) -> None:
    table = Table("page", "what", "", "detail")
    for one in found:
        table.add_row(one.page, one.what, "ok" if one.ok else "MISSING", one.detail)
    table_console().print(table)
