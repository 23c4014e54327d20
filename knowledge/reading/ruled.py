"""Pages with ruled tables: each letter goes to the cell it stands in, the rest of the page stays lines.

PDFium hands out a page's letters in the order in which they were drawn, which runs cells together. Libraries that
guess tables from gaps split Vietnamese cells at any wide space, so only ruled tables are made here.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from knowledge.reading.clean import cell, clean, row
from knowledge.reading.grid import Grid, Ruling, grids
from knowledge.reading.legacy import repaired
from knowledge.reading.pages import Table

_MOST_PATHS = 5000  # on a page: more is a drawing
_SHORTEST = 6.0  # points: a shorter stroke rules nothing
_FRAME = 0.97  # of the page: a box as large as this is its background
_BREAKS = (0x0D, 0x0A)

Key = tuple[int, int, int]  # table (even: the band before table n/2; odd: table), row, column


@dataclass(frozen=True)
class _Letter:
    char: str
    left: float
    right: float
    middle: float
    height: float


def rulings(page: pypdfium2.PdfPage) -> list[Ruling]:
    """The straight lines along the axes, from strokes and from thin boxes alike."""
    found: list[Ruling] = []
    limits = page.get_width() * _FRAME, page.get_height() * _FRAME
    for count, item in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=1)):
        if count >= _MOST_PATHS:
            return []
        left, bottom, right, top = item.get_bounds()
        if right - left < limits[0] or top - bottom < limits[1]:
            found.extend(_sides(item))
    return found


def _sides(item: pypdfium2.PdfObject) -> Iterator[Ruling]:
    points = _points(item)
    for (x0, y0, _), (x1, y1, moved) in zip(points, points[1:], strict=False):
        if moved:
            continue
        if abs(x0 - x1) < 1 and abs(y0 - y1) >= _SHORTEST:
            yield Ruling(True, (x0 + x1) / 2, min(y0, y1), max(y0, y1))
        elif abs(y0 - y1) < 1 and abs(x0 - x1) >= _SHORTEST:
            yield Ruling(False, (y0 + y1) / 2, min(x0, x1), max(x0, x1))


def _points(item: pypdfium2.PdfObject) -> list[tuple[float, float, bool]]:
    """The corners of a path on the page, and whether the pen was lifted before each; closed paths come back."""
    matrix, found = item.get_matrix(), []
    x, y = ctypes.c_float(), ctypes.c_float()
    start = (0.0, 0.0)
    for index in range(min(pdfium.FPDFPath_CountSegments(item), 2000)):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        place = matrix.on_point(x.value, y.value)
        moved = pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO
        start = place if moved else start
        found.append((*place, moved))
        if pdfium.FPDFPathSegment_GetClose(segment):
            found.append((*start, False))
    return found


def _letters(lines: pypdfium2.PdfTextPage) -> Iterator[_Letter]:
    box = pdfium.FS_RECTF()
    for index in range(pdfium.FPDFText_CountChars(lines)):
        code = pdfium.FPDFText_GetUnicode(lines, index)
        if code in _BREAKS or pdfium.FPDFText_IsGenerated(lines, index) == 1:
            continue  # PDFium's own guess of lines and spaces, which is made anew here cell by cell
        if pdfium.FPDFText_GetLooseCharBox(lines, index, box):
            yield _Letter(
                chr(code), box.left, box.right, (box.top + box.bottom) / 2, abs(box.top - box.bottom)
            )


def _place(letter: _Letter, tables: list[Grid]) -> Key:
    middle = (letter.left + letter.right) / 2
    for number, table in enumerate(tables):
        if letter.middle > table.top:
            return 2 * number, 0, 0
        if letter.middle >= table.bottom:
            found = table.cell_at(middle, letter.middle)
            return (2 * number + 1, *found) if found else (2 * number, 0, 0)
    return 2 * len(tables), 0, 0


def _joined(letters: list[_Letter]) -> str:
    """Letters in their order as lines: a new one where the height changes, a space where there is a gap."""
    text, last = "", None
    for letter in letters:
        if last is not None and not letter.char.isspace():
            if abs(letter.middle - last.middle) > 0.5 * last.height:
                text += "\n"
            elif letter.left - last.right > 0.2 * last.height and not text.endswith(" "):
                text += " "
        text += letter.char
        last = last if letter.char.isspace() and last else letter
    return text


def read(
    page: pypdfium2.PdfPage, lines: pypdfium2.PdfTextPage, number: int
) -> tuple[str, list[Table]] | None:
    """The page's text with each table's rows as lines, and the tables; None when nothing on it is ruled."""
    tables = grids(rulings(page))
    if not tables:
        return None
    parts: defaultdict[Key, list[_Letter]] = defaultdict(list)
    for letter in _letters(lines):
        parts[_place(letter, tables)].append(letter)
    texts = {place: repaired(_joined(letters))[0] for place, letters in parts.items()}
    blocks, made = [clean(texts.get((0, 0, 0), ""))], []
    for index, table in enumerate(tables):
        rows = _rows(table, {key[1:]: text for key, text in texts.items() if key[0] == 2 * index + 1})
        if rows:
            made.append(Table(rows, number))
        blocks.extend(map(row, rows))
        blocks.append(clean(texts.get((2 * index + 2, 0, 0), "")))
    return "\n".join(block for block in blocks if block), made


def _rows(table: Grid, texts: dict[tuple[int, int], str]) -> tuple[tuple[str, ...], ...]:
    """Cells in rows; a merged cell's text stands in its first place. Rows without text are left out."""
    height, width = table.shape
    rows = (tuple(cell(texts.get((line, place), "")) for place in range(width)) for line in range(height))
    return tuple(cells for cells in rows if any(cells))
