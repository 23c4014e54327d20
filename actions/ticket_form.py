"""Asking for a ticket's code and secret, in one message or one after another. Pure, like the report form.

The secret is never part of the form's state: it is asked last, used at once and forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from actions.extract import find_code, find_secret
from actions.turns import Turn

NAME = "ticket"
SLOTS = ("ticket_code", "ticket_secret")
_PATIENCE = 3


class TicketKind(StrEnum):
    ASK = "ask"
    ASIDE = "aside"
    LOOKUP = "lookup"
    CANCELLED = "cancelled"
    GAVE_UP = "gave_up"


@dataclass(frozen=True)
class TicketStep:
    kind: TicketKind
    code: str = ""
    secret: str = ""
    tries: int = 0
    hint: str = ""

    @property
    def asked(self) -> str:
        return "ticket_secret" if self.code else "ticket_code"

    def to_json(self) -> dict[str, Any]:
        return {"name": NAME, "slots": {"code": self.code}, "asked": self.asked, "tries": self.tries}


def step(saved: dict[str, Any] | None, turn: Turn) -> TicketStep:
    """One turn of the form that the conversation's context holds, or of a new one."""
    open_form = saved if saved and saved.get("name") == NAME else None
    known = str((open_form or {}).get("slots", {}).get("code") or "")
    tries = int((open_form or {}).get("tries") or 0)
    if open_form and (turn.payload == "#MC:CANCEL" or turn.sure("cancel", "goodbye")):
        return TicketStep(TicketKind.CANCELLED)
    code, secret = find_code(turn.line) or known, find_secret(turn.line)
    if code and secret:
        return TicketStep(TicketKind.LOOKUP, code, secret)
    if open_form and code == known:
        return _no_progress(known, turn, tries)
    return TicketStep(TicketKind.ASK, code)


def _no_progress(known: str, turn: Turn, tries: int) -> TicketStep:
    if tries + 1 >= _PATIENCE:
        return TicketStep(TicketKind.GAVE_UP, known)
    if turn.is_aside and turn.act != "ticket_status":
        return TicketStep(TicketKind.ASIDE, known, tries=tries + 1)
    hint = "ticket.hint.secret" if known else "ticket.hint.code"
    return TicketStep(TicketKind.ASK, known, tries=tries + 1, hint=hint)
