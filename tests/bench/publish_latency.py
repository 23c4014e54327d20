"""From a file dropped to an answer changed: under load, with thousands of records, without a restart.

    python -m tests.bench.publish_latency                    # 10,000 records, its own server, a watched folder
    python -m tests.bench.publish_latency --by command       # `motcua ingest FILE --publish` instead of the folder

A server of the bench's own serves synthetic records; people ask it at a steady pace; then a file with one changed
record is dropped, again and again, and one more person asks about that record until the reply tells what is new.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from bot.gateway.settings import ROOT, process_environment
from index.manifest import Manifest
from index.snapshot import current
from knowledge.documents import DossierCase, DossierItem, Procedure
from knowledge.packs_loader import load_procedures
from knowledge.parsers import portal_crawl
from tests.bench import load, questions, server, synthetic
from tests.bench.figures import Figure, spread, table

AIM_S = 30.0
LIMIT_S = 300.0
CORPUS = ROOT.parent / "shared" / "corpus" / "procedures.jsonl"
CODE = "9.900001"
QUESTION = "thả diều đêm trăng cần giấy tờ gì"
WATCHED = "watched"


@dataclass(frozen=True)
class Round:
    """One file dropped. Moments are seconds after it."""

    seconds: float
    built: float  # until its snapshot was built
    building: float  # of it, in the index
    knowledge: str  # version the reply named


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.publish_latency", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--by", choices=("folder", "command"), default="folder")
    parser.add_argument("--users", type=int, default=4)
    parser.add_argument(
        "--pause", type=float, default=0.25, metavar="S", help="between two questions of a user"
    )
    parser.add_argument(
        "--quiet-seconds", type=float, default=30, metavar="S", help="of load before the drop"
    )
    parser.add_argument("--rasa", action="store_true", help="with Rasa; without it the app's own dialogue")
    parser.add_argument("--home", type=Path, default=ROOT / "var" / "bench-publish")
    parser.add_argument(
        "--ready", type=float, default=1800, metavar="S", help="how long the first start may take"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    return parser.parse_args(argv)


def base_records() -> list[Procedure]:
    """The published corpus where there is one, else the records we wrote."""
    if not CORPUS.exists():
        return load_procedures()
    with CORPUS.open(encoding="utf-8") as file:
        return [portal_crawl.parse(json.loads(line)) for line in file]


def changing(word: str) -> Procedure:
    """The record that changes: nothing else is like it, and its one paper is named after the round."""
    paper = DossierItem(name=f"Đơn thả diều bản {word}", originals=1)
    return Procedure(
        code=CODE,
        title="Cấp phép thả diều đêm trăng",
        aliases=("thả diều đêm trăng", QUESTION),
        dossier=(DossierCase(items=(paper,)),),
    )


class People:
    """Users who ask without end, at a steady pace."""

    def __init__(self, client: httpx.AsyncClient, *, pause: float) -> None:
        self._client, self._pause = client, pause
        self._conversations = questions.endless(questions.read())
        self.met = load.Load(0)
        self._stop = asyncio.Event()

    async def ask(self, users: int) -> None:
        await asyncio.gather(*(self._person() for _ in range(users)))

    def stop(self) -> None:
        self._stop.set()

    def fresh(self) -> load.Load:
        """What they met until now; from here they count anew."""
        met, self.met = self.met, load.Load(0)
        return met

    async def _person(self) -> None:
        while not self._stop.is_set():
            conversation = next(self._conversations)
            path, headers = await load.open_conversation(self._client, conversation, self.met)
            for text in conversation.questions if path else ():
                await load.ask(self._client, f"{path}/messages", text=text, headers=headers, load=self.met)
                await asyncio.sleep(self._pause)
            if path:
                await self._client.delete(path, headers=headers)


async def told(client: httpx.AsyncClient) -> tuple[str, str]:
    """What the assistant says of the changing record, and from which version."""
    met = load.Load(1)
    path, headers = await load.open_conversation(client, questions.Conversation((QUESTION,)), met)
    reply = (await client.post(f"{path}/messages", json={"text": QUESTION}, headers=headers)).json()
    await client.delete(path, headers=headers)
    return str(reply.get("text", "")), str(reply.get("knowledge", ""))


async def drop(client: httpx.AsyncClient, word: str, args: argparse.Namespace) -> Round:
    """Bring the file with `word`, and wait until the assistant says it."""
    incoming = args.home / "incoming.jsonl"
    synthetic.write(iter([changing(word)]), incoming)
    began, wall = time.perf_counter(), time.time()
    file = args.home / WATCHED / "changing.jsonl"
    os.replace(incoming, file)
    command = await _ingest(file, args) if args.by == "command" else None
    while True:
        text, version = await told(client)
        if f"bản {word}" in text:
            break
        if time.perf_counter() - began > LIMIT_S:
            raise server.NotStarted(f"after {LIMIT_S:.0f} s the assistant still says: {text}")
        await asyncio.sleep(0.2)
    seconds = time.perf_counter() - began
    if command is not None:
        await command.wait()
    folder = current(args.home)
    manifest = Manifest.read(folder) if folder else None
    built = manifest.built.timestamp() - wall if manifest else 0.0
    return Round(seconds, built, manifest.seconds if manifest else 0.0, version)


async def _ingest(file: Path, args: argparse.Namespace) -> asyncio.subprocess.Process:
    env = {**process_environment(), "MOTCUA_HOME": str(args.home)}
    argv = [sys.executable, "-m", "bot.cli", "ingest", str(file), "--publish"]
    with (args.home / "log" / "ingest.log").open("ab") as log:
        return await asyncio.create_subprocess_exec(*argv, cwd=ROOT, env=env, stdout=log, stderr=log)


async def measure(url: str, args: argparse.Namespace) -> tuple[load.Load, load.Load, list[Round]]:
    """Load without and with publications: what people met, and how long each file took."""
    limits = httpx.Limits(max_connections=args.users + 2)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        people = People(client, pause=args.pause)
        asking = asyncio.create_task(people.ask(args.users))
        try:
            await asyncio.sleep(5)
            people.fresh()
            await asyncio.sleep(args.quiet_seconds)
            before = people.fresh()
            rounds = [await drop(client, word, args) for word in words(args.rounds)]
            during = people.fresh()
        finally:
            people.stop()
            await asyncio.wait_for(asking, 60)
    return before, during, rounds


def words(count: int) -> Iterator[str]:
    """A word for each round that no earlier run has used."""
    stamp = int(time.time())
    yield from (f"{stamp}{number}" for number in range(count))


def figures(before: load.Load, during: load.Load, rounds: Sequence[Round], records: int) -> list[Figure]:
    slowest = max(made.seconds for made in rounds)
    failed = before.failures + during.failures
    return [
        Figure(name="file dropped to answer changed, slowest", value=slowest, unit="s", aim=AIM_S,
               note=f"{len(rounds)} rounds, {records:,} records"),
        Figure(name="… median", value=sorted(made.seconds for made in rounds)[len(rounds) // 2], unit="s"),
        Figure(name="… of it until the snapshot stood, median", unit="s",
               value=sorted(made.built for made in rounds)[len(rounds) // 2]),
        Figure(name="… of that in the index, median", unit="s",
               value=sorted(made.building for made in rounds)[len(rounds) // 2]),
        Figure(name="requests failed", value=failed.total(), unit="", aim=0.0,
               note=", ".join(f"{name}: {count}" for name, count in failed.most_common())
               or f"of {len(before.answers) + len(during.answers)}"),
        *spread("whole path before", before.answers),
        *spread("whole path while files are published", during.answers),
    ]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; 0 unless the server could not be measured."""
    args = arguments(argv)
    args.home = args.home.resolve()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    corpus = args.home / f"records-{args.records}.jsonl"
    if not corpus.exists():
        synthetic.write(synthetic.variants(base_records(), args.records), corpus)
    watched = args.home / WATCHED
    watched.mkdir(parents=True, exist_ok=True)
    synthetic.write(iter([changing("đầu")]), watched / "changing.jsonl")
    settings = {"WATCH_FOLDER": str(watched), "WATCH_PUBLISH": "true"} if args.by == "folder" else {}
    console.print(
        f"starting a server with {args.records:,} records in {args.home} (the first time takes minutes) …"
    )
    try:
        with server.serving(
            [corpus, watched], home=args.home, ready_s=args.ready, settings=settings,
            options=() if args.rasa else ("--no-rasa",),
        ) as url:  # fmt: skip
            before, during, rounds = asyncio.run(measure(url, args))
    except server.NotStarted as error:
        console.print(str(error), style="red", markup=False)
        return 1
    found = figures(before, during, rounds, args.records)
    title = (
        f"Một Cửa, publishing, {datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} CPUs shared with the client"
    )
    console.print(table(title, found))
    if args.json:
        rows = [figure.to_json() for figure in found] + [{"rounds": [vars(made) for made in rounds]}]
        args.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
