"""Staff accounts: who may open the staff pages, and as what. Their sessions are in staff_sessions.py."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation
from pydantic import BaseModel, ConfigDict

from desk import passwords
from desk.database import Conn, storable
from desk.service import audit
from knowledge.errors import BadLogin, LoginTaken, StaffNotFound, UnknownArea
from knowledge.gazetteer.names import gazetteer

# An e-mail address too: whoever signs in with an outside identity is known by it.
_LOGIN = re.compile(r"^(?=.{2,80}$)[a-z0-9][a-z0-9._-]{1,39}(@([a-z0-9-]+\.)+[a-z]{2,})?$")
COLUMNS = ("id", "login", "name", "roles", "unit_id", "area", "active", "created_at", "password_set_at")
_ALL = ", ".join(COLUMNS)
_INSERT = """INSERT INTO staff
    (id, login, name, password_hash, roles, unit_id, area, created_at, password_set_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING id, login, name, roles, unit_id, area, active, created_at, password_set_at"""


class Role(StrEnum):
    """What a person may do. Roles add up; `may` says what each takes in."""

    CONTENT = "content"  # corrects the knowledge
    DESK = "desk"  # works on the tickets of a unit
    HEAD = "head"  # leads that unit: also publishes, reopens, hands out work
    TRIAGE = "triage"  # sorts what is unsure, of every unit of an area
    AUDITOR = "auditor"  # reads everything of an area, changes nothing
    ADMIN = "admin"


# A head and a sorter do an officer's work too.
_TAKEN_IN_BY = {Role.DESK: {Role.HEAD, Role.TRIAGE}}


class Staff(BaseModel):
    """An official with an account, of one unit or none. `area` "" is the whole country."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    login: str
    name: str
    roles: tuple[Role, ...] = ()
    unit_id: str = ""
    area: str = ""
    active: bool = True
    created_at: datetime
    password_set_at: datetime

    def may(self, role: Role) -> bool:
        return (
            role in self.roles
            or Role.ADMIN in self.roles
            or bool(_TAKEN_IN_BY.get(role, set()) & {*self.roles})
        )


class Account(Staff):
    """An account as administrators read it."""

    totp_since: datetime | None = None
    oidc_subject: str | None = None  # issuer|subject of an outside identity


def clean_login(login: str) -> str:
    """As logins are kept: small letters, no spaces around."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


async def add(
    conn: Conn,
    *,
    login: str,
    name: str,
    roles: Iterable[Role],
    password: str,
    actor: str,
    now: datetime,
    area: str = "",
    unit_id: str = "",
) -> Staff:
    """Make an account.

    Raises:
        BadLogin: the login is not of letters, digits, dot, dash; or the name or the roles are empty.
        LoginTaken: somebody has it.
        UnknownArea: the area is in no pack.
        WeakPassword: too easily guessed.
    """
    login, chosen = clean_login(login), sorted({role.value for role in roles})
    if not _LOGIN.match(login) or not name.strip() or not chosen:
        raise BadLogin
    _check_area(area)
    passwords.check(password, login=login)
    values = (uuid4(), login, name.strip(), await passwords.hashed(password), chosen, unit_id, area, now, now)
    try:
        cursor = await conn.execute(_INSERT, values)
    except UniqueViolation:
        raise LoginTaken(f"the login {login} is taken") from None
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101  # RETURNING
    details = {"roles": chosen, "area": area, "unit": unit_id}
    await record(conn, actor=actor, action="staff.added", login=login, now=now, details=details)
    return Staff(**row)


async def list_staff(conn: Conn) -> list[Staff]:
    cursor = await conn.execute(f"SELECT {_ALL} FROM staff ORDER BY login")  # noqa: S608  # our columns
    return [Staff(**row) for row in await cursor.fetchall()]


async def list_accounts(conn: Conn) -> list[Account]:
    cursor = await conn.execute(f"SELECT {_ALL}, totp_since, oidc_subject FROM staff ORDER BY login")  # noqa: S608
    return [Account(**row) for row in await cursor.fetchall()]


async def find(conn: Conn, login: str) -> Account:
    """An account, closed ones too.

    Raises:
        StaffNotFound: nobody has the login.
    """
    cursor = await conn.execute(
        f"SELECT {_ALL}, totp_since, oidc_subject FROM staff WHERE login = %s",  # noqa: S608
        (storable(clean_login(login)),),
    )
    row = await cursor.fetchone()
    if row is None:
        raise StaffNotFound
    return Account(**row)


async def change(
    conn: Conn,
    *,
    login: str,
    roles: Iterable[Role],
    unit_id: str,
    area: str,
    actor: str,
    now: datetime,
) -> None:
    """Give somebody other work; their sessions end, so that no page goes on with what they no longer may.

    Raises:
        BadLogin: without a role.
        StaffNotFound: nobody has the login.
        UnknownArea: the area is in no pack.
    """
    chosen = sorted({role.value for role in roles})
    if not chosen:
        raise BadLogin
    _check_area(area)
    before = await find(conn, login)
    await conn.execute(
        "UPDATE staff SET (roles, unit_id, area) = (%s, %s, %s) WHERE id = %s",
        (chosen, unit_id, area, before.id),
    )
    await conn.execute("DELETE FROM staff_sessions WHERE staff_id = %s", (before.id,))
    old = {"roles": list(before.roles), "area": before.area, "unit": before.unit_id}
    details = {"roles": chosen, "area": area, "unit": unit_id, "before": old}
    await record(conn, actor=actor, action="staff.changed", login=before.login, now=now, details=details)


def _check_area(area: str) -> None:
    if area and area not in gazetteer().by_slug:
        raise UnknownArea(f"no area {area!r}: say it as lam-dong or lam-dong/bac-binh")


async def anybody(conn: Conn) -> bool:
    """Whether there is an account that can sign in."""
    return await (await conn.execute("SELECT 1 FROM staff WHERE active LIMIT 1")).fetchone() is not None


async def set_active(conn: Conn, *, login: str, active: bool, actor: str, now: datetime) -> None:
    """Let an account in or keep it out; kept out, its sessions end."""
    staff_id = await _touch(conn, "UPDATE staff SET active = %s WHERE login = %s RETURNING id", active, login)
    if not active:
        await conn.execute("DELETE FROM staff_sessions WHERE staff_id = %s", (staff_id,))
    action = "staff.enabled" if active else "staff.disabled"
    await record(conn, actor=actor, action=action, login=clean_login(login), now=now)


async def set_password(conn: Conn, *, login: str, password: str, actor: str, now: datetime) -> None:
    """Change a password; every session of the account ends."""
    login = clean_login(login)
    passwords.check(password, login=login)
    sql = "UPDATE staff SET (password_hash, password_set_at) = (%s, %s) WHERE login = %s RETURNING id"
    staff_id = await _touch(conn, sql, await passwords.hashed(password), now, login)
    await conn.execute("DELETE FROM staff_sessions WHERE staff_id = %s", (staff_id,))
    await record(conn, actor=actor, action="staff.password_set", login=login, now=now)


async def is_password(conn: Conn, *, login: str, password: str) -> bool:
    """Whether it is this account's password."""
    row = await credentials(conn, clean_login(login))
    return await passwords.matches(password, row["password_hash"] if row else "")


async def _touch(conn: Conn, sql: str, *values: object) -> UUID:
    *rest, login = values
    row = await (await conn.execute(sql.encode(), (*rest, clean_login(str(login))))).fetchone()
    if row is None:
        raise StaffNotFound(f"nobody has the login {login}")
    return UUID(str(row["id"]))


async def record(
    conn: Conn,
    *,
    actor: str,
    action: str,
    login: str,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    await audit(
        conn, actor=actor, action=action, object_kind="staff", object_id=login, now=now, details=details
    )


async def credentials(conn: Conn, login: str) -> dict[str, Any] | None:
    """`id` and `password_hash` of an account that may sign in."""
    cursor = await conn.execute(
        "SELECT id, password_hash FROM staff WHERE login = %s AND active", (storable(login),)
    )
    return await cursor.fetchone()
