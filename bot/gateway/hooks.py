"""What an office's own system does to a ticket of its unit: one signed message, one deed, once.

The system works as a service account of its unit, under the same row-level security and the same rules of work as the
unit's officials.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.gateway.ports import Parts
from desk import webhooks, work
from desk.bounds import bind
from desk.database import Conn, storable
from desk.staff import Role, Staff
from desk.webhooks import Deed, Webhook
from desk.work import Hand
from knowledge.errors import BadTransition, NotAllowed, WebhookNotFound

WINDOW = timedelta(minutes=5)  # so far from now a message's time may lie
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Message(BaseModel):
    """What a system sends. `message` is its own name for it: sent again, it does nothing twice.

    `text` is the question (ask), the public answer (resolve) or the reason (forward); the reporter reads it.
    """

    model_config = ConfigDict(extra="forbid")

    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    ticket: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    deed: Deed
    version: int | None = None  # of the ticket as the system knows it; without it, as it stands
    text: _Words | None = None
    private: _Words | None = None  # with resolve: for the reporter alone
    unit_id: Annotated[str, StringConstraints(max_length=200)] = ""  # with forward


class Done(BaseModel):
    """How the ticket stands after it. `again`: this message had done its deed before, and did nothing now."""

    ticket: str
    state: str = ""
    version: int = 0
    again: bool = False


@dataclass(frozen=True)
class Signed:
    """A request as it came: which hook, the header values, the body's bytes."""

    hook: UUID
    timestamp: str
    signature: str
    body: bytes


async def authentic(conn: Conn, signed: Signed, *, parts: Parts) -> Webhook:
    """The system that signed this, now.

    Raises:
        WebhookNotFound: none did; never says whether it is the id, the time or the signature.
    """
    hook, secret = await webhooks.find(conn, signed.hook, sealer=parts.tickets.sealer)
    expected = webhooks.sign(secret, timestamp=signed.timestamp, body=signed.body)
    right = hmac.compare_digest(expected.encode(), signed.signature.encode())
    if not right or not _is_now(signed.timestamp, parts.clock()):
        raise WebhookNotFound
    return hook


def _is_now(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= WINDOW.total_seconds()


async def do(conn: Conn, hook: Webhook, message: Message, *, parts: Parts) -> Done:
    """Do a message's deed in the open transaction, or nothing when it was done before.

    Raises:
        NotAllowed: this system may not do that.
        TicketNotFound: no ticket of its unit has this code.
        TicketChanged: somebody was quicker.
        BadTransition: the ticket's state does not allow it, or words or the unit are missing.
    """
    if message.deed not in hook.deeds or not hook.unit_id:
        raise NotAllowed
    cursor = await conn.execute(
        "INSERT INTO webhook_messages (webhook_id, message, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (hook.id, storable(message.message), parts.clock()),
    )
    if not cursor.rowcount:
        return await _as_it_stands(conn, hook, message)
    staff = service_account(hook)
    await bind(conn, staff)
    now = parts.clock()
    hand = await work.take(conn, code=message.ticket, version=message.version, staff=staff, now=now)
    done = await _DEEDS[message.deed](hand, message, parts)
    return Done(ticket=done.ticket.code, state=done.ticket.state.value, version=done.ticket.version)


async def _as_it_stands(conn: Conn, hook: Webhook, message: Message) -> Done:
    """For a message that came before. A ticket that went to another unit meanwhile is no longer its to see."""
    await bind(conn, service_account(hook))
    cursor = await conn.execute(
        "SELECT code, state, version FROM tickets WHERE code = %s", (storable(message.ticket),)
    )
    row = await cursor.fetchone()
    if row is None:
        return Done(ticket=message.ticket, again=True)
    return Done(ticket=row["code"], state=row["state"], version=row["version"], again=True)


def service_account(hook: Webhook) -> Staff:
    """The system as an official of its unit; its deeds stand in the audit under its id."""
    return Staff(
        id=hook.id,
        login=f"webhook.{hook.id}",
        name=f"webhook.{hook.id}",
        roles=(Role.DESK,),
        unit_id=hook.unit_id,
        created_at=hook.at,
        password_set_at=hook.at,
    )


# ------------------------------------------------------------------ the deeds


async def _accept(hand: Hand, message: Message, parts: Parts) -> Hand:
    return await work.accept(hand)


async def _ask(hand: Hand, message: Message, parts: Parts) -> Hand:
    return await work.ask(hand, question=_words(message))


async def _resolve(hand: Hand, message: Message, parts: Parts) -> Hand:
    return await work.resolve(
        hand,
        public=_words(message),
        private=message.private or "",
        reopen_for=timedelta(days=parts.settings.reopen_days),
    )


async def _forward(hand: Hand, message: Message, parts: Parts) -> Hand:
    unit = parts.tickets.router.unit(message.unit_id)
    if unit is None:
        raise BadTransition(f"no unit {message.unit_id!r}")
    return await work.forward(hand, to=unit, reason=_words(message))


_DEEDS: Mapping[Deed, Callable[[Hand, Message, Parts], Awaitable[Hand]]] = {
    "accept": _accept,
    "ask": _ask,
    "resolve": _resolve,
    "forward": _forward,
}


def _words(message: Message) -> str:
    if message.text is None:
        raise BadTransition(f"{message.deed} without text")
    return message.text
