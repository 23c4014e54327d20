"""Officials speak with people who asked for one: the queue, a conversation, and its end."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Request
from fastapi.responses import FileResponse, Response

from bot.gateway.content.entry import area_name
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.routes.desk_page import POLICY
from bot.gateway.security import STAFF_PREFIX
from bot.gateway.settings import ROOT
from bot.gateway.staff_entry import NotThere, go_to, staff_router
from bot.gateway.staff_pages import page, words
from bot.gateway.staff_security import SignedIn
from desk import handovers, service
from desk.database import statement
from desk.staff import Role, Staff
from knowledge.errors import HandoverGone

router = staff_router(role=Role.DESK)
HOME = f"{STAFF_PREFIX}/tro-chuyen"
_SHOWN = 200  # messages, the newest
_LINES = """SELECT direction, text, created_at FROM (
    SELECT direction, text, created_at, seq FROM messages WHERE conversation_id = %s AND text <> ''
    ORDER BY seq DESC LIMIT %s) AS newest ORDER BY seq"""


@router.get("/tro-chuyen")
async def queue(request: Request, parts: Wired, session: SignedIn, loi: str = "") -> Response:
    async with statement(parts.pool) as conn:
        waiting = await handovers.queue(conn, area=session.staff.area)
    problem = words()["talk"].get(loi, "")
    return _page(request, "talk/queue.html", {"waiting": waiting, "problem": problem, "area_name": area_name})


@router.get("/tro-chuyen/moi.js")
async def script() -> Response:
    return FileResponse(ROOT / "web" / "staff" / "talk" / "moi.js", headers={"Cache-Control": "no-cache"})


@router.post("/tro-chuyen/{conversation}/nhan")
async def take(conversation: UUID, parts: Wired, session: SignedIn) -> Response:
    try:
        async with parts.pool.connection() as conn:
            await handovers.take(conn, conversation, staff=session.staff, now=parts.clock())
            await _audit(parts, conn, session.staff, "handover.taken", conversation)
    except HandoverGone:
        return go_to(f"{HOME}?loi=gone")
    return go_to(f"{HOME}/{conversation}")


@router.get("/tro-chuyen/{conversation}")
async def conversation_page(
    request: Request, conversation: UUID, parts: Wired, session: SignedIn
) -> Response:
    """What was said; only for the official who speaks in it."""
    async with parts.pool.connection() as conn:
        if not await handovers.speaks(conn, conversation, staff=session.staff):
            raise NotThere
        lines = await (await conn.execute(_LINES, (conversation, _SHOWN))).fetchall()
    return _page(request, "talk/conversation.html", {"lines": lines, "conversation": conversation})


@router.post("/tro-chuyen/{conversation}")
async def speak(
    conversation: UUID, parts: Wired, session: SignedIn, loi: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    try:
        async with parts.pool.connection() as conn:
            if loi.strip():
                await handovers.speak(conn, conversation, staff=session.staff, text=loi, now=parts.clock())
    except HandoverGone:
        return go_to(f"{HOME}?loi=gone")
    return go_to(f"{HOME}/{conversation}")


@router.post("/tro-chuyen/{conversation}/xong")
async def finish(conversation: UUID, parts: Wired, session: SignedIn) -> Response:
    async with parts.pool.connection() as conn:
        if not await handovers.speaks(conn, conversation, staff=session.staff):
            raise NotThere
        await handovers.end(conn, conversation, by=session.staff.login, now=parts.clock())
        await _audit(parts, conn, session.staff, "handover.ended", conversation)
    return go_to(HOME)


def _page(request: Request, name: str, values: dict[str, Any]) -> Response:
    answer = page(request, name, values)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


async def _audit(parts: Parts, conn: Any, staff: Staff, action: str, conversation: UUID) -> None:  # noqa: ANN401
    await service.audit(
        conn, actor=staff.login, action=action, object_kind="conversation", object_id=str(conversation),
        now=parts.clock(),
    )  # fmt: skip
