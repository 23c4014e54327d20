"""Is the audit whole? Each line covers the one before of its object; seals cover all lines up to a day.

A changed line breaks its own hash, a missing one breaks the next, and a chain cut at its end breaks the seal over it.
The hashing itself is the database's (migration 0006), so that no program can add a line beside it.
"""

from __future__ import annotations

from datetime import datetime

from desk.database import Conn

_BROKEN = """SELECT id FROM (
    SELECT id, hash, before_hash, audit_line(before_hash, audit) AS right_hash,
           lag(hash) OVER (PARTITION BY object_kind, object_id ORDER BY id) AS last_hash
    FROM audit WHERE hash IS NOT NULL
) AS lines WHERE hash <> right_hash OR before_hash IS DISTINCT FROM last_hash ORDER BY id"""
_OVER = "SELECT sha256(coalesce(string_agg(hash, ''::bytea ORDER BY id), ''::bytea)) AS hash FROM audit WHERE id <= %s"


async def broken_lines(conn: Conn) -> list[int]:
    """Ids of lines that are not as they were written, or whose forerunner is gone."""
    return [int(row["id"]) for row in await (await conn.execute(_BROKEN)).fetchall()]


async def seal(conn: Conn, *, now: datetime) -> int:
    """Cover every line there is; returns the last one's id, 0 when there is none. Run nightly."""
    row = await (await conn.execute("SELECT coalesce(max(id), 0) AS last FROM audit")).fetchone()
    assert row is not None  # noqa: S101  # an aggregate always has a row
    last = int(row["last"])
    await conn.execute(
        f"INSERT INTO audit_seals (last_id, at, hash) SELECT %s, %s, hash FROM ({_OVER}) AS over_all"  # noqa: S608
        " ON CONFLICT DO NOTHING",
        (last, now, last),
    )
    return last


async def broken_seals(conn: Conn) -> list[int]:
    """Seals (by the id they go up to) that no longer fit the lines under them."""
    seals = await (await conn.execute("SELECT last_id, hash FROM audit_seals ORDER BY last_id")).fetchall()
    broken = []
    for row in seals:
        now = await (await conn.execute(_OVER, (row["last_id"],))).fetchone()
        if now is None or now["hash"] != row["hash"]:
            broken.append(int(row["last_id"]))
    return broken
