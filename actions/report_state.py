"""What a report form holds between two messages, and where a message leaves it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from actions.turns import Turn

NAME = "report"
SLOTS = ("what", "where", "when", "contact", "consent", "confirm")
CONSENT_TEXT = "report.ask.consent"
CONSENT_VERSION = "2026-11"
# What is asked besides, each for itself and with a no that costs nothing.
ATTACH_TEXT, PUBLISH_TEXT = "report.ask.attach", "report.publish"
STATES = (*SLOTS, "attach", "similar")  # what may be asked; the last two only where there is something


class StepKind(StrEnum):
    ASK = "ask"
    ASIDE = "aside"
    SUBMIT = "submit"
    JOINED = "joined"
    CANCELLED = "cancelled"
    DECLINED = "declined"


@dataclass(frozen=True)
class ReportForm:
    """What is known so far. `contact` is None until asked, "" when the person would rather not say.

    `attach` and `publish` are {} for a no. `similar`, reports of others that seem to be of the same, is None until
    somebody has looked.
    """

    what: str = ""
    where: str = ""
    when: str = ""
    contact: str | None = None
    consent: dict[str, str] | None = None
    asked: str = ""
    tries: int = 0
    at: tuple[float, float] | None = None  # latitude, longitude
    photos: int = 0
    attach: dict[str, str] | None = None
    publish: dict[str, str] | None = None
    kind: str = ""  # as the person corrected it
    similar: tuple[dict[str, str], ...] | None = None
    joined: str = ""

    @property
    def missing(self) -> str:
        """The slot to ask next; `confirm` when only the person's yes to the summary is lacking."""
        empty = {"what": not self.what, "where": not self.where, "when": not self.when}
        empty |= {"contact": self.contact is None, "consent": self.consent is None}
        empty |= {"attach": self.has_extras and self.attach is None, "similar": bool(self.similar)}
        return next((slot for slot, lacking in empty.items() if lacking), "confirm")

    @property
    def has_extras(self) -> bool:
        """Whether there is something that says more about the person than their words."""
        return bool(self.photos) or self.at is not None

    def asking(self, slot: str = "", *, tries: int = 0) -> ReportForm:
        return replace(self, asked=slot or self.missing, tries=tries)

    def to_json(self) -> dict[str, Any]:
        slots = {name: getattr(self, name) for name in _KEPT}
        return {"name": NAME, "slots": slots, "asked": self.asked, "tries": self.tries}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ReportForm:
        slots = data.get("slots") or {}
        what, where, when, kind, joined = (
            str(slots.get(name) or "") for name in ("what", "where", "when", "kind", "joined")
        )
        similar, at = slots.get("similar"), slots.get("at")
        form = cls(
            what,
            where,
            when,
            contact=slots.get("contact"),
            consent=slots.get("consent"),
            at=(at[0], at[1]) if at else None,
            photos=int(slots.get("photos") or 0),
            attach=slots.get("attach"),
            publish=slots.get("publish"),
            kind=kind,
            similar=None if similar is None else tuple(similar),
            joined=joined,
        )
        return form.asking(data.get("asked") or "", tries=int(data.get("tries") or 0))


_KEPT = (
    "what", "where", "when", "contact", "consent", "at", "photos", "attach", "publish", "kind", "similar", "joined",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """Where the form stands after a turn; `hint` is the key of a text to say before the next question."""

    kind: StepKind
    form: ReportForm
    hint: str = ""
    offer: tuple[str, ...] = field(default=())  # keys of buttons in place of the question's own


def agreed(turn: Turn, text_id: str) -> dict[str, str]:
    """What was agreed to, when and by which message: kept with the ticket as proof."""
    meta = turn.metadata
    return {
        "version": CONSENT_VERSION,
        "text_id": text_id,
        "at": str(meta.get("now") or ""),
        "channel": str(meta.get("channel") or ""),
        "message_id": str(meta.get("inbox_id") or ""),
    }
