"""Text as readers hand it on: NFC, no hidden characters, line-break hyphens closed, lines kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from knowledge.text.normalise import strip_hidden

# What a soft hyphen at a line's end comes out as: itself, or the marks PDFium puts in its place.
_BROKEN = re.compile("[\u00ad\ufffe\u0002][^\\S\n]*\n\\s*(?=\\w)")
_SPACES = re.compile(r"[^\S\n\t]+")
_BLANK = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """One page's text. Tabs (between cells) and line breaks stay; spelling and tone marks are not touched."""
    closed = _BROKEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    plain = strip_hidden(unicodedata.normalize("NFC", closed).replace("\f", "\n"))
    lines = (_SPACES.sub(" ", line).strip(" ") if line.strip() else "" for line in plain.split("\n"))
    return _BLANK.sub("\n\n", "\n".join(lines)).strip("\n")


def cell(text: str) -> str:
    """One table cell: lines kept, no tabs."""
    return clean(text.replace("\t", " ")).strip()


def row(cells: tuple[str, ...]) -> str:
    """A table's row as one line of a page's text: cells apart by tabs."""
    return "\t".join(part.replace("\n", " ") for part in cells)


def is_layout(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table only places things side by side: the head of every decision, its signatures."""
    return len(rows) <= 2 and all(len(cells) <= 2 for cells in rows)


def as_lines(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A table as lines of a page's text: rows, or cell after cell when it is mere layout."""
    if is_layout(rows):
        return [part for cells in rows for part in cells if part]
    return [row(cells) for cells in rows]
