"""The records every other package speaks of: procedures, plans, units, and where each fact comes from.

Records are frozen, validated when made, and round-trip through JSON (`to_json` / `from_json`).
A field that the source does not state, or states in a way that cannot be read with certainty, is None or
empty. "Unknown" is never replaced by a guess: a wrong fee costs a person a day's wage.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

_AGENCY_SUFFIX = re.compile(r"\.H\d+(?:\.\d+)*$")
_LOCAL_SUFFIX = re.compile(r"\.000\.00\.00$")
CODE_PATTERN = r"^\d\.\d{6}$"


def normalise_code(raw: str) -> str:
    """The national code of a published one: `1.001193.000.00.00.H15` → `1.001193`."""
    return _LOCAL_SUFFIX.sub("", _AGENCY_SUFFIX.sub("", str(raw).strip()))


Code = Annotated[str, BeforeValidator(normalise_code), StringConstraints(pattern=CODE_PATTERN)]


class Record(BaseModel):
    """Base of all records: frozen, no unknown fields, JSON round trip."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary without empty values, for JSON files that people review."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Record:
        return cls.model_validate(data)


class TimeUnit(StrEnum):
    """Units are never converted: a working day is not a day."""

    WORKING_DAY = "working_day"
    DAY = "day"
    WORKING_HOUR = "working_hour"
    HOUR = "hour"
    MONTH = "month"
    YEAR = "year"


class Quantity(Record):
    """A length of time. Without a unit it is unknown: `1` in a glued cell is not one day."""

    value: float | None = None
    unit: TimeUnit | None = None
    raw: str = ""

    @property
    def known(self) -> bool:
        return self.value is not None and self.unit is not None


class Fee(Record):
    """One fee. `amount` in đồng; 0 means free and no note contradicts it; None means not stated as a figure.

    `kind` is phí or lệ phí when the source tells them apart. `condition` says when this fee applies
    ("nộp trực tuyến"), `basis` who or what sets it ("Hội đồng nhân dân cấp tỉnh", "Thông tư …").
    """

    amount: int | None = None
    currency: Literal["VND", "USD"] = "VND"
    kind: Literal["fee", "charge"] | None = None
    condition: str = ""
    basis: str = ""
    raw: str = ""


class How(StrEnum):
    """Cách thức nộp."""

    ONLINE = "online"
    DIRECT = "direct"
    POST = "post"


class SubmissionChannel(Record):
    """One way to hand in a dossier, with the time limit and the fees that go with it."""

    how: How
    time_limit: Quantity | None = None
    fees: tuple[Fee, ...] = ()
    note: str = ""


class Form(Record):
    """A form (mẫu đơn, tờ khai): its code as printed ("TK01a") and the file name or address if known."""

    code: str = ""
    file: str = ""


class DossierItem(Record):
    """One paper of a dossier. Counts are None when the source does not say."""

    name: Text
    originals: int | None = None
    copies: int | None = None
    form: Form | None = None
    required: bool | None = None


class DossierCase(Record):
    """The papers for one case (trường hợp). `case` is "" when there is only one."""

    case: str = ""
    items: tuple[DossierItem, ...] = ()


class LegalBasis(Record):
    number: Text
    title: str = ""
    issued: date | None = None
    issuer: str = ""


class Payment(Record):
    """Whether the fee can be paid online, as far as the record says."""

    online: bool | None = None
    note: str = ""


class ValidityState(StrEnum):
    IN_FORCE = "in_force"
    NOT_YET = "not_yet"  # published, starts later: what `Validity.on` says of a day before `start`
    SUPERSEDED = "superseded"
    REPEALED = "repealed"
    UNKNOWN = "unknown"


class Validity(Record):
    """Whether a record is in force. `start`/`end` are inclusive dates; `by` names the superseding document.

    `state` is how it stands after `end`, or altogether when there is none; `on` is how it stands on a day.
    """

    state: ValidityState = ValidityState.UNKNOWN
    start: date | None = None
    end: date | None = None
    by: str = ""
    amended_by: tuple[str, ...] = ()  # documents that changed a part of it since

    def on(self, day: date) -> ValidityState:
        """The state on a given day.

        What ends on a day was in force until then, whether it expires or another takes its place.
        """
        if self.start and day < self.start:
            return ValidityState.NOT_YET
        if self.end is None:
            return self.state
        if day > self.end:
            return (
                ValidityState.REPEALED if self.state is ValidityState.REPEALED else ValidityState.SUPERSEDED
            )
        return ValidityState.UNKNOWN if self.state is ValidityState.UNKNOWN else ValidityState.IN_FORCE


class Provenance(Record):
    """Where a record came from, and how far its text can be trusted.

    `text_quality` is the share (0–1) of the text that reads as Vietnamese; None when not measured.
    """

    source: str = ""
    url: str = ""
    fetched: date | None = None
    sha256: str = ""
    section: str = ""
    text_quality: Annotated[float, Field(ge=0, le=1)] | None = None
    method: Literal["", "text", "ocr", "html", "table", "json"] = ""  # how its text was come by
    page: int | None = None  # the first page it stands on
    reviewed_by: str = ""
    reviewed_at: date | None = None


class Level(StrEnum):
    """Cấp thực hiện."""

    MINISTRY = "ministry"
    PROVINCE = "province"
    DISTRICT = "district"  # only in old texts: abolished on 2025-07-01
    COMMUNE = "commune"
    OTHER = "other"


class Doubt(Record):
    """A field the parser would not state, and why, for people who review content."""

    field: str
    reason: str
    raw: str = ""
    page: int | None = None


class Procedure(Record):
    """A procedure (thủ tục hành chính) as one source, one decision published it.

    Several records may share a code: the national one, a province's own (`area`), and older ones that another
    replaced (`variant`, given when they are told apart). `key` names one of them.
    """

    kind: Literal["procedure"] = "procedure"
    code: Code
    variant: str = ""  # "" for the one in force; a slug such as "2023" for one that was replaced
    listed_only: bool = False  # known from a list: it exists, its content is not held here
    raw_code: str = ""
    title: Text
    aliases: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    field: str = ""
    subjects: tuple[str, ...] = ()
    agency: str = ""
    receiving_places: tuple[str, ...] = ()
    channels: tuple[SubmissionChannel, ...] = ()
    dossier: tuple[DossierCase, ...] = ()
    dossier_notes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    legal_basis: tuple[LegalBasis, ...] = ()
    decision: str = ""
    portal_url: str = ""
    online_level: Literal["full", "partial", "none"] | None = None
    payment: Payment = Payment()
    area: str = ""  # "" = national
    ministry: str = ""
    related: tuple[str, ...] = ()
    deadlines: tuple[str, ...] = ()  # when the citizen must act ("trong 60 ngày kể từ ngày sinh con")
    doubts: tuple[Doubt, ...] = ()
    provenance: Provenance = Provenance()
    validity: Validity = Validity()

    @property
    def key(self) -> str:
        """`1.001193`, `1.001193@da-nang`, `1.001193@da-nang~2023`: one key a record of a version."""
        area = f"@{self.area}" if self.area else ""
        return f"{self.code}{area}" + (f"~{self.variant}" if self.variant else "")


class Statement(Record):
    """Who does what, for whom, by when: the unit of answer from a plan.

    `text` is our own plain wording in what we write, and the document's in what a parser read (`verbatim`).
    """

    unit: str = ""
    text: Text
    for_whom: str = ""
    deadline: date | None = None
    schedule: str = ""  # "Quý II/2026"
    frequency: str = ""  # "hằng tháng", "ít nhất 02 lần/tuần"
    section: str = ""  # "III.7"
    page: int | None = None
    verbatim: bool = False
    keywords: tuple[str, ...] = ()  # people's words that lead here


class Event(Record):
    """One row of a published schedule (đối thoại…). `start`/`end` are local times in Asia/Ho_Chi_Minh."""

    title: Text
    unit: str
    start: datetime
    end: datetime | None = None
    section: str = ""


class PlanTable(Record):
    title: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    section: str = ""
    page: int | None = None


class Section(Record):
    """A piece of the tree a document is written in: I, 1, a, -, +, or "Điều 3"."""

    path: str  # "II.3.b"
    text: Text
    title: str = ""
    page: int | None = None
    text_quality: Annotated[float, Field(ge=0, le=1)] | None = None  # where it differs from the document's


class RelationKind(StrEnum):
    REPLACES = "replaces"  # thay thế
    REPEALS = "repeals"  # bãi bỏ
    AMENDS = "amends"  # sửa đổi, bổ sung


class Relation(Record):
    """What an issued text says it does to another. `scope` is the part of it ("Điều 3"), "" for the whole."""

    kind: RelationKind
    number: str = ""  # of the other document, "" when it is named by title only
    title: str = ""
    codes: tuple[str, ...] = ()  # procedures it touches, when it names them
    scope: str = ""
    page: int | None = None


class Plan(Record):
    """A plan or other issued text (decision, notice). `number` is "" when the published copy leaves it blank."""

    kind: Literal["plan"] = "plan"
    id: Text  # stable slug
    number: str = ""
    type: str = "Kế hoạch"
    title: Text
    issuer: str = ""
    signer: str = ""
    issued: date | None = None
    issued_text: str = ""  # "tháng 01 năm 2026" when the day is blank
    area: str = ""
    year: int | None = None
    sections: tuple[Section, ...] = ()
    statements: tuple[Statement, ...] = ()
    events: tuple[Event, ...] = ()
    tables: tuple[PlanTable, ...] = ()
    references: tuple[LegalBasis, ...] = ()
    relations: tuple[Relation, ...] = ()
    recipients: tuple[str, ...] = ()  # "Nơi nhận"
    place: str = ""  # where it was signed
    doubts: tuple[Doubt, ...] = ()
    provenance: Provenance = Provenance()
    validity: Validity = Validity()

    @property
    def key(self) -> str:
        return self.id


class Contact(Record):
    address: str = ""
    hours: str = ""
    phone: str = ""
    mail: str = ""
    zalo: str = ""
    web: str = ""


class Unit(Record):
    """An office. `successor_of` holds ids or names of offices it replaced; `until` the day it was abolished."""

    kind: Literal["unit"] = "unit"
    id: Text
    name: Text
    old_names: tuple[str, ...] = ()
    level: Level = Level.OTHER
    area: str = ""
    parent: str = ""
    does: tuple[str, ...] = ()
    channels: Contact = Contact()
    successor_of: tuple[str, ...] = ()
    provenance: Provenance = Provenance()


class Area(Record):
    """A place served: slug path (`lam-dong/bac-binh`), today's name, and names people still use."""

    kind: Literal["area"] = "area"
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(?:/[a-z0-9-]+)*$")]
    name: Text
    old_names: tuple[str, ...] = ()
    level: Level = Level.PROVINCE


def area_covers(record_area: str, asked: str) -> bool:
    """Whether a record of `record_area` may answer in `asked`: its own path's ancestors and national ones.

    `dak-lak` covers `dak-lak/krong-buk`; siblings never answer for each other.
    """
    return record_area == "" or asked == record_area or asked.startswith(record_area + "/")
