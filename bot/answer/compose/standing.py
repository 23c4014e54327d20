"""What is said of records that do not hold today: the line before an answer about the past, and kind refusals.

Nothing of a record that ended is stated as a fact unless its time is asked for.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from bot.answer.compose.fields import day_text, shorten, title_of
from bot.answer.compose.plan import plan_source
from bot.answer.context import Turn
from bot.answer.messages import catalogue, message
from knowledge.agreement import DISAGREE
from knowledge.documents import Plan, Procedure, Validity, ValidityState, area_covers
from knowledge.gazetteer import gazetteer
from knowledge.periods import held_during, of_today

PORTAL = "https://dichvucong.gov.vn/tim-kiem-thu-tuc-hanh-chinh"
ENDED = frozenset({ValidityState.SUPERSEDED, ValidityState.REPEALED, ValidityState.NOT_YET})
NOTICES = (
    "old_record",
    "old_future",
    "old_only",
    "old_only_future",
    "old_plan",
    "old_plan_only",
    "old_schedule",
)


@cache
def _openings() -> tuple[str, ...]:
    return tuple(catalogue()[key].partition("{")[0] for key in NOTICES)


def is_notice(line: str) -> bool:
    """Whether a line says that what follows does not hold today."""
    return line.startswith(_openings())


def holds_today(turn: Turn, record: Procedure) -> bool:
    return of_today(record.validity, turn.today, variant=record.variant)


def may_speak(turn: Turn, record: Procedure) -> bool:
    """Whether a procedure's content may be told: it holds today, or did at the time asked about."""
    asked = turn.period is not None and held_during(record.validity, turn.period)
    return asked or holds_today(turn, record)


def plan_may_speak(turn: Turn, plan: Plan) -> bool:
    """Whether a plan holds today, or did at the time asked about."""
    asked = turn.period is not None and held_during(plan.validity, turn.period)
    return asked or of_today(plan.validity, turn.today)


def before(turn: Turn, record: Procedure) -> list[str]:
    """The lines that must stand before an answer from this record; [] for one that holds and was asked about."""
    if not holds_today(turn, record):
        return [_past_notice(turn, record)]
    lines = []
    if turn.period is not None and _another_year(turn) and not _known_then(turn, record):
        lines.append(message("time_unheld"))
    if record.validity.amended_by:
        by = "; ".join(record.validity.amended_by)
        turn.evidence.append(by)
        lines.append(message("amended", by=by))
    return lines


def _past_notice(turn: Turn, record: Procedure) -> str:
    validity = record.validity
    if validity.on(turn.today) is ValidityState.NOT_YET and validity.start:
        turn.evidence.append(day_text(validity.start))
        return message("old_future", start=day_text(validity.start))
    return message("old_record", when=_when(turn, record), by=_by(turn, validity))


def old_only(turn: Turn, record: Procedure) -> None:
    """Only a record that does not hold today is held: said, with nothing of its content."""
    validity, title = record.validity, title_of(record)
    turn.evidence.append(title)
    if validity.on(turn.today) is ValidityState.NOT_YET and validity.start:
        turn.evidence.append(day_text(validity.start))
        first = message("old_only_future", title=title, start=day_text(validity.start))
    else:
        first = message("old_only", title=title, when=_when(turn, record), by=_by(turn, validity))
    turn.lines = [first, message("old_only_why"), message("old_only_next")]
    turn.status = "no_information"


def old_plan_only(turn: Turn, plan: Plan) -> None:
    title = f"{plan.type} {plan.title}"
    turn.evidence.append(title)
    turn.lines = [message("old_plan_only", title=title)]
    turn.sources.append(plan_source(plan, turn.today))
    turn.status = "no_information"


def listed_only(turn: Turn, record: Procedure) -> None:
    """A procedure known from a list: that it exists, and where its content is published."""
    turn.lines = [message("listed_only", title=title_of(record), code=record.code)]
    if record.field:
        turn.lines.append(message("listed_field", field=shorten(record.field)))
    if record.decision:
        turn.lines.append(message("listed_decision", decision=record.decision))
    if place := gazetteer().by_slug.get(record.area):
        turn.lines.append(message("listed_area", area=place.name))
    url = record.portal_url or PORTAL
    turn.lines += [message("listed_link", url=url), message("listed_next")]
    turn.evidence += [record.title, record.code, record.field, record.decision, url]
    # Named by another place's list, it is not what is done here: nothing here answers.
    turn.status = "partial" if area_covers(record.area, turn.area) else "no_information"


def disagreeing(record: Procedure, aspect: str) -> bool:
    """Whether what is asked is left open because two sources in force state it differently."""
    parts = {
        "fee": "fees",
        "payment": "fees",
        "time_limit": "time_limit",
        "documents": "dossier",
        "form": "dossier",
    }
    part = parts.get(aspect)
    fields = {doubt.field.rpartition(".")[2] for doubt in record.doubts if doubt.reason == DISAGREE}
    return bool(fields) if aspect == "overview" else part in fields


def _another_year(turn: Turn) -> bool:
    """Whether another year is asked about: within one, what is published now is what was meant."""
    period = turn.period
    ends = {day.year for day in (period.start, period.end) if day} if period else set()
    return bool(period and period.vague) or ends != {turn.today.year}


def _known_then(turn: Turn, record: Procedure) -> bool:
    start = record.validity.start
    return bool(turn.period and start and turn.period.start and start <= turn.period.start)


def _when(turn: Turn, record: Procedure) -> str:
    """The time a record held, as far as it says."""
    validity = record.validity
    said = _span(validity.start, validity.end)
    if not said and record.decision:
        said = message("old_when_decision", decision=record.decision)
    turn.evidence.append(said)
    return said or message("old_when_unknown")


def _span(start: date | None, end: date | None) -> str:
    first = message("old_when_from", day=day_text(start)) if start else ""
    last = message("old_when_until", day=day_text(end)) if end else ""
    return (
        message("old_when", start=first, end=last.removeprefix("đến ")) if first and last else first or last
    )


def _by(turn: Turn, validity: Validity) -> str:
    if not validity.by:
        return ""
    turn.evidence.append(validity.by)
    return message("old_by", by=validity.by)
