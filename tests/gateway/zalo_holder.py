"""A process that renews the tokens of an OA and dies where it is told to: `python -m tests.gateway.zalo_holder`.

Standard input is JSON: dsn, home, key, url, oa_id, stale, dies ("" | "before the call" | "before the commit" |
"after the commit"), limit_s.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.gateway.zalo_oauth import Granted, OAuth
from bot.gateway.zalo_tokens import Held, Intent, ZaloTokens
from desk.database import Conn, Pool, open_pool
from desk.sealing import Sealer


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal(ZaloTokens):
    dies = ""

    def _call(self, intent: Intent, refresh: str) -> int:
        if self.dies == "before the call":
            die()
        return super()._call(intent, refresh)

    async def _commit(self, conn: Conn, pair: Granted, *, version: int, done: Intent | None = None) -> Held:
        if self.dies == "before the commit":
            die()
        return await super()._commit(conn, pair, version=version, done=done)

    async def _write(self, conn: Conn, held: Held) -> Held:
        written = await super()._write(conn, held)
        if self.dies == "after the commit" and not held.intents:
            die()
        return written


def holder(job: dict[str, Any], pool: Pool) -> ZaloTokens:
    made = Mortal(
        pool=pool,
        sealer=Sealer([job["key"]]),
        oauth=OAuth(
            url=job["url"],
            app_id="1234567890123456789",
            app_secret="bi-mat-ung-dung",
            redirect_uri="https://x",
        ),
        oa_id=job["oa_id"],
        home=Path(job["home"]),
        clock=lambda: datetime.fromisoformat(job["now"]).astimezone(UTC),
        limit_s=job["limit_s"],
    )
    made.dies = job["dies"]
    return made


async def main() -> None:
    job = json.loads(sys.stdin.read())
    async with await open_pool(job["dsn"], min_size=1, max_size=2) as pool:
        await holder(job, pool).renewed(job["stale"])


if __name__ == "__main__":
    asyncio.run(main())
