"""Files of tickets for officials: lists show small copies, blurred where flagged; opening is written down."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bot.gateway.console.entry import AtDesk, Desk, desk_router
from bot.gateway.problems import Problem
from desk import files, service
from desk.database import Conn
from desk.photos import MEDIA_TYPE, preview

router = desk_router()
# Shown in the browser as they are; anything else is only ever kept as a file.
_PICTURES = frozenset({MEDIA_TYPE, "image/png", "image/webp"})
_POLICY = "default-src 'none'; sandbox"


@router.get("/tickets/{code}/files/{file_id}")
async def whole(code: str, file_id: str, desk: AtDesk) -> Response:
    """A file as it was sent. Who opened it is written into the ticket's audit."""
    async with desk.bounded() as conn:
        row = await _file(conn, code, file_id)
        await service.audit(
            conn,
            actor=desk.staff.login,
            action="ticket.file_read",
            object_id=row["code"],
            now=desk.parts.clock(),
            details={"file": str(row["id"]), "flags": row["flags"]},
        )
    picture = row["media_type"] in _PICTURES
    return _answer(
        desk.parts.tickets.sealer.open(row["sealed"]),
        row["media_type"] if picture else "application/octet-stream",
        how="inline" if picture else "attachment",
        name=row["name"],
    )


@router.get("/tickets/{code}/files/{file_id}/preview")
async def small(code: str, file_id: str, desk: AtDesk) -> Response:
    """A small copy of one of our JPEGs; blurred when it shows a face or a card, or nobody could tell."""
    async with desk.bounded() as conn:
        row = await _file(conn, code, file_id)
    if row["media_type"] != MEDIA_TYPE:
        raise Problem(404, "file_not_found")
    return _answer(await _preview(desk, row), MEDIA_TYPE, how="inline", name=row["name"])


async def _preview(desk: Desk, row: dict[str, Any]) -> bytes:
    jpeg = desk.parts.tickets.sealer.open(row["sealed"])
    return await run_in_threadpool(preview, jpeg, blurred=bool(row["flags"]))


async def _file(conn: Conn, code: str, file_id: str) -> dict[str, Any]:
    """The ticket's file, with the ticket's `code`. Raises TicketNotFound outside the official's bounds."""
    ticket = await service.get(conn, code=code)
    try:
        wanted = UUID(file_id)
    except ValueError:
        raise Problem(404, "file_not_found") from None
    row = await files.sealed_of(conn, wanted, ticket_id=ticket.id)
    if row is None:
        raise Problem(404, "file_not_found")
    return {**row, "id": wanted, "code": ticket.code}


def _answer(content: bytes, media_type: str, *, how: str, name: str) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": _POLICY,
        },
    )
