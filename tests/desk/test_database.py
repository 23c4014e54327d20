from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate.schema import SchemaManager
from psycopg.pq import TransactionStatus

from desk import database
from desk.database import EmbeddedPostgres, migrate, open_pool, parts, statement, storable
from tests.bench.postgres_server import PostgresServer, wheels_programs
from tests.gateway.conftest import database_folder, in_database_created

_SHAPE = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
}


def shape(dsn: str) -> dict[str, list[tuple[Any, ...]]]:
    with psycopg.connect(dsn) as conn:
        found = {name: sorted(conn.execute(sql).fetchall(), key=str) for name, sql in _SHAPE.items()}
    return {
        name: [row for row in rows if not str(row[0]).startswith(("procrastinate", "migrations"))]
        for name, rows in found.items()
    }


@pytest.mark.postgres
def test_migrations_and_the_whole_schema_meet(dsn: str, empty_dsn: str) -> None:
    with psycopg.connect(empty_dsn) as conn:
        conn.execute((database.MIGRATIONS / "schema.sql").read_bytes())
    stepped, whole = shape(dsn), shape(empty_dsn)
    assert stepped == whole
    assert len(whole["columns"]) > 60


@pytest.mark.postgres
def test_migrating_again_changes_nothing_and_many_at_once_agree(empty_dsn: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, [empty_dsn] * 4))
    assert sorted(len(names) > 0 for names in applied) == [False, False, False, True]
    assert migrate(empty_dsn) == []


@pytest.mark.postgres
def test_a_new_version_of_the_job_library_is_migrated(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "99.00.00_01_new.sql").write_text("CREATE TABLE procrastinate_newer (id int); -- 100%")
    monkeypatch.setattr(SchemaManager, "get_migrations_path", staticmethod(lambda: str(tmp_path)))
    assert migrate(dsn) == ["procrastinate/99.00.00_01_new"]
    assert migrate(dsn) == []


@pytest.mark.postgres
def test_an_account_that_is_no_superuser_may_work_as_officials_do() -> None:
    """On the newest server: from PostgreSQL 16 on, whoever creates a role is its member and yet may not work as it."""
    with database_folder() as folder:
        folder.chmod(0o755)  # the server is another account's
        with PostgresServer(folder / "server", at=wheels_programs(), settings={"fsync": "off"}) as server:
            migrate(server.dsn)
            with psycopg.connect(server.dsn) as conn:
                conn.execute("SET LOCAL ROLE motcua_staff")
                assert conn.execute("SELECT count(*) FROM tickets").fetchone() == (0,)


@pytest.mark.postgres
def test_a_migration_that_fails_leaves_nothing(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0002_half.sql").write_text("CREATE TABLE half (id int); SELECT 1 / 0;")
    monkeypatch.setattr(database, "MIGRATIONS", tmp_path)
    with pytest.raises(psycopg.Error):
        migrate(dsn)
    with psycopg.connect(dsn) as conn:
        assert conn.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted(database.MIGRATIONS.glob("[0-9]*.sql"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://postgres@/motcua?host=%2Ftmp%2Fpg", ("/tmp/pg", 5432, "postgres", "motcua")),  # noqa: S108
        ("postgresql://u:p@db.local:6000/x", ("db.local", 6000, "u", "x")),
        ("host=h dbname=d user=u", ("h", 5432, "u", "d")),
        ("postgresql://", ("localhost", 5432, "postgres", "postgres")),
    ],
)
def test_a_dsn_is_taken_apart(dsn: str, expected: tuple[str, int, str, str]) -> None:
    assert parts(dsn) == expected


def test_what_cannot_be_stored_is_taken_out() -> None:
    assert storable({"a\x00": ["\ud800x", ("y\x00", 1, None)]}) == {"a": ["?x", ["y", 1, None]]}


@pytest.mark.postgres
async def test_the_pool_replaces_connections_lost_in_a_restart(home: Path) -> None:
    with EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as server:
        async with await open_pool(server.dsn, min_size=2, max_size=2) as pool:
            async with pool.connection() as conn:
                await conn.execute("CREATE TABLE kept (id int)")
            pid = server.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            while server.alive:  # noqa: ASYNC110  # a process has no event
                await asyncio.sleep(0.02)
            assert server.start() == server.dsn
            for _ in range(4):
                async with pool.connection() as conn:
                    await conn.execute("INSERT INTO kept VALUES (1)")
    assert not server.alive
    server.stop()  # again is nothing


@pytest.mark.postgres
async def test_a_statement_is_kept_by_itself_and_leaves_the_connection_as_it_was(dsn: str) -> None:
    async with await open_pool(dsn, min_size=1, max_size=1) as pool:
        async with statement(pool) as conn:
            await conn.execute("CREATE TABLE alone (id int)")
            assert conn.info.transaction_status is TransactionStatus.IDLE
        with pytest.raises(psycopg.errors.UndefinedTable):
            async with statement(pool) as conn:
                await conn.execute("INSERT INTO alone VALUES (1)")
                await conn.execute("INSERT INTO nowhere VALUES (1)")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), statement(pool) as conn:
                await conn.execute("SELECT pg_sleep(30)")
        with pytest.raises(LookupError):
            async with pool.connection() as conn:  # a transaction again
                await conn.execute("DELETE FROM alone")
                raise LookupError
        async with statement(pool) as conn:
            assert await (await conn.execute("SELECT id FROM alone")).fetchall() == [{"id": 1}]


@pytest.mark.postgres
def test_a_running_server_is_joined_and_left_running(postgres: EmbeddedPostgres) -> None:
    other = EmbeddedPostgres(postgres.data_dir)
    assert other.start() == postgres.dsn
    assert other.alive
    other.stop()
    assert postgres.alive
    assert in_database_created(postgres.dsn, "joined")


@pytest.mark.postgres
def test_nobody_else_on_the_machine_reaches_the_socket(postgres: EmbeddedPostgres) -> None:
    assert postgres.data_dir.stat().st_mode & 0o077 == 0
    with psycopg.connect(postgres.dsn) as conn:
        assert conn.execute("SHOW listen_addresses").fetchone() == ("",)


@pytest.mark.postgres
def test_a_long_path_still_has_a_socket(home: Path) -> None:
    folder = home / ("x" * 60) / ("y" * 60)
    with EmbeddedPostgres(folder / "pg", settings={"fsync": "off"}) as server:
        assert parts(server.dsn).host != str(folder)
        assert Path(parts(server.dsn).host).stat().st_mode & 0o077 == 0
        with psycopg.connect(server.dsn) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.postgres
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_the_server_dies_with_a_killed_owner(home: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from desk.database import EmbeddedPostgres\n"
        f"EmbeddedPostgres(Path({str(home / 'pg')!r})).start(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    owner = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert owner.returncode == -signal.SIGKILL
    pid_file = home / "pg" / "postmaster.pid"
    for _ in range(100):
        if not pid_file.exists():
            return
        signal.sigtimedwait([], 0.1)
    pytest.fail("PostgreSQL outlived its owner")
