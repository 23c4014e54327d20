"""The reporter hears what becomes of the report, where it came from.

A notice is written with the change it tells of, in one transaction: neither is there without the other, and none
twice. Channels that fetch have it at once; the others get it through the outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from psycopg.types.json import Jsonb

from desk.database import Conn, storable
from desk.models import CITIZEN, Ticket, TicketEvent, TicketState
from desk.texts import texts

_S = TicketState
FETCHING = frozenset({"web", "kiosk", "api", "cli"})  # channels that come for what is theirs
_SAY = """
WITH said AS (
    INSERT INTO messages (id, conversation_id, direction, text, body, status, created_at)
    SELECT %(message)s, id, 'out', %(text)s, %(body)s, %(status)s, %(now)s FROM conversations WHERE id = %(to)s
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO outbox (id, message_id, channel, recipient, body, state, next_try_at, sent_at)
SELECT %(outbox)s, %(message)s, channel, COALESCE(person, ''), %(body)s,
       CASE WHEN channel = ANY(%(fetching)s) THEN 'sent' ELSE 'pending' END, %(now)s,
       CASE WHEN channel = ANY(%(fetching)s) THEN %(now)s::timestamptz END
FROM conversations WHERE id = %(to)s AND EXISTS (SELECT FROM said)
"""


async def tell(conn: Conn, ticket: Ticket, event: TicketEvent) -> None:
    """Say a ticket's move to its reporter; its end, and what is put right later, to those who added their voice."""
    corrected = event.from_state is event.to_state is TicketState.PUBLISHED
    special = "notice_corrected" if corrected else "notice_revived" if event.from_state is _S.REFUSED else ""
    words = texts()[special] if special else texts()["notices"].get(event.to_state.value)
    if words is None or event.actor == CITIZEN:
        return
    said = words.format(code=ticket.code, unit=event.unit_name, note=event.note).strip()
    key = f"{ticket.id} {ticket.version} {event.to_state}"
    if ticket.conversation_id:
        choices = choices_for(ticket, event.to_state)
        await say(
            conn, ticket.conversation_id, text=said, now=event.at, key=key, code=ticket.code, choices=choices
        )
    if corrected or event.to_state is TicketState.ANSWERED:
        for voice in await _voices(conn, ticket):
            await say(conn, voice, text=said, now=event.at, key=key, code=ticket.code)


def choices_for(ticket: Ticket, state: TicketState) -> list[dict[str, str]]:
    """What the reporter can do about it with one tap."""
    return [
        {"title": title, "payload": payload.format(code=ticket.code)}
        for title, payload in texts()["notice_choices"].get(state.value, {}).items()
    ]


async def say(
    conn: Conn,
    conversation_id: UUID,
    *,
    text: str,
    now: datetime,
    key: str,
    code: str = "",
    status: str = "ticket_status",
    choices: Sequence[dict[str, str]] = (),
    human: bool = False,
    subscription: UUID | None = None,
) -> None:
    """Say something in a conversation that nobody asked for just then. The same `key` twice is said once."""
    body: dict[str, Any] = {"status": status, "text": text, "choices": list(choices), "human": human}
    if subscription:
        body["subscription"] = str(subscription)  # never sent at night (desk/subscriptions.py)
    if code:
        body["ticket"] = {"code": code}
    message = uuid5(conversation_id, key)
    values = {
        "message": message,
        "outbox": uuid5(message, "outbox"),
        "to": conversation_id,
        "text": storable(text),
        "body": Jsonb(storable(body)),
        "status": status,
        "now": now,
        "fetching": list(FETCHING),
    }
    await conn.execute(_SAY, values)


async def _voices(conn: Conn, ticket: Ticket) -> list[UUID]:
    cursor = await conn.execute(
        "SELECT conversation_id FROM ticket_voices WHERE ticket_id = %s AND conversation_id IS DISTINCT FROM %s",
        (ticket.id, ticket.conversation_id),
    )
    return [row["conversation_id"] for row in await cursor.fetchall()]
