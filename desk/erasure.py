"""What a person can ask of their own data: that it be erased, or given to them.

Luật 91/2025/QH15, Điều 14 (erase, so that it cannot be brought back) and NĐ 20/2008/NĐ-CP, Điều 9 (the register of
reports stays) together: a conversation goes with every word; a report filed from it stays as the office's register,
without who sent it, where exactly they stood, and what in its words tells who they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from desk import names, service, unanswered
from desk.calendar import LOCAL_TIME
from desk.database import Conn
from desk.sealing import Sealer
from knowledge.text.personal import masked, replaced

ERASED = "[đã xóa]"
ACTOR = "citizen"
_LOCK = 17
# What of a conversation goes, with the condition that picks its rows; in this order, so that each is counted.
_OF_CONVERSATION = (
    ("unanswered_messages", "message_id IN (SELECT id FROM messages WHERE conversation_id = %(id)s)"),
    ("feedback", "conversation_id = %(id)s"),
    ("outbox", "message_id IN (SELECT id FROM messages WHERE conversation_id = %(id)s)"),
    ("messages", "conversation_id = %(id)s"),
    ("inbox", "conversation_id = %(id)s AND id IS DISTINCT FROM %(kept)s"),
    ("ticket_voices", "conversation_id = %(id)s"),
    ("ticket_files", "conversation_id = %(id)s AND ticket_id IS NULL"),
    ("handovers", "conversation_id = %(id)s"),
    ("subscriptions", "conversation_id = %(id)s"),
)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What was done at a person's request, in rows by table; nothing in it tells who they are."""

    code: str
    done_at: datetime
    removed: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(self.removed.values())


async def erase(conn: Conn, conversation_id: UUID, *, now: datetime) -> Receipt | None:
    """Erase a conversation and all that hangs on it, in the caller's transaction. None when there is none."""
    if not await _locked(conn, conversation_id):
        return None
    removed = await _emptied(conn, conversation_id, now=now)
    await conn.execute("DELETE FROM conversations WHERE id = %s", (conversation_id,))
    return await receipt(conn, "erase", conversation_id, removed={**removed, "conversations": 1}, now=now)


async def erase_all_said(
    conn: Conn, conversation_id: UUID, *, answering: UUID, now: datetime
) -> Receipt | None:
    """Erase as `erase` does, and leave the empty conversation in which the receipt is told.

    `answering` is the message that asked: emptied, and left so that the receipt answers it. Asked again by the same
    message (its worker died before it answered) the receipt is the same. The empty conversation itself goes the
    next night (desk/retention.py).
    """
    if not await _locked(conn, conversation_id):
        return None
    if before := await _receipt_of(conn, conversation_id, answering=answering):
        return before
    removed = await _emptied(conn, conversation_id, now=now, kept=answering)
    await conn.execute("UPDATE inbox SET text = '', payload = '', body = '{}' WHERE id = %s", (answering,))
    made = await receipt(conn, "erase", conversation_id, removed=removed, now=now)
    left = Jsonb({"erased": made.code, "by": str(answering)})
    await conn.execute("UPDATE conversations SET context = %s WHERE id = %s", (left, conversation_id))
    return made


async def was_erased_by(conn: Conn, conversation_id: UUID, *, answering: UUID) -> bool:
    """Whether this message has already been carried out and only waits for its answer."""
    return await _receipt_of(conn, conversation_id, answering=answering) is not None


async def _receipt_of(conn: Conn, conversation_id: UUID, *, answering: UUID) -> Receipt | None:
    cursor = await conn.execute(
        "SELECT d.code, d.done_at, d.removed FROM conversations c JOIN data_requests d ON d.code = c.context->>'erased'"
        " WHERE c.id = %s AND c.context->>'by' = %s",
        (conversation_id, str(answering)),
    )
    row = await cursor.fetchone()
    return Receipt(**row) if row else None


async def _locked(conn: Conn, conversation_id: UUID) -> bool:
    cursor = await conn.execute("SELECT id FROM conversations WHERE id = %s FOR UPDATE", (conversation_id,))
    return await cursor.fetchone() is not None


async def _emptied(
    conn: Conn, conversation_id: UUID, *, now: datetime, kept: UUID | None = None
) -> dict[str, int]:
    removed = await _tickets_let_go(conn, conversation_id, now=now)
    for table, condition in _OF_CONVERSATION:
        cursor = await conn.execute(
            f"DELETE FROM {table} WHERE {condition}",  # noqa: S608  # our tables
            {"id": conversation_id, "kept": kept},
        )
        removed[table] = removed.get(table, 0) + cursor.rowcount
    await unanswered.renew_titles(conn, masked)  # a title of the work list may be a question of theirs
    return {table: rows for table, rows in removed.items() if rows}


async def _tickets_let_go(conn: Conn, conversation_id: UUID, *, now: datetime) -> dict[str, int]:
    """The tickets of the conversation without what tells whose they are."""
    cursor = await conn.execute(
        "SELECT id, code FROM tickets WHERE conversation_id = %s ORDER BY id FOR UPDATE", (conversation_id,)
    )
    removed: dict[str, int] = {}
    for row in await cursor.fetchall():
        for name, rows in (await anonymised(conn, row["id"], row["code"], now=now)).items():
            removed[name] = removed.get(name, 0) + rows
    return removed


async def anonymised(
    conn: Conn, ticket_id: UUID, code: str, *, now: datetime, actor: str = ACTOR
) -> dict[str, int]:
    """Take from a ticket its contact, its conversation, its exact place, the person's photos, and names."""
    contacts = await conn.execute("DELETE FROM ticket_contacts WHERE ticket_id = %s", (ticket_id,))
    photos = await conn.execute(
        "DELETE FROM ticket_files WHERE ticket_id = %s AND author = 'citizen'", (ticket_id,)
    )
    await _masked_rows(
        conn,
        "tickets",
        ("what", "place", "happened", "published_what", "answer_public"),
        key="id",
        of=ticket_id,
    )
    await _masked_rows(conn, "ticket_events", ("note",), key="ticket_id", of=ticket_id)
    await _masked_rows(conn, "ticket_notes", ("text",), key="ticket_id", of=ticket_id)
    await conn.execute(
        "UPDATE tickets SET conversation_id = NULL, latitude = NULL, longitude = NULL, version = version + 1,"
        " updated_at = %s WHERE id = %s",
        (now, ticket_id),
    )
    counts = {"ticket_contacts": contacts.rowcount, "ticket_files": photos.rowcount, "tickets_anonymised": 1}
    await service.audit(
        conn, actor=actor, action="ticket.anonymised", object_id=code, now=now, details=counts
    )
    return counts


async def _masked_rows(conn: Conn, table: str, columns: tuple[str, ...], *, key: str, of: UUID) -> None:
    names = ", ".join(columns)
    cursor = await conn.execute(f"SELECT id, {names} FROM {table} WHERE {key} = %s", (of,))  # noqa: S608  # ours
    for row in await cursor.fetchall():
        values = {name: without_person(row[name]) for name in columns}
        if any(values[name] != row[name] for name in columns):
            marks = ", ".join(f"{name} = %({name})s" for name in columns)
            await conn.execute(f"UPDATE {table} SET {marks} WHERE id = %(id)s", {**values, "id": row["id"]})  # noqa: S608


def without_person(text: str) -> str:
    """The words of a report without numbers, addresses of mail and names that tell who somebody is."""
    return names.replaced(replaced(text, lambda value, kind: ERASED), lambda name: ERASED)


async def receipt(
    conn: Conn, kind: str, conversation_id: UUID, *, removed: dict[str, int], now: datetime
) -> Receipt:
    """Write down that a request was carried out: XD-YYYY-NNNNNN to erase, SD-YYYY-NNNNNN for a copy.

    Numbers run per year and kind; who is quicker makes the other wait until it commits.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    prefix = f"{'XD' if kind == 'erase' else 'SD'}-{now.astimezone(LOCAL_TIME).year}-"
    row: dict[str, Any] | None = await (
        await conn.execute(
            "SELECT coalesce(max(right(code, 6)::integer), 0) AS last FROM data_requests WHERE starts_with(code, %s)",
            (prefix,),
        )
    ).fetchone()
    code = f"{prefix}{(row['last'] if row else 0) + 1:06d}"
    await conn.execute(
        "INSERT INTO data_requests (id, code, kind, conversation_id, asked_at, done_at, removed)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (uuid4(), code, kind, conversation_id, now, now, Jsonb(removed)),
    )
    return Receipt(code=code, done_at=now, removed=removed)


_EXPORTED = {
    "messages": "SELECT direction, text, status, created_at FROM messages WHERE conversation_id = %s ORDER BY seq",
    "feedback": "SELECT useful, reason, created_at FROM feedback WHERE conversation_id = %s ORDER BY created_at",
    "voices": "SELECT t.code, v.text, v.at FROM ticket_voices v JOIN tickets t ON t.id = v.ticket_id"
    " WHERE v.conversation_id = %s ORDER BY v.at",
    "handovers": "SELECT asked_at, taken_at, ended_at FROM handovers WHERE conversation_id = %s ORDER BY asked_at",
    "subscriptions": "SELECT topic, key, area, created_at, ended_at FROM subscriptions"
    " WHERE conversation_id = %s ORDER BY created_at",
    "photos_waiting": "SELECT name, media_type, bytes, at FROM ticket_files"
    " WHERE conversation_id = %s AND ticket_id IS NULL ORDER BY at",
}
_EXPORTED_TICKETS = (
    "SELECT id, code, state, kind, what, place, happened, area, latitude, longitude, category_name, unit_name,"
    " consent, may_publish, received_at, answer_public, rating FROM tickets WHERE conversation_id = %s ORDER BY code"
)
_EXPORTED_OF_TICKET = {
    "history": "SELECT at, to_state, note, unit_name FROM ticket_events WHERE ticket_id = %s ORDER BY id",
    "photos": "SELECT name, media_type, bytes, at FROM ticket_files"
    " WHERE ticket_id = %s AND author = 'citizen' ORDER BY at",
}


async def export(
    conn: Conn, conversation_id: UUID, *, sealer: Sealer, now: datetime
) -> dict[str, Any] | None:
    """Everything that is kept of a person's conversation, as they may have it; None when there is none.

    Contacts are opened: they are the person's own. What officials write to each other is not theirs.
    """
    cursor = await conn.execute(
        "SELECT channel, person, area, locale, created_at FROM conversations WHERE id = %s",
        (conversation_id,),
    )
    conversation = await cursor.fetchone()
    if conversation is None:
        return None
    data: dict[str, Any] = {"conversation": dict(conversation)}
    for name, query in _EXPORTED.items():
        data[name] = await (await conn.execute(query, (conversation_id,))).fetchall()
    tickets = await (await conn.execute(_EXPORTED_TICKETS, (conversation_id,))).fetchall()
    data["tickets"] = [await _exported_ticket(conn, dict(ticket), sealer=sealer) for ticket in tickets]
    counts = {name: len(rows) for name, rows in data.items() if name != "conversation"}
    made = await receipt(conn, "export", conversation_id, removed={}, now=now)
    return {"request": {"code": made.code, "at": now, "rows": counts}, **data}


async def _exported_ticket(conn: Conn, ticket: dict[str, Any], *, sealer: Sealer) -> dict[str, Any]:
    ticket_id = ticket.pop("id")
    for name, query in _EXPORTED_OF_TICKET.items():
        ticket[name] = await (await conn.execute(query, (ticket_id,))).fetchall()
    cursor = await conn.execute("SELECT sealed FROM ticket_contacts WHERE ticket_id = %s", (ticket_id,))
    row = await cursor.fetchone()
    ticket["contact"] = sealer.open(row["sealed"]).decode() if row and row["sealed"] else ""
    return ticket
