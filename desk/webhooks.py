"""Offices' own systems: which there are, and what each is told about tickets.

A delivery is a row written with the change it tells of, in one transaction; it is sent later (webhook_sending.py).
No body holds a person's words or data: whoever may read more asks for it by the code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from desk.database import Conn, storable
from desk.models import Ticket, TicketEvent, TicketState
from desk.sealing import Sealer
from knowledge.errors import BadWebhook, WebhookNotFound

Event = Literal["ticket.filed", "ticket.moved", "ticket.answered", "ticket.published"]
Deed = Literal["accept", "ask", "resolve", "forward"]
EVENTS: tuple[Event, ...] = get_args(Event)
DEEDS: tuple[Deed, ...] = get_args(Deed)
TIMESTAMP, SIGNATURE = "X-Motcua-Timestamp", "X-Motcua-Signature"
_ENDS: dict[TicketState, Event] = {
    TicketState.ANSWERED: "ticket.answered",
    TicketState.PUBLISHED: "ticket.published",
}
_COLUMNS = "id, url, unit_id, events, deeds, active, actor, at"
# The unit the ticket comes from is told too: its line is the one before.
_TELL = """
INSERT INTO webhook_deliveries (id, webhook_id, event, body, state, next_try_at)
SELECT gen_random_uuid(), id, %(event)s, %(body)s, 'pending', %(now)s FROM webhooks
WHERE active AND %(event)s = ANY (events) AND (unit_id = '' OR unit_id IN (
    SELECT unit_id FROM ticket_events WHERE ticket_id = %(ticket)s ORDER BY ticket_events.id DESC LIMIT 2
))
"""


class Webhook(BaseModel):
    """A system of an office. `unit_id` "" hears of every unit's tickets; `deeds` it may do to those of its own."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    url: str
    unit_id: str
    events: tuple[Event, ...]
    deeds: tuple[Deed, ...]
    active: bool
    actor: str
    at: datetime


async def tell(conn: Conn, ticket: Ticket, event: TicketEvent) -> None:
    """Queue a ticket's move for every system that wants to hear of it: one statement, whoever listens."""
    name = event_name(event)
    body = {"event": name, "at": event.at.isoformat(), "ticket": ticket_body(ticket, event)}
    await conn.execute(
        _TELL, {"event": name, "body": Jsonb(storable(body)), "now": event.at, "ticket": ticket.id}
    )


def event_name(event: TicketEvent) -> Event:
    if event.from_state is None:
        return "ticket.filed"
    return _ENDS.get(event.to_state, "ticket.moved")


def ticket_body(ticket: Ticket, event: TicketEvent) -> dict[str, Any]:
    """What every office's system may know of a ticket: nothing a person wrote, nothing about a person."""
    return {
        "code": ticket.code,
        "version": ticket.version,
        "state": event.to_state.value,
        "from_state": event.from_state.value if event.from_state else None,
        "kind": ticket.kind,
        "category": ticket.category,
        "area": ticket.area,
        "unit_id": ticket.unit_id,
        "unit_name": ticket.unit_name,
        "received_at": ticket.received_at.isoformat(),
        "due_at": ticket.due_at.isoformat() if ticket.due_at else None,
        "due_basis": ticket.due_basis,
    }


# ------------------------------------------------------------------ which there are


async def add(
    conn: Conn,
    *,
    url: str,
    unit_id: str,
    events: Sequence[str],
    deeds: Sequence[str],
    sealer: Sealer,
    actor: str,
    now: datetime,
    allow_private: bool = False,
) -> tuple[Webhook, str]:
    """A new one, and its secret, which is shown this once.

    Raises:
        BadWebhook: the address, an event or a deed cannot be.
    """
    check(url=url, unit_id=unit_id, events=events, deeds=deeds, allow_private=allow_private)
    secret = secrets.token_urlsafe(32)
    cursor = await conn.execute(
        "INSERT INTO webhooks (id, url, unit_id, sealed_secret, events, deeds, actor, at)"  # noqa: S608 - ours
        f" VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
        (uuid4(), url, unit_id, sealer.seal(secret), [*events], [*deeds], actor, now),
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101  # RETURNING
    made = Webhook(**row)
    details = {"host": urlsplit(url).hostname or "", "unit": unit_id, "events": [*events], "deeds": [*deeds]}
    await _audit(conn, made.id, action="webhook.added", actor=actor, now=now, details=details)
    return made, secret


def check(
    *, url: str, unit_id: str, events: Sequence[str], deeds: Sequence[str], allow_private: bool
) -> None:
    """Whether a webhook can be so.

    Raises:
        BadWebhook: it cannot; the text says why.
    """
    if not url and not deeds:
        raise BadWebhook("it is neither told anything nor may do anything")
    if url:
        check_url(url, allow_private=allow_private)
    if bool(url) != bool(events):
        raise BadWebhook("an address goes with the events that are sent there")
    if unknown := {*events} - {*EVENTS} | {*deeds} - {*DEEDS}:
        raise BadWebhook(f"no such event or deed: {', '.join(sorted(unknown))}")
    if deeds and not unit_id:
        raise BadWebhook("a system that may do something belongs to a unit")


def check_url(url: str, *, allow_private: bool) -> None:
    """Only https, and no password in it; plain http in an office's own network.

    Raises:
        BadWebhook: it is neither.
    """
    try:
        parts = urlsplit(url)
        fine = parts.port != 0  # reading it raises when it is no port
    except ValueError as error:
        raise BadWebhook(f"no address: {error}") from error
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise BadWebhook("the address must be https")
    if not parts.hostname or parts.username is not None or parts.fragment or not fine or not url.isascii():
        raise BadWebhook("the address has no host, or a name and password, or a fragment in it")


async def every(conn: Conn) -> list[dict[str, Any]]:
    """Each one with the count of its deliveries by state, and the last reason of a failure."""
    cursor = await conn.execute(
        f"SELECT {_COLUMNS}, waiting, sent, parked, error FROM webhooks"  # noqa: S608  # our columns
        " LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'pending') AS waiting,"
        " count(*) FILTER (WHERE state = 'sent') AS sent, count(*) FILTER (WHERE state = 'parked') AS parked,"
        " coalesce((array_agg(error ORDER BY next_try_at DESC) FILTER (WHERE error <> ''))[1], '') AS error"
        " FROM webhook_deliveries WHERE webhook_id = webhooks.id) AS sendings ON true ORDER BY at"
    )
    return await cursor.fetchall()


async def remove(conn: Conn, webhook_id: UUID, *, actor: str, now: datetime) -> None:
    """Take one away with all that was still to be sent there.

    Raises:
        WebhookNotFound: there is none of this id.
    """
    cursor = await conn.execute("DELETE FROM webhooks WHERE id = %s", (webhook_id,))
    if not cursor.rowcount:
        raise WebhookNotFound
    await _audit(conn, webhook_id, action="webhook.removed", actor=actor, now=now)


async def again(conn: Conn, webhook_id: UUID, *, actor: str, now: datetime) -> int:
    """Send what was parked once more from the beginning; returns how many."""
    cursor = await conn.execute(
        "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_try_at = %s, error = ''"
        " WHERE webhook_id = %s AND state = 'parked'",
        (now, webhook_id),
    )
    await _audit(conn, webhook_id, action="webhook.retried", actor=actor, now=now)
    return cursor.rowcount


async def find(conn: Conn, webhook_id: UUID, *, sealer: Sealer) -> tuple[Webhook, str]:
    """One that is active, with its secret.

    Raises:
        WebhookNotFound: there is none of this id.
    """
    cursor = await conn.execute(
        f"SELECT {_COLUMNS}, sealed_secret FROM webhooks WHERE id = %s AND active",  # noqa: S608  # ours
        (webhook_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise WebhookNotFound
    secret = sealer.text(row.pop("sealed_secret"))
    return Webhook(**row), secret


async def _audit(
    conn: Conn,
    webhook_id: UUID,
    *,
    action: str,
    actor: str,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    await conn.execute(
        "INSERT INTO audit (at, actor, action, object_kind, object_id, details)"
        " VALUES (%s, %s, %s, 'webhook', %s, %s)",
        (now, actor, action, str(webhook_id), Jsonb(storable(details or {}))),
    )


# ------------------------------------------------------------------ signing, the same way in and out


def encoded(body: dict[str, Any]) -> bytes:
    """A body's bytes as they are signed and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def sign(secret: str, *, timestamp: str, body: bytes) -> str:
    """`sha256=…`: HMAC-SHA256 over `timestamp.body`, in hexadecimal."""
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={mac.hexdigest()}"
