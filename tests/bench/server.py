"""A `motcua serve` of the bench's own, and how much memory each part of a running one holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from bot.gateway.processes import MARK, marked
from bot.gateway.settings import ROOT, process_environment
from tests.bench.figures import Figure
from tests.stack.ports import free_ports

APP = ("web", "worker", "supervisor")
# A word of the command line that tells what a process is; the first that fits.
_KNOWN = (
    ("postgres", ("postgres", "postmaster")),
    ("rasa", ("bot.components.launch", "rasa")),
    ("worker", ("bot.gateway.worker",)),
    ("guardian", ("bot.gateway.guardian",)),
    ("supervisor", ("motcua", "bot.cli")),
)


class NotStarted(RuntimeError):
    """The server the bench started is not ready."""


@dataclass(frozen=True)
class Memory:
    """One process. `share` counts pages it holds in common with others only in part (Linux)."""

    part: str
    rss: int
    share: int


@contextmanager
def serving(
    corpus: Sequence[Path],
    *,
    home: Path,
    ready_s: float,
    options: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Start everything on free ports, in a home of its own; yields the address, stops the whole tree."""
    port, rasa_port = free_port(), free_port()
    log = home / "log" / "bench.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    env = {**process_environment(), "MOTCUA_HOME": str(home), "RASA_PORT": str(rasa_port), "DATABASE_URL": ""}
    env |= settings or {}
    argv = [sys.executable, "-m", "bot.cli", "serve", "--port", str(port), *options]
    argv += [part for path in corpus for part in ("--corpus", str(path.resolve()))]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_ready(url, process, log=log, ready_s=ready_s)
            yield url
        finally:
            _stop(process)


def free_port() -> int:
    return free_ports(1)[0]


def wait_ready(url: str, process: subprocess.Popen[bytes], *, log: Path, ready_s: float) -> None:
    """Until a real question was answered.

    Raises:
        NotStarted: it ended, or took too long; with the last lines it wrote.
    """
    until = time.monotonic() + ready_s
    while time.monotonic() < until and process.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health/ready", timeout=25).is_success:
                return
        time.sleep(0.3)
    tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-15:])
    ended = "ended" if process.poll() is not None else f"was not ready within {ready_s:.0f} s"
    raise NotStarted(f"motcua serve {ended} (log: {log})\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()  # its guardian ends the rest
            process.wait(10)


def part_of(command: Sequence[str]) -> str:
    """Which part of the assistant a command line is."""
    words = [Path(word).name for word in command] + list(command)
    for part, marks in _KNOWN:
        if any(word == mark or word.startswith(f"{mark}:") for word in words for mark in marks):
            return part
    return "web" if any("uvicorn" in word or word.startswith("bot.gateway") for word in words) else "other"


def tree_of(port: int) -> list[psutil.Process]:
    """Every process of the server that listens on a port of this machine; none when it is elsewhere."""
    listener = _listener(port)
    if listener is None:
        return []
    found = {listener.pid: listener}
    with suppress(psutil.Error):
        if mark := listener.environ().get(MARK):
            found |= {process.pid: process for process in marked(mark)}
        if owner := listener.parent():
            family = [owner, *owner.children(recursive=True)] if "serve" in owner.cmdline() else []
            found |= {process.pid: process for process in family if process.pid != os.getpid()}
    return list(found.values())


def _listener(port: int) -> psutil.Process | None:
    with suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            here = connection.laddr and connection.laddr.port == port
            if here and connection.status == psutil.CONN_LISTEN and connection.pid:
                return psutil.Process(connection.pid)
    return None


def memory_of(processes: Iterable[psutil.Process], *, web_port: int) -> list[Memory]:
    listener = _listener(web_port)
    found = []
    for process in processes:
        with suppress(psutil.Error):
            web = listener is not None and process.pid == listener.pid
            info = process.memory_full_info()
            part = "web" if web else part_of(process.cmdline())
            found.append(Memory(part, info.rss, getattr(info, "pss", info.rss)))
    return found


def cpu_of(processes: Iterable[psutil.Process], *, web_port: int) -> dict[str, float]:
    """Seconds of processor that each part has used so far."""
    listener = _listener(web_port)
    used: dict[str, float] = {}
    for process in processes:
        with suppress(psutil.Error):
            web = listener is not None and process.pid == listener.pid
            part = "web" if web else part_of(process.cmdline())
            times = process.cpu_times()
            used[part] = used.get(part, 0.0) + times.user + times.system
    return used


def cpu_figures(before: dict[str, float], after: dict[str, float], *, questions: int) -> list[Figure]:
    """What a question costs each part, largest first."""
    spent = {part: max(0.0, seconds - before.get(part, 0.0)) for part, seconds in after.items()}
    return [
        Figure(name=f"CPU a question, {part}", value=seconds * 1000 / questions, unit="ms")
        for part, seconds in sorted(spent.items(), key=lambda item: -item[1])
        if questions and seconds * 1000 / questions >= 0.05
    ]


def memory_figures(found: Sequence[Memory], *, aim_mb: float) -> list[Figure]:
    """A row a part, largest first, and the app's parts together beside the aim."""
    parts = sorted({memory.part for memory in found}, key=lambda part: -_sum(found, [part]))
    rows = [_part_figure(part, [memory for memory in found if memory.part == part]) for part in parts]
    if "web" not in parts:
        return rows
    app = Figure(
        name="memory, app together",
        value=_sum(found, APP),
        unit="MB",
        aim=aim_mb,
        note="RSS of web, worker, supervisor",
    )
    return [app, *rows]


def _part_figure(part: str, group: Sequence[Memory]) -> Figure:
    shared = sum(memory.share for memory in group) / 2**20
    rss = _sum(group, [part])
    note = "RSS" if len(group) == 1 else f"RSS of {len(group)} processes"
    return Figure(name=f"memory, {part}", value=rss, unit="MB", note=f"{note}; PSS {shared:,.0f} MB")


def _sum(found: Sequence[Memory], parts: Sequence[str]) -> float:
    return sum(memory.rss for memory in found if memory.part in parts) / 2**20
