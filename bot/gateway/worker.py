"""`python -m bot.gateway.worker`: the process that answers what is in the inbox.

It outlives PostgreSQL's restarts: everything it holds there is dropped and taken up again. What it was doing
when it died is done by the next worker.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from uuid import UUID

import procrastinate
import uvloop
from procrastinate import exceptions as job_errors

from bot.answer.messages import message
from bot.gateway import jobs, logs, periodic, telling, webhooks, zalo
from bot.gateway.arrivals import Arrivals
from bot.gateway.channels import open_channels
from bot.gateway.media import MediaFetcher
from bot.gateway.sealing import sealer_of
from bot.gateway.sending import Sender, send_always
from bot.gateway.settings import Settings
from bot.gateway.turn import DATABASE_ERRORS, run_turn
from desk.database import EmbeddedPostgres, Pool, open_pool
from desk.photos import PhotoReader

if TYPE_CHECKING:
    from bot.gateway.dialogue import Dialogue

log = logging.getLogger(__name__)

DEFAULT_DIALOGUE = "bot.gateway.wiring:build_dialogue"
CONCURRENCY = 8
_PAUSE_S = 0.5
READY = "worker ready"

DialogueFactory: TypeAlias = "Callable[[Settings, Pool], AbstractAsyncContextManager[Dialogue]]"
_LOST = (job_errors.ConnectorException, job_errors.SyncConnectorConfigurationError, *DATABASE_ERRORS)


def clock() -> datetime:
    return datetime.now(UTC)


def load_factory(name: str) -> DialogueFactory:
    """`module:function` → the function."""
    module, _, function = name.partition(":")
    return cast("DialogueFactory", getattr(importlib.import_module(module), function))


async def work(settings: Settings, *, factory: DialogueFactory, stop: asyncio.Event) -> None:
    """Answer messages until told to stop, through every restart of PostgreSQL."""
    dsn = settings.database_url or EmbeddedPostgres(settings.postgres_dir).dsn
    pool = await open_pool(dsn, min_size=2, max_size=CONCURRENCY + 2)
    timed = (*periodic.ALL, webhooks.timed(settings), *zalo.timed(settings), telling.timed(settings))
    async with pool, factory(settings, pool) as dialogue, open_channels(settings, pool) as channels:
        arrivals = meeting(settings, pool) if channels else None

        async def handle(inbox_id: UUID, last_try: bool) -> None:
            try:
                await run_turn(
                    inbox_id, pool=pool, dialogue=dialogue, clock=clock, message=message, last_try=last_try,
                    arrivals=arrivals,
                )  # fmt: skip
            except _LOST as error:
                log.warning("turn of %s left for later (%s)", inbox_id, type(error).__name__)
                raise
            except Exception:  # the edge: told once, here, then the job is tried again
                log.exception("turn of %s broke off", inbox_id)
                raise

        sending = asyncio.create_task(_send_always(Sender(pool=pool, channels=channels, clock=clock), stop))
        while not stop.is_set():
            try:
                await _session(dsn, pool, handle, stop, timed=timed)
            except _LOST as error:
                log.warning("the worker lost PostgreSQL and tries again (%s)", type(error).__name__)
            await _sleep(_PAUSE_S, stop)
        await sending


def meeting(settings: Settings, pool: Pool) -> Arrivals:
    """Who meets what messaging apps bring."""
    fetcher = MediaFetcher(hosts=settings.media_hosts.split(), allow_private=settings.media_allow_private)
    return Arrivals(pool=pool, fetcher=fetcher, photos=PhotoReader(), sealer=sealer_of(settings))


async def _send_always(sender: Sender, stop: asyncio.Event) -> None:
    """What waits in the outbox, as long as the worker lives; nothing where no channel must be called."""
    while sender.channels and not stop.is_set():
        try:
            await send_always(sender, stop=stop)
        except _LOST as error:
            log.warning("sending waits for PostgreSQL (%s)", type(error).__name__)
        except Exception:  # an edge: what is wrong with one round must not end all sending
            log.exception("a round of sending broke off")
        await _sleep(_PAUSE_S, stop)


async def _session(
    dsn: str, pool: Pool, handle: jobs.Handler, stop: asyncio.Event, *, timed: tuple[periodic.Timed, ...]
) -> None:
    """One life of the job library's worker: from a connected database to a lost one, or to the end."""
    async with pool.connection(timeout=_PAUSE_S):
        pass  # PostgreSQL is there: else opening the job library would wait for it, deaf to `stop`
    async with jobs.make_app(dsn).open_async() as app:
        periodic.register(app, pool, clock=clock, timed=timed)
        worker = jobs.make_worker(app, handle, concurrency=CONCURRENCY)
        sweeper = asyncio.create_task(_sweep_always(app, pool), name="sweeper")
        stopper = asyncio.create_task(_stop_with(worker, stop), name="stopper")
        log.info(READY)
        try:
            await worker.run()  # type: ignore[no-untyped-call]  # the library says nothing
        finally:
            for task in (sweeper, stopper):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def _stop_with(worker: jobs.PromptWorker, stop: asyncio.Event) -> None:
    await stop.wait()
    worker.stop()  # type: ignore[no-untyped-call]  # the library says nothing


async def _sweep_always(app: procrastinate.App, pool: Pool) -> None:
    while True:
        try:
            await jobs.sweep(app, pool, now=clock())
        except _LOST as error:
            log.warning("the sweep waits for PostgreSQL (%s)", type(error).__name__)
        await asyncio.sleep(jobs.SWEEP_EVERY_S)


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _quiet_when_lost(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A lost database breaks many tasks at once: one line each is enough."""
    error = context.get("exception")
    if isinstance(error, _LOST):
        log.warning("a task lost PostgreSQL (%s)", type(error).__name__)
    else:
        loop.default_exception_handler(context)


async def run(settings: Settings, factory: DialogueFactory) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_quiet_when_lost)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await work(settings, factory=factory, stop=stop)


def main(argv: Sequence[str] | None = None) -> None:
    """The process. `--dialogue module:function` puts another dialogue in the place of the real one."""
    parser = argparse.ArgumentParser(prog="python -m bot.gateway.worker", description=__doc__)
    parser.add_argument(
        "--dialogue", default=DEFAULT_DIALOGUE, help="module:function that makes the dialogue"
    )
    args = parser.parse_args(argv)
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    # They log every job, and a traceback for each thing a lost database breaks; we say it in a line.
    for noisy in ("procrastinate", "psycopg.pool", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    uvloop.run(run(settings, load_factory(args.dialogue)))


if __name__ == "__main__":
    main()
