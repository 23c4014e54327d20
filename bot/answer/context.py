"""What travels through the pipeline: the question, what each step found, and the reply so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.answer.reply import Choice, ProcedureRef, Rephrasing, Reply, Source
from index.search import Hit, Ranking
from knowledge.documents import Procedure
from knowledge.periods import Period

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def vietnam_now() -> datetime:
    return datetime.now(VIETNAM)


@dataclass(frozen=True)
class Question:
    """One message of a person, with what the conversation knows.

    `context` is what the last reply handed back; `act` the dialogue act when somebody already decided it.
    """

    text: str
    area: str = ""
    channel: str = "web"
    payload: str = ""
    context: dict[str, Any] = field(default_factory=dict)
    act: str | None = None
    now: datetime = field(default_factory=vietnam_now)


@dataclass(frozen=True)
class Also:
    """The second of two questions: its procedure, what is asked of it, and its words."""

    procedure: Procedure
    aspects: tuple[str, ...]
    asked: str


@dataclass
class Turn:
    """The pipeline's working state. Steps fill it from top to bottom; `stop` ends the turn."""

    question: Question
    text: str = ""
    folded: str = ""
    asked: str = ""  # the sentences of the text that ask; the text itself when it is short
    act: str = "ask"
    aspects: list[str] = field(default_factory=list)
    area: str = ""
    chosen: str = ""  # a procedure code fixed by a button, a number typed, or the turn before
    code_typed: str = ""  # a procedure code the person wrote out
    levels: list[str] = field(
        default_factory=list
    )  # codes of one procedure at several levels, chosen together
    period: Period | None = None  # the time asked about; None is now
    about_plan: bool = False
    elsewhere: bool = False  # names a province that nothing is held about
    query: str = ""
    reading: str = ""  # the query with what was spoken of before, when it was read with that
    instead: list[Procedure] = field(
        default_factory=list
    )  # offered beside an answer that is not sure to be meant
    guesses: list[Procedure] = field(default_factory=list)  # told of beside a question which one is meant
    back: Reply | None = None  # that question
    procedures: Ranking = Ranking()
    passages: Ranking = Ranking()
    procedure: Procedure | None = None
    also: Also | None = None
    passage: Hit | None = None
    status: str = ""
    lines: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)  # record texts that the reply's figures must come from
    context: dict[str, Any] = field(default_factory=dict)
    reply: Reply | None = None
    rephrasing: Rephrasing | None = None
    timings: dict[str, float] = field(default_factory=dict)

    def stop(self, status: str, text: str, choices: list[Choice] | None = None) -> None:
        """End the turn with a fixed text: nothing of a record is in it, so nothing needs grounding."""
        self.status = status
        self.reply = Reply(status=status, text=text, choices=choices or [], context=dict(self.context))

    @property
    def today(self) -> date:
        return self.question.now.astimezone(VIETNAM).date()

    @property
    def procedure_ref(self) -> ProcedureRef | None:
        record = self.procedure
        return ProcedureRef(code=record.code, title=record.title) if record else None
