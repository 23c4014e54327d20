"""Webhooks at a steady rate: how soon each is acknowledged while workers answer, and how long they need to catch up.

Run: .venv/bin/python -m tests.bench.webhooks [--rate 200] [--seconds 60]
Half of them Zalo's, half Messenger's, signed and checked; people write at fixed moments, whether or not the ones before
were taken. Two apps and one worker behind nginx; platforms and people are in this process, beside them on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import uvloop
from rich.console import Console

from desk.database import Pool, open_pool
from tests.bench.cluster import Cluster
from tests.bench.figures import Figure, percentile, table
from tests.bench.filing import cpu
from tests.bench.world import Read, World, compare

AIM_P99_MS = 500.0
_SETTLE_S = 600.0
_WAITING = """
SELECT (SELECT count(*) FROM inbox WHERE processed_at IS NULL)
     + (SELECT count(*) FROM outbox WHERE state <> 'sent') AS left
"""


async def measure(
    cluster: Cluster, world: World, *, rate: float, seconds: float, people: int
) -> tuple[list[Figure], Read]:
    """`world` is the one whose settings the cluster was given."""
    async with (
        await open_pool(cluster.dsn, min_size=1, max_size=2) as pool,
        world.running(cluster.address, env=cluster.env, pool=pool),
    ):
        before = cpu(cluster)
        said = await _write_steadily(world, rate=rate, seconds=seconds, people=people)
        while world.on_their_way:  # noqa: ASYNC110  # the platforms offer no event
            await asyncio.sleep(0.01)
        taken, acknowledged = world.refused.copy(), [*world.acknowledged]
        ended = time.perf_counter()
        left = await _left(pool)
        async with asyncio.timeout(_SETTLE_S):
            while await _left(pool) + world.on_their_way:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.2)
        late = time.perf_counter() - ended
        used = {part: seconds - before.get(part, 0.0) for part, seconds in cpu(cluster).items()}
        read = await compare(world, said)
    p50, p99 = (percentile(acknowledged, share) * 1000 for share in (0.5, 0.99))
    note = f"{len(acknowledged)} with the echoes of answers"
    refused = ", ".join(f"{status or 'no answer'}: {count}" for status, count in taken.most_common())
    figures = [
        Figure(name="messages written", value=sum(map(len, said.values())), unit="", note=f"{rate:.0f}/s"),
        Figure(name="acknowledged, p50", value=p50, unit="ms", note=note),
        Figure(name="acknowledged, p99", value=p99, unit="ms", aim=AIM_P99_MS, note=note),
        Figure(name="longest", value=max(acknowledged) * 1000, unit="ms"),
        Figure(name="not taken at once", value=taken.total(), unit="", aim=0, note=refused),
        *(
            Figure(name=f"CPU a message, {part}", value=spent * 1000 / (rate * seconds), unit="ms")
            for part, spent in sorted(used.items(), key=lambda item: -item[1])
        ),
        Figure(name="waiting when the last was written", value=left, unit=""),
        Figure(name="until all were answered and sent", value=late, unit="s"),
        *(
            Figure(name=name.replace("_", " "), value=value, unit="", aim=None if name == "answers" else 0)
            for name, value in vars(read).items()
        ),
    ]
    return figures, read


async def _write_steadily(
    world: World, *, rate: float, seconds: float, people: int
) -> dict[tuple[str, str], list[str]]:
    said: dict[tuple[str, str], list[str]] = {}
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        channel = ("zalo", "messenger")[number % 2]
        person, text = f"{channel}-{number // 2 % people}", f"m{number}"
        await world.say(channel, person, text, key=text)
        said.setdefault((channel, person), []).append(text)
    return said


async def _left(pool: Pool) -> int:
    async with pool.connection() as conn:
        row = await (await conn.execute(_WAITING)).fetchone()
    assert row is not None
    return int(row["left"])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.webhooks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rate", type=float, default=200, metavar="N", help="webhooks a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--people", type=int, default=200, help="on each platform")
    args = parser.parse_args(argv)
    world, busy = World(), psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        made = Cluster(Path(folder), apps=2, workers=1, settings=world.env)
        with made:
            figures, read = uvloop.run(
                measure(made, world, rate=args.rate, seconds=args.seconds, people=args.people)
            )
    title = f"webhooks, {psutil.cpu_count()} CPUs, load before {busy:.1f}"
    Console(highlight=False, width=None if sys.stdout.isatty() else 130).print(table(title, figures))
    return 1 if read.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
