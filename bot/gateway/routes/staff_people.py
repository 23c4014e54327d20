"""Accounts of the staff pages, for administrators: made, changed, closed, and let in again after a lost phone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, Response

from bot.gateway import staff_security as security
from bot.gateway.content.entry import area_name
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.security import STAFF_PREFIX
from bot.gateway.staff_accounts import check_reach, check_unit, check_unit_reach, lacks_unit, reaches
from bot.gateway.staff_entry import NotThere, go_to, staff_router
from bot.gateway.staff_pages import page, words
from bot.gateway.staff_security import Refused, SignedIn
from desk import identities, passwords, staff, staff_sessions, totp
from desk.database import Conn, statement
from desk.staff import Account, Role, Staff
from knowledge.errors import BadLogin, LoginTaken, NotAllowed, StaffNotFound, UnknownArea, UnknownUnit

router = staff_router(role=Role.ADMIN)
PEOPLE = f"{STAFF_PREFIX}/nguoi-dung"
Line = Annotated[str, Form(max_length=200)]


class _UnitNeeded(Exception):  # caught in this module
    """Whoever works on a unit's tickets has a unit."""


_PROBLEMS: dict[type[Exception], str] = {
    BadLogin: "bad_account",
    LoginTaken: "login_taken",
    UnknownArea: "unknown_area",
    UnknownUnit: "unknown_unit",
    NotAllowed: "not_reached",
    _UnitNeeded: "unit_needed",
}
_REFUSALS = tuple(_PROBLEMS)


class Typed(NamedTuple):
    """What stands in the form of an account."""

    login: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    unit: str = ""
    area: str = ""


@router.get("/nguoi-dung")
async def people(request: Request, session: SignedIn, parts: Wired, xong: str = "") -> HTMLResponse:
    return await _list_page(request, session.staff, parts, done=xong)


@router.post("/nguoi-dung")
async def add(
    request: Request,
    session: SignedIn,
    parts: Wired,
    login: Line = "",
    name: Line = "",
    unit: Line = "",
    area: Line = "",
) -> Response:
    """Make an account with a password made here, shown once."""
    typed = Typed(login, name, await _roles_of(request), unit.strip(), area.strip())
    password = passwords.generate()
    try:
        place = _checked(typed, session.staff, parts)
        async with parts.pool.connection() as conn:
            made = await staff.add(
                conn, login=login, name=name, roles=place.roles, unit_id=place.unit, area=place.area,
                password=password, actor=session.staff.login, now=parts.clock(),
            )  # fmt: skip
    except _REFUSALS as error:
        return await _list_page(request, session.staff, parts, typed=typed, problem=_problem(error))
    return page(request, "people_password.html", {"person": made, "password": password, "made": True})


@router.get("/nguoi-dung/{login}")
async def person(
    request: Request, session: SignedIn, parts: Wired, login: str, xong: str = "", loi: str = ""
) -> HTMLResponse:
    return await _person_page(request, session.staff, parts, login=login, done=xong, problem=loi)


@router.post("/nguoi-dung/{login}/viec")
async def change(
    request: Request, session: SignedIn, parts: Wired, login: str, unit: Line = "", area: Line = ""
) -> Response:
    """Other work, another unit. Nobody takes their own right to administer away."""
    found = await _found(session.staff, parts, login)
    typed = Typed(found.login, found.name, await _roles_of(request), unit.strip(), area.strip())
    try:
        place = _checked(typed, session.staff, parts)
        if found.id == session.staff.id:
            return _back(found, loi="not_yourself")
        async with parts.pool.connection() as conn:
            await staff.change(
                conn, login=found.login, roles=place.roles, unit_id=place.unit, area=place.area,
                actor=session.staff.login, now=parts.clock(),
            )  # fmt: skip
    except _REFUSALS as error:
        return await _person_page(
            request, session.staff, parts, login=login, typed=typed, problem=_problem(error)
        )
    return _back(found, xong="changed")


@router.post("/nguoi-dung/{login}/mat-khau")
async def new_password(request: Request, session: SignedIn, parts: Wired, login: str) -> Response:
    """A password made here, shown once; every session of the account ends."""
    found = await _found(session.staff, parts, login)
    if found.id == session.staff.id:
        return _back(found, loi="not_yourself")
    password = passwords.generate()
    async with parts.pool.connection() as conn:
        await staff.set_password(
            conn, login=found.login, password=password, actor=session.staff.login, now=parts.clock()
        )
    return page(request, "people_password.html", {"person": found, "password": password, "made": False})


@router.post("/nguoi-dung/{login}/{deed}")
async def act(session: SignedIn, parts: Wired, login: str, deed: str) -> Response:
    """Close, open, take a lost phone away, end sessions, unlink: each is one button."""
    if deed not in _DEEDS:
        raise NotThere
    found = await _found(session.staff, parts, login)
    if found.id == session.staff.id:
        return _back(found, loi="not_yourself")
    done, work = _DEEDS[deed]
    async with parts.pool.connection() as conn:
        await work(conn, found, session.staff.login, parts)
    return _back(found, xong=done)


# ------------------------------------------------------------------ deeds


async def _close(conn: Conn, found: Account, actor: str, parts: Parts) -> None:
    await staff.set_active(conn, login=found.login, active=False, actor=actor, now=parts.clock())


async def _open(conn: Conn, found: Account, actor: str, parts: Parts) -> None:
    await staff.set_active(conn, login=found.login, active=True, actor=actor, now=parts.clock())


async def _reset(conn: Conn, found: Account, actor: str, parts: Parts) -> None:
    await totp.reset(conn, found.login, actor=actor, now=parts.clock())


async def _end(conn: Conn, found: Account, actor: str, parts: Parts) -> None:
    await staff_sessions.end_sessions(conn, found, actor=actor, now=parts.clock())


async def _unlink(conn: Conn, found: Account, actor: str, parts: Parts) -> None:
    await identities.unlink(conn, found.login, actor=actor, now=parts.clock())


_DEEDS: dict[str, tuple[str, Callable[[Conn, Account, str, Parts], Awaitable[None]]]] = {
    "khoa": ("disabled", _close),
    "mo": ("enabled", _open),
    "xac-thuc": ("totp_reset", _reset),
    "phien": ("sessions_ended", _end),
    "tai-khoan-ngoai": ("unlinked", _unlink),
}

# ------------------------------------------------------------------ pieces


class _Place(NamedTuple):
    roles: tuple[Role, ...]
    unit: str
    area: str


def _checked(typed: Typed, admin: Staff, parts: Parts) -> _Place:
    """What was typed, as it may be kept.

    Raises:
        BadLogin: a role that is none.
        _UnitNeeded: a role that works on a unit's tickets, and no unit.
        NotAllowed: the place or the unit is outside this administrator's area.
        UnknownUnit: no unit has the id.
    """
    try:
        roles = tuple(Role(role) for role in typed.roles)
    except ValueError:
        raise BadLogin from None
    check_unit(parts.tickets.router, typed.unit)
    if lacks_unit(roles, typed.unit):
        raise _UnitNeeded
    check_reach(admin, typed.area)
    check_unit_reach(admin, parts.tickets.router, typed.unit)
    return _Place(roles, typed.unit, typed.area)


def _problem(error: Exception) -> str:
    return next(name for kind, name in _PROBLEMS.items() if isinstance(error, kind))


async def _roles_of(request: Request) -> tuple[str, ...]:
    return tuple(str(role) for role in (await request.form()).getlist("role"))


async def _found(admin: Staff, parts: Parts, login: str) -> Account:
    """An account within this administrator's reach; others' are as if they were not there."""
    try:
        async with statement(parts.pool) as conn:
            found = await staff.find(conn, login)
    except StaffNotFound:
        raise NotThere from None
    if not reaches(admin, found.area):
        raise Refused("not_your_area")
    return found


def _back(found: Staff, **said: str) -> Response:
    [(name, value)] = said.items()
    return go_to(f"{PEOPLE}/{quote(found.login)}?{name}={value}")


def _choices(parts: Parts, admin: Staff) -> dict[str, object]:
    units = [unit for unit in parts.tickets.router.units if not unit.area or reaches(admin, unit.area)]
    return {"roles": [role.value for role in Role], "units": sorted(units, key=lambda unit: unit.name)}


async def _list_page(
    request: Request,
    admin: Staff,
    parts: Parts,
    *,
    typed: Typed | None = None,
    done: str = "",
    problem: str = "",
) -> HTMLResponse:
    async with statement(parts.pool) as conn:
        everybody = await staff.list_accounts(conn)
    values = {
        **_choices(parts, admin),
        "people": [one for one in everybody if reaches(admin, one.area)],
        "unit_name": _unit_namer(parts),
        "area_name": area_name,
        "typed": typed or Typed(area=admin.area),
        "done": words()["done"].get(done, ""),
        "problem": words()["errors"].get(problem, ""),
    }
    return page(request, "people.html", values, status=422 if problem else 200)


async def _person_page(
    request: Request,
    admin: Staff,
    parts: Parts,
    *,
    login: str,
    typed: Typed | None = None,
    done: str = "",
    problem: str = "",
) -> HTMLResponse:
    found = await _found(admin, parts, login)
    async with statement(parts.pool) as conn:
        sessions = await staff_sessions.list_sessions(
            conn, found.id, now=parts.clock(), lifetime=security.lifetime_of(parts)
        )
    values = {
        **_choices(parts, admin),
        "person": found,
        "sessions": sessions,
        "typed": typed or Typed(found.login, found.name, found.roles, found.unit_id, found.area),
        "unit_name": _unit_namer(parts),
        "area_name": area_name,
        "done": words()["done"].get(done, ""),
        "problem": words()["errors"].get(problem, ""),
    }
    return page(request, "person.html", values, status=422 if problem else 200)


def _unit_namer(parts: Parts) -> Callable[[str], str]:
    def name(unit_id: str) -> str:
        unit = parts.tickets.router.unit(unit_id)
        return unit.name if unit else unit_id

    return name
