"""The officers' API: lists, tickets, and what is done to them. Signed-in staff only; within their bounds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from bot.gateway.console import deeds, detail, listing
from bot.gateway.console.deeds import Bulk, Deed
from bot.gateway.console.entry import AtDesk, desk_router
from bot.gateway.console.listing import Wanted
from bot.gateway.problems import Problem
from desk import service
from desk.apology import MEDIA_TYPE
from desk.staff import Role
from desk.texts import texts
from knowledge.errors import NotAllowed
from knowledge.text.diacritics import fold

router = desk_router()
UNITS_SHOWN = 30


@router.get("/me")
async def me(desk: AtDesk) -> dict[str, Any]:
    """Who works here, the token for their changes, and the names that lists and forms offer."""
    staff, routes = desk.staff, desk.parts.tickets.router
    return {
        "login": staff.login,
        "name": staff.name,
        "unit": staff.unit_id,
        "unit_name": unit.name if (unit := routes.unit(staff.unit_id)) else "",
        "roles": [role.value for role in Role if staff.may(role)],
        "csrf": desk.session.csrf,
        "states": texts()["states"],
        "grounds": texts()["grounds"],
        "categories": [{"id": one.id, "name": one.name} for one in routes.categories],
        "areas": [{"slug": one.slug, "name": one.name} for one in desk.parts.areas],
        "count_to": listing.COUNT_TO,
        "queues": _queues(desk),
    }


def _queues(desk: AtDesk) -> list[str]:
    """The queues that hold something for this official."""
    works = desk.staff.may(Role.DESK)
    named = {
        "mine": works,
        "unit": bool(desk.staff.unit_id),
        "triage": desk.staff.may(Role.TRIAGE) or Role.AUDITOR in desk.staff.roles,
        "all": True,
    }
    return [name for name, there in named.items() if there]


@router.get("/tickets")
async def tickets(desk: AtDesk, wanted: Annotated[Wanted, Query()]) -> dict[str, Any]:
    """A page of a queue: `tickets`, and `next` for the page after it."""
    async with desk.bounded() as conn:
        try:
            return await listing.page(
                conn,
                wanted,
                staff=desk.staff,
                sorters=desk.parts.tickets.router.triage_units,
                now=desk.parts.clock(),
            )
        except ValueError:  # a key of a page that we did not give
            raise Problem(422, "invalid") from None


@router.get("/counts")
async def counts(desk: AtDesk) -> dict[str, int]:
    """How many open tickets each queue holds."""
    sorters = desk.parts.tickets.router.triage_units
    async with desk.bounded() as conn:
        return await listing.counts(conn, staff=desk.staff, sorters=sorters, now=desk.parts.clock())


@router.post("/tickets/bulk")
async def bulk(desk: AtDesk, asked: Bulk) -> dict[str, Any]:
    """One deed on many tickets; what could not be done is named, the rest is done."""
    return {"outcomes": await deeds.in_bulk(desk, asked)}


@router.get("/tickets/{code}")
async def ticket(code: str, desk: AtDesk) -> dict[str, Any]:
    async with desk.bounded() as conn:
        return await detail.ticket_of(conn, code, staff=desk.staff, now=desk.parts.clock())


@router.post("/tickets/{code}/contact")
async def contact(code: str, desk: AtDesk) -> dict[str, str]:
    """How the reporter can be reached. A POST, because looking is written down."""
    if not desk.staff.may(Role.DESK):
        raise NotAllowed
    async with desk.bounded() as conn:
        said = await service.contact_of(
            conn,
            code=code,
            sealer=desk.parts.tickets.sealer,
            actor=desk.staff.login,
            now=desk.parts.clock(),
        )
    return {"contact": said}


@router.post("/tickets/{code}/apology")
async def apology(code: str, said: Deed, desk: AtDesk) -> Response:
    """The letter of apology as a Word file for the officer to sign. A POST, because reports count who took one."""
    made = await deeds.letter(desk, code, said)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.content, media_type=MEDIA_TYPE, headers=headers)


@router.post("/tickets/{code}/{name}")
async def act(code: str, name: str, said: Deed, desk: AtDesk) -> dict[str, Any]:
    """Do a deed of `deeds.ACTS`."""
    if name not in deeds.ACTS:
        raise Problem(404, "not_found")
    return await deeds.do(desk, code, name, said)


@router.get("/colleagues")
async def colleagues(desk: AtDesk) -> dict[str, Any]:
    """Whom work of one's own unit may be given to."""
    async with desk.bounded() as conn:
        return {"colleagues": await detail.colleagues(conn, desk.staff.unit_id)}


@router.get("/units")
async def units(
    desk: AtDesk,
    q: Annotated[str, Query(max_length=100)] = "",
    area: Annotated[str, Query(max_length=200)] = "",
) -> dict[str, Any]:
    """Units a ticket can be handed to: every word of `q` in their name, old names, area or work.

    Those of the ticket's place come first, then those above it, then the others.
    """
    asked = fold(q).lower().split()
    found: list[dict[str, Any]] = []
    for unit in desk.parts.tickets.router.units:
        said = fold(" ".join((unit.id, unit.name, unit.area, *unit.old_names, *unit.does))).lower()
        if all(word in said for word in asked):
            found.append({"id": unit.id, "name": unit.name, "area": unit.area, "does": list(unit.does[:3])})
    found.sort(key=lambda unit: _distance(unit["area"], area))
    return {"units": found[:UNITS_SHOWN], "more": len(found) > UNITS_SHOWN}


def _distance(of: str, area: str) -> int:
    """How far a unit's area is from a place: 0 its own, 1 the one above, 2 elsewhere, 3 wherever there is none."""
    if not of:
        return 3
    if of == area:
        return 0
    return 1 if area.startswith(f"{of}/") else 2
