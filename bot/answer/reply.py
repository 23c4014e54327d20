"""What the pipeline returns and every channel sends: one reply, complete as text alone.

The JSON shape of `Reply` is the body of `POST /api/v1/conversations/{id}/messages` (docs/api.md).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Block(_Part):
    """A piece of the reply for surfaces that can lay it out. `kind` picks the layout."""

    kind: Literal["text", "list", "steps", "facts", "notice"] = "text"
    title: str = ""
    text: str = ""
    items: list[str] = []


class Source(_Part):
    """Where a fact of the reply comes from, and whether it is in force."""

    kind: Literal["procedure", "plan", "guide", "unit"]
    title: str
    code: str = ""
    number: str = ""
    section: str = ""
    decision: str = ""
    url: str = ""
    validity: str = "unknown"  # ValidityState
    validity_text: str = ""  # Vietnamese, shown to people
    fetched: str = ""  # ISO date


class Choice(_Part):
    """A button. `payload` goes back to us (`#MC:…`), `url` opens a page; else `text` is said by the person."""

    title: str
    text: str = ""
    payload: str = ""
    url: str = ""


class ProcedureRef(_Part):
    code: str
    title: str


class Candidate(ProcedureRef):
    score: float


class TicketRef(_Part):
    """What the person needs to follow a report. `secret` appears once, when it is filed."""

    code: str
    secret: str = ""
    state: str = ""
    state_text: str = ""
    unit: str = ""
    reason: str = ""
    category: str = ""
    history: list[str] = []


Outcome = Literal["used", "dropped", "failed", "resting"]


class Rephrasing(_Part):
    """What became of a reply handed to a language model, and which check or failure sent it back."""

    model: str
    outcome: Outcome
    why: str = ""


class Reply(_Part):
    """One reply. `context` is what the next turn needs (procedure, aspect, area, pending choices, form)."""

    status: str
    text: str
    blocks: list[Block] = []
    sources: list[Source] = []
    choices: list[Choice] = []
    asks: str = ""  # what an open form asks for ("contact", "where"): a surface may have a control for it
    human: bool = False  # an official's words
    procedure: ProcedureRef | None = None
    candidates: list[Candidate] = []
    ticket: TicketRef | None = None
    context: dict[str, Any] = {}
    timings: dict[str, float] = {}
    rephrasing: Rephrasing | None = None  # kept with the reply, not shown by the API
    snapshot: str = ""
    knowledge: str = ""  # the knowledge version the facts come from
