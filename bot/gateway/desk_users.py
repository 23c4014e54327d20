"""`motcua desk user …`: accounts of the staff pages, made and closed by whoever runs the machine."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from rich.table import Table

from bot.gateway.joined import joined
from bot.gateway.settings import Settings
from bot.gateway.staff_accounts import check_unit
from bot.gateway.terminal import table_console
from desk import auditing, passwords, staff, totp, unit_merging
from desk.database import Conn, migrate, open_pool
from desk.routing import Router
from desk.staff import Role, Staff
from knowledge.errors import UnknownUnit, WeakPassword

ACTOR = "motcua"  # in the audit: the command line, which has no account of its own
T = TypeVar("T")


def with_database(settings: Settings, work: Callable[[Conn], Awaitable[T]]) -> T:
    """Run `work` in one transaction. The embedded database is joined when it runs, and started when not."""
    with joined(settings) as dsn:
        migrate(dsn)
        return asyncio.run(_run(dsn, work))


async def _run(dsn: str, work: Callable[[Conn], Awaitable[T]]) -> T:
    async with await open_pool(dsn, min_size=1, max_size=1) as pool, pool.connection() as conn:
        return await work(conn)


def read_password(*, generate: bool) -> str:
    """A new password: made here, or typed twice, or the first line of what is piped in.

    Never an argument: arguments are seen by everybody on the machine.
    """
    if generate:
        return passwords.generate()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password (12 characters or more): ")
    if getpass.getpass("Again: ") != first:
        raise WeakPassword("the two are not the same")
    return first


def add(
    settings: Settings,
    login: str,
    *,
    name: str,
    roles: list[Role],
    unit: str = "",
    area: str,
    generate: bool,
) -> dict[str, object]:
    """Make an account; its line, with the password when it was made here.

    Raises:
        UnknownUnit: no unit has this id.
    """
    if unit:
        check_unit(Router.from_packs(), unit)
    password = read_password(generate=generate)
    made = with_database(
        settings,
        lambda conn: staff.add(
            conn, login=login, name=name, roles=roles, unit_id=unit, area=area, password=password, actor=ACTOR,
            now=_now(),
        ),
    )  # fmt: skip
    return {**line(made), **({"password": password} if generate else {})}


def change_password(settings: Settings, login: str, *, generate: bool) -> dict[str, object]:
    """Set a password; every session of the account ends."""
    password = read_password(generate=generate)
    with_database(
        settings,
        lambda conn: staff.set_password(conn, login=login, password=password, actor=ACTOR, now=_now()),
    )
    return {"login": staff.clean_login(login), **({"password": password} if generate else {})}


def set_active(settings: Settings, login: str, *, active: bool) -> None:
    """Let an account in or keep it out; kept out, its sessions end at once."""
    with_database(
        settings,
        lambda conn: staff.set_active(conn, login=login, active=active, actor=ACTOR, now=_now()),
    )


def merge_unit(settings: Settings, old: str, *, into: str, reason: str) -> dict[str, int]:
    """Hand what one unit has to another; rows by table.

    Raises:
        UnknownUnit: one of the two is no unit.
    """
    router = Router.from_packs()
    unit = router.unit(into)
    if unit is None:
        raise UnknownUnit(f"no unit {into!r}: see the id fields under knowledge/packs/units")
    return with_database(
        settings,
        lambda conn: unit_merging.merge(
            conn, old=old, into=unit, router=router, reason=reason, actor=ACTOR, now=_now()
        ),
    )


def audit_faults(settings: Settings) -> dict[str, list[int]]:
    """Ids of lines of the audit, and of its seals, that are not as they were written."""

    async def look(conn: Conn) -> dict[str, list[int]]:
        return {"lines": await auditing.broken_lines(conn), "seals": await auditing.broken_seals(conn)}

    return with_database(settings, look)


def reset_totp(settings: Settings, login: str) -> None:
    """Take an account's second factor away; its sessions end."""
    with_database(settings, lambda conn: totp.reset(conn, login, actor=ACTOR, now=_now()))


def rows(settings: Settings) -> list[dict[str, object]]:
    found = with_database(settings, staff.list_accounts)
    return [{**line(one), "second_factor": one.totp_since is not None} for one in found]


def line(one: Staff) -> dict[str, object]:
    """An account as the command line shows it."""
    return {
        "login": one.login,
        "name": one.name,
        "roles": ",".join(one.roles),
        "unit": one.unit_id,
        "area": one.area,
        "active": one.active,
    }


def show(found: list[dict[str, object]]) -> None:
    table = Table()
    for name in found[0] if found else ():
        table.add_column(name, overflow="fold")
    for row in found:
        table.add_row(*(str(value) for value in row.values()))
    table_console().print(table)


def _now() -> datetime:
    return datetime.now(UTC)
