"""`make bench BENCH=token_kills`: processes that renew Zalo's single-use token are killed at random; none may be lost.

    python -m tests.bench.token_kills --times 30

Each round logs nobody in again: it goes on with what the rounds before have left. Prints where the kills struck.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.gateway.zalo_oauth import granted
from desk.database import EmbeddedPostgres, Pool, migrate, open_pool
from desk.sealing import new_key
from tests.gateway.zalo_holder import holder
from tests.simulators.platform import serving
from tests.simulators.zalo import ZaloPlatform

_LATEST_S = 0.9  # after the process began its work


async def one(platform: ZaloPlatform, job: Mapping[str, Any], pool: Pool, dice: random.Random) -> str:
    """One renewal, killed at some moment; where that was.

    Raises:
        RuntimeError: the office was left without a token, or one was spent twice.
    """
    before, version = platform.tokens.asked.count("refresh_token"), await _read(pool, "version")
    stale = platform.tokens.access
    platform.faults.script[:] = [f"slow:{dice.uniform(0, 0.3):.3f}"]
    begun = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.gateway.zalo_holder", stdin=subprocess.PIPE
    )
    assert begun.stdin
    begun.stdin.write(json.dumps({**job, "stale": stale}).encode())
    begun.stdin.close()
    await _intends(pool, begun)
    await asyncio.sleep(dice.uniform(0, _LATEST_S))
    if begun.returncode is None:
        begun.send_signal(signal.SIGKILL)
    ended = await begun.wait()
    struck = await _where(platform, pool, stale, version) if ended else "not in time: it was done"
    platform.faults.script.clear()
    now = await holder({**job, "stale": stale}, pool).renewed(stale)
    spent = platform.tokens.asked.count("refresh_token") - before
    if now != platform.tokens.access or spent != 1:
        raise RuntimeError(f"lost: killed {struck}, {spent} calls")
    return struck


async def _intends(pool: Pool, begun: asyncio.subprocess.Process) -> None:
    """Until the process has written its intent: its start takes longer than what is to be hit."""
    written, until = await _read(pool, "xmin::text"), time.monotonic() + 30
    while begun.returncode is None and time.monotonic() < until:  # another process writes it
        if await _read(pool, "xmin::text") != written:
            return
        await asyncio.sleep(0.005)


async def _read(pool: Pool, what: str) -> Any:
    async with pool.connection() as conn:
        row = await (await conn.execute(f"SELECT {what} AS found FROM channel_tokens")).fetchone()
    return row and row["found"]


async def _where(platform: ZaloPlatform, pool: Pool, stale: str, version: int) -> str:
    if platform.tokens.access == stale:
        return "before the platform answered"
    kept = await _read(pool, "version") != version
    return f"after the platform answered, {'after' if kept else 'before'} the commit"


async def run(times: int, seed: int) -> Counter[str]:
    platform, dice, found = ZaloPlatform(), random.Random(seed), Counter[str]()  # noqa: S311  # no secret
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder, serving(platform) as url:
        server = EmbeddedPostgres(Path(folder) / "pg", settings={"max_connections": "30"})
        with server:
            migrate(server.dsn)
            job: dict[str, Any] = {
                "dsn": server.dsn, "home": folder, "key": new_key(), "url": url, "oa_id": platform.oa_id, "stale": "",
                "dies": "", "now": platform.clock.now().isoformat(), "limit_s": 1.0,
            }  # fmt: skip
            async with await open_pool(server.dsn, min_size=1, max_size=4) as pool:
                pair = granted(200, json.dumps(platform.tokens.grant()), now=platform.clock.now())
                await holder(job, pool).store(pair)
                for _ in range(times):
                    found[await one(platform, job, pool, dice)] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    found = asyncio.run(run(args.times, args.seed))
    for struck, count in sorted(found.items()):
        sys.stdout.write(f"{count:4}  killed {struck}\n")
    sys.stdout.write(f"{sum(found.values())} renewals, 0 tokens lost, 0 spent twice\n")


if __name__ == "__main__":
    main()
