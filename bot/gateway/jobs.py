"""The job that answers one message, and the watch that no message is forgotten.

A conversation's id is the job's lock, so its messages are answered one after the other, in order, by
whichever worker is free. A worker that dies stops its heartbeat; its jobs are then given to another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import procrastinate
from procrastinate import exceptions as job_errors
from procrastinate.jobs import DeleteJobCondition, Job, Notification
from procrastinate.worker import Worker
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from desk.database import Conn, Pool, still_there

log = logging.getLogger(__name__)

TASK = "motcua.handle_message"
MAX_TRIES = 6
HEARTBEAT_S = 2.0
STALLED_S = 10.0  # no heartbeat for so long: the worker is dead
SWEEP_EVERY_S = 2.0
FORGOTTEN_AFTER = timedelta(seconds=20)
_PERSIST_PAUSES_S = (0.2, 0.5, 1.0, 2.0)
_SWEEP_LOCK = 7_030_003

Handler = Callable[[UUID, bool], Awaitable[None]]


class Backoff(procrastinate.BaseRetryStrategy):
    """The turn answers its own failures; what reaches us is the database's, which comes back."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> procrastinate.RetryDecision | None:
        if job.attempts >= MAX_TRIES:
            return None
        wait = timedelta(seconds=min(0.5 * 2**job.attempts, 10.0))
        return procrastinate.RetryDecision(retry_at=datetime.now(UTC) + wait)


async def handle_message(context: procrastinate.JobContext, inbox_id: str) -> None:
    handler: Handler = context.additional_context["handler"]
    await handler(UUID(inbox_id), context.job.attempts >= MAX_TRIES)


def _single_statements(**options: Any) -> AsyncConnectionPool[Any]:  # noqa: ANN401  # the library's
    """The library calls one SQL function at a time: no transaction around it, and our lighter check."""

    async def each_alone(conn: AsyncConnection[Any]) -> None:
        await conn.set_autocommit(True)

    return AsyncConnectionPool(**{**options, "check": still_there, "configure": each_alone})


def make_app(dsn: str = "", *, pool_size: int = 4) -> procrastinate.App:
    """The job library's application. Not opened: opening starts its pool.

    Its bookkeeping need not wait for the disk: a job done twice after a power cut is answered once.
    """
    connector = procrastinate.PsycopgConnector(
        pool_factory=_single_statements,
        conninfo=dsn,
        min_size=1,
        max_size=pool_size,
        timeout=10.0,
        reconnect_timeout=5.0,
        kwargs={"options": "-c synchronous_commit=off"},
    )
    app = procrastinate.App(connector=connector)
    app.task(name=TASK, pass_context=True, retry=Backoff())(handle_message)
    return app


# The expression that orders the answer to a message, by the job library's own function: it stands inside the
# statement that keeps the message, which is one journey and needs no transaction around it.
ORDERED = f"""procrastinate_defer_jobs_v1(ARRAY[ROW(
    'default', '{TASK}', 0, ({{conversation}})::text, NULL,
    jsonb_build_object('inbox_id', ({{inbox}})::text), NULL)::procrastinate_job_to_defer_v1])"""


async def defer(conn: Conn, *, inbox_id: UUID, conversation_id: UUID) -> None:
    """Order the answer to a message, in the caller's transaction."""
    ordered = ORDERED.format(inbox="%s", conversation="%s")
    await conn.execute(f"SELECT {ordered}", (conversation_id, inbox_id))  # our own fragment


class PromptWorker(Worker):
    """A worker that does not leave a job to the next poll.

    The library's worker sleeps through two moments: a job announced while it is asking for one, and a job
    that waited for the lock of the one just done. Whatever happens while it asks makes it ask again.
    """

    _reasons = 0

    def _look(self) -> None:
        self._reasons += 1
        self._new_job_event.set()

    async def _fetch_and_process_jobs(self) -> None:
        known = -1
        while known != self._reasons and not self._stop_event.is_set():
            known = self._reasons
            await super()._fetch_and_process_jobs()  # type: ignore[no-untyped-call]  # the library says nothing

    async def _handle_notification(self, *, channel: str, notification: Notification) -> None:
        await super()._handle_notification(channel=channel, notification=notification)
        if notification["type"] == "job_inserted":
            self._look()

    async def _persist_job_status(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # passed through
        """Say that a job is done, again when the database was away: a job left "doing" holds its conversation.

        After the last try the worker ends and another begins, whose sweep finds the job without a worker.
        """
        for pause in (*_PERSIST_PAUSES_S, None):
            try:
                await super()._persist_job_status(*args, **kwargs)
                break
            except job_errors.ConnectorException:
                if pause is None:
                    self.stop()  # type: ignore[no-untyped-call]  # the library says nothing
                    raise
                await asyncio.sleep(pause)
        self._look()

    async def _monitor_side_tasks(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        """End with the first side task that fails: a worker without its listener only polls.

        The library's own watch ends when the first of them is done, and one of them has nothing to do.
        """
        done, _ = await asyncio.wait(side_tasks, return_when=asyncio.FIRST_EXCEPTION)
        if any(not task.cancelled() and task.exception() for task in done):
            self.stop()  # type: ignore[no-untyped-call]  # the library says nothing


def make_worker(app: procrastinate.App, handler: Handler, *, concurrency: int = 8) -> PromptWorker:
    return PromptWorker(
        app,
        concurrency=concurrency,
        fetch_job_polling_interval=1.0,
        update_heartbeat_interval=HEARTBEAT_S,
        stalled_worker_timeout=STALLED_S,
        shutdown_graceful_timeout=10.0,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
        install_signal_handlers=False,
        additional_context={"handler": handler},
    )


async def sweep(app: procrastinate.App, pool: Pool, *, now: datetime) -> int:
    """Give the jobs of dead workers to living ones and re-order forgotten messages; returns how many.

    One process at a time: the others find the lock taken and leave it.
    """
    async with pool.connection() as conn:
        cursor = await conn.execute("SELECT pg_try_advisory_xact_lock(%s) AS mine", (_SWEEP_LOCK,))
        row = await cursor.fetchone()
        if not (row and row["mine"]):
            return 0
        return await _retry_stalled(app) + await _defer_forgotten(conn, before=now - FORGOTTEN_AFTER)


async def _retry_stalled(app: procrastinate.App) -> int:
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S))
    retried = 0
    for job in stalled:
        try:
            await app.job_manager.retry_job(job)
        except job_errors.ConnectorException:  # it ended meanwhile
            continue
        retried += 1
        log.warning("job %s of a dead worker given back", job.id)
    return retried


_FORGOTTEN = """
SELECT i.id, i.conversation_id FROM inbox i
WHERE i.processed_at IS NULL AND i.received_at < %s AND NOT EXISTS (
    SELECT 1 FROM procrastinate_jobs j
    WHERE j.status IN ('todo', 'doing') AND j.lock = i.conversation_id::text AND j.args->>'inbox_id' = i.id::text
)
ORDER BY i.seq LIMIT 500
"""


async def _defer_forgotten(conn: Conn, *, before: datetime) -> int:
    rows = await (await conn.execute(_FORGOTTEN, (before,))).fetchall()
    for row in rows:
        await defer(conn, inbox_id=row["id"], conversation_id=row["conversation_id"])
        log.warning("forgotten message %s ordered again", row["id"])
    return len(rows)
