"""`make bench`: what a question costs, through the whole path and part by part, beside what was promised.

    python -m tests.bench.bench                      # starts its own server, in a home of its own
    python -m tests.bench.bench --url http://…:8000  # asks a running one

Timings are for people to read: no test asserts one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
from rich.console import Console

from bot.gateway.settings import ROOT, Settings
from index.snapshot import current
from tests.bench import load, local, questions, server
from tests.bench.figures import Figure, spread, table

AIM_P95_MS = 150.0
AIM_PER_SECOND = 40.0
AIM_APP_MB = 1536.0
CORPUS = ROOT.parent / "shared" / "corpus" / "procedures.jsonl"
WARM_UP = 20


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="", help="a running server; without it one is started")
    parser.add_argument(
        "--corpus", type=Path, action="append", help=f"records to serve (default: {CORPUS.name})"
    )
    parser.add_argument(
        "--home", type=Path, default=ROOT / "var" / "bench", help="state of the server started"
    )
    parser.add_argument("--ready", type=float, default=900, metavar="S", help="how long its start may take")
    parser.add_argument("--single", type=int, default=200, metavar="N", help="questions of one user")
    parser.add_argument("--users", type=int, default=8, help="users side by side")
    parser.add_argument("--many", type=int, default=800, metavar="N", help="questions of all of them")
    parser.add_argument("--seconds", type=float, default=30, metavar="S", help="how long they may take")
    parser.add_argument(
        "--rebuild", action="store_true", help="build the index again instead of the noted time"
    )
    parser.add_argument("--no-local", action="store_true", help="only through the server")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    return parser.parse_args(argv)


async def ask(url: str, args: argparse.Namespace) -> tuple[load.Load, load.Load]:
    """One user, then many, after a warm-up."""
    conversations = questions.endless(questions.read())
    limits = httpx.Limits(max_connections=args.users)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        await load.run(client, conversations, users=1, questions=min(WARM_UP, args.single), seconds=60)
        one = await load.run(client, conversations, users=1, questions=args.single, seconds=300)
        many = await load.run(
            client, conversations, users=args.users, questions=args.many, seconds=args.seconds
        )
    return one, many


def load_figures(one: load.Load, many: load.Load) -> list[Figure]:
    """What one user met, and what many did."""
    rate = Figure(
        name=f"questions a second, {many.users} users", value=many.per_second, unit="/s",
        aim=AIM_PER_SECOND, more_is_better=True, note=f"{len(many.answers)} in {many.wall:.1f} s",
    )  # fmt: skip
    failed = one.failures + many.failures
    note = ", ".join(f"{name}: {count}" for name, count in failed.most_common())
    return [
        *spread("whole path, 1 user", one.answers, aim_p95_ms=AIM_P95_MS),
        *spread("of it in the pipeline, 1 user", one.pipelines),
        *spread(f"whole path, {many.users} users", many.answers),
        rate,
        *spread("open a conversation", one.openings),
        Figure(name="not answered", value=failed.total(), unit="questions", note=note),
    ]


def report(
    figures: Sequence[Figure], *, url: str, statuses: dict[str, int], busy: float = 0.0
) -> dict[str, Any]:
    """Everything that is needed to compare two runs."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_before": busy,
        "machine": {
            "cpus": psutil.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "url": url,
        "figures": [figure.to_json() for figure in figures],
        "statuses": statuses,
    }


def through_server(args: argparse.Namespace, console: Console) -> tuple[list[Figure], dict[str, int]]:
    """Start or find the server, ask it, weigh it."""
    with _server(args, console) as url:
        console.print(f"asking {url} …")
        _warn_of(url, console)
        port = urlsplit(url).port or 80
        before = cpu(port)
        one, many = asyncio.run(ask(url, args))
        spent = server.cpu_figures(before, cpu(port), questions=len(one.answers) + len(many.answers))
        weighed = server.memory_of(server.tree_of(port), web_port=port)
    figures = [*load_figures(one, many), *spent, *server.memory_figures(weighed, aim_mb=AIM_APP_MB)]
    return figures, dict((one.statuses + many.statuses).most_common())


def cpu(port: int) -> dict[str, float]:
    """Processor seconds used so far by each part of the server, and by this client."""
    own = psutil.Process().cpu_times()
    return {**server.cpu_of(server.tree_of(port), web_port=port), "this client": own.user + own.system}


def _warn_of(url: str, console: Console) -> None:
    """What would make the figures mean something else."""
    health = httpx.get(f"{url}/health/ready", timeout=30).json()
    down = [part for part, state in health.get("parts", {}).items() if state != "up"]
    if down:
        console.print(f"[yellow]not up: {', '.join(down)}; the figures are of what the rest does")


def _server(args: argparse.Namespace, console: Console) -> AbstractContextManager[str]:
    if args.url:
        return nullcontext(args.url.rstrip("/"))
    corpus = args.corpus or [path for path in (CORPUS,) if path.exists()]
    if not corpus:
        console.print("[yellow]../shared is absent: measuring over the content of the repository alone")
    console.print(f"starting a server in {args.home} (the first time it reads and indexes everything) …")
    return server.serving(corpus, home=args.home.resolve(), ready_s=args.ready)


def in_process(args: argparse.Namespace, console: Console) -> list[Figure]:
    """The parts alone, over the snapshot that the server answered from."""
    found = Settings.from_env()
    settings = found if args.url else found.model_copy(update={"motcua_home": args.home.resolve()})
    if current(settings.home) is None:
        console.print(f"[yellow]no snapshot in {settings.home}: the parts are not measured alone")
        return []
    console.print("measuring the parts in this process …")
    alone = local.measure(settings, questions.read(), count=args.single)
    return alone + local.index_figures(settings, rebuild=args.rebuild)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench; 0 unless the server could not be measured."""
    args = arguments(argv)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120
    busy = psutil.getloadavg()[0]
    try:
        figures, statuses = through_server(args, console)
    except server.NotStarted as error:
        console.print(str(error), style="red", markup=False)
        return 1
    if not args.no_local:
        figures += in_process(args, console)
    machine = f"{psutil.cpu_count()} CPUs shared with this client, load before {busy:.1f}"
    title = f"Một Cửa, {datetime.now(UTC):%Y-%m-%d}, {machine}"
    console.print(table(title, figures))
    console.print("replies: " + ", ".join(f"{status} {count}" for status, count in statuses.items()))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        made = report(figures, url=args.url, statuses=statuses, busy=busy)
        args.json.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
