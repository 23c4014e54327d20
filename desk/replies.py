"""What a reporter adds to a ticket after filing it."""

from __future__ import annotations

from datetime import datetime

from desk import service
from desk.database import Conn, storable
from desk.models import TRANSITIONS, Ticket, TicketState
from knowledge.errors import BadTransition


async def add(conn: Conn, ticket: Ticket, *, text: str, now: datetime) -> None:
    """Write the person's words into the history; a ticket that waited for them is sorted again.

    Raises:
        BadTransition: the ticket has ended and takes nothing more.
    """
    if not TRANSITIONS[ticket.state]:
        raise BadTransition(f"{ticket.code}: {ticket.state} takes no reply")
    if ticket.state is TicketState.INCOMPLETE:
        await service.transition(
            conn, code=ticket.code, to=TicketState.SORTING, actor="citizen", now=now, note=text
        )
        return
    state = ticket.state.value
    await conn.execute(
        "INSERT INTO ticket_events (ticket_id, at, actor, from_state, to_state, note, unit_id, unit_name)"
        " VALUES (%s, %s, 'citizen', %s, %s, %s, %s, %s)",
        (ticket.id, now, state, state, storable(text), ticket.unit_id, ticket.unit_name),
    )
    await service.audit(conn, actor="citizen", action="ticket.reply", object_id=ticket.code, now=now)
