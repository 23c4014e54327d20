"""The channels that are set up: which there are is said here, how each speaks lies in bot/channels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeAlias

import httpx

from bot.channels.base import Channel
from bot.gateway import messenger, zalo
from bot.gateway.settings import Settings
from desk.database import Pool

# None when its settings are not given: the channel does not exist here.
Builder: TypeAlias = Callable[[Settings, Pool, httpx.AsyncClient], Channel | None]
BUILDERS: tuple[Builder, ...] = (zalo.build, messenger.build)
TIMEOUT = httpx.Timeout(10.0, connect=5.0)


@asynccontextmanager
async def open_channels(settings: Settings, pool: Pool) -> AsyncIterator[Mapping[str, Channel]]:
    """Name → channel, for every channel whose settings are given."""
    async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as http:
        built = (build(settings, pool, http) for build in BUILDERS)
        yield {channel.name: channel for channel in built if channel is not None}
