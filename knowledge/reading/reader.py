"""One file of any kind that offices publish → pages of text, or one clear line why not.

Parsing runs in a bounded child process (knowledge.reading.sandbox) that stays warm from file to file. Pages read
from their image cost seconds each, so they are kept under `work` as they come and an interrupted reading goes on.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from knowledge.errors import BadFile
from knowledge.reading.kept import KeptPages
from knowledge.reading.kinds import Sniffed, sniff
from knowledge.reading.limits import Limits, OcrMode
from knowledge.reading.pages import DocumentText, Page, Table
from knowledge.reading.sandbox import Message, Sandbox

__all__ = ["Limits", "OcrMode", "close", "read_document"]

Progress = Callable[[int, int], None]  # page now being read, pages in all
_METHODS = ("text", "ocr", "html", "table")
_POOR = 0.6  # below it a page is told of in the properties


class _Warm:
    """The child shared by all readings of this process, one at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        self._owner = 0

    def sandbox(self, limits: Limits) -> Sandbox:
        if self._owner != os.getpid():
            self._sandbox = None  # a forked copy of a parent's child is not ours to speak to
        if self._sandbox and self._sandbox.limits != limits:
            self._sandbox.close()
            self._sandbox = None
        if self._sandbox is None:
            self._sandbox, self._owner = Sandbox(limits), os.getpid()
        return self._sandbox

    def close(self) -> None:
        with self.lock:
            if self._sandbox and self._owner == os.getpid():
                self._sandbox.close()
            self._sandbox = None


_warm = _Warm()
atexit.register(_warm.close)


def close() -> None:
    """End the warm child now. The next reading starts another."""
    _warm.close()


def read_document(
    path: Path,
    *,
    limits: Limits | None = None,
    ocr: OcrMode = OcrMode.AUTO,
    work: Path | None = None,
    tell: Progress | None = None,
    sandbox: Sandbox | None = None,
) -> DocumentText:
    """The text of one file, page by page, with its tables.

    Properties name what was odd: `kind`, `note` (a wrong name), `encoding`, `poor_pages` (numbers of pages that
    do not read as Vietnamese), `ocr_pages` (numbers of pages read from their image), `unread_pages` (pages
    of which there is an image only, and it was not or could not be read), title and author.

    Args:
        path: The file, judged by its content.
        limits: What it may cost.
        ocr: Whether pages without a good text layer are read from their image.
        work: A folder for pages read from their image, so that a second reading takes them from there.
        tell: Called with each page's number before it is read.
        sandbox: A child of the caller's own instead of the shared one; its limits hold.

    Raises:
        BadFile: it is refused or cannot be read; nothing of it is handed back.
        OutsideError: no child process can be started.
    """
    if sandbox is not None:
        return _read(path, sandbox, ocr=ocr, work=work, tell=tell)
    with _warm.lock:
        return _read(path, _warm.sandbox(limits or Limits()), ocr=ocr, work=work, tell=tell)


def _read(
    path: Path, sandbox: Sandbox, *, ocr: OcrMode, work: Path | None, tell: Progress | None
) -> DocumentText:
    sniffed = sniff(path, sandbox.limits)
    kept = KeptPages.of(path, work if ocr is OcrMode.AUTO else None)
    task = {
        "kind": sniffed.kind.value,
        "limits": asdict(sandbox.limits),
        "ocr": ocr.value,
        "known": sorted(kept.pages),
    }
    with closing(sandbox.read(path, task)) as messages:
        return _collect(path, messages, sniffed=sniffed, kept=kept, tell=tell)


def _collect(
    path: Path, messages: Iterator[Message], *, sniffed: Sniffed, kept: KeptPages, tell: Progress | None
) -> DocumentText:
    pages = dict(kept.pages)
    tables: list[Table] = []
    properties = {"kind": sniffed.kind.value} | ({"note": sniffed.note} if sniffed.note else {})
    try:
        for message in messages:
            if "step" in message and tell and message["step"][0]:
                tell(int(message["step"][0]), int(message["step"][1]))
            elif "page" in message:
                page = _page(message["page"])
                pages[page.number] = page
                kept.keep(page)
            elif "table" in message:
                tables.append(_table(message["table"]))
            elif "properties" in message:
                properties.update({str(key): str(value) for key, value in message["properties"].items()})
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadFile(str(path), "the process that reads it answered nonsense") from error
    if not any(page.text for page in pages.values()):
        raise BadFile(str(path), "no text was found in it", advice=_no_text_advice(sniffed))
    read = tuple(pages[number] for number in sorted(pages))
    return DocumentText(read, tuple(tables), properties | _told(read))


def _no_text_advice(sniffed: Sniffed) -> str:
    return "scan it again, upright and at 300 dpi" if sniffed.kind in ("pdf", "image") else "check the file"


def _told(pages: tuple[Page, ...]) -> dict[str, str]:
    """What a reader of the result should know at once, as lists of page numbers."""
    lists = {
        "ocr_pages": [page.number for page in pages if page.method == "ocr"],
        "poor_pages": [page.number for page in pages if page.text and page.quality < _POOR],
    }
    return {name: " ".join(map(str, numbers)) for name, numbers in lists.items() if numbers}


def _page(row: list[Any]) -> Page:
    number, text, method, quality = row
    if method not in _METHODS:
        raise ValueError(method)
    return Page(int(number), str(text), method, min(1.0, max(0.0, float(quality))))


def _table(row: list[Any]) -> Table:
    page, rows = row
    return Table(tuple(tuple(str(cell) for cell in cells) for cells in rows), int(page))
