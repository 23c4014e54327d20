"""Staging, publishing and going back, asked for on a staff page: one at a time, in a process of its own.

Building an index takes all of a core for seconds: the process that answers people only starts it and reads how
far it is from the database, where every web process sees the same.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import psycopg
from psycopg.errors import UniqueViolation

from bot.gateway.settings import ROOT, Settings, process_environment
from desk.database import Conn, Pool
from desk.service import audit

log = logging.getLogger(__name__)
Action = Literal["stage", "publish", "rollback"]
LOST_AFTER = timedelta(seconds=40)  # without a sign of life; one comes every few seconds
_COLUMNS = "id, action, version, actor, started_at, seen_at, stage, ended_at, result, detail"


class Busy(Exception):  # no failure: people wait and try again
    """Another job runs."""


@dataclass(frozen=True)
class Job:
    id: UUID
    action: str
    version: str
    actor: str
    started_at: datetime
    seen_at: datetime
    stage: str
    ended_at: datetime | None
    result: str
    detail: str

    @property
    def runs(self) -> bool:
        return self.ended_at is None


async def newest(conn: Conn, *, now: datetime) -> Job | None:
    """The job that runs, or the last one. One that gave no sign of life for long is said to be lost."""
    await conn.execute(
        "UPDATE content_jobs SET ended_at = %s, result = 'lost' WHERE ended_at IS NULL AND seen_at < %s",
        (now, now - LOST_AFTER),
    )
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM content_jobs ORDER BY started_at DESC LIMIT 1"  # noqa: S608  # our columns
    )
    row = await cursor.fetchone()
    return Job(**row) if row else None


async def begin(
    pool: Pool, settings: Settings, *, action: Action, version: str, actor: str, now: datetime
) -> UUID:
    """Start a job and return at once.

    Raises:
        Busy: one runs already.
    """
    job = uuid4()
    async with pool.connection() as conn:
        await newest(conn, now=now)
        try:
            async with conn.transaction():
                await conn.execute(
                    "INSERT INTO content_jobs (id, action, version, actor, started_at, seen_at)"
                    " VALUES (%s, %s, %s, %s, %s, %s)",
                    (job, action, version, actor, now, now),
                )
        except UniqueViolation:
            raise Busy from None
        details = {"version": version}
        await audit(
            conn, actor=actor, action=f"content.{action}", object_kind="knowledge", object_id=version or "-",
            now=now, details=details,
        )  # fmt: skip
    dsn = str(pool.conninfo)
    # Not a task of the loop: when the web process ends, what was begun goes on and writes its own end.
    threading.Thread(target=_run, args=(settings, dsn, job), name=f"content {action}", daemon=True).start()
    return job


def _run(settings: Settings, dsn: str, job: UUID) -> None:
    """Start the process and, when it is gone without a word, say so."""
    environment = process_environment() | settings.to_env() | {"DATABASE_URL": dsn}
    argv = [sys.executable, "-m", "bot.gateway.content.job_process", str(job)]
    done = subprocess.run(
        argv, check=False, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    if done.returncode:
        log.error("content job %s ended with status %s", job, done.returncode)
    with suppress(psycopg.OperationalError), psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute(
            "UPDATE content_jobs SET ended_at = now(), result = 'lost' WHERE id = %s AND ended_at IS NULL",
            (job,),
        )
