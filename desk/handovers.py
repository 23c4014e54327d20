"""Conversations with an official: who waits, who speaks, and when the assistant comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from desk.database import Conn
from desk.notices import say
from desk.staff import Staff
from desk.texts import texts
from knowledge.errors import HandoverGone

_QUEUE = """SELECT h.id, h.conversation_id, h.asked_at, h.reason, h.area, h.taken_by, h.taken_at, s.name AS official,
       (SELECT text FROM messages m WHERE m.conversation_id = h.conversation_id AND m.direction = 'in'
        ORDER BY seq DESC LIMIT 1) AS last
FROM handovers h LEFT JOIN staff s ON s.id = h.taken_by
WHERE h.ended_at IS NULL AND (%(area)s = '' OR h.area = '' OR h.area = %(area)s OR starts_with(h.area, %(area)s || '/'))
ORDER BY h.asked_at"""


async def ask(conn: Conn, conversation_id: UUID, *, area: str, now: datetime, reason: str = "") -> int:
    """Queue a conversation; returns its place in the queue, 1 being next, 0 when an official already speaks."""
    await conn.execute(
        "INSERT INTO handovers (id, conversation_id, asked_at, reason, area) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (conversation_id) WHERE ended_at IS NULL DO NOTHING",
        (uuid4(), conversation_id, now, reason[:200], area),
    )
    row = await (
        await conn.execute(
            "SELECT count(*) FILTER (WHERE h.taken_at IS NULL AND h.asked_at <= mine.asked_at) AS place,"
            " bool_or(mine.taken_at IS NOT NULL) AS taken"
            " FROM handovers mine JOIN handovers h ON h.ended_at IS NULL"
            " WHERE mine.conversation_id = %s AND mine.ended_at IS NULL",
            (conversation_id,),
        )
    ).fetchone()
    assert row is not None  # noqa: S101  # an aggregate always has a row
    return 0 if row["taken"] else int(row["place"])


async def queue(conn: Conn, *, area: str = "") -> list[dict[str, Any]]:
    """Everybody who waits or is spoken with, the longest waiting first."""
    return await (await conn.execute(_QUEUE, {"area": area})).fetchall()


async def take(conn: Conn, conversation_id: UUID, *, staff: Staff, now: datetime) -> None:
    """From now on this official speaks and the assistant is silent.

    Raises:
        HandoverGone: a colleague was quicker, or the person no longer waits.
    """
    cursor = await conn.execute(
        "UPDATE handovers SET taken_by = %s, taken_at = %s"
        " WHERE conversation_id = %s AND ended_at IS NULL AND taken_at IS NULL RETURNING id",
        (staff.id, now, conversation_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise HandoverGone
    hello = texts()["handover"]["taken"].format(name=staff.name)
    await say(conn, conversation_id, text=hello, now=now, key=f"taken {row['id']}", status="handed_over")


async def speaks(conn: Conn, conversation_id: UUID, *, staff: Staff) -> bool:
    """Whether this official speaks in it now."""
    cursor = await conn.execute(
        "SELECT 1 FROM handovers WHERE conversation_id = %s AND taken_by = %s AND ended_at IS NULL",
        (conversation_id, staff.id),
    )
    return await cursor.fetchone() is not None


async def speak(conn: Conn, conversation_id: UUID, *, staff: Staff, text: str, now: datetime) -> None:
    """The official's words, on the person's channel.

    Raises:
        HandoverGone: the conversation is not this official's, or is over.
    """
    row = await (
        await conn.execute(
            "SELECT id FROM handovers WHERE conversation_id = %s AND taken_by = %s AND ended_at IS NULL FOR UPDATE",
            (conversation_id, staff.id),
        )
    ).fetchone()
    if row is None:
        raise HandoverGone
    said = texts()["handover"]["says"].format(name=staff.name, text=text.strip())
    await say(
        conn, conversation_id, text=said, now=now, key=f"{row['id']} {now.isoformat()}", status="handed_over",
        human=True,
    )  # fmt: skip


async def end(conn: Conn, conversation_id: UUID, *, by: str, now: datetime) -> bool:
    """The assistant comes back; False when nobody waited or spoke."""
    cursor = await conn.execute(
        "UPDATE handovers SET ended_at = %s, ended_by = %s WHERE conversation_id = %s AND ended_at IS NULL"
        " RETURNING id, taken_at",
        (now, by, conversation_id),
    )
    row = await cursor.fetchone()
    if row is not None and by != "citizen":
        await say(
            conn, conversation_id, text=texts()["handover"]["ended"], now=now, key=f"ended {row['id']}",
            status="handed_over",
        )  # fmt: skip
    return row is not None


OUTSIDE_FOR = timedelta(
    minutes=30
)  # after an official's last word in the platform's console the assistant is back


async def taken_outside(conn: Conn, *, channel: str, person: str, now: datetime) -> bool:
    """An official writes to this person in the platform's own console: the assistant is silent meanwhile.

    Returns False when the person has no conversation here.
    """
    cursor = await conn.execute(
        "INSERT INTO handovers AS h (id, conversation_id, asked_at, reason, area, taken_at)"
        " SELECT %(id)s, id, %(now)s, %(why)s, area, %(now)s FROM conversations"
        " WHERE channel = %(channel)s AND person = %(person)s"
        " ON CONFLICT (conversation_id) WHERE ended_at IS NULL DO UPDATE SET"
        " taken_at = CASE WHEN h.taken_by IS NULL THEN EXCLUDED.taken_at ELSE h.taken_at END"
        " RETURNING id",
        {"id": uuid4(), "now": now, "why": channel, "channel": channel, "person": person},
    )
    return await cursor.fetchone() is not None


async def end_silent(conn: Conn, *, now: datetime) -> int:
    """Conversations taken over in a platform's console come back when nothing was written there for a while."""
    cursor = await conn.execute(
        "UPDATE handovers SET ended_at = %s, ended_by = 'silence'"
        " WHERE ended_at IS NULL AND taken_by IS NULL AND taken_at < %s",
        (now, now - OUTSIDE_FOR),
    )
    return cursor.rowcount
