"""Sessions of staff: a random cookie of which only the hash is kept.

A session ends after an hour without a request, and after a working day in any case. Its cookie changes when it is
opened and again when a second factor has passed, so that one seen before is worth nothing after.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from desk import attempts, passwords
from desk.database import Conn, Pool, statement, storable
from desk.staff import COLUMNS, Staff, clean_login, credentials, record
from knowledge.errors import NoStaffSession, WrongSignIn

IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=10)
SEEN_EVERY = timedelta(minutes=1)  # a session's last request is written down at most so often
ATTEMPT_WINDOW = timedelta(minutes=15)
TRIES_PER_PAIR = 6  # of one login from one address
TRIES_PER_ASKER = 40  # an office shares one address
TRIES_PER_LOGIN = 120  # high: a stranger must not lock an official out; still far too few to guess
_MAX_AGENT = 300
_PERSON = ", ".join(f"s.{name}" for name in COLUMNS)
_OPEN = "expires_at > %(now)s AND seen_at > %(since)s"


class Lifetime(NamedTuple):
    """How long a session lasts: without a request, and at all."""

    idle: timedelta = IDLE
    absolute: timedelta = ABSOLUTE


class Origin(NamedTuple):
    """Where a request came from: its address, and what its browser calls itself."""

    asker: str
    agent: str = ""


class Session(BaseModel):
    """A signed-in person. `csrf` stands in every form of theirs."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    staff: Staff
    csrf: str
    created_at: datetime
    expires_at: datetime
    second_factor: bool = False  # whether this session passed one
    has_totp: bool = False  # whether the account has one


class OpenSession(BaseModel):
    """A session as its owner reads it in a list."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    asker: str
    agent: str
    current: bool


async def sign_in(
    pool: Pool,
    *,
    login: str,
    password: str,
    asker: str,
    now: datetime,
    agent: str = "",
    lifetime: Lifetime = Lifetime(),  # noqa: B008  # immutable
    replaces: str = "",
) -> tuple[str, Session]:
    """The cookie of a new session, and the session; the one of the cookie `replaces` ends.

    Takes the pool: a failed try stays counted whatever becomes of the caller's work.

    Raises:
        TooManyAttempts: too many failed tries of late, of this login or from this address.
        WrongSignIn: no such account, or not this password; never says which, and takes as long for both.
    """
    login = clean_login(login)
    attempt, staff_id = await _proved(pool, login, password=password, asker=asker, now=now)
    async with pool.connection() as conn:
        await attempts.forgive(conn, attempt, login=login, asker=asker)
        await _forget(conn, now=now, lifetime=lifetime)
        await record(conn, actor=login, action="staff.signed_in", login=login, now=now)
        return await open_session(
            conn, staff_id, origin=Origin(asker, agent), now=now, lifetime=lifetime, replaces=replaces
        )


async def check_password(pool: Pool, *, login: str, password: str, asker: str, now: datetime) -> None:
    """Whether it is this account's password, asked for again before something weighty.

    Raises:
        TooManyAttempts: as `sign_in`.
        WrongSignIn: it is not.
    """
    attempt, _ = await _proved(pool, login, password=password, asker=asker, now=now)
    async with statement(pool) as conn:
        await attempts.forgive(conn, attempt, login=login, asker=asker)


async def _proved(pool: Pool, login: str, *, password: str, asker: str, now: datetime) -> tuple[int, UUID]:
    """The counted try and the account whose password this is."""
    limits = attempts.Limits(ATTEMPT_WINDOW, TRIES_PER_PAIR, TRIES_PER_ASKER, TRIES_PER_LOGIN)
    async with statement(pool) as conn:
        attempt = await attempts.count(conn, login=login, asker=asker, now=now, limits=[limits])
        row = await credentials(conn, login)
    if not await passwords.matches(password, row["password_hash"] if row else ""):
        raise WrongSignIn
    assert row is not None  # noqa: S101  # nobody's hash is matched by nothing
    if passwords.outdated(row["password_hash"]):
        async with statement(pool) as conn:
            await conn.execute(
                "UPDATE staff SET password_hash = %s WHERE login = %s",
                (await passwords.hashed(password), login),
            )
    return attempt, UUID(str(row["id"]))


async def open_session(
    conn: Conn,
    staff_id: UUID,
    *,
    origin: Origin,
    now: datetime,
    lifetime: Lifetime = Lifetime(),  # noqa: B008  # immutable
    replaces: str = "",
    second_factor: bool = False,
) -> tuple[str, Session]:
    """A new session of somebody whose identity was proved, and its cookie."""
    token = secrets.token_urlsafe(32)
    await conn.execute("DELETE FROM staff_sessions WHERE token_hash = %s", (_digest(replaces),))
    await conn.execute(
        "INSERT INTO staff_sessions"
        " (token_hash, staff_id, csrf, created_at, seen_at, expires_at, asker, agent, second_factor)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            _digest(token), staff_id, secrets.token_urlsafe(32), now, now, now + lifetime.absolute,
            storable(origin.asker), storable(origin.agent[:_MAX_AGENT]), second_factor,
        ),
    )  # fmt: skip
    return token, await find_session(conn, token, now=now, lifetime=lifetime)


async def find_session(
    conn: Conn,
    token: str,
    *,
    now: datetime,
    lifetime: Lifetime = Lifetime(),  # noqa: B008  # immutable
) -> Session:
    """The session of a cookie. Whether it passed a second factor is for the caller to look at.

    Raises:
        NoStaffSession: there is none, it ended, or the account was closed.
    """
    cursor = await conn.execute(
        f"SELECT {_PERSON}, t.id AS session_id, t.csrf, t.created_at AS opened_at, t.expires_at,"  # noqa: S608  # our columns
        " t.seen_at, t.second_factor, s.totp_since IS NOT NULL AS has_totp"
        " FROM staff_sessions t JOIN staff s ON s.id = t.staff_id"
        f" WHERE t.token_hash = %(token)s AND s.active AND {_OPEN}",
        {"token": _digest(token), "now": now, "since": now - lifetime.idle},
    )
    row = await cursor.fetchone()
    if row is None:
        raise NoStaffSession
    if row["seen_at"] < now - SEEN_EVERY:
        await conn.execute(
            "UPDATE staff_sessions SET seen_at = %s WHERE token_hash = %s", (now, _digest(token))
        )
    return Session(
        id=row["session_id"],
        staff=Staff(**{name: row[name] for name in COLUMNS}),
        created_at=row["opened_at"],
        **{name: row[name] for name in ("csrf", "expires_at", "second_factor", "has_totp")},
    )


async def raised(
    conn: Conn,
    token: str,
    *,
    now: datetime,
    lifetime: Lifetime = Lifetime(),  # noqa: B008  # immutable
) -> tuple[str, Session]:
    """The session after its second factor, under a new cookie and a new token for its forms.

    Raises:
        NoStaffSession: it ended meanwhile.
    """
    new = secrets.token_urlsafe(32)
    await conn.execute(
        "UPDATE staff_sessions SET (token_hash, csrf, created_at, seen_at, expires_at, second_factor)"
        " = (%s, %s, %s, %s, %s, true) WHERE token_hash = %s",
        (_digest(new), secrets.token_urlsafe(32), now, now, now + lifetime.absolute, _digest(token)),
    )
    return new, await find_session(conn, new, now=now, lifetime=lifetime)


# ------------------------------------------------------------------ ending


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


async def end_sessions(
    conn: Conn, person: Staff, *, actor: str, now: datetime, only: UUID | None = None, keep: str = ""
) -> int:
    """End all sessions of a person, or `only` one, but never the one of the cookie `keep`; how many ended."""
    cursor = await conn.execute(
        "DELETE FROM staff_sessions WHERE staff_id = %(staff)s AND token_hash <> %(keep)s"
        " AND (%(only)s::uuid IS NULL OR id = %(only)s)",
        {"staff": person.id, "keep": _digest(keep), "only": only},
    )
    if cursor.rowcount:
        details = {"sessions": cursor.rowcount}
        action = "staff.sessions_ended"
        await record(conn, actor=actor, action=action, login=person.login, now=now, details=details)
    return cursor.rowcount


# ------------------------------------------------------------------ looking


async def list_sessions(
    conn: Conn,
    staff_id: UUID,
    *,
    now: datetime,
    token: str = "",  # "" = of nobody
    lifetime: Lifetime = Lifetime(),  # noqa: B008  # immutable
) -> list[OpenSession]:
    """The open sessions of a person, the last used first; `token` is the cookie of the one who asks."""
    cursor = await conn.execute(
        "SELECT id, created_at, seen_at, expires_at, asker, agent, token_hash = %(token)s AS current"  # noqa: S608
        f" FROM staff_sessions WHERE staff_id = %(staff)s AND {_OPEN} ORDER BY seen_at DESC, id",
        {"staff": staff_id, "token": _digest(token), "now": now, "since": now - lifetime.idle},
    )
    return [OpenSession(**row) for row in await cursor.fetchall()]


async def count_sessions(conn: Conn, staff_id: UUID, *, now: datetime) -> int:
    """How many sessions of a person are open."""
    return len(await list_sessions(conn, staff_id, now=now))


async def _forget(conn: Conn, *, now: datetime, lifetime: Lifetime) -> None:
    """Drop sessions that ended and tries too old to count."""
    await conn.execute(
        "DELETE FROM staff_sessions WHERE expires_at < %s OR seen_at < %s", (now, now - lifetime.idle)
    )
    await attempts.forget(conn, now=now)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
