"""A small tree of sleeping processes under the real supervisor, for tests that kill it in every way.

Run as `python -m tests.gateway.sleepers LOG_DIR`. It prints a line of JSON with every pid once all are up.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
from rich.console import Console

from bot.gateway.processes import ProcessTree, marked
from bot.gateway.supervisor import Stages, Supervisor

SLEEP = "import time; time.sleep(300)"
# One grandchild in the part's group, one that left it, and a parent that ignores SIGTERM.
STUBBORN = f"""
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", {SLEEP!r}])
subprocess.Popen([sys.executable, "-c", {SLEEP!r}], start_new_session=True)
time.sleep(300)
"""


async def plan(supervisor: Supervisor) -> None:
    plain = await supervisor.part("plain", [sys.executable, "-c", SLEEP])
    stubborn = await supervisor.part("stubborn", [sys.executable, "-c", STUBBORN])

    async def all_up() -> bool:
        return len(marked(supervisor.tree.mark)) == 4

    await supervisor.until(all_up, what="sleepers", timeout_s=20)
    me = psutil.Process()
    pids = {p.pid for p in [*marked(supervisor.tree.mark), *me.children(recursive=True)]}
    sys.stdout.write(json.dumps({"plain": plain.pid, "stubborn": stubborn.pid, "all": sorted(pids)}) + "\n")
    sys.stdout.flush()


async def main() -> int:
    tree = ProcessTree(log_dir=Path(sys.argv[1]), grace=1.0)
    return await Supervisor(tree=tree, stages=Stages(Console(stderr=True))).run(plan)


def start(log_dir: Path) -> tuple[subprocess.Popen[str], dict[str, object]]:
    """Start the tree from a test; returns its owner and the pids."""
    owner = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.sleepers", str(log_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert owner.stdout is not None
    return owner, json.loads(owner.stdout.readline())


def survivors(pids: list[int], *, within: float) -> list[int]:
    """Which of these processes still live after at most `within` seconds."""
    until = time.monotonic() + within
    while True:
        left = [pid for pid in pids if _lives(pid)]
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.1)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
