"""`motcua desk reseal`: personal data under the newest key."""

from __future__ import annotations

import asyncio

from bot.gateway.joined import joined
from bot.gateway.sealing import sealer_of
from bot.gateway.settings import Settings
from desk import sealing
from desk.database import migrate, open_pool


def reseal(settings: Settings) -> dict[str, int]:
    """Rows put under the newest key, by table. The embedded database is joined when it runs, else started."""
    with joined(settings) as dsn:
        migrate(dsn)
        return asyncio.run(_reseal(dsn, settings))


async def _reseal(dsn: str, settings: Settings) -> dict[str, int]:
    async with await open_pool(dsn, min_size=1, max_size=1) as pool:
        return await sealing.reseal(pool, sealer_of(settings))
