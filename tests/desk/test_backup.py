"""The runbook docs/runbooks/restore.md, executed: what was filed is there again, readable with its key."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from desk import auditing, backup, service
from desk.database import migrate, open_pool
from desk.models import NewReport
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.errors import BackupFailed

pytestmark = pytest.mark.postgres
SEALER = Sealer([new_key()])


async def file(dsn: str, report: NewReport, router: Router, now: datetime, *, origin: str) -> tuple[str, str]:
    async with await open_pool(dsn, min_size=1, max_size=1) as pool, pool.connection() as conn:
        filed = await service.file_report(conn, report, origin=origin, router=router, sealer=SEALER, now=now)
        return filed.ticket.code, filed.secret


async def test_what_was_filed_before_the_backup_is_there_after_the_disaster(
    dsn: str, tmp_path: Path, report: NewReport, router: Router, now: datetime
) -> None:
    code, secret = await file(dsn, report, router, now, origin="a")
    archive = tmp_path / "copies" / "motcua.dump"
    assert backup.back_up(dsn, archive) == archive.stat().st_size > 10_000
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert b"0900 000 000" not in archive.read_bytes()
    await file(dsn, report, router, now, origin="after the backup")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("TRUNCATE tickets CASCADE")  # the disaster
    restored = backup.restore(dsn, archive, now=now)
    assert restored.tickets == 1
    assert migrate(dsn) == []
    async with await open_pool(dsn, min_size=1, max_size=2) as pool:
        ticket, history = await service.find(pool, code=code, secret=secret, asker="x", now=now)
        assert (ticket.what, len(history)) == (report.what, 1)
        async with pool.connection() as conn:
            assert (
                await service.contact_of(conn, code=code, sealer=SEALER, actor="x", now=now) == report.contact
            )
            assert await auditing.broken_lines(conn) == []
    # What was there before is kept under its name, with what came after the backup.
    with psycopg.connect(make_conninfo(dsn, dbname=restored.kept_as)) as conn:
        row = conn.execute("SELECT count(*) FROM audit WHERE action = 'ticket.filed'").fetchone()
        assert row == (2,)
    _drop(dsn, restored.kept_as)


async def test_on_a_new_server_there_is_nothing_to_keep(dsn: str, tmp_path: Path, now: datetime) -> None:
    archive = tmp_path / "motcua.dump"
    backup.back_up(dsn, archive)
    new = make_conninfo(dsn, dbname=f"{conninfo_to_dict(dsn)['dbname']}_new")
    assert backup.restore(new, archive, now=now) == (0, "")
    assert migrate(new) == []
    _drop(dsn, str(conninfo_to_dict(new)["dbname"]))


def _drop(dsn: str, name: str) -> None:
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def test_a_damaged_archive_changes_nothing(dsn: str, tmp_path: Path, now: datetime) -> None:
    archive = tmp_path / "motcua.dump"
    backup.back_up(dsn, archive)
    whole = archive.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"PK\x03\x04 not an archive", b""):
        archive.write_bytes(damaged)
        with pytest.raises(BackupFailed):
            backup.restore(dsn, archive, now=now)
        with psycopg.connect(dsn) as conn:
            conn.execute("SELECT count(*) FROM tickets")
    with pytest.raises(BackupFailed, match="no such file"):
        backup.restore(dsn, tmp_path / "nowhere.dump", now=now)


def test_a_desk_that_still_works_is_not_replaced(dsn: str, tmp_path: Path, now: datetime) -> None:
    archive = tmp_path / "motcua.dump"
    backup.back_up(dsn, archive)
    with psycopg.connect(dsn) as working, pytest.raises(BackupFailed, match="in use"):
        working.execute("SELECT 1")
        backup.restore(dsn, archive, now=now)


def test_a_backup_that_fails_leaves_the_last_one(dsn: str, tmp_path: Path) -> None:
    archive = tmp_path / "motcua.dump"
    backup.back_up(dsn, archive)
    before = archive.read_bytes()
    with pytest.raises(BackupFailed):
        backup.back_up(make_conninfo(dsn, dbname="there_is_none"), archive)
    assert archive.read_bytes() == before
    assert list(tmp_path.iterdir()) == [archive]
