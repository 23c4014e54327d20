"""A report as a workbook: numbers are numbers, with charts; whatever people wrote stays text.

A cell that begins with = + - @ or a tab would be a formula in a spreadsheet, and a way to run somebody's command on
an official's machine: every text is written as text and marked to stay so when it is edited.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from desk.report_docx import NOT_IN_XML
from desk.reports import BARS, RATES, Report, Row, made_at, period_days, period_name, rate, scope_names, words

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Value: TypeAlias = str | int | float | None
CHARTED = 25  # units of the chart; the table has them all
_MOST = 32_000  # characters of a cell; a workbook takes 32,767
_HEAD = PatternFill("solid", fgColor="DCE6F1")


def written(report: Report) -> bytes:
    """The file's content."""
    book = Workbook()
    book.remove(book.worksheets[0])
    _numbers(_sheet(book, words()["first_sheet"]), report)
    for name, rows in (("units", report.units), ("areas", report.areas), ("categories", report.categories)):
        sheet = _sheet(book, words()["tables"][name]["title"])
        _parts(sheet, name, rows, report)
        if rows:
            _chart(sheet, rows)
    _questions(_sheet(book, words()["questions"]["title"]), report)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet(book: Workbook, title: str) -> Worksheet:
    sheet: Worksheet = book.create_sheet(title[:31])
    sheet.sheet_view.showGridLines = False
    return sheet


def put(sheet: Worksheet, row: int, values: Iterable[Value], *, bold: bool = False) -> None:
    """Write a row; a text is never a formula."""
    for column, value in enumerate(values, start=1):
        cell = sheet.cell(row, column)
        if isinstance(value, str):
            cell.value = NOT_IN_XML.sub("", value)[:_MOST]
            cell.data_type = "s"
            cell.quotePrefix = True
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        else:
            cell.value = value
            cell.alignment = Alignment(vertical="top")
        if bold:
            cell.font, cell.fill = Font(bold=True), _HEAD


def _widths(sheet: Worksheet, *widths: float) -> None:
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def _numbers(sheet: Worksheet, report: Report) -> None:
    said = words()
    remark = said["unfinished" if report.unfinished else "made"].format(at=made_at(report))
    head = [said["title"], f"{period_name(report.period)} {period_days(report.period)}", remark]
    if report.period.first_day > 1:
        head[1] = period_name(report.period)
    head += [f"{what}: {which}" for what, which in scope_names(report)]
    for place, text in enumerate(head, start=1):
        sheet.cell(place, 1).value = NOT_IN_XML.sub("", text)
        sheet.cell(place, 1).data_type = "s"
        sheet.cell(place, 1).font = Font(bold=place < 3)
    first = len(head) + 2
    put(sheet, first, said["number_columns"], bold=True)
    counted: list[tuple[Value, ...]] = [
        (one["name"], report.totals[name], one["how"]) for name, one in said["numbers"].items()
    ]
    counted += [
        (said["rates"][name]["name"], _share(report, name), said["rates"][name]["how"]) for name in RATES
    ]
    for place, line in enumerate(counted, start=first + 1):
        put(sheet, place, line)
    for place in range(first + 1 + len(said["numbers"]), first + 1 + len(counted)):
        sheet.cell(place, 2).number_format = "0.0%"
    _widths(sheet, 32, 14, 110)


def _share(report: Report, name: str) -> Value:
    found = rate(report.totals, name)
    return words()["no_rate"] if found is None else found / 100


def _parts(sheet: Worksheet, name: str, rows: Sequence[Row], report: Report) -> None:
    said = words()
    columns = [*said["columns"], *said["more_columns"]]
    heads = [said["tables"][name]["first"], *(said["numbers"][column]["name"] for column in columns)]
    put(sheet, 1, [*heads, *(said["chart"][bar] for bar in BARS)], bold=True)
    for place, row in enumerate(rows, start=2):
        bars = [sum(row.numbers[part] for part in parts) for parts in BARS.values()]
        put(sheet, place, [row.name, *(row.numbers[column] for column in columns), *bars])
    totals = [sum(report.totals[part] for part in parts) for parts in BARS.values()]
    last = len(rows) + 2
    put(sheet, last, [said["total_row"], *(report.totals[column] for column in columns), *totals], bold=True)
    sheet.cell(last + 1, 1).value = said["tables"][name]["how"]
    sheet.freeze_panes = "B2"
    _widths(sheet, 46, *[13] * (len(heads) + len(BARS) - 1))


def _chart(sheet: Worksheet, rows: Sequence[Row]) -> None:
    """Stacked bars that add up to what a unit had to do; the colours are also told by the legend's words."""
    said = words()
    first = 2 + len(said["columns"]) + len(said["more_columns"])
    last = 1 + min(len(rows), CHARTED)
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap = "bar", "stacked", 100
    chart.title = said["chart"]["title"]
    values = Reference(sheet, min_col=first, max_col=first + len(BARS) - 1, min_row=1, max_row=last)
    chart.add_data(values, titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    for series, colour in zip(chart.series, ("1B7F4B", "B3261E", "8A94A6"), strict=True):
        series.graphicalProperties.solidFill = colour
    chart.y_axis.majorGridlines = None
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.scaling.orientation = "maxMin"
    chart.width, chart.height = 28, max(7.5, 1.0 * (last + 3))
    sheet.add_chart(chart, f"A{len(rows) + 5}")


def _questions(sheet: Worksheet, report: Report) -> None:
    said = words()["questions"]
    found = report.questions
    put(sheet, 1, words()["number_columns"], bold=True)
    row = 1
    for row, (name, one) in enumerate(said["numbers"].items(), start=2):
        put(sheet, row, [one["name"], found.counts.get(name, 0), one["how"]])
    put(sheet, row + 2, [said["most_asked"]["title"]], bold=True)
    put(sheet, row + 3, said["most_asked"]["columns"], bold=True)
    row += 4
    for one in found.most:
        put(sheet, row, [one["code"], one["title"], one["asked"], one["not_useful"]])
        row += 1
    put(sheet, row + 1, [said["open_items"]["title"]], bold=True)
    put(sheet, row + 2, said["open_items"]["columns"], bold=True)
    for place, one in enumerate(found.items, start=row + 3):
        nearest = f"{one['procedure_code']} {one['procedure_title']}".strip()
        put(
            sheet,
            place,
            [one["title"], one["asked"], nearest, one["unit_name"], words()["states"][one["state"]]],
        )
    _widths(sheet, 44, 44, 44, 30, 16)
