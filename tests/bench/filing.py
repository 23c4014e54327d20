"""Reports filed at a steady rate over many tickets, while officials look through their lists.

Run: .venv/bin/python -m tests.bench.filing [--tickets 100000] [--rate 20] [--seconds 60] [--looks 2]
Everything is beside everything on this machine: this client, nginx, one web process, one worker, and a PostgreSQL
server that waits for its disk. Half the reports come over the API, half as a message in a conversation, which a worker
files. They come at fixed moments, whether or not the ones before are done, so a stall is not hidden.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import psycopg
from rich.console import Console

from desk.database import open_pool
from tests.bench.cluster import Cluster
from tests.bench.desk_list import PEOPLE, seed
from tests.bench.figures import Figure, spread, table
from tests.bench.light import REPORT
from tests.gateway.desk_helpers import people
from tests.gateway.staff_helpers import sign_in

AIM_FILING_MS, AIM_LIST_MS = 150.0, 200.0
WHATS = ("Mặt đường tỉnh lộ có ổ gà rất sâu", "Đèn đường hỏng", "Nắp cống bị vỡ", "Rác để lâu ngày không thu gom",
         "Cây xanh sắp đổ", "Vỉa hè bị lấn chiếm", "Nước sinh hoạt có mùi lạ", "Loa phường mở quá to")  # fmt: skip
AREAS = ("lam-dong/bac-binh", "lam-dong/luong-son", "dak-lak", "lam-dong")
# What a filed ticket has besides its row; the audit's chain is left out, or its locks would fill the memory.
HISTORY = """
ALTER TABLE audit DISABLE TRIGGER audit_chained;
INSERT INTO ticket_events (ticket_id, at, actor, to_state, unit_id, unit_name)
    SELECT id, received_at, 'citizen', 'MOI_TIEP_NHAN', unit_id, unit_name FROM tickets;
INSERT INTO ticket_clock (ticket_id, at, event, unit_id, due_at, basis)
    SELECT id, received_at, 'start', unit_id, due_at, due_basis FROM tickets;
INSERT INTO audit (at, actor, action, object_kind, object_id)
    SELECT received_at, 'citizen', 'ticket.filed', 'ticket', code FROM tickets;
ALTER TABLE audit ENABLE TRIGGER audit_chained;
"""


@dataclass
class Run:
    """What was met. Times in seconds."""

    api: list[float] = field(default_factory=list)
    chat: list[float] = field(default_factory=list)
    lists: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    codes: list[str] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    wall: float = 0.0


def seeded(dsn: str, tickets: int) -> None:
    """So many tickets, with a line of history, of the clock and of the audit each."""
    seed(dsn, tickets)
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(HISTORY.encode())
        for name in ("ticket_events", "ticket_clock", "audit"):
            conn.execute(f"VACUUM ANALYZE {name}")


async def over_api(client: httpx.AsyncClient, what: str, area: str) -> str:
    """The code of a report filed over the API."""
    body = {"what": what, "where": "trước chợ", "when": "sáng nay", "area": area, "contact": "0900 000 000",
            "consent": True}  # fmt: skip
    answer = await client.post("/api/v1/tickets", json=body, headers={"Idempotency-Key": str(uuid4())})
    answer.raise_for_status()
    return str(answer.json()["code"])


async def in_chat(client: httpx.AsyncClient, what: str, opened: tuple[str, dict[str, str]]) -> str:
    """The code of a report that a worker files from a conversation."""
    path, headers = opened
    answer = await client.post(path, json={"text": REPORT + what}, headers=headers)
    answer.raise_for_status()
    return str(answer.json()["ticket"]["code"])


async def opened(client: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    made = (await client.post("/api/v1/conversations", json={})).raise_for_status().json()
    path = f"/api/v1/conversations/{made['conversation_id']}/messages"
    return path, {"Authorization": f"Bearer {made['token']}"}


async def file_steadily(client: httpx.AsyncClient, run: Run, *, rate: float, seconds: float) -> None:
    """One report each 1/rate seconds; a citizen who does not get through in 30 s is a failure."""
    chance = random.Random(11)  # noqa: S311  # nothing secret: the same run twice
    conversations = [await opened(client) for _ in range(20)]
    began, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        what = f"{chance.choice(WHATS)} ở ngõ {number}"
        if number % 2:
            deed = over_api(client, what, chance.choice(AREAS))
        else:
            deed = in_chat(client, what, conversations[number // 2 % len(conversations)])
        tasks.append(asyncio.create_task(_timed(deed, run.api if number % 2 else run.chat, run)))
    await asyncio.gather(*tasks)
    run.wall = time.perf_counter() - began


async def _timed(deed: object, times: list[float], run: Run) -> None:
    began = time.perf_counter()
    try:
        run.codes.append(await deed)  # type: ignore[misc]  # a coroutine of a code
    except (httpx.HTTPError, KeyError, TypeError) as error:
        run.failures[type(error).__name__] += 1
        return
    times.append(time.perf_counter() - began)


@asynccontextmanager
async def officials(address: str) -> AsyncIterator[list[tuple[str, httpx.AsyncClient]]]:
    """Each signed in, with an address of theirs to look at."""
    async with AsyncExitStack() as open_clients:
        asked = []
        for login, lists in PEOPLE.items():
            client = httpx.AsyncClient(base_url=address, headers={"Host": "motcua.test"}, timeout=30)
            await open_clients.enter_async_context(client)
            await sign_in(client, login)
            asked += [(f"/api/v1/desk/tickets?{query}", client) for query in lists]
            asked.append(("/api/v1/desk/counts", client))
        yield asked


async def look_steadily(
    asked: list[tuple[str, httpx.AsyncClient]], run: Run, *, each_s: float, stop: asyncio.Event
) -> None:
    """Officials who walk through all their lists, one page each `each_s` seconds."""
    for path, client in itertools.cycle(asked):
        if stop.is_set():
            return
        began = time.perf_counter()
        (await client.get(path)).raise_for_status()
        run.lists.append(time.perf_counter() - began)
        await asyncio.sleep(max(0.0, began + each_s - time.perf_counter()))


def cpu(cluster: Cluster) -> dict[str, float]:
    """Processor seconds that each part has used so far."""
    own = psutil.Process().cpu_times()
    used = {"this client": own.user + own.system}
    for name, pid in cluster.pids().items():
        with suppress(psutil.Error):
            parent = psutil.Process(pid)
            for process in (parent, *parent.children(recursive=True)):
                times = process.cpu_times()
                used[name] = used.get(name, 0.0) + times.user + times.system
    return used


async def measure(cluster: Cluster, *, rate: float, seconds: float, looks: float) -> Run:
    run, stop = Run(), asyncio.Event()
    async with await open_pool(cluster.dsn, min_size=1, max_size=2) as pool:
        await people(pool, *PEOPLE)
    client = httpx.AsyncClient(base_url=cluster.address, timeout=30)
    async with client, officials(cluster.address) as asked:
        await file_steadily(client, Run(), rate=5, seconds=2)  # a warm-up
        before = cpu(cluster)
        looking = asyncio.create_task(look_steadily(asked, run, each_s=1 / looks, stop=stop))
        await file_steadily(client, run, rate=rate, seconds=seconds)
        stop.set()
        await looking
        run.cpu = {part: seconds - before.get(part, 0.0) for part, seconds in cpu(cluster).items()}
    return run


def figures(run: Run) -> list[Figure]:
    failed = ", ".join(f"{name}: {count}" for name, count in run.failures.most_common())
    filed = len(run.codes)
    return [
        *spread("file over the API", run.api, aim_p95_ms=AIM_FILING_MS),
        *spread("file in a conversation", run.chat, aim_p95_ms=AIM_FILING_MS),
        *spread("an official's list or counts meanwhile", run.lists, aim_p95_ms=AIM_LIST_MS),
        Figure(name="filed a second", value=filed / run.wall, unit="/s", note=f"{filed} in {run.wall:.1f} s"),
        *(
            Figure(name=f"CPU a filing, {part}", value=seconds * 1000 / max(1, filed), unit="ms")
            for part, seconds in sorted(run.cpu.items(), key=lambda item: -item[1])
        ),
        Figure(name="codes given twice", value=filed - len(set(run.codes)), unit=""),
        Figure(name="not filed", value=run.failures.total(), unit="", note=failed),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.filing", description=__doc__.splitlines()[0])
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=20, metavar="N", help="filings a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--looks", type=float, default=2, metavar="N", help="pages a second for officials")
    args = parser.parse_args(argv)
    busy = psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        made = Cluster(Path(folder), apps=1, workers=1)
        with made:
            seeded(made.dsn, args.tickets)
            run = asyncio.run(measure(made, rate=args.rate, seconds=args.seconds, looks=args.looks))
    title = f"filing over {args.tickets:,} tickets, {psutil.cpu_count()} CPUs, load before {busy:.1f}"
    Console(highlight=False, width=None if sys.stdout.isatty() else 130).print(table(title, figures(run)))
    return 0 if not run.failures else 1


if __name__ == "__main__":
    sys.exit(main())
