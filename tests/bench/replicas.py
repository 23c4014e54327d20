"""Two apps and three workers behind nginx, on one PostgreSQL server and two Rasa servers; one app is killed half-way.

Run: .venv/bin/python -m tests.bench.replicas [--messages 1000] [--home var/bench]
Everything is real and of this machine; the home is one that `make bench` or `make serve` has filled, with an index and
a trained dialogue model. People ask one question after the other, some the next before the last is answered; if a line
drops, it is taken up again with the same key. An official looks through a list with one cookie all the while.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
from rich.console import Console

from bot.gateway.rasa import is_trained
from bot.gateway.settings import ROOT, Settings
from desk.database import open_pool
from desk.staff import Role
from index.snapshot import current
from tests.bench import questions
from tests.bench.cluster import Cluster
from tests.bench.figures import Figure, spread, table
from tests.bench.questions import Conversation
from tests.gateway import staff_helpers

_AGAIN_S, _WAIT_S = 0.2, 60.0
_ONE_REPLY = """
SELECT count(*) FILTER (WHERE replies = 0) AS unanswered, count(*) FILTER (WHERE replies > 1) AS twice,
       count(*) FILTER (WHERE earlier_answered_later) AS out_of_order, count(*) AS messages
FROM (SELECT (SELECT count(*) FROM messages m WHERE m.inbox_id = i.id AND m.direction = 'out') AS replies,
             EXISTS (SELECT FROM inbox e WHERE e.conversation_id = i.conversation_id AND e.seq < i.seq
                     AND e.processed_at > i.processed_at) AS earlier_answered_later
      FROM inbox i) AS each
"""


@dataclass
class Run:
    """Times in seconds, from the first try to the whole answer."""

    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)  # the kill
    statuses: Counter[str] = field(default_factory=Counter)
    accepted: set[str] = field(default_factory=set)  # keys
    again: int = 0
    looks: int = 0
    turned_away: int = 0  # looks of the official that were not let in
    killed: bool = False


@dataclass(kw_only=True)
class Asking:
    cluster: Cluster
    client: httpx.AsyncClient
    messages: int
    run: Run = field(default_factory=Run)

    async def everything(self, *, people: int) -> None:
        numbers, said = iter(range(self.messages)), questions.endless(questions.read())
        stop = asyncio.Event()
        looking = asyncio.create_task(self._official(stop))
        await asyncio.gather(*(self._person(said, numbers) for _ in range(people)))
        stop.set()
        await looking

    async def _person(self, said: Iterator[Conversation], numbers: Iterator[int]) -> None:
        for conversation in said:
            made = await self._post("/api/v1/conversations", {"area": conversation.area}, {})
            path = f"/api/v1/conversations/{made['conversation_id']}/messages"
            headers = {"Authorization": f"Bearer {made['token']}"}
            answering: list[asyncio.Task[None]] = []
            for text in conversation.questions:
                number = next(numbers, None)
                if number is None:
                    await asyncio.gather(*answering)
                    return
                accepted = asyncio.Event()
                key = {**headers, "Idempotency-Key": f"k{number}", "Accept": "text/event-stream"}
                answering.append(asyncio.create_task(self._ask(path, text, key, accepted)))
                await (accepted.wait() if number % 5 == 0 else answering[-1])
            await asyncio.gather(*answering)

    async def _ask(self, path: str, text: str, headers: dict[str, str], accepted: asyncio.Event) -> None:
        """Until the reply is there; a line that drops is taken up again with the same key."""
        began, killed = time.perf_counter(), self.run.killed
        while (reply := await self._listen(path, text, headers, accepted)) is None:
            self.run.again += 1
            await asyncio.sleep(_AGAIN_S)
        self.run.accepted.add(headers["Idempotency-Key"])
        self.run.statuses[reply["status"]] += 1
        (self.run.after if killed else self.run.before).append(time.perf_counter() - began)
        if not self.run.killed and len(self.run.accepted) >= self.messages // 2:
            self.run.killed = True
            self.cluster.kill("app0")

    async def _listen(
        self, path: str, text: str, headers: dict[str, str], accepted: asyncio.Event
    ) -> dict[str, Any] | None:
        """The reply, or None when the line broke before it."""
        with suppress(httpx.TransportError):
            async with self.client.stream("POST", path, json={"text": text}, headers=headers) as stream:
                event = ""
                async for line in stream.aiter_lines() if stream.is_success else _nothing():
                    name, _, value = line.partition(": ")
                    event = value if name == "event" else event
                    if event == "accepted":
                        accepted.set()
                    if event == "reply" and name == "data":
                        said: dict[str, Any] = json.loads(value)
                        return said
        return None

    async def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        while True:
            with suppress(httpx.TransportError):
                answer = await self.client.post(path, json=body, headers=headers)
                if answer.is_success:
                    made: dict[str, Any] = answer.json()
                    return made
                assert answer.status_code >= 500, answer.text
            self.run.again += 1
            await asyncio.sleep(_AGAIN_S)

    async def _official(self, stop: asyncio.Event) -> None:
        """One cookie from the beginning to the end."""
        headers = {"Host": "motcua.test"}
        async with httpx.AsyncClient(
            base_url=self.cluster.address, headers=headers, timeout=_WAIT_S
        ) as client:
            await staff_helpers.sign_in(client)
            while not stop.is_set():
                seen = await client.get("/api/v1/desk/tickets")
                self.run.looks += 1
                self.run.turned_away += not seen.is_success
                await asyncio.sleep(0.5)


async def _nothing() -> AsyncIterator[str]:
    for line in list[str]():
        yield line


async def measure(cluster: Cluster, *, messages: int, people: int) -> Run:
    async with await open_pool(cluster.dsn, min_size=1, max_size=2) as pool:
        await staff_helpers.add(pool, "lan", Role.DESK, unit_id="lam-dong-so-xay-dung")
    limits = httpx.Limits(max_connections=4 * people)
    async with httpx.AsyncClient(base_url=cluster.address, timeout=_WAIT_S, limits=limits) as client:
        asking = Asking(cluster=cluster, client=client, messages=messages)
        await asking.everything(people=people)
    async with asyncio.timeout(_WAIT_S), await open_pool(cluster.dsn, min_size=1, max_size=2) as pool:
        while True:  # those that were told that their answer would follow
            async with pool.connection() as conn:
                if not (await conn.execute("SELECT FROM inbox WHERE processed_at IS NULL")).rowcount:
                    return asking.run
            await asyncio.sleep(_AGAIN_S)


def figures(run: Run, dsn: str) -> list[Figure]:
    """What people met, and what the database says of each accepted message."""
    with psycopg.connect(dsn) as conn:
        row = conn.execute(_ONE_REPLY).fetchone()
        missing = len(run.accepted) - _count(
            conn, "SELECT count(*) FROM inbox WHERE dedupe_key ~ ':k[0-9]+$'"
        )
    assert row is not None
    unanswered, twice, out_of_order, kept = row
    statuses = ", ".join(f"{name} {count}" for name, count in run.statuses.most_common())
    return [
        Figure(name="messages accepted", value=len(run.accepted), unit="", note=statuses),
        *spread("the answer before the kill", run.before),
        *spread("and after it, with one app left", run.after),
        Figure(name="asked again without an answer", value=run.again, unit=""),
        Figure(name="messages kept", value=kept, unit="", note="the health page asks too"),
        Figure(name="accepted and not kept once", value=missing, unit="", aim=0),
        Figure(name="unanswered", value=unanswered, unit="", aim=0),
        Figure(name="answered twice", value=twice, unit="", aim=0),
        Figure(name="answered out of order", value=out_of_order, unit="", aim=0),
        Figure(name="the official's cookie refused", value=run.turned_away, unit="", aim=0, note=f"{run.looks} looks"),
    ]  # fmt: skip


def _count(conn: psycopg.Connection[Any], sql: str) -> int:
    row = conn.execute(sql.encode()).fetchone()
    return int(row[0]) if row else 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.replicas", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument(
        "--home", type=Path, default=ROOT / "var" / "bench", help="with an index and a trained model"
    )
    args = parser.parse_args(argv)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    home = args.home.resolve()
    if current(home) is None or not is_trained(Settings(motcua_home=home)):
        console.print(f"{home} has no index or no trained dialogue model: `make bench` fills var/bench")
        return 2
    busy = psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        made = Cluster(Path(folder), apps=2, workers=3, rasas=2, light=False, home=home)
        with made:
            shown = figures(asyncio.run(measure(made, messages=args.messages, people=args.people)), made.dsn)
    title = f"2 apps, 3 workers, 2 Rasa, one app killed; {psutil.cpu_count()} CPUs, load before {busy:.1f}"
    console.print(table(title, shown))
    return 0 if all(figure.met is not False for figure in shown) else 1


if __name__ == "__main__":
    sys.exit(main())
