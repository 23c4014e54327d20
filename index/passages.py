"""Which texts of a record are searched, and under which name: records in, `TargetText` out.

Targets of the passage collection are named `<kind>:<record id>:<position>`, so that a hit leads back to the very
statement, event, head or guide it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from index.plan_wordings import (
    CLAUSE,
    CLAUSES,
    abbreviations,
    asked,
    clauses,
    heading_office,
    name_of,
    scan_asked,
    section_asked,
    spelled_out,
    topics,
)
from index.targets import TargetText
from knowledge.corpus import Knowledge, Wordings
from knowledge.documents import Event, Plan, Procedure, Section, Statement, Validity, ValidityState
from knowledge.guides import Guide
from knowledge.text.diacritics import fold

_NAMED = re.compile(r"[“\"]([^”\"]{6,80})[”\"]")  # what a heading calls by name
OPENING = 600  # characters of a scan's beginning that go with each of its pieces
_GATHERINGS = ("đối thoại", "tiếp công dân", "tiếp xúc cử tri", "họp báo", "tập huấn", "hội nghị", "giao ban")


@dataclass(frozen=True)
class Passage:
    """One searchable passage and the area it may answer in ("" = everywhere).

    `year` is that of its plan (0 = none), `live` whether the plan was in force when indexed, `unit` who acts;
    `verbatim` tells a document's own words from wordings made to be found.
    """

    id: str
    area: str
    text: TargetText
    year: int = 0
    live: bool = True
    unit: str = ""
    validity: Validity = Validity(state=ValidityState.IN_FORCE)
    verbatim: bool = False


def procedure_text(record: Procedure, wordings: Wordings) -> TargetText:
    """Title, aliases and bank questions as short wordings; the rest of the record as body."""
    papers = [item.name for case in record.dossier for item in case.items]
    body = [record.field, record.agency, *record.steps, *papers, *record.conditions, *record.results]
    short = dict.fromkeys((*record.aliases, *wordings.aliases, *wordings.questions))
    return TargetText(record.title, tuple(short), " . ".join(part for part in body if part))


def passages(knowledge: Knowledge) -> Iterator[Passage]:
    for plan in knowledge.plans:
        if plan.issuer:  # of a poor scan nothing is known that a heading could state
            yield _head(plan)
        short = abbreviations(plan)
        for number, statement in enumerate(plan.statements):
            text = _verbatim(plan, statement, short) if statement.verbatim else _statement(plan, statement)
            passage = _of(plan, f"statement:{plan.id}:{number}", text, statement.unit)
            yield replace(passage, verbatim=statement.verbatim)
        for number, event in enumerate(plan.events):
            yield _of(plan, f"event:{plan.id}:{number}", _event(plan, event), event.unit)
        for number in unstated(plan):
            text = _section(plan, plan.sections[number])
            yield _of(plan, f"section:{plan.id}:{number}", text, plan.issuer or heading_office(plan))
    for guide in knowledge.guides:
        yield Passage(f"guide:{guide.id}:0", "", _guide(guide))


def _of(plan: Plan, name: str, text: TargetText, unit: str) -> Passage:
    live = plan.validity.state not in {ValidityState.SUPERSEDED, ValidityState.REPEALED}
    return Passage(name, plan.area, text, plan.year or 0, live, fold(unit).lower(), plan.validity)


def _head(plan: Plan) -> Passage:
    questions = (
        f"{plan.type} {plan.title} của {plan.issuer} số mấy, ngày nào, ai ký, ai ban hành",
        f"số và ngày ban hành {plan.type} {plan.title}",
        f"{name_of(plan)} số bao nhiêu, người ký là ai, ban hành khi nào, có hiệu lực đến khi nào",
    )
    body = f"{plan.number} {plan.issued or plan.issued_text} {plan.issuer} {plan.signer}"
    return _of(plan, f"head:{plan.id}:0", TargetText(plan.title, questions, body), plan.issuer)


def _statement(plan: Plan, statement: Statement) -> TargetText:
    body = f"{statement.unit} {statement.for_whom} {statement.schedule} {plan.title} {plan.issuer}"
    return TargetText(f"{statement.unit}: {statement.text}", statement.keywords, body)


def _verbatim(plan: Plan, statement: Statement, short: dict[str, str]) -> TargetText:
    """A document's own words: the first clause as title; the others, and what people may ask, beside it."""
    text = statement.text
    parts = clauses(text) if len(text) > CLAUSE else [text]
    first = parts[0] if parts else text
    title = f"{statement.unit}: {first}" if statement.unit and not first.startswith(statement.unit) else first
    wordings = [*parts[1:CLAUSES], *asked(plan, statement), *statement.keywords]
    spelled = [spelled_out(one, short) for one in (title, *wordings)]
    told = f"{statement.unit} {statement.for_whom} {statement.schedule} {statement.frequency}"
    body = f"{statement.text} {told} {plan.title} {plan.issuer} năm {plan.year or ''}"
    return TargetText(title, tuple(dict.fromkeys(spelled)), body)


def unstated(plan: Plan) -> list[int]:
    """Places of the sections that nothing is stated from, and that hold more than their heading."""
    stated = {statement.section for statement in plan.statements} | {event.section for event in plan.events}
    return [
        place
        for place, section in enumerate(plan.sections)
        if section.path not in stated and section.text.strip() != section.title.strip()
    ]


def _section(plan: Plan, section: Section) -> TargetText:
    """A piece that is only pointed at. A scan's pieces carry its heading along: it alone says whose they are."""
    wordings, body = section_asked(section), section.text
    if not plan.issuer:
        office, opening = heading_office(plan), " ".join(one.text for one in plan.sections[:2])
        body = f"{body} {opening[:OPENING]}"
        wordings = (*wordings, *scan_asked(section, office, first=section is plan.sections[0]))
    return TargetText(section.title or section.text[:CLAUSE], wordings, body)


def _event(plan: Plan, event: Event) -> TargetText:
    """One row of a schedule; what it is called comes from the row, the heading above it and the words there."""
    day = event.start
    heading = next(iter(topics(plan, event.section)), "")
    named = _NAMED.search(heading) or _NAMED.search(event.title)
    topic = (
        named.group(1) if named else (event.title if len(event.title) <= CLAUSE else heading or event.title)
    )
    where = f"{heading} {event.title} {_text_at(plan, event.section)}".lower()
    deed = next((kind for kind in _GATHERINGS if kind in where), topic)
    asked_of_it = [
        f"lịch {deed} {event.unit} ngày nào",
        f"{event.unit} {deed} khi nào mấy giờ",
        f"tháng {day.month} năm {day.year} đơn vị nào {deed} trả lời trong chương trình",
        f"ngày {day.day}/{day.month}/{day.year} {deed} với ai",
        f"chương trình {topic} lúc mấy giờ, ngày nào",
    ]
    if "truyền hình" in where:
        asked_of_it.append(f"{event.unit} lên truyền hình giải đáp, trả lời người dân hôm nào")
        asked_of_it.append(f"chương trình {topic} trên truyền hình phát lúc mấy giờ, ngày nào")
    return TargetText(f"{event.title} {event.unit}", tuple(asked_of_it), heading)


def _text_at(plan: Plan, path: str) -> str:
    return next((section.text for section in plan.sections if section.path == path), "")


def _guide(guide: Guide) -> TargetText:
    return TargetText(guide.title, tuple(guide.questions), " ".join(guide.lines))
