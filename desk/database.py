"""The one door to PostgreSQL: pools, migrations, and what a DSN is made of."""

from __future__ import annotations

import logging
import select
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from desk.postgres import EmbeddedPostgres

__all__ = [
    "Conn",
    "EmbeddedPostgres",
    "Parts",
    "Pool",
    "migrate",
    "open_pool",
    "parts",
    "statement",
    "storable",
]

Conn: TypeAlias = AsyncConnection[DictRow]
Pool: TypeAlias = AsyncConnectionPool[Conn]

log = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_030_002  # advisory lock: two processes that start together migrate one after the other


class Parts(NamedTuple):
    """What libraries ask for that take no DSN. `host` is a folder when the server has a Unix socket only."""

    host: str
    port: int
    user: str
    dbname: str


def parts(dsn: str) -> Parts:
    fields = conninfo_to_dict(dsn)
    return Parts(
        host=str(fields.get("host") or "localhost"),
        port=int(str(fields.get("port") or 5432)),
        user=str(fields.get("user") or "postgres"),
        dbname=str(fields.get("dbname") or "postgres"),
    )


async def open_pool(dsn: str, *, min_size: int = 2, max_size: int = 10, timeout_s: float = 30.0) -> Pool:
    """An open pool of connections with dictionary rows; a connection lost in a restart is replaced on use."""
    pool: Pool = AsyncConnectionPool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        open=False,
        timeout=timeout_s,
        reconnect_timeout=5.0,  # then the next caller tries again, instead of a growing pause
        kwargs={"row_factory": dict_row},
        check=still_there,
    )
    await pool.open(wait=True, timeout=timeout_s)
    return pool


async def still_there(conn: Conn) -> None:
    """Ask the server only when its socket has something to say: an idle connection is silent until it ends."""
    heard = select.poll()
    heard.register(conn.fileno(), select.POLLIN)
    if heard.poll(0):
        await AsyncConnectionPool.check_connection(conn)


@asynccontextmanager
async def statement(pool: Pool, *, timeout_s: float | None = None) -> AsyncIterator[Conn]:
    """A connection on which each statement is a transaction of its own: one journey instead of three."""
    async with pool.connection(timeout=timeout_s) as conn:
        await conn.set_autocommit(True)  # no journey: it is a mark on our side
        try:
            yield conn
        finally:
            if conn.info.transaction_status is TransactionStatus.IDLE:
                await conn.set_autocommit(False)
            else:  # broken off in the middle: the pool replaces it
                await conn.close()


def storable(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """The value without what PostgreSQL cannot store: NUL and lone surrogates, anywhere inside."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def migrate(dsn: str) -> list[str]:
    """Bring the database to today's schema; returns the names applied now. Safe from many processes."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            conn.execute(
                "CREATE TABLE IF NOT EXISTS migrations"
                " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            done = {row[0] for row in conn.execute("SELECT name FROM migrations")}
            return [name for name, sql in _pending(done) if _apply(conn, name, sql)]
        finally:
            conn.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _pending(done: set[str]) -> Iterator[tuple[str, str]]:
    yield from _procrastinate(done)
    for path in sorted(MIGRATIONS.glob("[0-9]*.sql")):
        if path.stem not in done:
            yield path.stem, path.read_text(encoding="utf-8")


def _procrastinate(done: set[str]) -> Iterator[tuple[str, str]]:
    """The job library's schema: whole on a new database, its own numbered migrations on an old one."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    names = {f"procrastinate/{path.stem}": path for path in files}
    if not any(name.startswith("procrastinate/") for name in done):
        yield "procrastinate/schema", SchemaManager.get_schema()
        yield from ((name, "") for name in names)
        return
    for name, path in names.items():
        if name not in done:
            yield name, path.read_text(encoding="utf-8")


def _apply(conn: psycopg.Connection[Any], name: str, sql: str) -> bool:
    with conn.transaction():
        if sql:
            conn.execute(sql.encode())
        conn.execute("INSERT INTO migrations (name) VALUES (%s)", (name,))
    log.info("migration applied", extra={"migration": name})
    return True
