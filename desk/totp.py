"""The second factor: one-time codes of RFC 6238 from an app on the official's phone, and codes for a lost phone.

The secret lies sealed (desk/sealing.py). A code is good once: the last step used is raised in the database, so that
two requests with the same code cannot both pass. A clock may be one step (30 s) off either way.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pyotp

from desk import attempts
from desk.database import Conn, Pool, statement
from desk.sealing import Sealer
from desk.staff import Role, Staff, find, record
from desk.staff_sessions import Session
from knowledge.errors import WrongCode

STEP_S = 30
DRIFT = 1  # steps
RECOVERY_CODES = 10
HALF_OPEN = timedelta(minutes=15)  # so long a session may wait for its second factor
# Whoever guesses codes knows the password already, so the account is slowed wherever the tries come from: three of a
# million codes fit, and forty tries a day find one in a quarter of a century.
LIMITS = (
    attempts.Limits(timedelta(minutes=15), pair=6, asker=40, login=10),
    attempts.Limits(timedelta(days=1), pair=40, asker=2000, login=40),
)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no 0 o 1 i l: it is copied by hand


class Policy(StrEnum):
    """Who must have a second factor. Whoever set one up is asked for it in any case."""

    OFF = "off"
    DESK = "desk"  # whoever sees reports, or accounts
    ALL = "all"


class Standing(StrEnum):
    """How far a session has come."""

    IN = "in"
    CODE = "code"  # a code is asked for
    ENROL = "enrol"  # a second factor has to be set up first


_DESK_ROLES = frozenset({Role.DESK, Role.HEAD, Role.TRIAGE, Role.AUDITOR, Role.ADMIN})


def needed(roles: Iterable[Role], policy: Policy) -> bool:
    return policy is Policy.ALL or (policy is Policy.DESK and bool(_DESK_ROLES & {*roles}))


def standing(session: Session, policy: Policy) -> Standing:
    if session.second_factor:
        return Standing.IN
    if session.has_totp:
        return Standing.CODE
    return Standing.ENROL if needed(session.staff.roles, policy) else Standing.IN


# ------------------------------------------------------------------ the secret


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, *, login: str, issuer: str) -> str:
    """What the phone's app reads from the picture: an otpauth URI."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def step_of(at: datetime) -> int:
    return int(at.timestamp()) // STEP_S


def steps_that_fit(secret: str, code: str, *, now: datetime) -> list[int]:
    """The steps around now whose code this is, the earliest first."""
    totp, middle, given = pyotp.TOTP(secret), step_of(now), plain(code).encode()
    steps = range(middle - DRIFT, middle + DRIFT + 1)
    return [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), given)]


def plain(code: str) -> str:
    """A code as it is compared: letters and digits only, whatever it was set apart with."""
    return "".join(letter for letter in code.casefold() if letter.isalnum())


# ------------------------------------------------------------------ setting up


async def set_up(
    conn: Conn,
    person: Staff,
    *,
    secret: str,
    code: str,
    sealer: Sealer,
    now: datetime,
    replaces: bool = False,
) -> list[str]:
    """Give the account this second factor; its new recovery codes, which are shown once.

    Raises:
        WrongCode: it is not the app's code of now; or the account has a second factor and this one does not
            replace it.
    """
    fits = steps_that_fit(secret, code, now=now)
    if not fits:
        raise WrongCode
    cursor = await conn.execute(
        "UPDATE staff SET (totp_sealed, totp_since, totp_last_step) = (%s, %s, %s)"
        " WHERE id = %s AND (totp_since IS NULL OR %s)",
        (sealer.seal(secret), now, fits[-1], person.id, replaces),
    )
    if not cursor.rowcount:
        raise WrongCode
    await record(conn, actor=person.login, action="staff.totp_set", login=person.login, now=now)
    return await _new_recovery(conn, person.id)


async def renew_recovery(conn: Conn, person: Staff, *, now: datetime) -> list[str]:
    """Ten new recovery codes; the old ones are worth nothing."""
    await record(conn, actor=person.login, action="staff.recovery_renewed", login=person.login, now=now)
    return await _new_recovery(conn, person.id)


async def reset(conn: Conn, login: str, *, actor: str, now: datetime) -> None:
    """Take the second factor away, and end every session: the next sign-in sets up another where one is needed.

    Raises:
        StaffNotFound: nobody has the login.
    """
    person = await find(conn, login)
    await conn.execute(
        "UPDATE staff SET (totp_sealed, totp_since) = (NULL, NULL) WHERE id = %s",  # the last step stays: no replay
        (person.id,),
    )
    await conn.execute("DELETE FROM staff_recovery WHERE staff_id = %s", (person.id,))
    await conn.execute("DELETE FROM staff_sessions WHERE staff_id = %s", (person.id,))
    await record(conn, actor=actor, action="staff.totp_reset", login=person.login, now=now)


async def recovery_left(conn: Conn, staff_id: UUID) -> int:
    cursor = await conn.execute(
        "SELECT count(*) AS n FROM staff_recovery WHERE staff_id = %s AND used_at IS NULL", (staff_id,)
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


async def _new_recovery(conn: Conn, staff_id: UUID) -> list[str]:
    codes = ["-".join(_letters(4) for _ in range(4)) for _ in range(RECOVERY_CODES)]  # 79 bits each
    await conn.execute("DELETE FROM staff_recovery WHERE staff_id = %s", (staff_id,))
    for code in codes:
        await conn.execute(
            "INSERT INTO staff_recovery (staff_id, code_hash) VALUES (%s, %s)", (staff_id, _digest(code))
        )
    return codes


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _digest(code: str) -> bytes:
    return hashlib.sha256(plain(code).encode()).digest()


# ------------------------------------------------------------------ asking for it


async def check(pool: Pool, person: Staff, *, code: str, asker: str, sealer: Sealer, now: datetime) -> None:
    """Take a code of the app, or a recovery code. Failed tries are counted as those of passwords are.

    Raises:
        TooManyAttempts: too many failed codes of this account, or too many tries from this address.
        WrongCode: not a code of now, used before, or no second factor at all.
    """
    counted = f"code {person.login}"
    async with statement(pool) as conn:
        attempt = await attempts.count(conn, login=counted, asker=asker, now=now, limits=LIMITS)
        if not await _take(conn, person, code=code, sealer=sealer, now=now):
            await record(conn, actor=person.login, action="staff.code_refused", login=person.login, now=now)
            raise WrongCode
        await attempts.forgive(conn, attempt, login=counted, asker=asker)


async def _take(conn: Conn, person: Staff, *, code: str, sealer: Sealer, now: datetime) -> bool:
    digits = plain(code)
    if len(digits) == 6 and digits.isdecimal():
        return await _take_step(conn, person.id, code=digits, sealer=sealer, now=now)
    return await _take_recovery(conn, person, code=code, now=now)


async def _take_step(conn: Conn, staff_id: UUID, *, code: str, sealer: Sealer, now: datetime) -> bool:
    cursor = await conn.execute(
        "SELECT totp_sealed FROM staff WHERE id = %s AND totp_since IS NOT NULL", (staff_id,)
    )
    row = await cursor.fetchone()
    if row is None:
        return False
    for step in steps_that_fit(sealer.text(row["totp_sealed"]), code, now=now):
        cursor = await conn.execute(
            "UPDATE staff SET totp_last_step = %s WHERE id = %s AND totp_last_step < %s",
            (step, staff_id, step),
        )
        if cursor.rowcount:
            return True
    return False


async def _take_recovery(conn: Conn, person: Staff, *, code: str, now: datetime) -> bool:
    cursor = await conn.execute(
        "UPDATE staff_recovery SET used_at = %s WHERE staff_id = %s AND code_hash = %s AND used_at IS NULL",
        (now, person.id, _digest(code)),
    )
    if cursor.rowcount:
        await record(conn, actor=person.login, action="staff.recovery_used", login=person.login, now=now)
    return bool(cursor.rowcount)
