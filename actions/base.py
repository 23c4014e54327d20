"""What every action of ours has: the app's services, and the citizen's turn read from Rasa's tracker."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.replies import Reply, context_of
from actions.services import Services
from actions.turns import Turn

Events = list[dict[str, Any]]


def turn_of(tracker: Tracker) -> Turn:
    """The last message. Its text comes from the metadata: what Rasa got may be an intent of ours."""
    latest = tracker.latest_message
    metadata = latest.get("metadata") or {}
    intent = latest.get("intent") or {}
    return Turn(
        text=str(metadata.get("text", latest.get("text") or "")),
        act=str(intent.get("name") or "ask"),
        confidence=float(intent.get("confidence") or 0.0),
        payload=str(metadata.get("payload") or ""),
        metadata=metadata,
    )


def slots(**values: Any) -> Events:  # noqa: ANN401 -- slots hold any JSON
    return [SlotSet(name, value) for name, value in values.items()]


STALE = "stale"


def is_stale(turn: Turn, form: str, *, opened_by: str) -> bool:
    """Whether Rasa holds a form open that the conversation has closed: the message is not for it."""
    return (context_of(turn.metadata).get("form") or {}).get("name") != form and turn.act != opened_by


class AppAction(Action):  # type: ignore[misc]  # rasa_sdk carries no types
    """An action with the app's services. `title` is its name in the domain."""

    title = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def name(self) -> str:
        return self.title

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        replies, events = await self.act(turn_of(tracker), tracker)
        for reply in replies:
            dispatcher.utter_message(json_message=reply)
        return events

    async def act(self, turn: Turn, tracker: Tracker) -> tuple[list[Reply], Events]:
        """What to say and what Rasa should remember."""
        raise NotImplementedError
