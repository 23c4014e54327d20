"""Tries to sign in, counted by account and by address: a try is written down before it is looked at.

So many at once cannot pass a limit together, and a failed one stays counted whatever becomes of its caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from desk.database import Conn, storable
from knowledge.errors import TooManyAttempts

LONGEST = timedelta(days=1)  # so long a try is remembered; no window is longer


class Limits(NamedTuple):
    """How many tries in a window: of one account from one address, from an address, of an account."""

    window: timedelta
    pair: int
    asker: int
    login: int


async def count(conn: Conn, *, login: str, asker: str, now: datetime, limits: Iterable[Limits]) -> int:
    """Write a try down; its id. `login` is what is counted, kept as a hash: people mistype passwords into it.

    Wants a connection on which each statement is a transaction of its own.

    Raises:
        TooManyAttempts: one of the limits is passed.
    """
    values = {"login": _key(login), "asker": storable(asker), "now": now}
    cursor = await conn.execute(
        "INSERT INTO staff_attempts (at, login, asker) VALUES (%(now)s, %(login)s, %(asker)s) RETURNING id",
        values,
    )
    made = await cursor.fetchone()
    assert made is not None  # noqa: S101  # RETURNING
    for limit in limits:
        if await _passed(conn, limit, values={**values, "since": now - limit.window}):
            # Not counted itself: who waits is let in when the window has passed, however often they tried.
            await conn.execute("DELETE FROM staff_attempts WHERE id = %s", (made["id"],))
            raise TooManyAttempts
    return int(made["id"])


async def _passed(conn: Conn, limit: Limits, *, values: dict[str, object]) -> bool:
    cursor = await conn.execute(
        "SELECT count(*) FILTER (WHERE login = %(login)s AND asker = %(asker)s) AS pair,"
        " count(*) FILTER (WHERE asker = %(asker)s) AS asker, count(*) FILTER (WHERE login = %(login)s) AS login"
        " FROM staff_attempts WHERE at > %(since)s AND (login = %(login)s OR asker = %(asker)s)",
        values,
    )
    counts = await cursor.fetchone()
    assert counts is not None  # noqa: S101  # an aggregate
    return any(counts[name] > getattr(limit, name) for name in ("pair", "asker", "login"))


async def forgive(conn: Conn, attempt: int, *, login: str, asker: str) -> None:
    """The right answer clears what this person mistyped here."""
    await conn.execute(
        "DELETE FROM staff_attempts WHERE id = %s OR (login = %s AND asker = %s)",
        (attempt, _key(login), storable(asker)),
    )


async def forget(conn: Conn, *, now: datetime) -> None:
    """Drop tries too old to count."""
    await conn.execute("DELETE FROM staff_attempts WHERE at < %s", (now - LONGEST,))


def _key(login: str) -> str:
    return hashlib.sha256(login.encode("utf-8", "replace")).hexdigest()
