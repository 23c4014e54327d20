"""Messages over all channels under faults and kills: each that was accepted is answered once, in order for its person.

Run: .venv/bin/python -m tests.bench.messages [--messages 10000] [--kills 20]     (some five minutes on two idle cores)
Two apps and three workers behind nginx on one PostgreSQL server. The platforms drop calls before and after they did
them, answer with errors, deliver webhooks twice, out of order, and again after an app was killed.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from psycopg_pool import PoolTimeout
from rich.console import Console

from desk.database import Pool, open_pool
from tests.bench.cluster import Cluster
from tests.bench.figures import Figure, table
from tests.bench.killing import Killer
from tests.bench.world import CHANNELS, Read, World, compare, processes
from tests.simulators.platform import Delivery

# Of each call of ours to a platform: hung up before it, hung up after it, an error before and after it, late.
FAULTS = {"drop": 0.003, "lost": 0.005, "503": 0.01, "502+": 0.003, "slow:0.3": 0.02}
DOUBLED = 0.03
PATIENCE = 2
_SETTLE_S = 400.0
_LOST = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
# One minute passes: what is unsure may be looked at, what failed may be tried again.
_PASS = """
UPDATE outbox SET next_try_at = next_try_at - interval '1 minute', unsure_since = unsure_since - interval '1 minute'
WHERE state = 'pending' AND (unsure_since IS NULL OR unsure_since < now() - interval '3 seconds')
"""


@dataclass
class Run:
    said: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    sent: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    sending_s: float = 0.0
    settled_s: float = 0.0
    parked: int = 0
    workers: int = 0


@dataclass(kw_only=True)
class Driver:
    world: World
    pool: Pool
    killer: Killer
    messages: int
    people: int  # on each channel
    patience: int  # unanswered messages after which somebody in a messaging app waits
    waiting_over: bool = False  # whether the minutes of waiting at the end pass at once
    run: Run = field(default_factory=Run)

    async def everything(self) -> None:
        began = time.perf_counter()
        numbers = {name: iter(range(at, self.messages, len(CHANNELS))) for at, name in enumerate(CHANNELS)}
        killing = asyncio.create_task(self.killer.work(lambda: self.run.sent / self.messages))
        everybody = [(channel, f"{channel}-{n}") for n in range(self.people) for channel in CHANNELS]
        await asyncio.gather(*(self._person(*one, numbers[one[0]]) for one in everybody))
        await killing
        self.run.killed = self.killer.killed
        self.run.sending_s = time.perf_counter() - began
        await self._settle()
        self.run.settled_s = time.perf_counter() - began - self.run.sending_s
        self.run.workers = await processes(self.world, self.run.said)

    async def _person(self, channel: str, person: str, numbers: Iterator[int]) -> None:
        texts = self.run.said.setdefault((channel, person), [])
        for number in numbers:
            text = f"m{number}"
            await self.world.say(channel, person, text, key=text)
            texts.append(text)
            self.run.sent += 1
            while self._ahead(channel, person) >= self.patience:  # noqa: ASYNC110  # no event: it is read
                await asyncio.sleep(0.05)
            await asyncio.sleep(0)

    def _ahead(self, channel: str, person: str) -> int:
        """In a messaging app; at the portal and the kiosk everybody waits for the answer."""
        if channel not in ("zalo", "messenger"):
            return 0
        return len(self.run.said[channel, person]) - self.world.seen(channel, person)

    async def _settle(self) -> None:
        until = time.monotonic() + _SETTLE_S
        while left := await self._left():
            assert time.monotonic() < until, (
                f"{left} are left, {self.world.on_their_way} webhooks on their way"
            )
            await asyncio.sleep(0.3)

    async def _left(self) -> int:
        """Messages without an answer, and answers not sent."""
        try:
            async with self.pool.connection(timeout=5) as conn:
                if self.waiting_over and not self.world.on_their_way:
                    await conn.execute(_PASS)
                cursor = await conn.execute(
                    "SELECT (SELECT count(*) FROM inbox WHERE processed_at IS NULL)"
                    " + (SELECT count(*) FROM outbox WHERE state = 'pending') AS left,"
                    " (SELECT count(*) FROM outbox WHERE state = 'parked') AS parked"
                )
                row = await cursor.fetchone()
        except _LOST:
            return 1
        assert row is not None
        self.run.parked = row["parked"]
        return int(row["left"]) + self.world.on_their_way


async def measure(
    cluster: Cluster, world: World, *, messages: int, kills: int, people: int = 50, seed: int = 9,
    kinds: Sequence[str] = ("worker", "app"), waiting_over: bool = False,
) -> tuple[Run, Read]:  # fmt: skip
    """`world` is the one whose settings the cluster was given."""
    chance = random.Random(seed)  # noqa: S311  # nothing secret: the same run twice
    killer = Killer(cluster=cluster, kills=kills, kinds=kinds, chance=chance)
    async with (
        await open_pool(cluster.dsn, min_size=1, max_size=4) as pool,
        world.running(cluster.address, env=cluster.env, pool=pool),
    ):
        driver = Driver(
            world=world, pool=pool, killer=killer, messages=messages, people=people, waiting_over=waiting_over,
            patience=messages if waiting_over else PATIENCE,
        )  # fmt: skip

        await driver.everything()
        return driver.run, await compare(world, driver.run.said)


def figures(run: Run, read: Read, world: World) -> list[Figure]:
    killed = ", ".join(f"{kind} {times}" for kind, times in sorted(run.killed.items()))
    met = Counter([*world.zalo.faults.met, *world.messenger.faults.met])
    doubled = sum(sum(status == 200 for status in one.statuses) > 1 for one in _told(world))
    refused = ", ".join(f"{status or 'no answer'}: {count}" for status, count in world.refused.most_common())
    return [
        Figure(name="messages", value=run.sent, unit="", note=f"{len(run.said)} people on {len(CHANNELS)} channels"),
        Figure(name="kills", value=run.killed.total(), unit="", note=killed),
        Figure(name="faults of the platforms' API", value=met.total(), unit="",
               note=", ".join(f"{mood} {count}" for mood, count in met.most_common())),
        Figure(name="webhooks delivered twice", value=doubled, unit=""),
        Figure(name="webhooks not taken at once", value=world.refused.total(), unit="", note=refused),
        Figure(name="asked again over HTTP", value=world.again, unit=""),
        Figure(name="messages a second", value=run.sent / run.sending_s, unit="/s", note=f"{run.sending_s:.0f} s"),
        Figure(name="until the last answer was there", value=run.settled_s, unit="s"),
        Figure(name="answers", value=read.answers, unit="", note=f"by {run.workers} worker processes"),
        *(Figure(name=name.replace("_", " "), value=value, unit="", aim=0)
          for name, value in vars(read).items() if name != "answers"),
        Figure(name="parked", value=run.parked, unit="", aim=0),
    ]  # fmt: skip


def _told(world: World) -> list[Delivery]:
    return [*world.zalo.deliveries.every, *world.messenger.deliveries.every]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.messages", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--people", type=int, default=100, help="on each channel")
    args = parser.parse_args(argv)
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # of every connection a kill breaks
    world, busy = World(faults=FAULTS, doubled=DOUBLED), psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        made = Cluster(Path(folder), workers=3, settings=world.env, postgres={"fsync": "off"})
        with made:
            run, read = asyncio.run(
                measure(made, world, messages=args.messages, kills=args.kills, people=args.people)
            )
    title = f"{args.messages:,} messages under faults and kills, {psutil.cpu_count()} CPUs, load before {busy:.1f}"
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    console.print(table(title, figures(run, read, world)))
    return 1 if read.wrong or run.parked else 0


if __name__ == "__main__":
    sys.exit(main())
