"""The searched passages of snapshots in PostgreSQL: which text each row of an index is, and where it leads.

A pool of a few connections for all threads of a process. A server that is down is not asked again for some seconds:
whoever searches goes on without it.
"""

from __future__ import annotations

import hashlib
import select
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import psycopg
from pgvector.psycopg import register_vector
from psycopg_pool import ConnectionPool, PoolTimeout

from index.vectors import Entries
from knowledge.errors import DatabaseDown

Connection: TypeAlias = psycopg.Connection[Any]
SEARCH_WAIT_S = 0.5  # a question does not wait longer for a connection
PROBES = 40  # lists of vectors that a question reads
PAUSE_S = 5.0  # between two tries of a server that is down
_COLUMNS = "snapshot, collection, row, target, kind, text_sha256"


class IndexDatabase:
    """What snapshots keep in PostgreSQL. Thread-safe; opens its first connection when first used."""

    def __init__(self, dsn: str, *, size: int = 8) -> None:
        self._dsn, self._size = dsn, size
        self._pool: ConnectionPool[Connection] | None = None
        self._lock = threading.Lock()
        self._down_until = 0.0

    @contextmanager
    def searching(self) -> Iterator[Connection]:
        """A connection in autocommit mode, for one short query.

        Raises:
            DatabaseDown: none can be had, or it breaks.
        """
        if time.monotonic() < self._down_until:
            raise DatabaseDown
        try:
            with self._opened().connection(timeout=SEARCH_WAIT_S) as conn:
                yield conn
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable, PoolTimeout) as error:
            self._down_until = time.monotonic() + PAUSE_S
            raise DatabaseDown(f"PostgreSQL cannot be searched: {error}") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection of its own in one transaction, without the limits of a question.

        Raises:
            DatabaseDown: the server is unreachable, breaks off, or lacks room.
        """
        try:
            opened = psycopg.connect(self._dsn)
        except psycopg.OperationalError as error:
            raise DatabaseDown(f"PostgreSQL is unreachable: {error}") from error
        try:
            with opened as conn:
                yield conn
        except psycopg.OperationalError as error:
            raise DatabaseDown(f"PostgreSQL could not do its part of the index: {error}") from error

    def configure(self, conn: Connection) -> None:
        """Settings of a connection that searches vectors."""
        conn.autocommit = True
        conn.execute("SET statement_timeout = '2s'")
        conn.execute(f"SET ivfflat.probes = {PROBES}")
        register_vector(conn)

    def close(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _opened(self) -> ConnectionPool[Connection]:
        with self._lock:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self._dsn, min_size=1, max_size=self._size, open=True, configure=self.configure,
                    reconnect_timeout=PAUSE_S, check=_still_there, name="index",
                )  # fmt: skip
            return self._pool


def _still_there(conn: Connection) -> None:
    """Ask the server only when its socket has something to say: an idle connection is silent until it ends."""
    heard = select.poll()
    heard.register(conn.fileno(), select.POLLIN)
    if heard.poll(0):
        ConnectionPool.check_connection(conn)


def write_passages(
    conn: Connection, snapshot: str, *, knowledge: str, model: str, collections: Mapping[str, Entries]
) -> None:
    """Note what a snapshot searches. Texts are kept once by content; the same snapshot is noted once."""
    conn.execute("DELETE FROM index_snapshots WHERE id = %s", (snapshot,))
    conn.execute(
        "INSERT INTO index_snapshots (id, knowledge, model) VALUES (%s, %s, %s)", (snapshot, knowledge, model)
    )
    texts: dict[bytes, str] = {}
    with conn.cursor() as cursor, cursor.copy(f"COPY index_passages ({_COLUMNS}) FROM STDIN") as copy:
        for name, entries in collections.items():
            rows = zip(entries.targets, entries.kinds, entries.texts, strict=True)
            for row, (target, kind, text) in enumerate(rows):
                sha256 = hashlib.sha256(text.encode("utf-8", "replace")).digest()
                texts[sha256] = text
                copy.write_row((snapshot, name, row, target, kind, sha256))
    _write_texts(conn, texts)


def _write_texts(conn: Connection, texts: Mapping[bytes, str]) -> None:
    known = conn.execute("SELECT sha256 FROM index_texts WHERE sha256 = ANY(%s)", (list(texts),))
    new = texts.keys() - {bytes(row[0]) for row in known}
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO index_texts VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [(sha256, _storable(texts[sha256])) for sha256 in sorted(new)],
        )


def _storable(text: str) -> str:
    """Without what PostgreSQL cannot store: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def forget_passages(conn: Connection, *, keep: Collection[str], newest: int) -> None:
    """Remove old snapshots, and the texts that no other one searches."""
    old = old_snapshots(conn, keep=keep, newest=newest)
    conn.execute("DELETE FROM index_snapshots WHERE id = ANY(%s)", (old,))
    if old:
        conn.execute(
            "DELETE FROM index_texts WHERE NOT EXISTS"
            " (SELECT FROM index_passages WHERE text_sha256 = index_texts.sha256)"
        )


def old_snapshots(conn: Connection, *, keep: Collection[str], newest: int) -> list[str]:
    """Snapshots neither named here nor among the newest: another machine may serve one of those."""
    rows = conn.execute(
        "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY built_at DESC) AS place FROM index_snapshots) s"
        " WHERE place > %s AND id <> ALL(%s)",
        (newest, list(keep)),
    )
    return [str(row[0]) for row in rows]
