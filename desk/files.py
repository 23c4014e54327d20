"""Photos of reports in the database: sealed, waiting with their conversation, then with their ticket."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from desk.database import Conn
from desk.models import CITIZEN
from desk.photos import MEDIA_TYPE, Photo
from desk.sealing import Sealer
from knowledge.errors import PhotoRefused

MOST = 5  # photos of one report
WAITING_KEPT = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class KeptFile:
    """A file without its content."""

    id: UUID
    name: str
    bytes: int
    flags: list[str]


async def keep(conn: Conn, photo: Photo, *, conversation_id: UUID, sealer: Sealer, now: datetime) -> KeptFile:
    """Keep a photo for the report this conversation will file. The same picture twice is one.

    Raises:
        PhotoRefused: `too_many` wait already.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 13))", (str(conversation_id),))
    waits = await waiting(conn, conversation_id)
    sha = hashlib.sha256(photo.jpeg).hexdigest()
    if same := await _same(conn, conversation_id, sha):
        return next(one for one in waits if one.id == same)
    if len(waits) >= MOST:
        raise PhotoRefused("too_many")
    kept = KeptFile(id=uuid4(), name=_name(waits), bytes=len(photo.jpeg), flags=list(photo.flags))
    await conn.execute(
        "INSERT INTO ticket_files (id, conversation_id, at, author, name, media_type, bytes, sha256, sealed, flags)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (kept.id, conversation_id, now, CITIZEN, kept.name, MEDIA_TYPE, kept.bytes, sha,
         sealer.seal(photo.jpeg), kept.flags),
    )  # fmt: skip
    return kept


def _name(waits: list[KeptFile]) -> str:
    """Our own name: the one on the person's device may tell more than they want."""
    taken = {one.name for one in waits}
    return next(name for number in range(1, MOST + 2) if (name := f"anh-{number}.jpg") not in taken)


async def _same(conn: Conn, conversation_id: UUID, sha: str) -> UUID | None:
    cursor = await conn.execute(
        "SELECT id FROM ticket_files WHERE conversation_id = %s AND ticket_id IS NULL AND sha256 = %s",
        (conversation_id, sha),
    )
    row = await cursor.fetchone()
    return row["id"] if row else None


async def waiting(conn: Conn, conversation_id: UUID) -> list[KeptFile]:
    """The photos of the report that is still being written, in the order they came."""
    cursor = await conn.execute(
        "SELECT id, name, bytes, flags FROM ticket_files WHERE conversation_id = %s AND ticket_id IS NULL"
        " ORDER BY at, name",
        (conversation_id,),
    )
    return [KeptFile(**row) for row in await cursor.fetchall()]


async def remove(conn: Conn, file_id: UUID, *, conversation_id: UUID) -> bool:
    """Throw away a photo that was not sent yet; False when there is none."""
    cursor = await conn.execute(
        "DELETE FROM ticket_files WHERE id = %s AND conversation_id = %s AND ticket_id IS NULL",
        (file_id, conversation_id),
    )
    return cursor.rowcount == 1


async def remove_waiting(conn: Conn, conversation_id: UUID) -> int:
    """Throw away all photos of a report that is not filed."""
    cursor = await conn.execute(
        "DELETE FROM ticket_files WHERE conversation_id = %s AND ticket_id IS NULL", (conversation_id,)
    )
    return cursor.rowcount


async def attach(conn: Conn, ticket_id: UUID, *, conversation_id: UUID) -> int:
    """Give the waiting photos to the ticket; called in the transaction that files it."""
    cursor = await conn.execute(
        "UPDATE ticket_files SET ticket_id = %s, conversation_id = NULL"
        " WHERE conversation_id = %s AND ticket_id IS NULL",
        (ticket_id, conversation_id),
    )
    return cursor.rowcount


async def sweep(conn: Conn, *, now: datetime) -> int:
    """Throw away photos of reports that were never filed."""
    cursor = await conn.execute(
        "DELETE FROM ticket_files WHERE ticket_id IS NULL AND at < %s", (now - WAITING_KEPT,)
    )
    return cursor.rowcount


async def make_public(conn: Conn, chosen: Sequence[UUID], *, ticket_id: UUID) -> bool:
    """Show these photos of a published ticket, and no others; False when one of them may not be shown.

    Only officials' own photos without faces and papers: reporters agreed to theirs for the handling alone
    (`report.ask.attach`).
    """
    cursor = await conn.execute(
        "UPDATE ticket_files SET public = id = ANY (%(chosen)s) WHERE ticket_id = %(ticket)s"
        " AND (public OR (id = ANY (%(chosen)s) AND author <> %(citizen)s AND flags = '{}')) RETURNING public",
        {"chosen": list(chosen), "ticket": ticket_id, "citizen": CITIZEN},
    )
    shown = [row for row in await cursor.fetchall() if row["public"]]
    return len(shown) == len({*chosen})


async def shown_of(conn: Conn, file_id: UUID, *, code: str) -> bytes | None:
    """The sealed content of a photo that everybody may see; None when there is none, or its report is not shown."""
    cursor = await conn.execute(
        "SELECT f.sealed FROM ticket_files f JOIN tickets t ON t.id = f.ticket_id"
        " WHERE f.id = %s AND t.code = %s AND f.public AND t.state = 'CONG_KHAI' AND t.may_publish"
        " AND t.published_what <> ''",
        (file_id, code.upper()),
    )
    row = await cursor.fetchone()
    return bytes(row["sealed"]) if row else None


async def sealed_of(conn: Conn, file_id: UUID, *, ticket_id: UUID) -> dict[str, Any] | None:
    """name, media_type, flags and sealed content of a ticket's file; None when it has no such file."""
    cursor = await conn.execute(
        "SELECT name, media_type, flags, sealed FROM ticket_files WHERE id = %s AND ticket_id = %s",
        (file_id, ticket_id),
    )
    return await cursor.fetchone()
