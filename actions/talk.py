"""What is said outside the forms: an answer from the app, or a line of small talk."""

from __future__ import annotations

from actions.extract import find_code, find_secret
from actions.replies import Reply, choice, context_of, reply, with_form
from actions.services import Services
from actions.turns import Turn
from knowledge.text.corrections import takes_back

_STATUS = {"handover": "handed_over"}
_BUTTONS = {
    "greet": (("button.report", "#MC:REPORT"), ("button.status", "#MC:STATUS")),
    "capability": (
        ("button.report", "#MC:REPORT"),
        ("button.status", "#MC:STATUS"),
        ("button.handover", "#MC:HANDOVER"),
    ),
    "handover": (("button.report", "#MC:REPORT"),),
}
_TALK = {
    "greet", "thanks", "goodbye", "capability", "chitchat", "affirm", "deny", "cancel", "correct", "skip", "handover",
}  # fmt: skip


async def respond(turn: Turn, services: Services) -> Reply:
    """The reply to a message that belongs to no form. The open form, if any, stays in the context."""
    said = await _respond(turn, services)
    form = context_of(turn.metadata).get("form")
    return {**said, "context": with_form({**said.get("context", {})}, form)}


async def _respond(turn: Turn, services: Services) -> Reply:
    if turn.act == "ticket_status" and (code := find_code(turn.line)) and (secret := find_secret(turn.line)):
        return await services.ticket_status(code=code, secret=secret, metadata=turn.metadata)
    offered = context_of(turn.metadata).get("choices") or []
    if turn.act == "affirm" and offered:
        return await _agreed(turn, offered, services)
    if turn.act in _TALK and not takes_back(turn.text):
        return smalltalk(turn, services)
    return await services.answer(text=turn.text, payload=turn.payload, act="ask", metadata=turn.metadata)


async def _agreed(turn: Turn, offered: list[str], services: Services) -> Reply:
    """A bare yes after choices: to the only one, or to none in particular."""
    if len(offered) > 1:
        return reply("clarify", services.message("talk.choose"), context=context_of(turn.metadata))
    payload = f"#MC:PROC:{offered[0]}"
    return await services.answer(text=turn.text, payload=payload, act="ask", metadata=turn.metadata)


def smalltalk(turn: Turn, services: Services) -> Reply:
    choices = [choice(services.message(key), payload=payload) for key, payload in _BUTTONS.get(turn.act, ())]
    text = services.message(f"talk.{turn.act}")
    return reply(_STATUS.get(turn.act, "smalltalk"), text, choices=choices, context=context_of(turn.metadata))
