"""One embedded PostgreSQL for the whole run, a fresh database for each test."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from desk.database import EmbeddedPostgres, Pool, migrate, open_pool

TEMPLATE = "motcua_template"
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def in_database(dsn: str, name: str) -> str:
    return dsn.replace("/motcua?", f"/{name}?")


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    with database_folder() as folder:
        server = EmbeddedPostgres(folder / "pg", settings={"fsync": "off", "max_connections": "60"})
        with server:
            migrate(in_database_created(server.dsn, TEMPLATE))
            yield server


@contextmanager
def database_folder() -> Iterator[Path]:
    """Not pytest's own: each new run of pytest closes that to all but root, and PostgreSQL is not root."""
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        yield Path(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for a test's own PostgreSQL."""
    with database_folder() as folder:
        yield folder


def in_database_created(dsn: str, name: str, template: str = "template0") -> str:
    with psycopg.connect(in_database(dsn, "postgres"), autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" ENCODING UTF8 TEMPLATE {template}')
    return in_database(dsn, name)


@pytest.fixture
def empty_dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database with nothing in it."""
    yield from _database(postgres, template="template0")


@pytest.fixture
def dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A migrated database."""
    yield from _database(postgres, template=TEMPLATE)


def _database(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    name = f"t{uuid4().hex[:12]}"
    yield in_database_created(server.dsn, name, template)
    with psycopg.connect(in_database(server.dsn, "postgres"), autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with await open_pool(dsn, min_size=1, max_size=8) as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    return NOW
