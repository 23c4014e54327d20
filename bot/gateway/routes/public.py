"""Reports with their published answers, how punctual units are, and a report's state for whoever has its two codes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.datastructures import State

from bot.gateway import pages, problems
from bot.gateway import public_page as page
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired, rate_limited
from bot.gateway.settings import ROOT
from desk import files, public, service, views
from desk.database import statement
from desk.photos import MEDIA_TYPE
from knowledge.errors import TicketNotFound, TooManyAttempts

PAGE = "/phan-anh"
ON_A_PAGE, LAST_PAGE = 20, 500
RATES_OF, RATES_KEPT = timedelta(days=365), timedelta(minutes=5)
router = APIRouter(prefix=PAGE, include_in_schema=False, dependencies=[Depends(rate_limited)])
Chosen = Annotated[str, Query(max_length=100)]


@router.get("")
async def everything(
    parts: Wired,
    area: Annotated[str, Query(alias="khu-vuc", max_length=100)] = "",
    category: Annotated[str, Query(alias="linh-vuc", max_length=100)] = "",
    number: Annotated[int, Query(alias="trang", ge=1, le=LAST_PAGE)] = 1,
) -> HTMLResponse:
    """The list, and a map above it when places are known."""
    async with statement(parts.pool) as conn:
        found = await public.reports(
            conn, area=area, category=category, limit=ON_A_PAGE + 1, offset=ON_A_PAGE * (number - 1)
        )
        placed = await public.points(conn, area=area, category=category) if found else []
    values = page.values(
        parts,
        current="list",
        reports=found[:ON_A_PAGE],
        map=page.drawn(placed),
        width=page.WIDTH,
        short=page.short,
        areas=list(parts.areas),
        categories=parts.tickets.router.categories,
        chosen={"area": area, "category": category},
        newer=_address(area, category, number - 1) if number > 1 else "",
        older=_address(area, category, number + 1) if len(found) > ON_A_PAGE and number < LAST_PAGE else "",
    )
    return pages.render("public_list.html", values)


def _address(area: str, category: str, number: int) -> str:
    asked = {"khu-vuc": area, "linh-vuc": category, "trang": str(number) if number > 1 else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{PAGE}?{query}" if query else PAGE


@router.get("/giao-dien.css")
async def style() -> Response:
    return Response(page.stylesheet(), media_type="text/css", headers={"Cache-Control": "no-cache"})


@router.get("/bieu-tuong.svg")
async def icon() -> FileResponse:
    path = ROOT / "web" / "public" / "assets" / "icon.svg"
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


@router.get("/dung-han")
async def rates(request: Request, parts: Wired) -> HTMLResponse:
    """How punctual each unit is, with what that means."""
    since = parts.clock() - RATES_OF
    found = await _punctuality(request.app.state, parts, since)
    rows = page.rate_rows(found, parts)
    return pages.render(
        "public_rates.html", page.values(parts, current="rates", rows=rows, since=page.day(since))
    )


async def _punctuality(state: State, parts: Wired, since: datetime) -> list[public.Punctual]:
    """Counted over a year of answers, so kept for some minutes; whoever comes meanwhile waits for the one count."""
    if not hasattr(state, "punctuality"):
        state.punctuality, state.counting = (None, []), asyncio.Lock()
    async with state.counting:
        counted_since, found = state.punctuality
        if counted_since is None or since - counted_since >= RATES_KEPT:
            async with statement(parts.pool) as conn:
                found = await public.punctuality(conn, since=since)
            state.punctuality = since, found
    kept: list[public.Punctual] = found
    return kept


@router.get("/tra-cuu")
async def lookup(parts: Wired) -> HTMLResponse:
    return _lookup_page(parts)


@router.post("/tra-cuu")
async def look(
    request: Request,
    parts: Wired,
    code: Annotated[str, Form(max_length=40)] = "",
    secret: Annotated[str, Form(max_length=40)] = "",
) -> HTMLResponse:
    """A report's state. The secret travels in the form: addresses are kept in logs and histories."""
    asker = f"address:{request.client.host if request.client else 'unknown'}"
    now = parts.clock()
    try:
        ticket, events = await service.find(parts.pool, code=code, secret=secret, asker=asker, now=now)
    except TicketNotFound:
        return _lookup_page(parts, code=code, notice="ticket_not_found", status=404)
    except TooManyAttempts:
        return _lookup_page(parts, code=code, notice="too_many_secrets", status=429)
    said = views.status_text(ticket, [], now=now).split("\n")
    history = [views.history_line(event) for event in events]
    values = page.values(parts, current="lookup", code=ticket.code, said=said, history=history)
    return pages.render("public_state.html", values)


def _lookup_page(parts: Wired, *, code: str = "", notice: str = "", status: int = 200) -> HTMLResponse:
    said = problems.texts()[notice]["detail"] if notice else ""
    values = page.values(parts, current="lookup", code=code, notice=said)
    return pages.render("public_lookup.html", values, status=status)


@router.get("/{code}/anh/{photo}.jpg")
async def picture(parts: Wired, code: str, photo: UUID) -> Response:
    """A photo that the unit's head published with the answer."""
    async with statement(parts.pool) as conn:
        sealed = await files.shown_of(conn, photo, code=code)
    if sealed is None:
        raise Problem(404, "not_found")
    content = parts.tickets.sealer.open(sealed)
    return Response(content, media_type=MEDIA_TYPE, headers={"Cache-Control": "public, max-age=600"})


@router.get("/{code}")
async def report(parts: Wired, code: str) -> HTMLResponse:
    """One report with its answer."""
    async with statement(parts.pool) as conn:
        found = await public.report(conn, code)
    values = page.values(parts, current="list", report=found)
    return pages.render("public_report.html", values, status=200 if found else 404)
