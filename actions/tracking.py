"""Actions of the ticket form: code and secret, then the ticket's status."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions import ticket_form, ticket_talk
from actions.base import STALE, AppAction, Events, is_stale, slots
from actions.replies import Reply, context_of
from actions.services import Services
from actions.talk import respond
from actions.ticket_form import TicketKind
from actions.turns import Turn


class ValidateTicket(AppAction):
    title = "validate_ticket_form"

    async def act(self, turn: Turn, tracker: Tracker) -> tuple[list[Reply], Events]:
        if is_stale(turn, ticket_form.NAME, opened_by="ticket_status"):
            return [await respond(turn, self.services)], slots(form={"kind": STALE}, requested_slot=None)
        step = ticket_form.step(context_of(turn.metadata).get("form"), turn)
        goes_on = step.kind in (TicketKind.ASK, TicketKind.ASIDE)
        carried = {**step.to_json(), "kind": step.kind.value, "secret": step.secret}
        events = slots(
            form=carried, ticket_code=step.code or None, requested_slot=step.asked if goes_on else None
        )
        return await ticket_talk.before(step, turn, self.services), events


class AskTicket(AppAction):
    def __init__(self, services: Services, slot: str) -> None:
        super().__init__(services)
        self.title = f"action_ask_ticket_form_{slot}"

    async def act(self, turn: Turn, tracker: Tracker) -> tuple[list[Reply], Events]:
        carried = tracker.get_slot("form")
        form = {key: carried[key] for key in ("name", "slots", "asked", "tries")}
        return [ticket_talk.question(form, self.services, metadata=turn.metadata)], []


class TicketStatus(AppAction):
    title = "action_ticket_status"

    async def act(self, turn: Turn, tracker: Tracker) -> tuple[list[Reply], Events]:
        carried = tracker.get_slot("form") or {}
        closing = slots(form=None, **dict.fromkeys(ticket_form.SLOTS))
        if carried.get("kind") == STALE:
            return [], closing
        said = await ticket_talk.finish(
            TicketKind(carried.get("kind", TicketKind.CANCELLED)),
            code=str(carried.get("slots", {}).get("code", "")),
            secret=str(carried.get("secret", "")),
            services=self.services,
            metadata=turn.metadata,
        )
        return [said], closing
