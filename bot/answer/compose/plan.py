"""Answers from published plans: who does what, by when, by which document; and the schedule of dialogues."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bot.answer.compose.fields import day_text, shorten, validity_text
from bot.answer.messages import message
from bot.answer.phrases import plain
from bot.answer.reply import Source
from knowledge.documents import Event, Plan, Statement

_MONTH = re.compile(r"\bthang (\d{1,2})\b")
_DAY = re.compile(r"\b(\d{1,2})[ /](\d{1,2})(?:[ /](\d{4}))?\b")
_NEXT = re.compile(r"\b(tiep theo|sap toi|sap dien ra|toi day|ke tiep|lan toi|con buoi nao|gan nhat)\b")
_OFFICE = re.compile(r"\bsở (?!nào|ngành|gì)\w+")
_OFFICE_WORDS = frozenset({"so", "lanh", "dao", "tinh", "ban", "cac", "quan", "ly"})
LOW_QUALITY = 0.6


def statement_line(statement: Statement) -> str:
    """`Đơn vị: việc làm (thời gian)`."""
    when = day_text(statement.deadline) if statement.deadline else statement.schedule
    text = f"{statement.unit}: {statement.text}" if statement.unit else statement.text
    already = when and (when in text or (statement.schedule and plain(statement.schedule) in plain(text)))
    return f"• {text}" + (f" (Thời gian: {when})" if when and not already else "")


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


def plan_source(plan: Plan, today: date, section: str = "") -> Source:
    scan = plan.provenance.text_quality is not None and plan.provenance.text_quality < LOW_QUALITY
    validity = validity_text(plan.validity, None, today)
    return Source(
        kind="plan", title=f"{plan.type} {plan.title}", number=plan.number, section=section,
        validity=plan.validity.on(today).value,
        validity_text=f"{validity} {message('validity_scan')}" if scan else validity,
        url=plan.provenance.url,
    )  # fmt: skip
