"""A tree of child processes that never outlives its owner.

Three nets, each for what the one before cannot hold:

1. `ProcessTree.stop` ends every part's process group: SIGTERM, a grace, SIGKILL.
2. Each part asks the kernel for SIGTERM when its parent dies (Linux), and `guardian`, a small process that
   waits for the owner's pipe to close, ends the groups when the owner was killed and could not.
3. Every part and whatever it starts carries MOTCUA_TREE in its environment, so that a grandchild that left
   its group is still found.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import logging.handlers
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from bot.gateway.settings import ROOT, process_environment

MARK = "MOTCUA_TREE"
LOG_BYTES = 5_000_000
LOG_FILES = 3
_PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> Callable[[], None]:
    """What a child runs before its program starts: ask for SIGTERM at its parent's death."""

    def prepare() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it died between the fork and the call above
                os._exit(1)

    return prepare


def marked(tree: str) -> list[psutil.Process]:
    """Every living process of a tree, wherever it was moved to."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == tree:
                found.append(process)
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a process group, if it still exists."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def group_alive(pid: int) -> bool:
    """Whether a process group has a member that is more than a zombie nobody has reaped."""
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == pid and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False


def end_groups(pids: Iterable[int], *, tree: str, grace: float) -> None:
    """End process groups and what left them: SIGTERM, wait up to `grace` seconds, SIGKILL."""
    groups = list(pids)
    for pid in groups:
        signal_group(pid, signal.SIGTERM)
    until = time.monotonic() + grace
    while time.monotonic() < until and any(group_alive(pid) for pid in groups):
        time.sleep(0.05)
    for pid in groups:
        signal_group(pid, signal.SIGKILL)
    for process in marked(tree):
        with suppress(psutil.Error):
            process.kill()


class PartLog:
    """A part's log file: rotated, with the secrets masked."""

    def __init__(self, path: Path, *, secret_values: Sequence[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._secrets = [value for value in secret_values if len(value) >= 6]
        self._handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
        )
        self.last: list[str] = []

    def write(self, line: str) -> None:
        for value in self._secrets:
            line = line.replace(value, "***")
        self.last = [*self.last[-19:], line]
        self._handler.emit(logging.LogRecord("part", logging.INFO, "", 0, line, None, None))

    def close(self) -> None:
        self._handler.close()


class Part:
    """One running child process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: PartLog) -> None:
        self.name, self.process, self.log = name, process, log
        self.reading = asyncio.create_task(self._read(), name=f"log of {name}")

    @property
    def pid(self) -> int:
        return self.process.pid

    async def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None  # noqa: S101  # it was asked for below
        pending = b""
        while piece := await stream.read(16384):
            *lines, pending = (pending + piece).split(b"\n")
            for line in lines:
                self.log.write(line.decode("utf-8", "replace").rstrip("\r"))
            pending = pending[-65536:]
        if pending:
            self.log.write(pending.decode("utf-8", "replace"))
        self.log.close()

    async def wait(self) -> int:
        """Its exit status, after its output was read."""
        # Not process.wait(): that also waits for the pipe, which a grandchild may hold open.
        while self.process.returncode is None:  # noqa: ASYNC110  # asyncio offers no event for it
            await asyncio.sleep(0.05)
        await asyncio.wait([self.reading], timeout=1)
        return self.process.returncode


class ProcessTree:
    """Starts parts and ends all of them. Must be used from the main thread (see PR_SET_PDEATHSIG)."""

    def __init__(self, *, log_dir: Path, secret_values: Sequence[str] = (), grace: float = 8.0) -> None:
        self.mark = secrets.token_hex(8)
        self.parts: list[Part] = []
        self._log_dir, self._secrets, self._grace = log_dir, secret_values, grace
        self._guardian: asyncio.subprocess.Process | None = None

    async def open(self) -> None:
        """Start the guardian. It carries no mark, so that the last sweep spares it."""
        self._guardian = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.gateway.guardian",
            self.mark,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
            cwd=ROOT,
        )

    def tell_guardian(self, line: str) -> None:
        if self._guardian is not None and self._guardian.stdin is not None:
            self._guardian.stdin.write(f"{line}\n".encode())

    async def start(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Part:
        """Start a part in its own session, its output going to its log."""
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**process_environment(), **(env or {}), MARK: self.mark},
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )
        self.tell_guardian(f"group {process.pid}")
        part = Part(name, process, PartLog(self._log_dir / f"{name}.log", secret_values=self._secrets))
        self.parts.append(part)
        return part

    def gone(self, part: Part) -> None:
        """A part has ended by itself: its number may soon belong to another program."""
        self.tell_guardian(f"gone {part.pid}")
        self.parts.remove(part)

    async def stop(self) -> None:
        """End every part, last started first to be told; returns when none is left."""
        pids = [part.pid for part in reversed(self.parts)]
        await asyncio.to_thread(end_groups, pids, tree=self.mark, grace=self._grace)
        for part in self.parts:
            await part.wait()
            part.reading.cancel()

    async def close(self) -> None:
        """Let the guardian go, after everything it watched was ended."""
        if self._guardian is not None and self._guardian.stdin is not None:
            self._guardian.stdin.close()
            await self._guardian.wait()
