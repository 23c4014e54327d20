"""Screens in offices, for officials: enrolled and revoked by administrators, arranged by whoever minds the content."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, Response

from bot.gateway.content.entry import area_name
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.screens.pictures import own_address
from bot.gateway.security import STAFF_PREFIX
from bot.gateway.staff_accounts import check_reach, check_unit, check_unit_reach, reaches
from bot.gateway.staff_entry import NotThere, go_to, staff_router
from bot.gateway.staff_pages import page, words
from bot.gateway.staff_security import Refused, SignedIn
from desk import devices
from desk.database import statement
from desk.devices import Device, Kind
from desk.staff import Role, Staff
from desk.staff_sessions import Session
from knowledge.errors import BadDevice, DeviceNotFound, NotAllowed, UnknownArea, UnknownUnit

router = staff_router()
SCREENS = f"{STAFF_PREFIX}/thiet-bi"
Line = Annotated[str, Form(max_length=200)]
_CODE = re.compile(r"\d\.\d{6}")
_PROBLEMS: dict[type[Exception], str] = {
    BadDevice: "bad_device",
    UnknownArea: "unknown_area",
    UnknownUnit: "unknown_unit",
    NotAllowed: "not_reached",
}
_REFUSALS = tuple(_PROBLEMS)


def _minder(session: Session) -> Staff:
    """Who may see the screens and choose what they show."""
    if not (session.staff.may(Role.ADMIN) or session.staff.may(Role.CONTENT)):
        raise Refused("not_your_role", session)
    return session.staff


def _admin(session: Session) -> Staff:
    if not session.staff.may(Role.ADMIN):
        raise Refused("not_your_role", session)
    return session.staff


@router.get("/thiet-bi")
async def everything(request: Request, session: SignedIn, parts: Wired, xong: str = "") -> HTMLResponse:
    return await _list_page(request, _minder(session), parts, done=xong)


@router.post("/thiet-bi")
async def enrol(
    request: Request,
    session: SignedIn,
    parts: Wired,
    kind: Line = "",
    name: Line = "",
    unit: Line = "",
    area: Line = "",
) -> Response:
    """A new screen, and its token, shown this once."""
    admin, typed = _admin(session), {"kind": kind, "name": name, "unit": unit.strip(), "area": area.strip()}
    try:
        check_unit(parts.tickets.router, typed["unit"])
        check_reach(admin, typed["area"])
        check_unit_reach(admin, parts.tickets.router, typed["unit"])
        async with parts.pool.connection() as conn:
            made, token = await devices.enrol(
                conn, kind=_kind(kind), name=name, area=typed["area"], unit_id=typed["unit"],
                actor=admin.login, now=parts.clock(),
            )  # fmt: skip
    except _REFUSALS as error:
        return await _list_page(request, admin, parts, typed=typed, problem=_problem(error))
    return _token_page(request, parts, made, token)


@router.get("/thiet-bi/{device_id}")
async def one(
    request: Request, session: SignedIn, parts: Wired, device_id: UUID, xong: str = "", loi: str = ""
) -> HTMLResponse:
    return await _one_page(request, session, parts, device_id, done=xong, problem=loi)


@router.post("/thiet-bi/{device_id}/hien-thi")
async def arrange(
    request: Request,
    session: SignedIn,
    parts: Wired,
    device_id: UUID,
    paper: Line = "none",
    speech_in: Line = "",
    procedures: Annotated[str, Form(max_length=2000)] = "",
    events: Line = "",
    paying: Line = "",
    notice: Line = "",
    seconds: Line = "12",
) -> Response:
    """What a board shows, what a kiosk does."""
    minder = _minder(session)
    found = await _found(minder, parts, device_id)
    chosen: dict[str, Any] = {"paper": paper, "speech_in": bool(speech_in)}
    if found.kind is Kind.BOARD:
        codes = tuple(dict.fromkeys(_CODE.findall(procedures)))
        if unknown := [code for code in codes if parts.library.procedure(code) is None]:
            problem = words()["errors"]["unknown_procedures"].format(codes=", ".join(unknown))
            return await _one_page(request, session, parts, device_id, problem_text=problem)
        chosen = {
            "procedures": codes, "events": bool(events), "paying": bool(paying), "notice": notice, "seconds": seconds,
        }  # fmt: skip
    try:
        async with parts.pool.connection() as conn:
            await devices.arrange(conn, found, chosen, actor=minder.login, now=parts.clock())
    except BadDevice:
        return await _one_page(request, session, parts, device_id, problem="bad_device")
    return go_to(f"{SCREENS}/{device_id}?xong=device_arranged")


@router.post("/thiet-bi/{device_id}/ma-moi")
async def new_token(request: Request, session: SignedIn, parts: Wired, device_id: UUID) -> Response:
    """Another token, shown this once; the one before opens nothing any more."""
    admin = _admin(session)
    found = await _found(admin, parts, device_id)
    async with parts.pool.connection() as conn:
        token = await devices.new_token(conn, found, actor=admin.login, now=parts.clock())
    return _token_page(request, parts, found, token)


@router.post("/thiet-bi/{device_id}/thu-hoi")
async def revoke(session: SignedIn, parts: Wired, device_id: UUID) -> Response:
    admin = _admin(session)
    found = await _found(admin, parts, device_id)
    async with parts.pool.connection() as conn:
        await devices.revoke(conn, found, actor=admin.login, now=parts.clock())
    return go_to(f"{SCREENS}/{device_id}?xong=device_revoked")


# ------------------------------------------------------------------ pieces


def _kind(kind: str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise BadDevice from None


def _problem(error: Exception) -> str:
    return next(name for kind, name in _PROBLEMS.items() if isinstance(error, kind))


async def _found(staff: Staff, parts: Parts, device_id: UUID) -> Device:
    """A screen within this official's reach."""
    try:
        async with statement(parts.pool) as conn:
            found = await devices.find(conn, device_id)
    except DeviceNotFound:
        raise NotThere from None
    if not reaches(staff, found.area):
        raise Refused("not_your_area")
    return found


def _token_page(request: Request, parts: Parts, made: Device, token: str) -> HTMLResponse:
    # Behind the #: what stands there is sent to no server and written in no log.
    address = own_address(request, parts.settings, f"/{made.kind.value}#{token}")
    return page(request, "device_token.html", {"device": made, "token": token, "address": address})


async def _list_page(
    request: Request,
    staff: Staff,
    parts: Parts,
    *,
    typed: dict[str, str] | None = None,
    done: str = "",
    problem: str = "",
) -> HTMLResponse:
    async with statement(parts.pool) as conn:
        every = await devices.all_of(conn)
    units = [unit for unit in parts.tickets.router.units if not unit.area or reaches(staff, unit.area)]
    values = {
        **_common(parts),
        "devices": [one for one in every if reaches(staff, one.area)],
        "units": sorted(units, key=lambda unit: unit.name),
        "typed": typed or {"kind": "kiosk", "name": "", "unit": "", "area": staff.area},
        "admin": staff.may(Role.ADMIN),
        "done": words()["done"].get(done, ""),
        "problem": words()["errors"].get(problem, ""),
    }
    return page(request, "devices.html", values, status=422 if problem else 200)


async def _one_page(
    request: Request,
    session: Session,
    parts: Parts,
    device_id: UUID,
    *,
    done: str = "",
    problem: str = "",
    problem_text: str = "",
) -> HTMLResponse:
    staff = _minder(session)
    values = {
        **_common(parts),
        "device": await _found(staff, parts, device_id),
        "admin": staff.may(Role.ADMIN),
        "done": words()["done"].get(done, ""),
        "problem": problem_text or words()["errors"].get(problem, ""),
    }
    return page(request, "device.html", values, status=422 if problem or problem_text else 200)


def _common(parts: Parts) -> dict[str, Any]:
    def unit_name(unit_id: str) -> str:
        unit = parts.tickets.router.unit(unit_id)
        return unit.name if unit else unit_id

    return {"unit_name": unit_name, "area_name": area_name, "now": parts.clock()}
