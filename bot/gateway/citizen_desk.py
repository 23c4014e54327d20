"""Messages that belong to the desk and not to the dialogue: about a report of one's own, or to an official.

They are told apart before the dialogue is asked: by a button of a notice, by what the person was just asked to write,
and by an official being in the conversation.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.answer.guard import screen
from bot.answer.reply import Choice, Reply, TicketRef
from bot.gateway import own_data, subscribing
from desk import citizen, handovers
from desk.calendar import LOCAL_TIME
from desk.database import Conn, Pool
from desk.deadlines import calendar_of
from desk.models import Ticket
from desk.texts import texts
from knowledge.errors import BadTransition, TicketNotFound

if TYPE_CHECKING:
    from bot.gateway.turn import Waiting

_BUTTON = re.compile(r"^#MC:(ADD|CONTENT|UNHAPPY):(PA-\d{4}-\d{6})$")
BACK = "#MC:BOT"
EXPECTS = "desk"  # in the context: what the next message is for, {"does": …, "code": …}
NEVER_MIND = "#MC:CANCEL"

Deed = Callable[[Conn, Ticket, "Waiting", datetime], Awaitable[Reply]]


async def respond(waiting: Waiting, *, pool: Pool, now: datetime) -> Reply | None:
    """The desk's reply, or None when the message is the dialogue's."""
    if about_data := await own_data.respond(waiting, pool=pool, now=now):
        return about_data
    if about_news := await subscribing.respond(waiting, pool=pool, now=now):
        return about_news
    if waiting.with_officer:
        return await _to_officer(waiting, pool=pool, now=now)
    expected: dict[str, Any] = waiting.context.get(EXPECTS) or {}
    if button := _BUTTON.match(waiting.payload):
        return await _about(waiting, button[2], _BUTTONS[button[1]], pool=pool, now=now)
    if not expected:
        return None
    if waiting.payload == NEVER_MIND:
        return _reply(waiting, _said("never_mind"))
    # A person in danger, or another button, is no answer to what we asked.
    if waiting.payload or screen(waiting.text).stop is not None:
        return None
    return await _about(waiting, str(expected["code"]), _WRITTEN[str(expected["does"])], pool=pool, now=now)


async def _to_officer(waiting: Waiting, *, pool: Pool, now: datetime) -> Reply | None:
    if waiting.payload == BACK:
        async with pool.connection() as conn:
            await handovers.end(conn, waiting.conversation_id, by="citizen", now=now)
        return _reply(waiting, texts()["handover"]["ended"])
    if screen(waiting.text).stop is not None:
        return None  # an emergency never waits for an official to read it
    back = Choice(title=texts()["handover"]["back"], payload=BACK)
    return Reply(
        status="handed_over", text=texts()["handover"]["heard"], choices=[back], context=waiting.context
    )


async def _about(waiting: Waiting, code: str, deed: Deed, *, pool: Pool, now: datetime) -> Reply:
    try:
        async with pool.connection() as conn:
            ticket = await citizen.own(conn, code=code, conversation_id=waiting.conversation_id)
            return await deed(conn, ticket, waiting, now)
    except TicketNotFound:
        return _reply(waiting, _said("not_yours"))
    except BadTransition:
        return _reply(waiting, _said("too_late", code=code))


async def _ask_for_more(conn: Conn, ticket: Ticket, waiting: Waiting, now: datetime) -> Reply:
    return _reply(waiting, _said("add_what", code=ticket.code), ticket=ticket, expects="add")


async def _add(conn: Conn, ticket: Ticket, waiting: Waiting, now: datetime) -> Reply:
    await citizen.add(conn, ticket, text=waiting.text, now=now)
    return _reply(waiting, _said("added", code=ticket.code), ticket=ticket)


async def _content(conn: Conn, ticket: Ticket, waiting: Waiting, now: datetime) -> Reply:
    first = await citizen.rate(conn, ticket, content=True, now=now)
    return _reply(waiting, _said("thanks" if first else "rated_before", code=ticket.code), ticket=ticket)


async def _unhappy(conn: Conn, ticket: Ticket, waiting: Waiting, now: datetime) -> Reply:
    await citizen.rate(conn, ticket, content=False, now=now)
    if ticket.reopen_until is None or now > ticket.reopen_until:
        return _reply(waiting, _said("too_late", code=ticket.code), ticket=ticket)
    return _reply(waiting, _said("unhappy_what", code=ticket.code), ticket=ticket, expects="reopen")


async def _reopen(conn: Conn, ticket: Ticket, waiting: Waiting, now: datetime) -> Reply:
    again = await citizen.reopen(conn, ticket, text=waiting.text, now=now)
    return _reply(waiting, _said("reopened", code=again.code, unit=again.unit_name), ticket=again)


_BUTTONS: dict[str, Deed] = {"ADD": _ask_for_more, "CONTENT": _content, "UNHAPPY": _unhappy}
_WRITTEN: dict[str, Deed] = {"add": _add, "reopen": _reopen}


def _said(name: str, **values: str) -> str:
    return str(texts()["citizen"][name].format(**values))


def _reply(waiting: Waiting, text: str, *, ticket: Ticket | None = None, expects: str = "") -> Reply:
    context = {key: value for key, value in waiting.context.items() if key != EXPECTS}
    choices = []
    if ticket and expects:
        context[EXPECTS] = {"does": expects, "code": ticket.code}
        choices = [Choice(title=texts()["citizen"]["cancel"], payload=NEVER_MIND)]
    shown = TicketRef(code=ticket.code, unit=ticket.unit_name) if ticket else None
    return Reply(status="ticket_status", text=text, choices=choices, ticket=shown, context=context)


async def queue(waiting: Waiting, reply: Reply, *, pool: Pool, now: datetime) -> Reply:
    """A reply that hands over to a person, with the place in the queue or when the office opens."""
    area = waiting.context.get("area") or waiting.area
    async with pool.connection() as conn:
        place = await handovers.ask(conn, waiting.conversation_id, area=area, now=now, reason=waiting.text)
    calendar = calendar_of("", area)
    words = texts()["handover"]
    if calendar.is_open(now):
        more = words["waiting"].format(place=place) if place else words["heard"]
    else:
        more = words["closed"].format(
            opens=calendar.next_open(now).astimezone(LOCAL_TIME).strftime("%H:%M ngày %d/%m")
        )
    return reply.model_copy(update={"text": f"{reply.text}\n{more}"})
