"""Where Rasa keeps its conversations: a few names each, in memory, and nobody's words.

The gateway sends a conversation's whole state with each message (its context). What Rasa remembers is a shadow
of it that saves nothing but a step: which form is open and which slots are filled. A conversation that a server
does not know is one that listens, and its context does the rest, so any server can take any turn.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    LoopInterrupted,
    SlotSet,
)
from rasa.shared.core.trackers import DialogueStateTracker

MAX_CONVERSATIONS = 20_000
IDLE_S = 3600.0
# Slots whose values may be kept: none of them can hold what a person wrote.
_PLAIN_SLOTS = {"requested_slot", "area", "procedure", "aspect"}
_DROPPED_SLOTS = {"session_started_metadata"}


@dataclass(frozen=True)
class Remembered:
    """A conversation between two turns: the open form, and which slots are filled."""

    slots: tuple[tuple[str, Any], ...] = ()
    loop: str = ""
    interrupted: bool = False
    rejected: bool = False

    @classmethod
    def of(cls, tracker: DialogueStateTracker) -> Remembered:
        values = tracker.current_slot_values()
        filled = {
            name: value if name in _PLAIN_SLOTS else True
            for name, value in values.items()
            if value is not None and name not in _DROPPED_SLOTS
        }
        loop = tracker.active_loop
        if loop is None or not loop.name:
            return cls(tuple(filled.items()))
        return cls(tuple(filled.items()), loop.name, bool(loop.is_interrupted), bool(loop.rejected))

    def events(self) -> Iterator[Event]:
        """What makes a new tracker listen where this conversation stopped."""
        for name, value in self.slots:
            yield SlotSet(name, value)
        if self.loop:
            yield ActiveLoop(self.loop)
        yield ActionExecuted(ACTION_LISTEN_NAME)
        if self.interrupted:
            yield LoopInterrupted(True)
        if self.rejected:
            yield ActionExecutionRejected(self.loop)


class ConversationStore(TrackerStore):
    """The conversations of the last hour, the latest of them at most; older ones are forgotten."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str = "",
        event_broker: EventBroker | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        **_: object,
    ) -> None:
        super().__init__(domain, event_broker)
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Remembered]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Remember this conversation as the latest; forget those that are too old or too many."""
        self._kept[tracker.sender_id] = (self._clock(), Remembered.of(tracker))
        self._kept.move_to_end(tracker.sender_id)
        self._forget()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        """A tracker of its own for each turn: one that breaks off leaves nothing behind."""
        self._forget()
        _, remembered = self._kept.get(sender_id, (0.0, Remembered()))
        tracker = self.init_tracker(sender_id)
        for event in remembered.events():
            tracker.update(event)
        return tracker

    async def keys(self) -> list[str]:
        return list(self._kept)

    def _forget(self) -> None:
        until = self._clock() - IDLE_S
        while self._kept:
            oldest, (at, _) = next(iter(self._kept.items()))
            if at >= until and len(self._kept) <= MAX_CONVERSATIONS:
                return
            del self._kept[oldest]
