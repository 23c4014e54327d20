"""Answers from published plans: who does what, by when, by which document; and the schedule of dialogues."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.answer.aspects import content
from bot.answer.compose.fields import day_text, shorten, validity_text
from bot.answer.messages import message
from bot.answer.phrases import plain
from bot.answer.reply import Source
from knowledge.documents import Event, Plan, Section, Statement

_MONTH = re.compile(r"\bthang (\d{1,2})\b")
_DAY = re.compile(r"\b(\d{1,2})[ /](\d{1,2})(?:[ /](\d{4}))?\b")
_NEXT = re.compile(r"\b(tiep theo|sap toi|sap dien ra|toi day|ke tiep|lan toi|con buoi nao|gan nhat)\b")
_OFFICE = re.compile(r"\bsở (?!nào|ngành|gì)\w+")
_OFFICE_WORDS = frozenset({"so", "lanh", "dao", "tinh", "ban", "cac", "quan", "ly"})
LOW_QUALITY = 0.6
MAX_QUOTE = 600  # characters of a document's own words shown for one statement
MAX_CLAUSE = 600
NEEDS_HEADING = 160
LEAD = 30  # letters before the office's name in a sentence ("Hàng tháng, các sở…")
_PARTS = re.compile(r"(?<=;)\s+|(?<=[^\W\d_][.])\s+(?=[^\W\d_a-z])")


def statement_line(statement: Statement, *, question: str = "", heading: str = "") -> str:
    """`Đơn vị: việc làm (thời gian)`; of a document's own words the part that was asked for."""
    text = asked_part(statement.text, question) if statement.verbatim else statement.text
    if heading and plain(heading) not in plain(text):
        text = f"{heading}: {text}"
    if statement.unit and plain(statement.unit) not in plain(text[: len(statement.unit) + LEAD]):
        text = f"{statement.unit}: {text}"
    when = _when(statement, text)
    return f"• {text}" + (f" (Thời gian: {when})" if when else "")


def _when(statement: Statement, text: str) -> str:
    """The time of a statement, when the line does not say it already."""
    if statement.verbatim:
        when = statement.schedule or statement.frequency
        said = when and plain(when) in plain(text)
        return "" if said else when
    when = day_text(statement.deadline) if statement.deadline else statement.schedule
    already = when and (when in text or (statement.schedule and plain(statement.schedule) in plain(text)))
    return "" if already else when


def heading_of(plan: Plan, statement: Statement) -> str:
    """The heading a short piece needs to be understood: "Chủ đề tuyên truyền" before the theme itself."""
    if not statement.verbatim or len(statement.text) > NEEDS_HEADING:
        return ""
    title = next((one.title for one in plan.sections if one.path == statement.section and one.title), "")
    return (
        "" if plain(title) == plain(statement.unit) or len(title) > NEEDS_HEADING else _sentence_case(title)
    )


def _sentence_case(title: str) -> str:
    return title.capitalize() if title.isupper() else title


def asked_part(text: str, question: str) -> str:
    """A long piece of a document cut to the parts nearest to the question, in their order, gaps marked."""
    if len(text) <= MAX_QUOTE:
        return text
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    asked = set(content(question).split())
    nearest = sorted(range(len(parts)), key=lambda n: (-len(asked & set(plain(parts[n]).split())), n))
    kept: list[int] = []
    for place in nearest:
        if not kept or sum(len(parts[n]) for n in kept) + len(parts[place]) <= MAX_QUOTE:
            kept.append(place)
    kept.sort()
    return "".join(
        ("" if n == 0 else "… " if not before or n - before[-1] > 1 else " ") + shorten(parts[n], MAX_CLAUSE)
        for n, before in ((n, [k for k in kept if k < n]) for n in kept)
    ) + ("" if kept[-1] == len(parts) - 1 else " …")


def head_line(plan: Plan) -> str:
    parts = [message("plan_head", type=plan.type, title=plan.title, issuer=plan.issuer or "cơ quan ban hành")]
    parts.append(f"số {plan.number}" if plan.number else message("plan_number_missing").lower().rstrip("."))
    if plan.issued:
        parts.append(f"ngày {day_text(plan.issued)}")
    elif plan.issued_text:
        parts.append(plan.issued_text)
    if plan.signer:
        parts.append(f"người ký: {plan.signer}")
    return "• " + ", ".join(parts) + "."


def event_line(event: Event, today: date) -> str:
    end = f"{event.end:%H:%M}" if event.end else ""
    line = message(
        "event_one", unit=event.unit, title=shorten(event.title, 90), start=f"{event.start:%H:%M}",
        end=end, day=day_text(event.start.date()),
    )  # fmt: skip
    return f"• {line}" + (f" {message('event_past')}" if event.start.date() < today else "")


def schedule_lines(events: Sequence[Event], question: str, today: date) -> list[str]:
    """The rows of the schedule a question asks for: by unit, by month, by day, or the next one."""
    asked = plain(question)
    ordered = sorted(events, key=lambda event: event.start)
    chosen = [event for event in ordered if _names_unit(event.unit, asked)]
    if not chosen and (month := _MONTH.search(asked)):
        chosen = [event for event in ordered if event.start.month == int(month.group(1))]
    if not chosen and (day := _DAY.search(asked)):
        chosen = [e for e in ordered if (e.start.day, e.start.month) == (int(day[1]), int(day[2]))]
    if chosen:
        return [event_line(event, today) for event in chosen[:4]]
    if _NEXT.search(asked):
        return _next(ordered, today)
    missing = [message("event_unit_missing")] if office_missing(events, question) else []
    return [*missing, *(event_line(event, today) for event in ordered)]


def office_missing(events: Sequence[Event], question: str) -> bool:
    """Whether the question names an office that has no row in the schedule."""
    asked = plain(question)
    named = any(_names_unit(event.unit, asked) for event in events)
    by_date = _MONTH.search(asked) or _DAY.search(asked) or _NEXT.search(asked)
    return not named and not by_date and bool(_OFFICE.search(question.lower()))


def _next(ordered: Sequence[Event], today: date) -> list[str]:
    for event in ordered:
        if event.start.date() >= today:
            return ["• " + message("event_next", event=event_line(event, today).removeprefix("• "))]
    year = ordered[0].start.year if ordered else today.year
    return ["• " + message("event_none_left", year=year, today=day_text(today))]


def _names_unit(unit: str, asked: str) -> bool:
    """Whether the question says what the unit is for, without "Sở", "Lãnh đạo", "tỉnh": one matter of several does."""
    for matter in re.split(r",| và ", unit):
        text = " ".join(word for word in plain(matter).split() if word not in _OFFICE_WORDS)
        if text and re.search(rf"\b{text}\b", asked):
            return True
    return False


def is_scan(plan: Plan, section: Section | None = None) -> bool:
    """Whether the document, or this piece of it, is too poorly read to be stated."""
    measured = [plan.provenance.text_quality, section.text_quality if section else None]
    return any(quality is not None and quality < LOW_QUALITY for quality in measured)


def place_of(section: Section) -> str:
    """Where a piece stands: "mục VI.1, trang 3"."""
    where = section.path if section.path[:1].islower() else message("plan_section", path=section.path)
    return where + (message("plan_page", page=section.page) if section.page else "")


def plan_source(plan: Plan, today: date, section: str = "") -> Source:
    scan = is_scan(plan)
    validity = validity_text(plan.validity, None, today)
    return Source(
        kind="plan", title=f"{plan.type} {plan.title}", number=plan.number, section=section,
        validity=plan.validity.on(today).value,
        validity_text=f"{validity} {message('validity_scan')}" if scan else validity,
        url=plan.provenance.url,
    )  # fmt: skip
