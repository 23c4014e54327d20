"""Excel workbooks: each sheet a page and a table, cells as they are shown last saved; formulas are never computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from python_calamine import CalamineError, CalamineWorkbook

from knowledge.errors import BadFile
from knowledge.reading.clean import cell, row
from knowledge.reading.pages import Page, Table
from knowledge.reading.task import Found, Step, Task
from knowledge.text.quality import vietnamese_share


def _shown(value: object) -> str:
    """A cell's value as text; a whole number without the decimals Excel stores it with."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return cell(str(value))


def read(task: Task) -> Iterator[Found]:
    """A workbook, one page a sheet.

    Raises:
        BadFile: it is damaged.
    """
    try:
        book = CalamineWorkbook.from_path(task.path)
        names = book.sheet_names
        for number, name in enumerate(names, start=1):
            yield Step(number, len(names))
            yield from _sheet(number, book.get_sheet_by_name(name).iter_rows())
    except CalamineError as error:
        raise BadFile("", f"damaged: {error}", advice="open it in Excel and save it anew as .xlsx") from error


def _sheet(number: int, found: Iterator[Sequence[object]]) -> Iterator[Found]:
    rows = tuple(cells for cells in (tuple(map(_shown, line)) for line in found) if any(cells))
    if rows:
        text = "\n".join(map(row, rows))
        yield Page(number, text, "table", vietnamese_share(text))
        yield Table(rows, number)
