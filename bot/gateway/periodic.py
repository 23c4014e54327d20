"""What is done at set times, by whichever worker is free.

The job library remembers in the database which time was taken, so that of many workers one does it. What fails is
told and left to the next time; what was missed while no worker ran is not made up for, so each deed looks at all that
is due and not at one moment. Times of day are UTC: Vietnam's are seven hours later.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import procrastinate

from bot.gateway import outbox
from bot.gateway.reporting import collect_nightly
from bot.gateway.turn import DATABASE_ERRORS
from desk import auditing, clock_alarms, continuing, devices, files, handovers, retention
from desk.database import Pool, statement

log = logging.getLogger(__name__)
Deed: TypeAlias = Callable[[Pool, datetime], Awaitable[object]]


@dataclass(frozen=True)
class Timed:
    """A deed, and when: `cron` in UTC, "minute hour day month weekday"."""

    name: str
    cron: str
    deed: Deed


async def ring_clocks(pool: Pool, now: datetime) -> None:
    if said := await clock_alarms.ring(pool, now=now):
        log.info("clocks: %s", ", ".join(f"{count} {alarm}" for alarm, count in sorted(said.items())))


async def sweep_photos(pool: Pool, now: datetime) -> None:
    """Photos of reports that nobody sent are thrown away after a day."""
    async with statement(pool) as conn:
        if gone := await files.sweep(conn, now=now):
            log.info("photos that were never sent: %d thrown away", gone)


async def tidy_channels(pool: Pool, now: datetime) -> None:
    """Old echoes go, and the assistant comes back where an official in a platform's console fell silent."""
    async with statement(pool) as conn:
        await outbox.forget_echoes(conn, now=now)
        await handovers.end_silent(conn, now=now)


async def keep_no_longer(pool: Pool, now: datetime) -> None:
    """What has been kept for its time goes (desk/retention.yml)."""
    if gone := await retention.sweep(pool, now=now):
        log.info("retention: %s", ", ".join(f"{count} {name}" for name, count in sorted(gone.items())))


async def wipe_kiosks(pool: Pool, now: datetime) -> None:
    """What a kiosk without line or power left behind, and codes that are over."""
    async with statement(pool) as conn:
        if gone := await devices.sweep(conn, now=now):
            log.info("kiosks: %d conversations that nobody closed are erased", gone)
        await continuing.sweep(conn, now=now)


async def seal_audit(pool: Pool, now: datetime) -> None:
    """The night's seal over the audit; what no longer fits an earlier one is told, every night until somebody looks."""
    async with pool.connection() as conn:
        broken = [*await auditing.broken_lines(conn), *await auditing.broken_seals(conn)]
        if broken:
            log.error(
                "the audit was tampered with: look at `motcua desk audit`; lines and seals %s", broken[:20]
            )
        await auditing.seal(conn, now=now)


ALL = (
    Timed("motcua.ring_clocks", "*/2 * * * *", ring_clocks),
    Timed("motcua.wipe_kiosks", "*/5 * * * *", wipe_kiosks),
    Timed("motcua.keep_no_longer", "20 18 * * *", keep_no_longer),
    Timed("motcua.tidy_channels", "*/5 * * * *", tidy_channels),
    Timed("motcua.seal_audit", "10 17 * * *", seal_audit),
    Timed("motcua.sweep_photos", "17 * * * *", sweep_photos),
    Timed("motcua.collect_unanswered", "40 19 * * *", collect_nightly),
)


def register(
    app: procrastinate.App, pool: Pool, *, clock: Callable[[], datetime], timed: tuple[Timed, ...] = ALL
) -> None:
    """Let an app's worker do these at their times; no two of one name at once."""
    for one in timed:
        task = app.task(name=one.name, lock=one.name, queueing_lock=one.name)(_guarded(one, pool, clock))
        app.periodic(cron=one.cron)(task)


def _guarded(one: Timed, pool: Pool, clock: Callable[[], datetime]) -> Callable[[int], Awaitable[None]]:
    async def run(timestamp: int) -> None:  # the library names the time; what is due now is done
        try:
            await one.deed(pool, clock())
        except DATABASE_ERRORS as error:
            log.warning("%s waits for PostgreSQL (%s)", one.name, type(error).__name__)
        except Exception:  # an edge: told once, and done again at the next time
            log.exception("%s broke off", one.name)

    return run
