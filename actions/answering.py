"""Actions outside the forms: answers and small talk."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction

from actions.base import AppAction, Events, slots
from actions.replies import Reply, context_of
from actions.talk import respond
from actions.turns import Turn

_FORMS = {"report": "report_form", "ticket": "ticket_form"}


class Respond(AppAction):
    """Answers; or hands the message to the form that Rasa has forgotten and the conversation has not."""

    async def act(self, turn: Turn, tracker: Tracker) -> tuple[list[Reply], Events]:
        form = (context_of(turn.metadata).get("form") or {}).get("name")
        if form in _FORMS and not tracker.active_loop.get("name"):
            return [], [FollowupAction(_FORMS[form])]
        said = await respond(turn, self.services)
        return [said], _mirror(said)


def _mirror(said: Reply) -> Events:
    """Slots show what the conversation is about; the context stays the authority."""
    context = said.get("context", {})
    return slots(**{name: context.get(name) for name in ("area", "procedure", "aspect")})


class Answer(Respond):
    title = "action_answer"


class Smalltalk(Respond):
    title = "action_smalltalk"
