"""Tables: who does what by when in columns, and schedules whose rows are dated events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.documents import Event, PlanTable
from knowledge.parsers.issued.sections import Node
from knowledge.parsers.issued.times import span_of, year_of
from knowledge.parsers.issued.trust import reads_well
from knowledge.parsers.issued.units import leading_unit
from knowledge.reading.pages import Table

_COLUMNS = {
    role: re.compile(names, re.IGNORECASE)
    for role, names in (
        ("with", r"phối hợp"),
        (
            "unit",
            r"chủ trì|đơn vị|cơ quan|thành phần|(?:người|bộ phận|phòng)\s*(?:thực hiện|phụ trách|tham gia)?$",
        ),
        ("time", r"thời gian|thời hạn|thời điểm|tiến độ|ngày|hoàn thành|lịch"),
        ("product", r"sản phẩm|kết quả"),
        ("place", r"địa điểm|nơi"),
        ("content", r"nội dung|nhiệm vụ|công việc|chuyên mục|hoạt động|chuyên đề|chủ đề|đối thoại"),
    )
}
_COUNT = re.compile(r"^(?:STT|TT|Số TT|Số thứ tự)$", re.IGNORECASE)


@dataclass(frozen=True)
class Grid:
    """One table of the document with its heading row, parts cut by page breaks put together again."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    section: str
    title: str
    page: int
    quality: float = 1.0

    @property
    def columns(self) -> dict[str, int]:
        """Which column holds what; the first that fits, each column once."""
        found: dict[str, int] = {}
        for role, pattern in _COLUMNS.items():
            for place, name in enumerate(self.header):
                if role not in found and place not in found.values() and pattern.search(name):
                    found[role] = place
        return found

    def cell(self, row: Sequence[str], role: str) -> str:
        place = self.columns.get(role)
        return row[place].strip() if place is not None and place < len(row) else ""


def grids(root: Node, given: Iterable[Table]) -> list[Grid]:
    """Tables flattened in the text, and those a reader handed over that the text does not have as rows."""
    found: list[Grid] = []
    for node in root.walk():
        if node.rows:
            rows = [row.cells for row in node.rows]
            found += _split(rows, node.path, _title(node), node.rows[0].page, node.rows[0].quality)
    seen = {cell for grid in found for row in grid.rows for cell in row}
    for table in given:
        rows = [tuple(" ".join(cell.split()) for cell in row) for row in table.rows]
        if any(cell and cell not in seen for row in rows for cell in row):
            node = _node_at(root, rows, table.page)
            found += _split(rows, node.path, _title(node), table.page, node.quality)
    return _joined(found)


def _title(node: Node) -> str:
    return next((above.title for above in node.above() if above.title), "")


def _node_at(root: Node, rows: Sequence[Sequence[str]], page: int) -> Node:
    """The last piece that begins on the table's page or before; one that holds the table's words comes first."""
    cells = [cell for row in rows[1:3] for cell in row if len(cell) > 12]
    holding = [n for n in root.walk() for p in n.text if cells and all(cell in p.text for cell in cells[:2])]
    before = [node for node in root.walk() if node.page <= page and not node.bullet]
    return (holding or before or [root])[-1]


def _split(
    rows: Sequence[tuple[str, ...]], section: str, title: str, page: int, quality: float
) -> list[Grid]:
    """One grid for each heading row met."""
    found: list[Grid] = []
    for row in rows:
        if _is_header(row):
            found.append(Grid(row, (), section, title, page, quality))
        elif found and any(row):
            last = found[-1]
            found[-1] = Grid(last.header, (*last.rows, row), section, title, page, quality)
    return found or [Grid((), tuple(rows), section, title, page, quality)]


def _is_header(row: Sequence[str]) -> bool:
    if row and _COUNT.match(row[0].strip()):
        return True
    named = sum(any(p.search(cell) for p in _COLUMNS.values()) for cell in row if cell and len(cell) < 60)
    return named >= 2 and all(len(cell) < 60 for cell in row) and not any(c.strip().isdigit() for c in row)


def _joined(found: Sequence[Grid]) -> list[Grid]:
    whole: list[Grid] = []
    for grid in found:
        same = whole and whole[-1].section == grid.section and whole[-1].header == grid.header
        if same:
            last = whole[-1]
            whole[-1] = Grid(
                last.header, last.rows + grid.rows, last.section, last.title, last.page, last.quality
            )
        else:
            whole.append(grid)
    return whole


def plan_table(grid: Grid) -> PlanTable:
    return PlanTable(
        title=grid.title, header=grid.header, rows=grid.rows, section=grid.section, page=grid.page
    )


def events(grid: Grid, *, year: int | None) -> list[Event]:
    """Rows with a day and hours. The year comes from the cell, else the heading row, else the document."""
    if "time" not in grid.columns:
        return []
    stated = year_of(grid.cell(grid.header, "time")) or year_of(grid.title) or year
    found = []
    for row in grid.rows:
        span = span_of(grid.cell(row, "time"), year=stated)
        topic = grid.cell(row, "content") or grid.title
        unit = grid.cell(row, "unit") or leading_unit(topic)[0]
        if span and topic and unit and reads_well(f"{topic} {unit}", page=grid.quality):
            found.append(Event(title=topic, unit=unit, start=span.start, end=span.end, section=grid.section))
    return found
