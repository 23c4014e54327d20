"""Photos and papers of a ticket, for officials: shown, and added by them."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import File, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from bot.gateway.console import detail
from bot.gateway.console.deeds import uuid_of
from bot.gateway.console.entry import AtDesk, desk_router
from bot.gateway.problems import Problem
from desk import files, photos, service, work
from knowledge.errors import PhotoRefused

router = desk_router()
MOST = 30  # files of one ticket, the citizen's counted
# Shown in the browser as they are; anything else is only ever kept as a file.
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
_POLICY = "default-src 'none'; sandbox"
_STATUS = {"too_large": 413, "too_many": 409, "busy": 503}


@router.get("/tickets/{code}/files/{file_id}")
async def file(code: str, file_id: str, desk: AtDesk, preview: bool = False) -> Response:
    """A file, opened for this one answer; who opened it is written down.

    A preview is small, and blurred where faces or papers were seen.
    """
    async with desk.bounded() as conn:
        found = await service.get(conn, code=code)
        row = await files.sealed_of(conn, uuid_of(file_id), ticket_id=found.id)
        if row is None:
            raise Problem(404, "not_found")
        if not preview:
            await service.audit(
                conn, actor=desk.staff.login, action="ticket.file_read", object_id=found.code,
                now=desk.parts.clock(), details={"file": file_id, "flags": row["flags"]},
            )  # fmt: skip
    content = desk.parts.tickets.sealer.open(row["sealed"])
    if preview:
        return await _preview(content, flagged=bool(row["flags"]))
    picture = row["media_type"] in _PICTURES
    how = "inline" if picture else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(row['name'], safe='')}",
        "Content-Security-Policy": _POLICY,
    }
    kind = row["media_type"] if picture else "application/octet-stream"
    return Response(content, media_type=kind, headers=headers)


@router.get("/tickets/{code}/files/{file_id}/preview")
async def small(code: str, file_id: str, desk: AtDesk) -> Response:
    """The preview under an address of its own."""
    return await file(code, file_id, desk, preview=True)


async def _preview(content: bytes, *, flagged: bool) -> Response:
    try:
        small = await run_in_threadpool(lambda: photos.preview(content, blurred=flagged))
    except OSError:  # no JPEG of ours
        raise Problem(404, "not_found") from None
    return Response(small, media_type=photos.MEDIA_TYPE, headers={"Content-Security-Policy": _POLICY})


@router.post("/tickets/{code}/files")
async def attach(code: str, file: Annotated[UploadFile, File()], desk: AtDesk) -> dict[str, Any]:
    """Add a photo, re-encoded without its metadata as those of citizens are. Officials alone see it."""
    now, sealer = desk.parts.clock(), desk.parts.tickets.sealer
    async with desk.bounded() as conn:  # may it be added at all? Asked before the picture is read
        await work.take(conn, code=code, version=None, staff=desk.staff, now=now)
    try:
        photo = await desk.parts.photos.take(await file.read())
    except PhotoRefused as error:
        raise Problem(_STATUS.get(error.reason, 422), f"photo_{error.reason}") from error
    async with desk.bounded() as conn:
        hand = await work.take(conn, code=code, version=None, staff=desk.staff, now=now)
        cursor = await conn.execute(
            "SELECT count(*) AS n FROM ticket_files WHERE ticket_id = %s", (hand.ticket.id,)
        )
        there = int((await cursor.fetchone() or {"n": 0})["n"])
        if there >= MOST:
            raise Problem(409, "desk_too_many_files")
        await conn.execute(
            "INSERT INTO ticket_files (id, ticket_id, at, author, name, media_type, bytes, sha256, sealed, flags)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                uuid4(), hand.ticket.id, now, desk.staff.login, f"can-bo-{there + 1}.jpg", photos.MEDIA_TYPE,
                len(photo.jpeg), hashlib.sha256(photo.jpeg).hexdigest(), sealer.seal(photo.jpeg), list(photo.flags),
            ),
        )  # fmt: skip
        await service.audit(
            conn, actor=desk.staff.login, action="ticket.file_added", object_id=hand.ticket.code, now=now
        )
        ticket = await detail.ticket_of(conn, code, staff=desk.staff, now=now)
    return {"ticket": ticket, "made": ""}
