"""What the reporter does about a report from the conversation it came from: adds to it, judges the answer, reopens it.

No secret is asked for: the conversation itself is the proof.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from desk import replies, service, work
from desk.database import Conn
from desk.models import Ticket, TicketState
from knowledge.errors import BadTransition, TicketNotFound

CONTENT, NOT_CONTENT = 5, 1


async def own(conn: Conn, *, code: str, conversation_id: UUID) -> Ticket:
    """The ticket, locked, if it was filed in this conversation.

    Raises:
        TicketNotFound: it was not.
    """
    ticket = await service.locked(conn, code=code)
    if ticket.conversation_id != conversation_id:
        raise TicketNotFound
    return ticket


async def add(conn: Conn, ticket: Ticket, *, text: str, now: datetime) -> None:
    """More about the report; a ticket that waited for it goes on, and its clock with it.

    Raises:
        BadTransition: it has ended.
    """
    await replies.add(conn, ticket, text=text, now=now)


async def rate(conn: Conn, ticket: Ticket, *, content: bool, now: datetime) -> bool:
    """Keep the judgement; False when it was given before: it is asked once.

    Raises:
        BadTransition: nothing is answered yet.
    """
    if ticket.state not in {TicketState.ANSWERED, TicketState.PUBLISHED, TicketState.COLLECTED}:
        raise BadTransition(f"{ticket.code}: not answered yet")
    if ticket.rating is not None:
        return False
    await service.change(conn, ticket, now=now, rating=CONTENT if content else NOT_CONTENT, rated_at=now)
    await service.audit(conn, actor="citizen", action="ticket.rated", object_id=ticket.code, now=now)
    return True


async def reopen(conn: Conn, ticket: Ticket, *, text: str, now: datetime) -> Ticket:
    """Not content: back to work, before the unit's head.

    Raises:
        BadTransition: the time for it is over.
    """
    return await work.reopen(conn, ticket, text=text, now=now)
