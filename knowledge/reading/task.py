"""What a reader in the child process is given, and what it yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.reading.limits import Limits, OcrMode
from knowledge.reading.pages import Page, Table


@dataclass(frozen=True)
class Step:
    """Page `page` of `pages` is now being read."""

    page: int
    pages: int


@dataclass(frozen=True)
class Task:
    """One file to read: where, how, and the pages that were read from their image before."""

    path: Path
    kind: str
    limits: Limits
    ocr: OcrMode = OcrMode.AUTO
    known: frozenset[int] = frozenset()


Found = Step | Page | Table | dict[str, str]  # a dict: properties of the file
Reader = Callable[[Task], Iterator[Found]]
