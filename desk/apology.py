"""A draft of the letter that asks pardon for a late answer and names a new date.

Patterned on Mẫu số 04 of TT 03/2025/TT-VPCP (văn bản xin lỗi và đề nghị gia hạn). That form is for dossiers, and its
exact text was not read by us: the wording here (`apology.yml`) is our own, to be held against the form by the office.
What a program cannot know (reason, recipient, signature) is left blank and marked.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import docx
import yaml
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

from desk import clock as clocks
from desk import service
from desk.calendar import LOCAL_TIME, Calendar
from desk.clock import Clock
from desk.database import Conn
from desk.deadlines import Rule, calendar_of, rule
from desk.models import Ticket
from knowledge.errors import BadTransition

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BLANK = re.compile(r"(\[\[.+?\]\])", re.DOTALL)
_CENTRE, _RIGHT, _BLOCK = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Letter:
    """The draft, and the date it promises: `clock_extension.extend` sets it once the letter is signed."""

    name: str
    content: bytes
    until: datetime


async def draft(
    conn: Conn, ticket: Ticket, *, now: datetime, days: int | None = None, until: datetime | None = None
) -> Letter:
    """The letter for a ticket whose deadline has passed or cannot be kept.

    The new date is `until`, or `days` working days from the old one; without both, as long again as its rule gives.

    Raises:
        BadTransition: no deadline runs, so that nothing is late; or `until` is no later date.
    """
    clock = await clocks.standing(conn, ticket.id)
    by = await rule(conn, clock.rule_id) if clock and clock.rule_id else None
    if clock is None or by is None or not clock.runs or clock.due_at is None:
        raise BadTransition(f"{ticket.code}: no deadline runs")
    calendar = calendar_of(clock.unit_id, ticket.area)
    if until is not None and until <= max(now, clock.due_at):
        raise BadTransition(f"{ticket.code}: the new date is no later one")
    until = until or _new_date(clock.due_at, by, calendar, now=now, days=days)
    given = await _given_at(conn, ticket)
    said = _said(ticket, clock, calendar, now=now, until=until, given=given)
    return Letter(f"xin-loi-{ticket.code}.docx", _written(said), until)


def _new_date(due: datetime, by: Rule, calendar: Calendar, *, now: datetime, days: int | None) -> datetime:
    start = max(now, due)
    return calendar.add_days(start, days) if days else by.due(start, calendar)


async def proposed(conn: Conn, ticket: Ticket, clock: Clock, *, now: datetime) -> datetime | None:
    """The date a letter of now would name, of a clock that runs."""
    by = await rule(conn, clock.rule_id) if clock.rule_id else None
    if by is None or clock.due_at is None:
        return None
    return _new_date(clock.due_at, by, calendar_of(clock.unit_id, ticket.area), now=now, days=None)


async def drafted(conn: Conn, ticket: Ticket, *, actor: str, now: datetime) -> None:
    """Write down that somebody took the draft: reports count tickets with one."""
    await service.audit(conn, actor=actor, action="clock.apology_drafted", object_id=ticket.code, now=now)


async def _given_at(conn: Conn, ticket: Ticket) -> datetime:
    """When the unit that is late got the ticket: a forwarded one came later than it was filed."""
    starts = [row.at for row in await clocks.rows(conn, ticket.id) if row.event == "start"]
    return starts[-1]


def _said(
    ticket: Ticket, clock: Clock, calendar: Calendar, *, now: datetime, until: datetime, given: datetime
) -> dict[str, str]:
    """Each paragraph by its name, filled in; what does not apply is left out."""
    assert clock.due_at is not None  # noqa: S101  # asked by the caller
    local = now.astimezone(LOCAL_TIME)
    late = calendar.working_between(clock.due_at, now)
    facts = {
        "code": ticket.code,
        "unit": ticket.unit_name[:1].upper() + ticket.unit_name[1:],
        "category": ticket.category_name.lower(),
        "received": given.astimezone(LOCAL_TIME).strftime("%d/%m/%Y"),
        "due": _moment(clock.due_at),
        "basis": clock.basis,
        "now": _moment(now),
        "lateness": _length(late),
        "until": _moment(until),
        "year_until": str(until.year),
        "day": f"{local.day:02d}",
        "month": f"{local.month:02d}",
        "year": str(local.year),
    }
    left_out = {"near" if late > timedelta(0) else "late", "hours", "minutes"}
    if calendar.is_settled(until.year):
        left_out.add("unsettled")
    facts = {name: _BLANK.sub("", _NOT_IN_XML.sub("", value)) for name, value in facts.items()}
    return {name: words.format(**facts) for name, words in _words().items() if name not in left_out}


def _moment(at: datetime) -> str:
    return at.astimezone(LOCAL_TIME).strftime("%H giờ %M ngày %d/%m/%Y")


def _length(span: timedelta) -> str:
    """Working time in words, the minutes left out when there are none."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    words = _words()
    parts = [words["hours"].format(hours=hours)] if hours else []
    if minutes or not hours:
        parts.append(words["minutes"].format(minutes=minutes))
    return " ".join(parts)


_BODY = ("received", "late", "near", "reason", "apology", "new_date", "unsettled", "follow", "thanks")


def _written(said: dict[str, str]) -> bytes:
    letter = _page()
    _line(letter, said["nation"], align=_CENTRE, bold=True)
    _line(letter, said["motto"], align=_CENTRE, bold=True)
    _line(letter, said["number"])
    _line(letter, said["place_and_date"], align=_RIGHT)
    _line(letter, said["title"], align=_CENTRE, bold=True, size=15)
    _line(letter, said["subject"], align=_CENTRE, bold=True)
    _line(letter, said["to"], align=_CENTRE)
    for name in _BODY:
        if name in said:
            _line(letter, said[name], align=_BLOCK)
    _line(letter, said["sign"], align=_RIGHT, bold=True)
    _line(letter, said["signature"], align=_RIGHT)
    file = io.BytesIO()
    letter.save(file)
    return file.getvalue()


def _page() -> Document:
    """A4 with the margins and type of official letters (NĐ 30/2020, Phụ lục I)."""
    letter = docx.Document()
    section = letter.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(2)
    section.left_margin, section.right_margin = Cm(3), Cm(2)
    normal = letter.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(14)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    return letter


def _line(
    letter: Document,
    text: str,
    *,
    align: WD_ALIGN_PARAGRAPH | None = None,
    bold: bool = False,
    size: int = 14,
) -> Paragraph:
    """A paragraph in which every blank is marked."""
    paragraph = letter.add_paragraph()
    if align is not None:
        paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(6)
    for piece in _BLANK.split(text):
        if not piece:
            continue
        blank = _BLANK.fullmatch(piece)
        run = paragraph.add_run(f"[{piece[2:-2]}: ……………]" if blank else piece)
        run.bold, run.font.size = bold, Pt(size)
        if blank:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    return paragraph


@cache
def _words() -> dict[str, str]:
    loaded: dict[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return loaded
