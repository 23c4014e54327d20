"""Which texts of a record are searched, and under which name: records in, `TargetText` out.

Targets of the passage collection are named `<kind>:<record id>:<position>`, so that a hit leads back to the very
statement, event, head or guide it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from index.targets import TargetText
from knowledge.corpus import Knowledge, Wordings
from knowledge.documents import Event, Plan, Procedure, Statement, Validity, ValidityState
from knowledge.guides import Guide
from knowledge.text.diacritics import fold


@dataclass(frozen=True)
class Passage:
    """One searchable passage and the area it may answer in ("" = everywhere).

    `year` is that of its plan (0 = none), `live` whether the plan was in force when indexed, `unit` who acts.
    """

    id: str
    area: str
    text: TargetText
    year: int = 0
    live: bool = True
    unit: str = ""
    validity: Validity = Validity(state=ValidityState.IN_FORCE)


def procedure_text(record: Procedure, wordings: Wordings) -> TargetText:
    """Title, aliases and bank questions as short wordings; the rest of the record as body."""
    papers = [item.name for case in record.dossier for item in case.items]
    body = [record.field, record.agency, *record.steps, *papers, *record.conditions, *record.results]
    short = dict.fromkeys((*record.aliases, *wordings.aliases, *wordings.questions))
    return TargetText(record.title, tuple(short), " . ".join(part for part in body if part))


def passages(knowledge: Knowledge) -> Iterator[Passage]:
    for plan in knowledge.plans:
        yield _head(plan)
        for number, statement in enumerate(plan.statements):
            yield _of(plan, f"statement:{plan.id}:{number}", _statement(plan, statement), statement.unit)
        for number, event in enumerate(plan.events):
            yield _of(plan, f"event:{plan.id}:{number}", _event(event), event.unit)
    for guide in knowledge.guides:
        yield Passage(f"guide:{guide.id}:0", "", _guide(guide))


def _of(plan: Plan, name: str, text: TargetText, unit: str) -> Passage:
    live = plan.validity.state not in {ValidityState.SUPERSEDED, ValidityState.REPEALED}
    return Passage(name, plan.area, text, plan.year or 0, live, fold(unit).lower(), plan.validity)


def _head(plan: Plan) -> Passage:
    asked = (
        f"{plan.type} {plan.title} của {plan.issuer} số mấy, ngày nào, ai ký, ai ban hành",
        f"số và ngày ban hành {plan.type} {plan.title}",
    )
    body = f"{plan.number} {plan.issued or plan.issued_text} {plan.issuer} {plan.signer}"
    return _of(plan, f"head:{plan.id}:0", TargetText(plan.title, asked, body), plan.issuer)


def _statement(plan: Plan, statement: Statement) -> TargetText:
    body = f"{statement.unit} {statement.for_whom} {statement.schedule} {plan.title} {plan.issuer}"
    return TargetText(f"{statement.unit}: {statement.text}", statement.keywords, body)


def _event(event: Event) -> TargetText:
    day = event.start
    asked = (
        f"lịch đối thoại {event.unit} ngày nào",
        f"{event.unit} đối thoại khi nào mấy giờ",
        f"tháng {day.month} năm {day.year} đơn vị nào đối thoại trả lời trong chương trình",
        f"ngày {day.day}/{day.month}/{day.year} đối thoại với ai",
        f"{event.unit} lên truyền hình giải đáp, trả lời người dân hôm nào",
        "chương trình đối thoại cải cách hành chính trên truyền hình phát lúc mấy giờ, ngày nào",
    )
    return TargetText(f"{event.title} {event.unit}", asked, "")


def _guide(guide: Guide) -> TargetText:
    return TargetText(guide.title, tuple(guide.questions), " ".join(guide.lines))
