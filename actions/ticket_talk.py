"""What the ticket form says."""

from __future__ import annotations

from typing import Any

from actions.replies import Reply, choice, context_of, reply, with_form
from actions.services import Services
from actions.talk import respond
from actions.ticket_form import TicketKind, TicketStep
from actions.turns import Turn


async def before(step: TicketStep, turn: Turn, services: Services) -> list[Reply]:
    context = with_form(context_of(turn.metadata), step.to_json())
    if step.kind is TicketKind.ASIDE:
        resume = reply("ticket_status", services.message("ticket.resume"), context=context)
        return [await respond(turn, services), resume]
    return [reply("ticket_status", services.message(step.hint), context=context)] if step.hint else []


def question(form: dict[str, Any], services: Services, *, metadata: dict[str, Any]) -> Reply:
    code = str(form["slots"]["code"])
    text = services.message("ticket.ask.secret", code=code) if code else services.message("ticket.ask.code")
    cancel = choice(services.message("button.cancel"), payload="#MC:CANCEL")
    return reply("ticket_status", text, choices=[cancel], context=with_form(context_of(metadata), form))


async def finish(
    kind: TicketKind, *, code: str, secret: str, services: Services, metadata: dict[str, Any]
) -> Reply:
    context = with_form(context_of(metadata), None)
    if kind is not TicketKind.LOOKUP:
        return reply("smalltalk", services.message(f"ticket.{kind.value}"), context=context)
    found = await services.ticket_status(code=code, secret=secret, metadata=metadata)
    return {**found, "context": with_form({**context, **found.get("context", {})}, None)}
