"""A dialogue for worker processes under test: takes a moment, and says aloud that it has begun.

Its answers carry the count of the context, so that order and repetition show in the text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.gateway.settings import Settings
from desk.database import Pool


class SlowDialogue:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def turn(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(0.15)
        async with self._pool.connection() as conn:  # as the real one does when it files a report
            await conn.execute("SELECT 1")
        count = metadata["context"].get("count", 0) + 1
        return {"status": "answered", "text": f"{count}: {text}", "context": {"count": count}}


@asynccontextmanager
async def build(settings: Settings, pool: Pool) -> AsyncIterator[SlowDialogue]:
    yield SlowDialogue(pool)
