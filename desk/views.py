"""A ticket as its reporter reads it, in Vietnamese; the words are in `texts.yml`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from desk.calendar import LOCAL_TIME
from desk.calendar_data import days
from desk.models import CITIZEN, FiledTicket, Ticket, TicketEvent, TicketState
from desk.texts import texts

_ENDED = (TicketState.ANSWERED, TicketState.REFUSED, TicketState.PUBLISHED, TicketState.COLLECTED)


class TicketView(TypedDict):
    """The fields of the reply's ticket, ready for people."""

    code: str
    secret: str
    state: str
    state_text: str
    unit: str
    reason: str
    category: str
    history: list[str]


def state_text(state: TicketState) -> str:
    text: str = texts()["states"][state.value]
    return text


def history_line(event: TicketEvent) -> str:
    """`20/11/2026 09:05: Đang xử lý. …`, with what the official wrote for the person."""
    when = event.at.astimezone(LOCAL_TIME).strftime("%d/%m/%Y %H:%M")
    if event.actor == CITIZEN and event.from_state is not None:
        return f"{when}: {texts()['added'].format(note=event.note)}"
    unit = event.unit_name or texts()["triage"]["unit_name"]
    corrected = event.from_state is event.to_state is TicketState.PUBLISHED
    words = texts()["corrected"] if corrected else texts()["events"][event.to_state.value]
    said = words.format(unit=unit[:1].upper() + unit[1:])
    return " ".join(part for part in (f"{when}: {said}", event.note) if part)


def ticket_view(ticket: Ticket, events: Sequence[TicketEvent] = (), *, secret: str = "") -> TicketView:
    return TicketView(
        code=ticket.code,
        secret=secret,
        state=ticket.state.value,
        state_text=state_text(ticket.state),
        unit=ticket.unit_name,
        reason=ticket.reason,
        category=ticket.category_name,
        history=[history_line(event) for event in events],
    )


def filed_text(filed: FiledTicket) -> str:
    """What is said when a report was filed; complete for someone who only hears it."""
    ticket = filed.ticket
    words = texts()["filed" if filed.secret else "filed_again"]
    said = words.format(code=ticket.code, secret=filed.secret, unit=ticket.unit_name, reason=ticket.reason)
    if ticket.second_unit_name:
        said += " " + texts()["second_choice"].format(unit=ticket.second_unit_name)
    if not filed.again:
        said += " " + deadline_text(ticket, now=ticket.received_at)
    return str(said)


def deadline_text(ticket: Ticket, *, now: datetime) -> str:
    """By when the unit answers and on what basis, or that none is set; "" once it has answered."""
    words = texts()["deadline"]
    if ticket.state in _ENDED:
        return ""
    if ticket.due_at is None:
        return str(words["paused" if ticket.due_basis else "none"])
    due = ticket.due_at.astimezone(LOCAL_TIME)
    said = words["late" if now > due else "set"].format(
        due=due.strftime("%H:%M ngày %d/%m/%Y"), basis=ticket.due_basis
    )
    if not days().year(due.year).settled:
        said += " " + words["unsettled"].format(year=due.year)
    return str(said)


def status_text(ticket: Ticket, events: Sequence[TicketEvent], *, now: datetime) -> str:
    """Where a ticket stands, with its history line by line."""
    said = texts()["status"].format(
        code=ticket.code, state=state_text(ticket.state).lower(), unit=ticket.unit_name
    )
    lines = [said, deadline_text(ticket, now=now), *(history_line(event) for event in events)]
    return "\n".join(line for line in lines if line)
