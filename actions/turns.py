"""One message of a citizen as the forms see it, and what it looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from knowledge.text.acts import is_question
from knowledge.text.diacritics import fold
from knowledge.text.normalise import one_line

# Small talk inside a form is believed only when sure and short: an answer must not be taken for it.
_SURE = 0.75
_SHORT_WORDS = 8
_TALK = {"greet", "thanks", "goodbye", "capability", "handover", "chitchat", "ticket_status"}
_ASIDE_PAYLOADS = ("#MC:PROC", "#MC:ASK", "#MC:HANDOVER", "#MC:STATUS")
# What a button means, for Rasa (as an intent) and for the reduced form alike.
ACT_OF_PAYLOAD = {
    "#MC:REPORT": "report", "#MC:CANCEL": "cancel", "#MC:YES": "affirm", "#MC:NO": "deny", "#MC:SKIP": "skip",
    "#MC:STATUS": "ticket_status", "#MC:HANDOVER": "handover", "#MC:CORRECT": "correct",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")


def act_of_payload(payload: str) -> str:
    """The act a button stands for; one that chooses a procedure or an aspect is a question."""
    return ACT_OF_PAYLOAD.get(payload, "ask")


@dataclass(frozen=True)
class Turn:
    """What was said, its dialogue act and how sure, the button pressed if any, and the channel's metadata."""

    text: str
    act: str = "ask"
    confidence: float = 1.0
    payload: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> str:
        return "" if self.payload else one_line(self.text)

    @property
    def folded(self) -> str:
        return fold(self.line).lower()

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.line))

    def sure(self, *acts: str) -> bool:
        """A short message that is surely one of these acts."""
        return self.act in acts and (bool(self.payload) or self._believable)

    @property
    def _believable(self) -> bool:
        return self.confidence >= _SURE and self.words <= _SHORT_WORDS

    @property
    def is_aside(self) -> bool:
        """A question, or talk that answers no form: to be answered, then back to the form."""
        if self.payload:
            return self.payload.startswith(_ASIDE_PAYLOADS)
        if self.act == "ask":
            return is_question(self.line)
        return self.act in _TALK and self._believable
