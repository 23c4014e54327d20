"""`python -m bot.gateway.content.job_process ID`: does one job of content_jobs and writes down how far it is."""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

import psycopg

from bot.gateway import logs, publishing
from bot.gateway.settings import Settings
from knowledge.errors import MotcuaError

log = logging.getLogger(__name__)
SIGN_OF_LIFE_S = 5.0


class Record:
    """The job's row. Written from two threads: one works, one says that it still does."""

    def __init__(self, dsn: str, job: str) -> None:
        self._conn = psycopg.connect(dsn, autocommit=True)
        self._job = job
        self._ended = threading.Event()
        threading.Thread(target=self._live, daemon=True).start()

    def order(self) -> tuple[str, str, str]:
        """What is to be done, to which version, for whom."""
        row = self._conn.execute(
            "SELECT action, version, actor FROM content_jobs WHERE id = %s AND ended_at IS NULL", (self._job,)
        ).fetchone()
        if row is None:
            raise SystemExit(2)
        return row[0], row[1], row[2]

    def stage(self, name: str, *_done: object) -> None:
        self._conn.execute(
            "UPDATE content_jobs SET stage = %s, seen_at = now() WHERE id = %s AND stage <> %s",
            (name, self._job, name),
        )

    def end(self, result: str, detail: str) -> None:
        self._ended.set()
        self._conn.execute(
            "UPDATE content_jobs SET ended_at = now(), result = %s, detail = %s WHERE id = %s",
            (result, detail, self._job),
        )

    def _live(self) -> None:
        while not self._ended.wait(SIGN_OF_LIFE_S):
            self._conn.execute("UPDATE content_jobs SET seen_at = now() WHERE id = %s", (self._job,))


def do(settings: Settings, record: Record) -> str:
    """The work itself; what came of it, in a few words.

    Raises:
        MotcuaError: it could not be done; what served goes on serving.
    """
    action, version, actor = record.order()
    if action == "stage":
        return publishing.take_in(settings, [], actor=actor, progress=record.stage).version
    work: Any = publishing.publish if action == "publish" else publishing.rollback
    done: publishing.Published = work(settings, version, actor=actor, progress=record.stage)
    return done.version


def main(job: str) -> int:
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    record = Record(settings.database_url, job)
    try:
        record.end("done", do(settings, record))
    except MotcuaError as error:
        record.end("failed", str(error))
        return 1
    except Exception as error:  # the edge: the page says that it failed, the log says why
        log.exception("content job failed")
        record.end("failed", type(error).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
