"""Photos for the report that a conversation is writing."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, UploadFile

from bot.gateway.problems import Problem
from bot.gateway.routes.common import Opened, Wired, problems, rate_limited
from bot.gateway.schemas import FileOut, Files
from desk import files
from desk.database import statement
from knowledge.errors import PhotoRefused

router = APIRouter(
    prefix="/api/v1/conversations/{conversation_id}/files",
    tags=["conversations"],
    dependencies=[Depends(rate_limited)],
)
_STATUS = {"too_large": 413, "too_many": 409, "busy": 503}


def _refusal(error: PhotoRefused) -> Problem:
    return Problem(_STATUS.get(error.reason, 422), f"photo_{error.reason}")


@router.post("", status_code=201, responses=problems(401, 404, 409))
async def add(conversation: Opened, file: Annotated[UploadFile, File()], parts: Wired) -> FileOut:
    """Add a photo (JPEG, PNG, WebP or HEIC, 10 MB at most, 5 a report). It is kept re-encoded, without its metadata.

    It is sent with the report when the person agrees to that, and thrown away after a day otherwise.
    """
    try:
        photo = await parts.photos.take(await file.read())
        async with parts.pool.connection() as conn:
            kept = await files.keep(
                conn, photo, conversation_id=conversation.id, sealer=parts.tickets.sealer, now=parts.clock()
            )
    except PhotoRefused as error:
        raise _refusal(error) from error
    return FileOut.of(kept, place=photo.place)


@router.get("", responses=problems(401, 404))
async def waiting(conversation: Opened, parts: Wired) -> Files:
    """The photos that wait for the report."""
    async with statement(parts.pool) as conn:
        return Files(files=[FileOut.of(one) for one in await files.waiting(conn, conversation.id)])


@router.delete("/{file_id}", status_code=204, responses=problems(401, 404))
async def remove(file_id: UUID, conversation: Opened, parts: Wired) -> None:
    """Throw a photo away that was not sent yet."""
    async with statement(parts.pool) as conn:
        if not await files.remove(conn, file_id, conversation_id=conversation.id):
            raise Problem(404, "file_not_found")
