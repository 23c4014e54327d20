"""Sessions of staff: a random cookie of which only the hash is kept, and the tries to get one.

A session ends after an hour without a request, and after a working day in any case.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from desk import passwords
from desk.database import Conn, Pool, statement, storable
from desk.staff import COLUMNS, Staff, clean_login, credentials, record
from knowledge.errors import NoStaffSession, TooManyAttempts, WrongSignIn

IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=10)
SEEN_EVERY = timedelta(minutes=1)  # a session's last request is written down at most so often
ATTEMPT_WINDOW = timedelta(minutes=15)
TRIES_PER_PAIR = 6  # of one login from one address
TRIES_PER_ASKER = 40  # an office shares one address
TRIES_PER_LOGIN = 120  # high: a stranger must not lock an official out; still far too few to guess
_PERSON = ", ".join(f"s.{name}" for name in COLUMNS)


class Session(BaseModel):
    """A signed-in person. `csrf` stands in every form of theirs."""

    model_config = ConfigDict(frozen=True)

    staff: Staff
    csrf: str
    expires_at: datetime


async def sign_in(pool: Pool, *, login: str, password: str, asker: str, now: datetime) -> tuple[str, Session]:
    """The cookie of a new session, and the session. `asker` is the address the request came from.

    Takes the pool: a failed try stays counted whatever becomes of the caller's work. The try is written down
    before the password is looked at, so that many at once cannot pass the limit together.

    Raises:
        TooManyAttempts: too many failed tries of late, of this login or from this address.
        WrongSignIn: no such account, or not this password; never says which, and takes as long for both.
    """
    login = clean_login(login)
    async with statement(pool) as conn:
        attempt = await _count_attempt(conn, login=login, asker=asker, now=now)
        row = await credentials(conn, login)
    if not await passwords.matches(password, row["password_hash"] if row else ""):
        raise WrongSignIn
    assert row is not None  # noqa: S101  # nobody's hash is matched by nothing
    async with pool.connection() as conn:
        await _forgive(conn, attempt, login=login, asker=asker)
        await _rehash(conn, row["password_hash"], password=password, login=login)
        await _forget(conn, now=now)
        await record(conn, actor=login, action="staff.signed_in", login=login, now=now)
        token = await _open_session(conn, UUID(str(row["id"])), now=now)
        return token, await find_session(conn, token, now=now)


async def find_session(conn: Conn, token: str, *, now: datetime) -> Session:
    """The session of a cookie.

    Raises:
        NoStaffSession: there is none, it ended, or the account was closed.
    """
    cursor = await conn.execute(
        f"SELECT {_PERSON}, t.csrf, t.expires_at, t.seen_at"  # noqa: S608  # our columns
        " FROM staff_sessions t JOIN staff s ON s.id = t.staff_id"
        " WHERE t.token_hash = %s AND s.active AND t.expires_at > %s AND t.seen_at > %s",
        (_digest(token), now, now - IDLE),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NoStaffSession
    if row.pop("seen_at") < now - SEEN_EVERY:
        await conn.execute(
            "UPDATE staff_sessions SET seen_at = %s WHERE token_hash = %s", (now, _digest(token))
        )
    csrf, expires_at = row.pop("csrf"), row.pop("expires_at")
    return Session(staff=Staff(**row), csrf=csrf, expires_at=expires_at)


async def sign_out(conn: Conn, token: str, *, now: datetime) -> None:
    cursor = await conn.execute(
        "DELETE FROM staff_sessions t USING staff s WHERE t.token_hash = %s AND s.id = t.staff_id"
        " RETURNING s.login",
        (_digest(token),),
    )
    row = await cursor.fetchone()
    if row is not None:
        await record(conn, actor=row["login"], action="staff.signed_out", login=row["login"], now=now)


async def sign_out_elsewhere(conn: Conn, staff_id: UUID, *, keep: str) -> int:
    """End every session of a person but the one of this cookie; how many ended."""
    cursor = await conn.execute(
        "DELETE FROM staff_sessions WHERE staff_id = %s AND token_hash <> %s", (staff_id, _digest(keep))
    )
    return cursor.rowcount


async def count_sessions(conn: Conn, staff_id: UUID, *, now: datetime) -> int:
    """How many sessions of a person are open."""
    cursor = await conn.execute(
        "SELECT count(*) AS n FROM staff_sessions WHERE staff_id = %s AND expires_at > %s AND seen_at > %s",
        (staff_id, now, now - IDLE),
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


async def _open_session(conn: Conn, staff_id: UUID, *, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    await conn.execute(
        "INSERT INTO staff_sessions (token_hash, staff_id, csrf, created_at, seen_at, expires_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (_digest(token), staff_id, secrets.token_urlsafe(32), now, now, now + ABSOLUTE),
    )
    return token


async def _forget(conn: Conn, *, now: datetime) -> None:
    """Drop sessions that ended and tries too old to count."""
    await conn.execute("DELETE FROM staff_sessions WHERE expires_at < %s OR seen_at < %s", (now, now - IDLE))
    await conn.execute("DELETE FROM staff_attempts WHERE at < %s", (now - ATTEMPT_WINDOW,))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


# ------------------------------------------------------------------ failed sign-ins


async def _count_attempt(conn: Conn, *, login: str, asker: str, now: datetime) -> int:
    """Write a try down; its id. The login is kept as a hash: people type passwords into the wrong field."""
    values = {"login": _login_key(login), "asker": storable(asker), "now": now, "since": now - ATTEMPT_WINDOW}
    cursor = await conn.execute(
        "INSERT INTO staff_attempts (at, login, asker) VALUES (%(now)s, %(login)s, %(asker)s) RETURNING id",
        values,
    )
    made = await cursor.fetchone()
    cursor = await conn.execute(
        "SELECT count(*) FILTER (WHERE login = %(login)s AND asker = %(asker)s) AS pair,"
        " count(*) FILTER (WHERE asker = %(asker)s) AS asker, count(*) FILTER (WHERE login = %(login)s) AS login"
        " FROM staff_attempts WHERE at > %(since)s AND (login = %(login)s OR asker = %(asker)s)",
        values,
    )
    counts = await cursor.fetchone()
    assert made is not None and counts is not None  # noqa: S101  # RETURNING, and an aggregate
    limits = {"pair": TRIES_PER_PAIR, "asker": TRIES_PER_ASKER, "login": TRIES_PER_LOGIN}
    if any(counts[name] > limit for name, limit in limits.items()):
        # Not counted itself: who waits is let in when the window has passed, however often they tried.
        await conn.execute("DELETE FROM staff_attempts WHERE id = %s", (made["id"],))
        raise TooManyAttempts
    return int(made["id"])


async def _forgive(conn: Conn, attempt: int, *, login: str, asker: str) -> None:
    """A right password clears what this person mistyped here."""
    await conn.execute(
        "DELETE FROM staff_attempts WHERE id = %s OR (login = %s AND asker = %s)",
        (attempt, _login_key(login), storable(asker)),
    )


def _login_key(login: str) -> str:
    return hashlib.sha256(login.encode("utf-8", "replace")).hexdigest()


async def _rehash(conn: Conn, stored: str, *, password: str, login: str) -> None:
    if passwords.outdated(stored):
        await conn.execute(
            "UPDATE staff SET password_hash = %s WHERE login = %s", (await passwords.hashed(password), login)
        )
