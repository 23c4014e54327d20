"""Which screen speaks: its token in a cookie that no script can read, given when the screen is enrolled."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from bot.gateway.routes.common import Wired
from bot.gateway.staff_security import is_secure
from desk import devices
from desk.database import statement
from desk.devices import Device, Kind
from knowledge.errors import DeviceNotFound

_COOKIE = "motcua-thiet-bi"
_KEPT_S = 400 * 24 * 3600  # browsers keep none longer; each sign of life begins it anew


def _name(request: Request) -> str:
    return f"__Host-{_COOKIE}" if is_secure(request) else _COOKIE


def token_of(request: Request) -> str:
    return request.cookies.get(_name(request), "")


def give_cookie(response: Response, request: Request, token: str) -> None:
    response.set_cookie(
        _name(request), token, max_age=_KEPT_S, path="/", httponly=True, samesite="strict",
        secure=is_secure(request),
    )  # fmt: skip


async def enrolled(request: Request, parts: Wired) -> Device:
    """The screen that asks.

    Raises:
        DeviceNotFound: it is none, or was revoked.
    """
    async with statement(parts.pool) as conn:
        return await devices.by_token(conn, token_of(request))


Screen = Annotated[Device, Depends(enrolled)]


async def kiosk_only(screen: Screen) -> Device:
    if screen.kind is not Kind.KIOSK:
        raise DeviceNotFound
    return screen


async def board_only(screen: Screen) -> Device:
    if screen.kind is not Kind.BOARD:
        raise DeviceNotFound
    return screen


Kiosk = Annotated[Device, Depends(kiosk_only)]
Board = Annotated[Device, Depends(board_only)]
