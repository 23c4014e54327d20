"""The whole dialogue in one function, for the time that Rasa is down: same forms, same words, same state."""

from __future__ import annotations

from actions import report_form, report_talk, ticket_form, ticket_talk
from actions.replies import Reply, context_of, merge
from actions.services import Services
from actions.talk import respond
from actions.turns import Turn


async def converse(turn: Turn, services: Services) -> Reply:
    """One turn: the open form goes on, a report or a look-up opens one, anything else is answered."""
    form = context_of(turn.metadata).get("form") or {}
    name = form.get("name")
    if name == report_form.NAME or not name and turn.act == "report":
        return await _report(turn, services)
    if name == ticket_form.NAME or not name and turn.act == "ticket_status":
        return await _ticket(turn, services)
    return await respond(turn, services)


async def _report(turn: Turn, services: Services) -> Reply:
    step = report_form.step(context_of(turn.metadata).get("form"), turn)
    step = await report_talk.look(step, turn, services)
    if step.kind in (report_form.StepKind.ASK, report_form.StepKind.ASIDE):
        asked = report_talk.question(step.form, services, metadata=turn.metadata, offer=step.offer)
        return merge([*await report_talk.before(step, turn, services), asked])
    return await report_talk.finish(step.kind, step.form, services=services, metadata=turn.metadata)


async def _ticket(turn: Turn, services: Services) -> Reply:
    step = ticket_form.step(context_of(turn.metadata).get("form"), turn)
    if step.kind in (ticket_form.TicketKind.ASK, ticket_form.TicketKind.ASIDE):
        asked = ticket_talk.question(step.to_json(), services, metadata=turn.metadata)
        return merge([*await ticket_talk.before(step, turn, services), asked])
    return await ticket_talk.finish(
        step.kind, code=step.code, secret=step.secret, services=services, metadata=turn.metadata
    )
