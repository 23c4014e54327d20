"""What an issued text answers: its statements, its schedule, its heading, or only where a poor scan speaks of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from bot.answer.compose.fields import day_text
from bot.answer.compose.plan import (
    asked_part,
    head_line,
    heading_of,
    is_scan,
    office_missing,
    place_of,
    plan_source,
    schedule_lines,
    statement_line,
)
from bot.answer.compose.standing import old_plan_only, plan_may_speak
from bot.answer.context import Turn
from bot.answer.judge import next_steps
from bot.answer.messages import message
from bot.answer.phrases import plain, spoken
from index.plan_wordings import heading_office
from index.search import Hit, Search
from index.snapshot import Records
from knowledge.documents import Plan, Section
from knowledge.parsers.issued.units import units_in
from knowledge.periods import held_during, of_today

STATEMENTS = 3
SCAN = "scan"
MIN_OFFICE = 6  # letters of an office's name that cannot be chance
CLOSE = 0.72  # share of the best passage's score at which another statement is shown too
_HEADING_ASKED = re.compile(
    r"\b(?:so (?:may|bao nhieu|hieu)|ai (?:dung ten |la nguoi )?ky|nguoi ky|ky ten|ngay ban hanh|ngay ky|ky ngay"
    r"|(?:ai|co quan nao|don vi nao) ban hanh|ban hanh (?:ngay|khi|bao gio|luc)|van ban so"
    r"|ra (?:doi )?(?:(?:ngay|khi|luc|hoi) nao|ngay may|bao gio))\b"
)
_PLACE = re.compile(r" (?:tỉnh|tinh|thành phố|thanh pho|huyện|huyen) ")
_BASIS_ASKED = re.compile(
    r"\b(?:thuc hien|can cu|dua (?:tren|vao)|cu the hoa|theo) (?:theo )?(?:cac |nhung )?"
    r"(?:ke hoach|quyet dinh|nghi quyet|chi thi|van ban|to trinh|bao cao)\b|\b(?:to trinh|bao cao) (?:so|nao)\b"
)


@dataclass(frozen=True)
class _Line:
    plan: Plan
    text: str
    section: str


def say_passage(turn: Turn, hit: Hit, search: Search) -> None:
    """Answer from the document the best hit belongs to. Leaves the turn without lines when it is not held."""
    records = search.snapshot.records
    hit = _stated_instead(turn, hit, records) or _office_named(turn, hit, search) or hit
    kind, plan_id, number = hit.id.split(":")
    plan = records.plan(plan_id)
    if plan is None:
        return
    if kind == "head" and _asks_heading(turn) and plan_may_speak(turn, plan):
        _say_heading(turn, plan)
    elif kind == "event":
        _say_schedule(turn, plan)
    elif kind == "section" and is_scan(plan, plan.sections[int(number)]):
        _point_at_scan(turn, plan, plan.sections[int(number)])
    else:
        _say_statements(turn, hit, records)


def _office_named(turn: Turn, hit: Hit, search: Search) -> Hit | None:
    """What speaks of the very office a question names, when the best found speaks of others only; its scan else."""
    records = search.snapshot.records
    # Marks are kept: "chuyển đổi số, xây dựng" does not speak of "Sở Xây dựng".
    named = [one for one in units_in(turn.text) if not _is_of(one, hit, records)]
    if not named or _speaks_of(hit, records) == SCAN:
        return None
    of_it = (one for one in turn.passages.hits if any(_is_of(name, one, records) for name in named))
    if stated := tuple(filter(_is_stated, of_it)):
        turn.passages = replace(turn.passages, hits=stated)
        return stated[0]
    offices = list(map(plain, named))
    more = search.passages(f"kế hoạch, văn bản của {offices[0]}", area=turn.area, day=turn.today)
    for other in (*turn.passages.hits, *more.hits):
        kind, plan_id, _ = other.id.split(":")
        plan = records.plan(plan_id) if kind == "section" else None
        if plan is not None and is_scan(plan):
            office = heading_office(plan)
            if len(office) >= MIN_OFFICE and any(one.startswith(office) for one in offices):
                return other
    return None


def _stated_instead(turn: Turn, hit: Hit, records: Records) -> Hit | None:
    """A document that may be stated and is of the same office as the scan that was found: it goes first."""
    kind, plan_id, _ = hit.id.split(":")
    scan = records.plan(plan_id) if kind == "section" else None
    if scan is None or not is_scan(scan) or not (office := heading_office(scan)):
        return None
    for other in turn.passages.hits:
        plan_id = other.id.split(":")[1]
        plan = records.plan(plan_id) if _is_stated(other) else None
        if plan is not None and plan.area == scan.area and office in plain(plan.issuer):
            return other
    return None


def _speaks_of(hit: Hit, records: Records) -> str:
    """Whose matter the hit is; SCAN for a scan's own."""
    kind, plan_id, number = hit.id.split(":")
    plan = records.plan(plan_id)
    if plan is None or (kind == "section" and is_scan(plan)):
        return SCAN
    if kind == "statement":
        statement = plan.statements[int(number)]
        return _unplaced(spoken(f"{statement.unit} {statement.text} {plan.issuer}"))
    if kind == "event":
        return _unplaced(spoken(" ".join(event.unit for event in plan.events)))
    return _unplaced(spoken(plan.issuer))


def _is_stated(hit: Hit) -> bool:
    """Whether a hit is of a document that may be stated: no guide, and no section that is only pointed at."""
    return hit.id.partition(":")[0] in {"statement", "head", "event"}


def _is_of(name: str, hit: Hit, records: Records) -> bool:
    """Whether a hit speaks of the office a question names; what follows a name may be read as part of it."""
    office, plan = _unplaced(spoken(name)), records.plan(hit.id.split(":")[1])
    issuer = _unplaced(spoken(plan.issuer)) if plan is not None else ""
    return office in _speaks_of(hit, records) or (bool(issuer) and office.startswith(f"{issuer} "))


def _unplaced(said: str) -> str:
    """Without the word for the kind of place: "Sở Xây dựng tỉnh Đắk Lắk" is "Sở Xây dựng Đắk Lắk" to people."""
    return _PLACE.sub(" ", said)


def _asks_heading(turn: Turn) -> bool:
    """Whether number, day or signer of the document itself is asked, not of one it rests on."""
    return bool(_HEADING_ASKED.search(turn.folded)) and not _BASIS_ASKED.search(turn.folded)


def _say_heading(turn: Turn, plan: Plan) -> None:
    """Number, day, issuer and signer alone, when they are what is asked."""
    turn.lines = [*_past_notice(turn, plan), head_line(plan)]
    cite(turn, plan, "")
    turn.status = "answered"


def _say_schedule(turn: Turn, plan: Plan) -> None:
    turn.lines = [*_past_notice(turn, plan), *schedule_lines(plan.events, turn.text, turn.today)]
    cite(turn, plan, plan.events[0].section if plan.events else "")
    turn.evidence.append(day_text(turn.today))
    turn.status = "no_information" if office_missing(plan.events, turn.text) else "answered"


def _point_at_scan(turn: Turn, plan: Plan, section: Section) -> None:
    """Where a scan speaks of it, and nothing of what it says: its letters were not checked."""
    turn.lines = [message("scan_found", where=place_of(section), title=_title(plan)), message("scan_next")]
    turn.evidence += [_title(plan), place_of(section)]
    turn.sources.append(plan_source(plan, turn.today, section.path))
    turn.choices = next_steps()
    turn.status = "no_information"


def _say_statements(turn: Turn, best: Hit, records: Records) -> None:
    """The best statement and others nearly as near, of documents that may speak of the time asked about."""
    near = [hit for hit in turn.passages.hits if hit.score >= CLOSE * best.score]
    found = [line for hit in near if (line := _line(turn, hit, records)) is not None]
    speaking = [line for line in found if plan_may_speak(turn, line.plan)]
    if found and not speaking:
        old_plan_only(turn, found[0].plan)
        cite(turn, found[0].plan, "")
        return
    said = _of_time_asked(turn, speaking)[:STATEMENTS]
    notices = [note for line in said for note in _past_notice(turn, line.plan)]
    turn.lines = [*dict.fromkeys(notices), *dict.fromkeys(line.text for line in said)]
    for line in said:
        cite(turn, line.plan, line.section)
    turn.status = "answered" if turn.lines else ""


def _of_time_asked(turn: Turn, lines: list[_Line]) -> list[_Line]:
    """What held at the time asked about goes alone; today's plan says nothing of 2020."""
    period = turn.period
    if period is None:
        return lines
    return [line for line in lines if held_during(line.plan.validity, period)] or lines


def _line(turn: Turn, hit: Hit, records: Records) -> _Line | None:
    """What one hit says; None for a guide, and for a scan, which says nothing."""
    kind, plan_id, number = hit.id.split(":")
    plan = records.plan(plan_id) if kind in {"statement", "head", "section"} else None
    if plan is None:
        return None
    if kind == "head":
        return _Line(plan, head_line(plan), "")
    if kind == "section":
        section = plan.sections[int(number)]
        if is_scan(plan, section):
            return None
        text = asked_part(section.text, turn.text)
        return _Line(plan, f"• {section.title}: {text}" if section.title else f"• {text}", section.path)
    statement = plan.statements[int(number)]
    heading = heading_of(plan, statement)
    return _Line(plan, statement_line(statement, question=turn.text, heading=heading), statement.section)


def _past_notice(turn: Turn, plan: Plan) -> list[str]:
    if of_today(plan.validity, turn.today):
        return []
    turn.evidence.append(plan.title)
    return [message("old_plan", title=_title(plan))]


def _title(plan: Plan) -> str:
    return f"{plan.type} {plan.title}"


def cite(turn: Turn, plan: Plan, section: str) -> None:
    turn.evidence.append(json.dumps(plan.to_json(), ensure_ascii=False))
    source = plan_source(plan, turn.today, section)
    if source not in turn.sources:
        turn.sources.append(source)
