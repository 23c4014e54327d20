"""What any reader of a file hands to the parsers: pages of text, how each was come by, how far it is to be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Method = Literal["text", "ocr", "html", "table"]


@dataclass(frozen=True)
class Table:
    """One table, cell by cell, in reading order. `page` counts from 1."""

    rows: tuple[tuple[str, ...], ...]
    page: int = 1


@dataclass(frozen=True)
class Page:
    """One page. `quality` is the share (0–1) of its text that reads as Vietnamese (knowledge.text.quality)."""

    number: int
    text: str
    method: Method = "text"
    quality: float = 1.0


@dataclass(frozen=True)
class DocumentText:
    """A whole file as text. A file without pages of its own (text, DOCX, HTML) is one page."""

    pages: tuple[Page, ...]
    tables: tuple[Table, ...] = ()
    properties: dict[str, str] = field(default_factory=dict)  # what the file says of itself: title, author

    @property
    def text(self) -> str:
        return "\n".join(page.text for page in self.pages)

    @property
    def quality(self) -> float:
        """Of the whole, each page counting by its length."""
        total = sum(len(page.text) for page in self.pages)
        return sum(page.quality * len(page.text) for page in self.pages) / total if total else 0.0
