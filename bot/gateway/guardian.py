"""`python -m bot.gateway.guardian MARK`: waits for its owner's death, then ends what the owner left.

The owner writes `group PID`, `gone PID` and `postgres FOLDER` lines to its standard input and keeps the
pipe open. When it closes, the owner stopped everything (then there is nothing to do) or was killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from bot.gateway.processes import end_groups, group_alive

GRACE_S = 5.0


def postmaster_pid(folder: Path) -> int | None:
    """The process that serves a PostgreSQL data folder, if it is alive."""
    try:
        pid = int((folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return None
    return pid


def stop_postgres(folder: Path) -> None:
    """A fast, clean shutdown; an immediate one (recovered at the next start) when that takes too long."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        pid = postmaster_pid(folder)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + GRACE_S
        while time.monotonic() < until and postmaster_pid(folder) == pid:
            time.sleep(0.05)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when its owner does, not before
    groups: list[int] = []
    databases: list[Path] = []
    for line in sys.stdin:
        kind, _, value = line.strip().partition(" ")
        if kind == "group":
            groups.append(int(value))
        elif kind == "gone":
            groups.remove(int(value))
        elif kind == "postgres":
            databases.append(Path(value))
    # A group that has ended is left alone: its number may belong to someone else by now.
    end_groups([pid for pid in groups if group_alive(pid)], tree=sys.argv[1], grace=GRACE_S)
    for folder in databases:
        stop_postgres(folder)


if __name__ == "__main__":
    main()
