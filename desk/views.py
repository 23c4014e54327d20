"""A ticket as its reporter reads it, in Vietnamese; the words are in `texts.yml`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict
from zoneinfo import ZoneInfo

from desk.models import CITIZEN, FiledTicket, Ticket, TicketEvent, TicketState
from desk.texts import texts

_LOCAL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")


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
    when = event.at.astimezone(_LOCAL_TIME).strftime("%d/%m/%Y %H:%M")
    if event.actor == CITIZEN and event.from_state is not None:
        return f"{when}: {texts()['added'].format(note=event.note)}"
    unit = event.unit_name or texts()["triage"]["unit_name"]
    said = texts()["events"][event.to_state.value].format(unit=unit[:1].upper() + unit[1:])
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
    return str(said)


def status_text(ticket: Ticket, events: Sequence[TicketEvent]) -> str:
    """Where a ticket stands, with its history line by line."""
    said = texts()["status"].format(
        code=ticket.code, state=state_text(ticket.state).lower(), unit=ticket.unit_name
    )
    return "\n".join([said, *(history_line(event) for event in events)])
