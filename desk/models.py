"""Tickets: what a report becomes, the states it passes through, and which change is allowed.

                      MOI_TIEP_NHAN
                            │
                            ▼
        ┌────────► DANG_PHAN_LOAI ◄───────────────┐
        │            │   │   │   └──────► CHUYEN_CO_QUAN ──┐
        │            │   │   └► THUOC_THAM_QUYEN │  ▲      │
        │            │   └► KHONG_TIEP_NHAN ■    │  │      │
   YEU_CAU_BO_SUNG ◄─┘            ▲      ▼          │      │
        └─────────────────────────┘  DANG_XU_LY ────┘      │
        ▲                              │  ▲  ▲             │
        └──────────────────────────────┘  │  └─────────────┤
                                       ▼  │                │
                                  DA_TRA_LOI ◄─────────────┘
                                    │      │
                                    ▼      ▼
                         CONG_KHAI ■ ◄─ TAP_HOP_NGHIEN_CUU

■ ends; a refusal alone may be taken back by the unit's head (desk/work.py `revive`). From DANG_XU_LY a ticket may also
be refused, with a word why: some grounds show only on the spot.
Lateness is no state: it is computed from the clock.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from desk.database import storable


class TicketState(StrEnum):
    """Named as the law names the steps, so that an official reads the register without a key."""

    NEW = "MOI_TIEP_NHAN"
    SORTING = "DANG_PHAN_LOAI"
    REFUSED = "KHONG_TIEP_NHAN"
    INCOMPLETE = "YEU_CAU_BO_SUNG"
    FORWARDED = "CHUYEN_CO_QUAN"
    OURS = "THUOC_THAM_QUYEN"
    IN_WORK = "DANG_XU_LY"
    ANSWERED = "DA_TRA_LOI"
    PUBLISHED = "CONG_KHAI"
    COLLECTED = "TAP_HOP_NGHIEN_CUU"


_S = TicketState
TRANSITIONS: dict[TicketState, frozenset[TicketState]] = {
    _S.NEW: frozenset({_S.SORTING}),
    _S.SORTING: frozenset({_S.REFUSED, _S.INCOMPLETE, _S.FORWARDED, _S.OURS}),
    _S.INCOMPLETE: frozenset({_S.SORTING, _S.REFUSED}),
    _S.FORWARDED: frozenset({_S.SORTING, _S.IN_WORK, _S.ANSWERED}),
    _S.OURS: frozenset({_S.IN_WORK}),
    _S.IN_WORK: frozenset({_S.ANSWERED, _S.INCOMPLETE, _S.FORWARDED, _S.REFUSED}),
    _S.ANSWERED: frozenset({_S.PUBLISHED, _S.COLLECTED, _S.IN_WORK}),
    _S.COLLECTED: frozenset({_S.PUBLISHED}),
    _S.REFUSED: frozenset(),
    _S.PUBLISHED: frozenset(),
}

CITIZEN = "citizen"  # the actor of what the reporter did; officials are named by their account

Kind: TypeAlias = Literal["hien_truong", "giai_quyet", "quy_dinh"]
Confidence: TypeAlias = Literal["sure", "likely", "triage"]
_Text = Annotated[str, BeforeValidator(storable), StringConstraints(strip_whitespace=True, max_length=8000)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Agreed(_Model):
    """To which text the person agreed, when and where: the evidence the law asks for."""

    version: Annotated[str, StringConstraints(min_length=1)]
    text_id: Annotated[str, StringConstraints(min_length=1)]
    at: datetime
    channel: str = ""
    message_id: str = ""


class Consent(Agreed):
    """The yes without which nothing is kept, and those to more, each given for itself."""

    also: tuple[Agreed, ...] = ()


class NewReport(_Model):
    """A report as the person confirmed it. `what` is kept word for word: the register must hold it so."""

    what: Annotated[_Text, StringConstraints(min_length=1)]
    where: _Text = ""
    when: _Text = ""
    contact: _Text = ""
    consent: Consent
    area: _Text = ""
    category: _Text = ""  # chosen by the person or by another part; "" lets the rules find it
    channel: str = "web"
    conversation_id: UUID | None = None
    kind: Kind = "hien_truong"
    latitude: Annotated[float, Field(ge=6, le=24)] | None = None  # degrees, Vietnam's mainland and islands
    longitude: Annotated[float, Field(ge=102, le=118)] | None = None
    photos: bool = False  # those that wait with the conversation go along
    may_publish: bool = False

    @model_validator(mode="after")
    def _whole_place(self) -> NewReport:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("a place has a latitude and a longitude")
        return self


class Route(_Model):
    """Who should handle a report, and why, in words for the citizen."""

    category: str
    category_name: str
    unit_id: str
    unit_name: str
    reason: str
    confidence: Confidence
    second_choice: str = ""  # a unit's id
    second_name: str = ""


class Ticket(_Model):
    """A row of the register, without the contact and the secret."""

    id: UUID
    code: str
    origin: str
    channel: str
    conversation_id: UUID | None
    state: TicketState
    what: str
    place: str
    happened: str
    area: str
    category: str
    category_name: str
    unit_id: str
    unit_name: str
    reason: str
    confidence: Confidence
    second_unit_id: str
    second_unit_name: str
    consent: dict[str, Any]
    received_at: datetime
    updated_at: datetime
    version: int = 1
    kind: str = "hien_truong"
    latitude: float | None = None
    longitude: float | None = None
    assigned_to: UUID | None = None
    refusals: int = 0
    merged_into: UUID | None = None
    split_from: UUID | None = None
    due_at: datetime | None = None  # None while the clock stands, and where no deadline is set
    due_basis: str = ""
    answered_at: datetime | None = None
    answer_public: str = ""
    may_publish: bool = False
    published_at: datetime | None = None
    published_what: str = ""
    reopen_until: datetime | None = None
    reopened: int = 0
    rating: int | None = None


class TicketEvent(_Model):
    """One line of a ticket's history. `note` is for the citizen; `actor` is not."""

    at: datetime
    actor: str
    from_state: TicketState | None
    to_state: TicketState
    basis: str = ""
    note: str = ""
    unit_id: str = ""
    unit_name: str = ""


class FiledTicket(_Model):
    """What filing gives back. `secret` is "" when it was already shown once and is known only as a hash."""

    ticket: Ticket
    secret: str
    again: bool = False
