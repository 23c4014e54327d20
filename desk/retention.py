"""Data that is no longer needed goes at night, each class after its own time (desk/retention.yml).

Every deed looks at all that is due, so a missed night is made up for and a second run finds nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from desk import erasure
from desk.database import Conn, Pool
from knowledge.errors import BadRecord

FILE = Path(__file__).with_name("retention.yml")
ACTOR = "retention"
BATCH = 500
# A report has ended: nothing is awaited of it, and the time to reopen it is over.
_ENDED = (
    "state IN ('KHONG_TIEP_NHAN', 'DA_TRA_LOI', 'CONG_KHAI', 'TAP_HOP_NGHIEN_CUU') AND updated_at < %(before)s"
    " AND (reopen_until IS NULL OR reopen_until < %(now)s)"
)
_OF_ENDED = f"ticket_id IN (SELECT id FROM tickets WHERE {_ENDED})"  # noqa: S608  # our condition

Deed: TypeAlias = Callable[[Conn, datetime, datetime], Awaitable[int]]


class Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(ge=1, le=36_500)
    basis: str = ""  # the document, where an office has one


@cache
def kept_for(path: Path = FILE) -> dict[str, Kept]:
    """The classes and their times.

    Raises:
        BadRecord: the file is damaged, or names other classes than there are.
    """
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = {name: Kept.model_validate(row) for name, row in dict(rows).items()}
    except (OSError, ValueError, TypeError, yaml.YAMLError, ValidationError) as error:
        raise BadRecord(f"{path}: {error}") from error
    if set(found) != set(_DEEDS):
        raise BadRecord(f"{path}: the classes are {', '.join(sorted(_DEEDS))}")
    return found


async def sweep(pool: Pool, *, now: datetime, path: Path = FILE) -> dict[str, int]:
    """Do all that is due; {class: rows}. Each batch is a transaction: a death loses at most one."""
    done: dict[str, int] = {}
    for name, kept in kept_for(path).items():
        before, count = now - timedelta(days=kept.days), 0
        while True:
            async with pool.connection() as conn:
                rows = await _DEEDS[name](conn, before, now)
            count += rows
            if rows < BATCH:
                break
        if count:
            done[name] = count
    return done


def _delete(table: str, condition: str) -> Deed:
    statement = (
        f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} WHERE {condition} LIMIT %(batch)s)"  # noqa: S608
    )

    async def deed(conn: Conn, before: datetime, now: datetime) -> int:
        cursor = await conn.execute(statement, {"before": before, "now": now, "batch": BATCH})
        return cursor.rowcount

    return deed


async def _points(conn: Conn, before: datetime, now: datetime) -> int:
    cursor = await conn.execute(
        "UPDATE tickets SET latitude = NULL, longitude = NULL WHERE id IN (SELECT id FROM tickets"  # noqa: S608
        f" WHERE latitude IS NOT NULL AND {_ENDED} LIMIT %(batch)s)",
        {"before": before, "now": now, "batch": BATCH},
    )
    return cursor.rowcount


async def _words(conn: Conn, before: datetime, now: datetime) -> int:
    """Once a ticket: the audit remembers it."""
    cursor = await conn.execute(
        f"SELECT id, code FROM tickets t WHERE {_ENDED} AND NOT EXISTS (SELECT FROM audit a"  # noqa: S608
        " WHERE a.object_kind = 'ticket' AND a.object_id = t.code AND a.action = 'ticket.anonymised')"
        " LIMIT %(batch)s FOR UPDATE SKIP LOCKED",
        {"before": before, "now": now, "batch": BATCH},
    )
    rows = await cursor.fetchall()
    for row in rows:
        await erasure.anonymised(conn, row["id"], row["code"], now=now, actor=ACTOR)
    return len(rows)


_DEEDS: dict[str, Deed] = {
    "hoi-thoai-da-xoa": _delete("conversations", "context ? 'erased' AND updated_at < %(before)s"),
    "anh-giay-to": _delete("ticket_files", f"flags <> '{{}}' AND {_OF_ENDED}"),
    "vi-tri": _points,
    "lien-he": _delete("ticket_contacts", _OF_ENDED),
    # With an official in it, or a report that goes on, a conversation is still of use.
    "hoi-thoai": _delete(
        "conversations c",
        "updated_at < %(before)s AND NOT EXISTS (SELECT FROM handovers h WHERE h.conversation_id = c.id"
        " AND h.ended_at IS NULL) AND NOT EXISTS (SELECT FROM tickets t WHERE t.conversation_id = c.id"
        " AND t.state NOT IN ('KHONG_TIEP_NHAN', 'DA_TRA_LOI', 'CONG_KHAI', 'TAP_HOP_NGHIEN_CUU'))",
    ),
    "anh-phan-anh": _delete("ticket_files", _OF_ENDED),
    "noi-dung-phan-anh": _words,
    "gui-he-thong-khac": _delete("webhook_deliveries", "state <> 'pending' AND next_try_at < %(before)s"),
}
