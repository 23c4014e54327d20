"""Reports filed while processes are killed: each that was accepted exists once, no code repeats, nobody is told twice.

Run: .venv/bin/python -m tests.bench.kills [--filings 10000] [--kills 30]     (some five minutes on two idle cores)
Two apps and two workers behind nginx on a PostgreSQL server; one after the other, by chance, an app, a worker or
PostgreSQL gets SIGKILL and is begun again as a service manager would. Half the reports come over the API, half through
a messaging platform, whose people then hear from the desk as well. Whoever gets no answer asks again with the same key.
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
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import psycopg
from psycopg_pool import PoolTimeout
from rich.console import Console

from desk import service
from desk.database import Pool, open_pool
from desk.models import TicketState
from tests.bench.cluster import Cluster
from tests.bench.counting import NAME, Platform
from tests.bench.figures import Figure, table
from tests.bench.killing import Killer
from tests.bench.light import REPORT

KINDS = ("worker", "app", "postgres")
_AGAIN_S = 0.2
_LOST = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
_MOVED_EACH = 4  # every so many reports of the platform an official takes one up, and its reporter is told
_T = TypeVar("_T")


@dataclass
class Run:
    """What was accepted, by its key; what the desk holds is asked of the database at the end."""

    api: dict[str, set[str]] = field(default_factory=dict)  # key → codes that were told
    chat: dict[str, str] = field(default_factory=dict)  # key → person
    said: dict[str, list[str]] = field(default_factory=dict)  # person → keys, in the order of their sending
    before: set[str] = field(default_factory=set)  # codes that were there
    killed: Counter[str] = field(default_factory=Counter)
    again: int = 0
    moved: int = 0
    wall: float = 0.0

    @property
    def accepted(self) -> int:
        return len(self.api) + len(self.chat)


@dataclass(kw_only=True)
class Driver:
    """Files, moves and kills."""

    cluster: Cluster
    platform: Platform
    pool: Pool
    http: httpx.AsyncClient
    filings: int
    killer: Killer
    patience: int  # unanswered messages after which a person waits
    run: Run = field(default_factory=Run)

    async def everything(self, *, api: int = 12, people: int = 100) -> None:
        began = time.perf_counter()
        killing = asyncio.create_task(self.killer.work(lambda: self.run.accepted / self.filings))
        moving = asyncio.create_task(self._official())
        over_api, in_app = iter(range(0, self.filings, 2)), iter(range(1, self.filings, 2))
        await asyncio.gather(
            *(self._over_api(over_api) for _ in range(api)),
            *(self._as_person(f"p{n}", in_app) for n in range(people)),
        )
        await killing
        self.run.killed = self.killer.killed
        self.run.wall = time.perf_counter() - began
        await moving

    async def _over_api(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            key = f"k{number}"
            body = {"what": _what(number), "where": "trước chợ", "when": "sáng nay", "area": "lam-dong/bac-binh",
                    "contact": "0900 000 000", "consent": True}  # fmt: skip
            self.run.api[key] = {(await self._until_filed(body, key))["code"]}
            if number % 50 == 0:  # and some ask again though they were answered
                self.run.api[key].add((await self._until_filed(body, key))["code"])

    async def _until_filed(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        while True:
            with suppress(httpx.TransportError):
                answer = await self.http.post("/api/v1/tickets", json=body, headers={"Idempotency-Key": key})
                if answer.is_success:
                    made: dict[str, Any] = answer.json()
                    return made
                assert answer.status_code >= 500, answer.text
            self.run.again += 1
            await asyncio.sleep(_AGAIN_S)

    async def _as_person(self, person: str, numbers: Iterator[int]) -> None:
        """Reports in a messaging app, some of them before the one before is answered."""
        keys = self.run.said.setdefault(person, [])
        for number in numbers:
            key, text = f"m{number}", f"{REPORT}{_what(number)}"
            tries = await self.platform.deliver([{"dedupe_key": key, "sender": person, "text": text}])
            keys.append(key)
            self.run.chat[key] = person
            self.run.again += tries - 1
            if number % 50 == 1:  # platforms deliver twice at times
                await self.platform.deliver([{"dedupe_key": key, "sender": person, "text": text}])
            while len(keys) - len(self.platform.read[person]) >= self.patience:  # noqa: ASYNC110  # no event: it is read
                await asyncio.sleep(0.05)

    async def _official(self) -> None:
        """Takes up one in four of the reports from the messaging app; each time its reporter is told."""
        while self.run.moved < self.filings // 2 // _MOVED_EACH:
            self.run.moved += await again(self._take_up)
            await asyncio.sleep(0.02)

    async def _take_up(self) -> int:
        async with self.pool.connection(timeout=5) as conn:
            cursor = await conn.execute(
                "SELECT code FROM tickets WHERE channel = %s AND state = 'MOI_TIEP_NHAN' ORDER BY received_at LIMIT 1",
                (NAME,),
            )
            row = await cursor.fetchone()
            if row is None:
                return 0
            for state in (TicketState.SORTING, TicketState.OURS, TicketState.IN_WORK):
                await service.transition(conn, code=row["code"], to=state, actor="lan", now=datetime.now(UTC))
        return 1

    async def settled(self, *, seconds: float, waiting_over: bool = False) -> None:
        """Until every message is answered and nothing waits to be sent.

        What a killed worker was sending is left alone for a minute, until its echo must be there. `waiting_over` lets
        that minute pass at once, when all echoes were delivered.
        """
        until = time.monotonic() + seconds
        while (left := await again(self._left)) != (0, 0):
            assert time.monotonic() < until, f"{left} messages and replies are left"
            if waiting_over and left[0] == 0 and not self.platform.echoing:
                await again(self._pass_a_minute)
            await asyncio.sleep(0.2)

    async def _left(self) -> tuple[int, int]:
        async with self.pool.connection(timeout=5) as conn:
            row = await (
                await conn.execute(
                    "SELECT (SELECT count(*) FROM inbox WHERE processed_at IS NULL) AS asked,"
                    " (SELECT count(*) FROM outbox WHERE state = 'pending') AS unsent"
                )
            ).fetchone()
        assert row is not None
        return row["asked"], row["unsent"]

    async def _pass_a_minute(self) -> None:
        async with self.pool.connection(timeout=5) as conn:
            await conn.execute(
                "UPDATE outbox SET next_try_at = next_try_at - interval '1 minute',"
                " unsure_since = unsure_since - interval '1 minute'"
                " WHERE state = 'pending' AND unsure_since < now() - interval '3 seconds'"
            )


async def again(deed: Callable[[], Awaitable[_T]]) -> _T:
    """Done once PostgreSQL is there; the deed must bear being done twice."""
    while True:
        with suppress(*_LOST):
            return await deed()
        await asyncio.sleep(_AGAIN_S)


def _what(number: int) -> str:
    return f"Mặt đường tỉnh lộ có ổ gà rất sâu ở ngõ {number}"


# ------------------------------------------------------------------ what the desk holds


@dataclass(frozen=True)
class Found:
    """Everything that may have gone wrong, counted; all but `tickets` and `notices` must be 0."""

    tickets: int
    notices: int
    missing: int  # accepted and not there
    extra: int  # there more than once, or never accepted
    codes_repeated: int
    codes_left_out: int
    answered_not_once: int
    told_twice: int
    never_told: int
    out_of_order: int
    parked: int
    audit_broken: int

    @property
    def wrong(self) -> dict[str, int]:
        return {
            name: value for name, value in vars(self).items() if value and name not in ("tickets", "notices")
        }


async def check(pool: Pool, run: Run, platform: Platform) -> Found:
    """Compare what was accepted with what there is."""
    tickets = await _rows(pool, "SELECT t.code, t.origin, i.dedupe_key FROM tickets t"
                                " LEFT JOIN inbox i ON i.id::text = t.origin")  # fmt: skip
    by_key: dict[str, list[str]] = {}
    for row in (row for row in tickets if row["code"] not in run.before):
        by_key.setdefault(row["dedupe_key"] or row["origin"].removeprefix("api:"), []).append(row["code"])
    wanted = {*run.api, *run.chat}
    codes = [row["code"] for row in tickets]
    numbers = {int(code.rsplit("-", 1)[1]) for code in codes}
    answers = await _rows(pool, "SELECT count(m.id) AS answers FROM inbox i LEFT JOIN messages m"
                                " ON m.inbox_id = i.id AND m.direction = 'out' GROUP BY i.id"
                                " HAVING count(m.id) <> 1")  # fmt: skip
    outbox = await _rows(pool, "SELECT message_id::text AS tag, state FROM outbox WHERE channel = %s", NAME)
    tags = {row["tag"] for row in outbox}
    return Found(
        tickets=len(tickets) - len(run.before),
        notices=len(outbox),
        missing=len(wanted - by_key.keys()),
        extra=sum(len(found) - (key in wanted) for key, found in by_key.items())
        + sum(len(told) - 1 for told in run.api.values())
        + sum(told != set(by_key.get(key, ())) for key, told in run.api.items()),
        codes_repeated=len(codes) - len(set(codes)),
        codes_left_out=max(numbers, default=0) - len(numbers),
        answered_not_once=len(answers),
        told_twice=sum(times - 1 for times in platform.given.values()),
        never_told=len(tags - platform.given.keys()),
        out_of_order=await _out_of_order(pool, run, platform),
        parked=sum(row["state"] == "parked" for row in outbox),
        audit_broken=await _gaps_in_audit(pool),
    )


async def _out_of_order(pool: Pool, run: Run, platform: Platform) -> int:
    """People whose reports were answered in another order than they wrote them."""
    rows = await _rows(
        pool, "SELECT i.dedupe_key, t.code FROM inbox i JOIN tickets t ON t.origin = i.id::text"
    )
    code_of = {row["dedupe_key"]: row["code"] for row in rows}
    wrong = 0
    for person, keys in run.said.items():
        filed = [text for text in platform.read[person] if "Mã bí mật" in text]
        told = [next((key for key in keys if code_of.get(key, "?") in text), "") for text in filed]
        wrong += told != keys
    return wrong


async def _gaps_in_audit(pool: Pool) -> int:
    rows = await _rows(pool, "SELECT count(*) AS n FROM tickets t WHERE (SELECT count(*) FROM audit a"
                             " WHERE a.object_id = t.code AND a.action = 'ticket.filed') <> 1")  # fmt: skip
    return int(rows[0]["n"])


async def _rows(pool: Pool, sql: str, *values: object) -> list[dict[str, Any]]:
    async with pool.connection() as conn:
        return await (await conn.execute(sql.encode(), values)).fetchall()


async def measure(
    cluster: Cluster,
    platform: Platform,
    *,
    filings: int,
    kills: int,
    seed: int = 5,
    patience: int = 5,
    waiting_over: bool = False,
) -> tuple[Run, Found]:
    limits = httpx.Limits(max_connections=64)
    async with (
        await open_pool(cluster.dsn, min_size=1, max_size=6) as pool,
        platform.running(cluster.address),
        httpx.AsyncClient(base_url=cluster.address, timeout=15, limits=limits) as http,
    ):
        chance = random.Random(seed)  # noqa: S311  # nothing secret: the same run twice
        driver = Driver(
            cluster=cluster, platform=platform, pool=pool, http=http, filings=filings, patience=patience,
            killer=Killer(cluster=cluster, kills=kills, kinds=KINDS, chance=chance),
        )  # fmt: skip
        driver.run.before = {row["code"] for row in await _rows(pool, "SELECT code FROM tickets")}
        await driver.everything()
        await driver.settled(seconds=240, waiting_over=waiting_over)
        return driver.run, await check(pool, driver.run, platform)


def figures(run: Run, found: Found) -> list[Figure]:
    killed = ", ".join(f"{kind} {times}" for kind, times in sorted(run.killed.items()))
    counted = [
        Figure(
            name=name.replace("_", " "),
            value=value,
            unit="",
            aim=None if name in ("tickets", "notices") else 0,
        )
        for name, value in vars(found).items()
    ]
    return [
        Figure(
            name="reports accepted",
            value=run.accepted,
            unit="",
            note=f"{len(run.api)} API, {len(run.chat)} chat",
        ),
        Figure(name="kills", value=run.killed.total(), unit="", note=killed),
        Figure(name="asked again without an answer", value=run.again, unit=""),
        Figure(name="taken up by officials", value=run.moved, unit=""),
        Figure(name="reports a second", value=run.accepted / run.wall, unit="/s", note=f"{run.wall:.0f} s"),
        *counted,
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.kills", description=__doc__.splitlines()[0])
    parser.add_argument("--filings", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args(argv)
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # of every connection a kill breaks
    platform, busy = Platform(), psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        made = Cluster(Path(folder), settings=platform.env, postgres={"fsync": "off"})
        with made:
            run, found = asyncio.run(
                measure(made, platform, filings=args.filings, kills=args.kills, seed=args.seed)
            )
    title = f"{args.filings:,} filings under kills, {psutil.cpu_count()} CPUs, load before {busy:.1f}"
    Console(highlight=False, width=None if sys.stdout.isatty() else 130).print(
        table(title, figures(run, found))
    )
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
