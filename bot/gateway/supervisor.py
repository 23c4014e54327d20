"""Runs the parts of `motcua serve` as one: all of them up, or none left.

What is started, and in which order, is a plan (serve.py); this module knows only stages, parts and their
end. Ctrl-C and SIGTERM end everything with status 0, the death of a part with status 1.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from bot.gateway.processes import Part, ProcessTree
from knowledge.errors import MotcuaError


class StageFailed(MotcuaError):
    """A stage of the start did not succeed."""


class Stages:
    """One line a stage, with how long it took. Stages that run side by side end in any order."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.began = time.monotonic()

    def done(self, name: str, text: str, *, since: float) -> None:
        seconds = time.monotonic() - since
        self._line(f"[green]✓[/green] {name:<10} {escape(text)} [dim]({seconds:.1f} s)[/dim]")

    def doing(self, name: str, text: str) -> None:
        self._line(f"[yellow]…[/yellow] {name:<10} {escape(text)}")

    def failed(self, text: str) -> None:
        self._line(f"[red]✗[/red] {escape(text)}")

    def say(self, text: str) -> None:
        self._line(escape(text))

    def _line(self, text: str) -> None:
        self.console.print(text, soft_wrap=True)


Plan = Callable[["Supervisor"], Coroutine[None, None, None]]


class Supervisor:
    """Holds the parts between the start and the end."""

    def __init__(self, *, tree: ProcessTree, stages: Stages | None = None) -> None:
        self.tree = tree
        self.stages = stages or Stages()
        self._ended: asyncio.Future[int] | None = None
        self._watchers: list[asyncio.Task[None]] = []
        self._closers: list[Callable[[], Awaitable[None]]] = []

    async def run(self, plan: Plan) -> int:
        """Follow the plan, then wait for the end; return the exit status when nothing of ours is left."""
        loop = asyncio.get_running_loop()
        self._ended = loop.create_future()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._finish, 0)
        starting: asyncio.Task[None] = asyncio.create_task(plan(self))
        try:
            await self.tree.open()
            waiting: list[asyncio.Future[Any]] = [starting, self._ended]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if starting.done() and not self._ended.done():
                starting.result()
            return await self._ended
        except StageFailed as error:
            self.stages.failed(str(error))
            return 1
        finally:
            await self._close(starting)

    async def _close(self, starting: asyncio.Future[None]) -> None:
        starting.cancel()
        for watcher in self._watchers:
            watcher.cancel()
        with suppress(asyncio.CancelledError, StageFailed):
            await starting
        await self.tree.stop()
        for closer in reversed(self._closers):
            await closer()
        await self.tree.close()

    def on_close(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Something to do after every part has ended (the database stops last)."""
        self._closers.append(closer)

    async def job(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> str:
        """Run a program to its end and return the last line it wrote."""
        part = await self.tree.start(name, argv, env=env, cwd=cwd)
        status = await part.wait()
        self.tree.gone(part)
        if status != 0:
            raise StageFailed(_explain(part, f"{name} failed with status {status}"))
        return part.log.last[-1] if part.log.last else ""

    async def part(
        self,
        name: str,
        argv: Sequence[str],
        *,
        ready: Callable[[], Awaitable[bool]] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout_s: float = 120,
    ) -> Part:
        """Start a part that must stay up, and wait until it is ready."""
        part = await self.tree.start(name, argv, env=env, cwd=cwd)
        self._watchers.append(asyncio.create_task(self._watch(part), name=f"watch {name}"))
        if ready is not None:
            await self.until(ready, what=f"{name} was not ready (see {part.log.path})", timeout_s=timeout_s)
        return part

    async def until(self, ready: Callable[[], Awaitable[bool]], *, what: str, timeout_s: float) -> None:
        """Wait until something holds."""
        until = time.monotonic() + timeout_s
        while not await ready():
            if time.monotonic() > until:
                raise StageFailed(f"{what} within {timeout_s:.0f} s")
            await asyncio.sleep(0.15)

    def watch(self, name: str, alive: Callable[[], bool], *, every_s: float = 0.5) -> None:
        """Watch a part that is not a child of ours."""

        async def look() -> None:
            while alive():  # noqa: ASYNC110  # a process that is not our child has no event
                await asyncio.sleep(every_s)
            self._died(f"{name} has died")

        self._watchers.append(asyncio.create_task(look(), name=f"watch {name}"))

    async def _watch(self, part: Part) -> None:
        status = await part.wait()
        self._died(_explain(part, f"{part.name} has died with status {status}"))

    def _died(self, text: str) -> None:
        if self._ended is not None and not self._ended.done():
            self.stages.failed(f"{text}; stopping everything")
            self._ended.set_result(1)

    def _finish(self, status: int) -> None:
        if self._ended is not None and not self._ended.done():
            self.stages.say("Stopping…")
            self._ended.set_result(status)


def _explain(part: Part, text: str) -> str:
    tail = "\n  ".join(part.log.last[-8:])
    return f"{text} (log: {part.log.path})" + (f"\n  {tail}" if tail else "")
