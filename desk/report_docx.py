"""A report as a Word file to be signed and sent: every number with how it is counted, then tables."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Row

from desk.reports import (
    RATES,
    Report,
    Row,
    made_at,
    period_days,
    period_name,
    rate,
    scope_names,
    shown_rate,
    words,
)

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def written(report: Report) -> bytes:
    """The file's content."""
    paper = _page()
    said = words()
    _line(paper, said["title"], bold=True, size=15, centred=True)
    _line(paper, period_name(report.period), bold=True, centred=True)
    if report.period.first_day == 1:
        _line(paper, period_days(report.period).strip("()"), centred=True)
    for what, which in scope_names(report):
        _line(paper, f"{what}: {which}", centred=True)
    remark = "unfinished" if report.unfinished else "made"
    _line(paper, said[remark].format(at=made_at(report)))
    _numbers(paper, report)
    for name, rows in (("units", report.units), ("areas", report.areas), ("categories", report.categories)):
        _parts(paper, name, rows, report)
    _questions(paper, report)
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


def _page() -> Document:
    """A4 across, for the wide tables; margins and type of official letters (NĐ 30/2020, Phụ lục I)."""
    paper = docx.Document()
    section = paper.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.top_margin = section.bottom_margin = Cm(2)
    section.left_margin, section.right_margin = Cm(2.5), Cm(1.5)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(13)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "Times New Roman")
    normal.paragraph_format.space_after = Pt(4)
    return paper


def _line(paper: Document, text: str, *, bold: bool = False, size: int = 13, centred: bool = False) -> None:
    paragraph = paper.add_paragraph()
    if centred:
        paragraph.alignment = _CENTRE
    run = paragraph.add_run(NOT_IN_XML.sub("", text))
    run.bold, run.font.size = bold, Pt(size)


def _numbers(paper: Document, report: Report) -> None:
    said = words()
    counted = [(one["name"], str(report.totals[name]), one["how"]) for name, one in said["numbers"].items()]
    shares = [
        (said["rates"][name]["name"], shown_rate(rate(report.totals, name)), said["rates"][name]["how"])
        for name in RATES
    ]
    _table(paper, said["number_columns"], [*counted, *shares], widths=(6.5, 3, 16.2), right={1})


def _parts(paper: Document, name: str, rows: Sequence[Row], report: Report) -> None:
    said = words()
    about = said["tables"][name]
    _heading(paper, about["title"], about["how"])
    columns = said["columns"]
    heads = [about["first"], *(said["numbers"][column]["name"] for column in columns)]
    lines = [(row.name, *(str(row.numbers[column]) for column in columns)) for row in rows]
    lines.append((said["total_row"], *(str(report.totals[column]) for column in columns)))
    right = set(range(1, len(heads)))
    _table(paper, heads, lines, widths=(5.7, *[1.66] * len(columns)), right=right, size=9)


def _questions(paper: Document, report: Report) -> None:
    said = words()["questions"]
    found = report.questions
    _heading(paper, said["title"], said["how"])
    if not found.counts.get("asked"):
        _line(paper, said["none"])
    counts = [
        (one["name"], str(found.counts.get(name, 0)), one["how"]) for name, one in said["numbers"].items()
    ]
    _table(paper, words()["number_columns"], counts, widths=(6.5, 3, 16.2), right={1})
    if found.most:
        _heading(paper, said["most_asked"]["title"])
        lines = [(row["code"], row["title"], str(row["asked"]), str(row["not_useful"])) for row in found.most]
        _table(paper, said["most_asked"]["columns"], lines, widths=(3.5, 16.2, 3, 3), right={2, 3})
    if found.items:
        _heading(paper, said["open_items"]["title"])
        states = words()["states"]
        asked = [
            (
                row["title"],
                str(row["asked"]),
                f"{row['procedure_code']} {row['procedure_title']}".strip(),
                row["unit_name"],
                states[row["state"]],
            )
            for row in found.items
        ]
        _table(paper, said["open_items"]["columns"], asked, widths=(8.7, 2, 6.5, 5.5, 3), right={1})


def _heading(paper: Document, title: str, how: str = "") -> None:
    heading = paper.add_heading(level=2)
    run = heading.add_run(title)
    run.font.name, run.font.size = "Times New Roman", Pt(14)
    if how:
        _line(paper, how)


def _table(
    paper: Document,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    widths: Sequence[float],
    right: set[int],
    size: int = 11,
) -> None:
    """A table whose head is repeated on every page; `right` are columns of numbers."""
    table = paper.add_table(rows=1, cols=len(heads), style="Table Grid")
    table.autofit = False
    _fill(table.rows[0], heads, widths=widths, right=right, size=size, bold=True)
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)  # python-docx has no word for it
    _append(table, rows, widths=widths, right=right, size=size)


def _append(
    table: Table, rows: Iterable[Sequence[str]], *, widths: Sequence[float], right: set[int], size: int
) -> None:
    for row in rows:
        made = table.add_row()  # type: ignore[no-untyped-call]  # the library says nothing
        _fill(made, row, widths=widths, right=right, size=size)


def _fill(
    row: _Row,
    texts: Sequence[str],
    *,
    widths: Sequence[float],
    right: set[int],
    size: int,
    bold: bool = False,
) -> None:
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        cell.width = Cm(widths[place])
        paragraph = cell.paragraphs[0]
        if place in right:
            paragraph.alignment = _RIGHT
        run = paragraph.add_run(NOT_IN_XML.sub("", text))
        run.bold, run.font.size = bold, Pt(size)
