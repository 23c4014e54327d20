"""Which of two records or documents is the later, and the plans of one office that follow each other by year."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.documents import Plan, Procedure, Validity, ValidityState
from knowledge.numbering import day_in, number_key, year_in
from knowledge.text.diacritics import fold

SAME_SUBJECT = 0.75  # share of the words of two subjects that are common when one plan follows the other
_ENDED = frozenset({ValidityState.SUPERSEDED, ValidityState.REPEALED})
_SPAN = re.compile(r"giai đoạn\s+((?:19|20)\d\d)\s*[-–đến ]+\s*((?:19|20)\d\d)", re.IGNORECASE)
_YEARLY = re.compile(r"\bnăm\s+((?:19|20)\d\d)\b", re.IGNORECASE)
_SCHEME = re.compile(r"kế hoạch|chương trình", re.IGNORECASE)
_UNTIL = re.compile(
    r"hiệu lực[^.;]{0,80}?đến (?:hết )?(ngày \d{1,2}\s*(?:/|\s+tháng\s+)\d{1,2}\s*(?:/|\s+năm\s+)\d{4})",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+")
# What of a title says what kind of text it is, for where and when: the rest is what it is about.
_FRAME = re.compile(
    r"\b(?:"
    + fold(
        "ban hành|về việc|v/v|kế hoạch|chương trình|quyết định|thông báo|công tác|năm|trên địa bàn|tỉnh|thành phố|xã"
        "|phường|của|thực hiện|triển khai|giai đoạn|nhà nước|thông tin|ủy ban nhân dân|ubnd|sở|chủ tịch|văn phòng|và"
    )
    + r")\b"
)
_ISSUER_STOP = frozenset(fold("chủ tịch phó ủy ban nhân dân ubnd tỉnh thành phố").split())


@dataclass(frozen=True)
class Age:
    """When a record is from, as far as it says: the day it starts, else the year in its number, else when read."""

    day: date | None = None
    year: int | None = None
    fetched: date | None = None

    @property
    def latest(self) -> date | None:
        """The last day it can be from, by what it says of itself."""
        return self.day or (date(self.year, 12, 31) if self.year else None)


def age_of(record: Procedure) -> Age:
    day = record.validity.start or day_in(record.decision)
    year = year_in(record.decision)
    return Age(day, day.year if day else year, record.provenance.fetched)


def later(one: Procedure, other: Procedure) -> Procedure | None:
    """The later of two records, None when that cannot be told."""
    left, right = age_of(one), age_of(other)
    for mine, theirs in (
        (left.day, right.day),
        (left.year, right.year),
        (left.fetched, right.fetched),
    ):
        if mine is not None and theirs is not None and mine != theirs:
            return one if mine > theirs else other  # type: ignore[operator]
    return None


def subject(plan: Plan) -> frozenset[str]:
    """What a plan is about: the words of its title without kind, place, issuer and year."""
    return frozenset(_WORD.findall(_FRAME.sub(" ", fold(plan.title).lower()))) - _issuer(plan)


def _alike(one: Plan, other: Plan) -> bool:
    left, right = subject(one), subject(other)
    return bool(left and right) and len(left & right) >= SAME_SUBJECT * len(left | right)


def _issuer(plan: Plan) -> frozenset[str]:
    return frozenset(_WORD.findall(fold(plan.issuer).lower())) - _ISSUER_STOP


def _kind(plan: Plan) -> str:
    return "ke hoach" if is_scheme(plan) else fold(plan.type).lower()


def is_scheme(plan: Plan) -> bool:
    """Whether it is a plan or programme, or a decision that issues one."""
    return bool(_SCHEME.search(f"{plan.type} {plan.title}"))


def office_key(plan: Plan) -> tuple[object, ...]:
    """What two readings of one document have in common, and plans that follow each other but for the year."""
    return plan.area, _kind(plan), _issuer(plan)


def same_document(one: Plan, other: Plan) -> bool:
    """Whether two readings with one `office_key` are of one document: one number, year and subject."""
    if one.provenance.sha256 and one.provenance.sha256 == other.provenance.sha256:
        return one.id == other.id
    keys = {key for key in (number_key(one.number), number_key(other.number)) if key}
    days = {day for day in (one.issued, other.issued) if day}
    years = {_year(one), _year(other)}
    return len(keys) < 2 and len(days) < 2 and len(years) < 2 and years != {None} and _alike(one, other)


def _year(plan: Plan) -> int | None:
    return plan.year or (plan.issued.year if plan.issued else None)


def settle_years(plans: Iterable[Plan]) -> list[Plan]:
    """Plans with the day they end, those of earlier years under the next one of the same office and subject."""
    dated = [_with_end(plan) for plan in plans]
    groups: defaultdict[tuple[object, ...], list[Plan]] = defaultdict(list)
    for plan in dated:
        groups[office_key(plan)].append(plan)
    return [_under_next(plan, group) for group in groups.values() for plan in group]


def _with_end(plan: Plan) -> Plan:
    """A yearly plan ends with its year, unless it says until when it holds."""
    scheme = is_scheme(plan)
    end = plan.validity.end or _said_end(plan) or (_last_day(plan) if scheme else None)
    if end is None:
        return plan
    start = plan.validity.start or plan.issued or (_first_day(plan) if scheme else None)
    changes: dict[str, object] = {"end": end, "start": start}
    if plan.validity.state is ValidityState.UNKNOWN:
        changes["state"] = ValidityState.IN_FORCE
    return plan.model_copy(update={"validity": plan.validity.model_copy(update=changes)})


def _said_end(plan: Plan) -> date | None:
    texts = (*(section.text for section in plan.sections), *(statement.text for statement in plan.statements))
    found = {day_in(until[1]) for text in texts for until in _UNTIL.finditer(text)} - {None}
    return found.pop() if len(found) == 1 else None


def _last_day(plan: Plan) -> date | None:
    if span := _SPAN.search(plan.title):
        return date(int(span[2]), 12, 31)
    named = _YEARLY.search(plan.title)
    return date(int(named[1]), 12, 31) if named else None


def _first_day(plan: Plan) -> date | None:
    """The year it is of: the published copy leaves its day blank."""
    span, named = _SPAN.search(plan.title), _YEARLY.search(plan.title)
    found = span or named
    return date(int(found[1]), 1, 1) if found else None


def _under_next(plan: Plan, group: Iterable[Plan]) -> Plan:
    if plan.validity.state in _ENDED or plan.validity.end is None or not plan.year:
        return plan
    after = [other for other in group if other.year and other.year > plan.year and _alike(plan, other)]
    if not after:
        return plan
    following = min(after, key=lambda other: (other.year or 0, other.key))
    by = plan.validity.by or following.number or f"{following.type} {following.title}"
    return plan.model_copy(
        update={
            "validity": Validity(
                state=ValidityState.SUPERSEDED,
                start=plan.validity.start,
                end=plan.validity.end,
                by=by,
                amended_by=plan.validity.amended_by,
            )
        }
    )
