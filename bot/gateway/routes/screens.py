"""What screens in offices ask of the app: /kiosk and /board themselves, and the addresses that they call.

A screen is enrolled with a token that it keeps in a cookie; without it there is a page that says so, and nothing else.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.gateway import pages, sessions
from bot.gateway.content.entry import area_name
from bot.gateway.ports import Parts
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired, rate_limited
from bot.gateway.screens import board, home
from bot.gateway.screens.entry import Board, Kiosk, Screen, give_cookie
from bot.gateway.screens.pictures import LONGEST_ADDRESS, may_lead_to, own_address, picture
from bot.gateway.screens.voice import LONGEST, VoiceFailed
from bot.gateway.screens.words import words
from bot.gateway.security import bearer
from bot.gateway.settings import ROOT
from desk import continuing, devices
from desk.database import statement
from desk.devices import Device, DeviceSettings, Kind

PAGES = ROOT / "web" / "kiosk"
# Where the browser has a recogniser of speech, its page may listen; nothing else of ours may.
_LISTENS = {"Permissions-Policy": "geolocation=(), camera=(), microphone=(self)"}
_FRESH = {"Cache-Control": "no-store"}  # not kept for the button that goes back either
router = APIRouter(include_in_schema=False)
calls = APIRouter(prefix="/api/v1/screens", include_in_schema=False, dependencies=[Depends(rate_limited)])
Short = Annotated[str, Field(max_length=100)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Enrolment(_In):
    token: Annotated[str, Field(min_length=20, max_length=100)]


class Beat(_In):
    """A sign of life. `conversation_id` while somebody reads, so that it is not swept meanwhile."""

    version: Annotated[str, Field(max_length=40)] = ""
    told: dict[Short, Short | int | bool | None] = Field(default_factory=dict, max_length=12)
    conversation_id: UUID | None = None


class About(BaseModel):
    """What a screen is told of itself."""

    kind: Kind
    name: str
    area: str
    area_name: str
    unit: str
    settings: DeviceSettings
    server_voice: bool
    zalo: bool
    build: str  # of the pages: another one is loaded when nobody is at the screen

    @classmethod
    def of(cls, screen: Device, parts: Parts) -> About:
        unit = parts.tickets.router.unit(screen.unit_id) if screen.unit_id else None
        return cls(
            kind=screen.kind,
            name=screen.name,
            area=screen.area,
            area_name=area_name(screen.area) if screen.area else "",
            unit=unit.name if unit else "",
            settings=screen.settings,
            server_voice=parts.voice.there,
            zalo=bool(parts.settings.zalo_link),
            build=_build(),
        )


def _build() -> str:
    """A mark of the pages as they lie there now."""
    names = ("kiosk.js", "kiosk.css", "board.js", "board.css", "screens.js")
    stats = [path.stat() for name in names if (path := pages.WEB_DIST / "assets" / name).is_file()]
    told = ",".join(f"{one.st_mtime_ns}-{one.st_size}" for one in stats)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


class Said(_In):
    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class Address(_In):
    address: Annotated[str, Field(max_length=LONGEST_ADDRESS)]


class Conversing(_In):
    conversation_id: UUID


class Drawn(BaseModel):
    picture: str


class Taken(BaseModel):
    address: str
    picture: str
    minutes: int


class Wiped(BaseModel):
    erased: bool


class Boarded(BaseModel):
    slides: list[dict[str, Any]]
    seconds: int
    at: datetime


# ------------------------------------------------------------------ pages


@router.get("/kiosk")
async def kiosk() -> Response:
    return _page("kiosk", _LISTENS)


@router.get("/board")
async def board_page() -> Response:
    return _page("board", {})


def _page(name: str, headers: dict[str, str]) -> Response:
    """The empty page; while its scripts are being put in place, one that looks again by itself."""
    if not (pages.WEB_DIST / "assets" / f"{name}.js").is_file():
        return pages.render("screen_waits.html", {"w": words()}, status=503, headers={"Refresh": "10"})
    return FileResponse(PAGES / f"{name}.html", headers={**_FRESH, **headers})


@router.get("/kiosk/giu.js")
async def keeper() -> Response:
    """The worker that keeps both pages, so that a screen that starts without its server is not left with an error."""
    built = pages.WEB_DIST / "assets" / "keeper.js"
    if not built.is_file():
        raise Problem(404, "not_found")
    headers = {"Service-Worker-Allowed": "/", "Cache-Control": "no-cache"}
    return FileResponse(built, media_type="text/javascript", headers=headers)


# ------------------------------------------------------------------ calls


@calls.post("/enrol")
async def enrol(said: Enrolment, request: Request, response: Response, parts: Wired) -> About:
    """Keep the token in a cookie that no script reads."""
    async with statement(parts.pool) as conn:
        screen = await devices.by_token(conn, said.token)
    give_cookie(response, request, said.token)
    return About.of(screen, parts)


@calls.post("/beat")
async def beat(
    said: Beat,
    screen: Screen,
    request: Request,
    response: Response,
    parts: Wired,
    authorization: Annotated[str, Header()] = "",
) -> About:
    now = parts.clock()
    async with statement(parts.pool) as conn:
        await devices.heard(conn, screen, version=said.version, told=dict(said.told), now=now)
        if said.conversation_id and authorization:
            await devices.used(conn, said.conversation_id, token=bearer(request), now=now)
    return About.of(screen, parts)


@calls.get("/home")
async def first_page(_: Kiosk, parts: Wired) -> dict[str, Any]:
    return {"tiles": home.tiles(parts.library)}


@calls.get("/board")
async def shown(screen: Board, request: Request, parts: Wired) -> Boarded:
    now = parts.clock()
    ask_at = own_address(request, parts.settings, f"/?area={screen.area}" if screen.area else "/")
    found = board.slides(parts.library, screen, now=now, ask_at=ask_at)
    return Boarded(slides=[dict(one) for one in found], seconds=screen.settings.seconds, at=now)


@calls.post("/voice")
async def voice(said: Said, screen: Kiosk, parts: Wired) -> Response:
    """A sentence read aloud."""
    if not await parts.voice.allowed(str(screen.id)):
        raise Problem(429, "too_many", headers={"Retry-After": "20"})
    try:
        sound = await parts.voice.speak(said.text)
    except VoiceFailed:
        raise Problem(503, "no_voice") from None
    return Response(sound, media_type="audio/wav")


@calls.post("/qr")
async def draw(said: Address, _: Kiosk) -> Drawn:
    """The picture of an address that stands in an answer."""
    if not may_lead_to(said.address):
        raise Problem(422, "invalid")
    return Drawn(picture=picture(said.address))


@calls.post("/take")
async def take(said: Conversing, _: Kiosk, request: Request, parts: Wired) -> Taken:
    """A code and its picture, with which this conversation goes on on a phone."""
    async with parts.pool.connection() as conn:
        found = await sessions.check(conn, said.conversation_id, token=bearer(request))
        code = await continuing.make_code(conn, found.id, now=parts.clock())
    address = own_address(request, parts.settings, f"/tiep/{code}")
    minutes = int(continuing.LASTS.total_seconds() // 60)
    return Taken(address=address, picture=picture(address), minutes=minutes)


@calls.post("/wipe")
async def wipe(said: Conversing, request: Request, parts: Wired) -> Wiped:
    """The person has gone: erase what they said, unless a report came of it. Also of a screen just revoked."""
    async with parts.pool.connection() as conn:
        found = await sessions.check(conn, said.conversation_id, token=bearer(request))
        return Wiped(erased=await devices.wipe(conn, found.id))
