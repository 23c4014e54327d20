"""What the API takes and gives, beside `bot.answer.reply.Reply`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.answer.reply import Block, Candidate, Choice, ProcedureRef, Reply, Source, TicketRef
from desk.files import KeptFile

HARD_TEXT_LIMIT = 20_000  # over it a request is refused unread; MESSAGE_MAX_CHARS is the limit people meet
Slug = Annotated[str, StringConstraints(max_length=100, pattern=r"^([a-z0-9-]+(/[a-z0-9-]+)*)?$")]
ShortText = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewConversation(_In):
    channel: Literal["web", "kiosk"] = "web"
    area: Slug = ""
    locale: Literal["vi"] = "vi"


class Conversation(BaseModel):
    """`token` is shown once: it is what proves that the conversation is yours."""

    conversation_id: UUID
    token: str


class NewMessage(_In):
    """`payload` is the one of the button that was pressed; `text` what the person reads on it, or typed."""

    text: Annotated[str, StringConstraints(max_length=HARD_TEXT_LIMIT)] = ""
    payload: Annotated[str, StringConstraints(max_length=200)] = ""


class ReplyOut(BaseModel):
    """A reply as the API gives it. `status` may be `accepted`: the reply is not there yet, poll for it."""

    message_id: UUID
    status: str
    text: str
    blocks: list[Block] = []
    sources: list[Source] = []
    choices: list[Choice] = []
    procedure: ProcedureRef | None = None
    candidates: list[Candidate] = []
    ticket: TicketRef | None = None
    timings: dict[str, float] = {}
    snapshot: str = ""
    knowledge: str = ""

    @classmethod
    def of(cls, reply: dict[str, Any], *, message_id: UUID) -> ReplyOut:
        """A stored reply, without the context of the next turn (it may hold an open report form)."""
        fields = Reply.model_validate(reply).model_dump(exclude={"context"})
        return cls(message_id=message_id, **fields)


class MessageOut(BaseModel):
    """One message of a conversation. An answer names the message it answers in `in_reply_to`."""

    message_id: UUID
    in_reply_to: UUID | None = None
    direction: Literal["in", "out"]
    text: str
    created_at: datetime
    reply: ReplyOut | None = None


class Messages(BaseModel):
    messages: list[MessageOut]


class PlaceOut(BaseModel):
    latitude: float
    longitude: float


class FileOut(BaseModel):
    """A photo that waits for its report. `name` is ours, not the device's.

    `place` is where the photo's file says it was taken. It is told once, here, and kept nowhere: to use it for the
    report, send it as a message with the payload `#MC:AT:latitude,longitude`.
    """

    id: UUID
    name: str
    bytes: int
    place: PlaceOut | None = None

    @classmethod
    def of(cls, kept: KeptFile, *, place: tuple[float, float] | None = None) -> FileOut:
        told = PlaceOut(latitude=place[0], longitude=place[1]) if place else None
        return cls(id=kept.id, name=kept.name, bytes=kept.bytes, place=told)


class Files(BaseModel):
    files: list[FileOut]


class Feedback(_In):
    useful: bool
    reason: ShortText = ""


class SearchResult(BaseModel):
    kind: Literal["procedure", "plan", "guide", "unit"]
    code: str = ""
    number: str = ""
    title: str
    section: str = ""
    score: float
    validity: str = "unknown"


class SearchResults(BaseModel):
    results: list[SearchResult]


class AreaOut(BaseModel):
    slug: str
    name: str
    level: str


class AreasOut(BaseModel):
    areas: list[AreaOut]


class NewTicket(_In):
    what: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=4000)]
    where: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]
    when: ShortText = ""
    contact: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    area: Slug = ""
    consent: bool


class TicketEventOut(BaseModel):
    at: datetime
    kind: str
    text: str = ""


class TicketOut(BaseModel):
    """A ticket as its reporter sees it. `secret` is given once, when the ticket is filed."""

    code: str
    secret: str = ""
    state: str
    state_text: str
    category: str = ""
    area: str = ""
    unit: str = ""
    reason: str = ""
    created_at: datetime | None = None
    history: list[TicketEventOut] = []


class TicketReply(_In):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Health(BaseModel):
    """`ok` decides; `parts` says why. Only `down` of a required part makes `ok` false."""

    ok: bool
    parts: dict[str, Literal["up", "down", "unknown"]] = Field(default_factory=dict)
    details: dict[str, str] = Field(default_factory=dict)
