"""Messaging channels for administrators: closed and opened by hand, and what could not be sent is sent again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, Response

from bot.gateway import channel_overview, channel_states, outbox
from bot.gateway.routes.common import Wired
from bot.gateway.security import STAFF_PREFIX
from bot.gateway.staff_entry import NotThere, go_to, staff_router
from bot.gateway.staff_pages import page, words
from bot.gateway.staff_security import SignedIn
from desk import service
from desk.database import Conn
from desk.staff import Role

router = staff_router(role=Role.ADMIN)
HOME = f"{STAFF_PREFIX}/kenh"


@router.get("/kenh")
async def everything(request: Request, parts: Wired, session: SignedIn, xong: str = "") -> HTMLResponse:
    async with parts.pool.connection() as conn:
        values = {
            "channels": await channel_overview.overview(conn, parts.channels),
            "parked": await channel_overview.parked(conn),
            "done": words()["channels"]["done"].get(xong, ""),
            "now": parts.clock(),
        }
    return page(request, "channels.html", values)


@router.post("/kenh/{name}/dong")
async def close(
    name: str, parts: Wired, session: SignedIn, ly_do: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Stop sending through a channel. What people write there is kept and answered when it is opened."""
    async with parts.pool.connection() as conn:
        await _known(conn, name, parts=parts)
        await channel_states.close(
            conn, name, reason=ly_do.strip(), actor=session.staff.login, now=parts.clock()
        )
    return go_to(f"{HOME}?xong=closed")


@router.post("/kenh/{name}/mo")
async def reopen(name: str, parts: Wired, session: SignedIn) -> Response:
    async with parts.pool.connection() as conn:
        await _known(conn, name, parts=parts)
        await channel_states.reopen(conn, name, actor=session.staff.login, now=parts.clock())
    return go_to(f"{HOME}?xong=opened")


@router.post("/kenh/gui-lai/{outbox_id}")
async def release(outbox_id: UUID, parts: Wired, session: SignedIn) -> Response:
    """Try once more what was parked."""
    async with parts.pool.connection() as conn:
        if not await outbox.release(conn, outbox_id, actor=session.staff.login, now=parts.clock()):
            raise NotThere
        await service.audit(
            conn, actor=session.staff.login, action="channel.released", object_id=str(outbox_id),
            object_kind="outbox", now=parts.clock(),
        )  # fmt: skip
    return go_to(f"{HOME}?xong=released")


async def _known(conn: Conn, name: str, *, parts: Wired) -> None:
    if name not in {one.name for one in await channel_overview.overview(conn, parts.channels)}:
        raise NotThere
