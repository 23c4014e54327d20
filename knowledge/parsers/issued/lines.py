"""Pages of text → whole paragraphs: page numbers dropped, broken lines joined, table rows kept as cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge.parsers.issued.markers import marker_of
from knowledge.parsers.issued.patterns import vn
from knowledge.reading.pages import DocumentText, Page
from knowledge.text.normalise import one_line

WIDEST = 140  # characters: a longer line is a paragraph, so the text is not wrapped
FULL = 0.72  # of the width: a line so long was broken because the next word did not fit
FEW = 12  # lines below which no width can be told

_EMPHASIS = re.compile(r"\*{1,3}|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|^#{1,6}\s+|<(?=https?://)|(?<=/)>")
_PAGE_NUMBER = re.compile(r"^(?:[-–]\s*)?(?:Trang\s+)?\d{1,3}(?:\s*/\s*\d{1,3})?(?:\s*[-–])?$")
_LINK = re.compile(r"^https?://\S+$")
_PIPES = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^[\s|:_=–-]*$")
_CARRIED = re.compile(r"\((?:Kèm|Ban hành|Đính kèm)")
_OPEN = re.compile(
    r"^(?:Căn cứ|Xét|Theo) .*[^.;,]$|\b(?:và|của|về|các|ban hành|theo|với|cho|tại|trong|là|do|để|số|ngày|việc|được)$"
)
_OFFICE_HEADING = re.compile(
    r"^(?:\d{1,2}[.)]|[a-zđ]\))\s*(?:Sở|Phòng|Văn phòng|Trung tâm|Ban|Công an|Ủy ban|UBND)\b.{0,60}$"
)
_ENDED = re.compile(r"[.;:!?…]['”’\")\]]*$")
_GLUED = vn(
    r"(?<=[.;:/])\s+(?=(?:[IVX]{1,5}\.\s+[\pU]{2,}|Điều\s+\d{1,3}\.\s+[\pU]"
    r"|[a-hđ]\)\s+[\pU][\pL]))"
)


@dataclass(frozen=True)
class Paragraph:
    """One paragraph, or one row of a table when it has `cells`. `page` counts from 1, `quality` is its page's."""

    text: str
    page: int = 1
    quality: float = 1.0
    cells: tuple[str, ...] = ()
    last: int = 0  # length of its last line, which tells whether the line was broken for want of room

    @property
    def capitals(self) -> bool:
        """Whether it is written in capitals, as headings are."""
        letters = [char for char in self.text if char.isalpha()]
        return len(letters) > 1 and sum(char.isupper() for char in letters) > 0.9 * len(letters)


def paragraphs(document: DocumentText) -> list[Paragraph]:
    """The document's paragraphs in reading order, across page breaks."""
    lines = _without_repeated_links([line for page in document.pages for line in _lines(page)])
    width = _width(lines)
    whole: list[Paragraph] = []
    for line in lines:
        if whole and _continues(whole[-1], line, width):
            whole[-1] = replace(whole[-1], text=f"{whole[-1].text} {line.text}", last=line.last)
        else:
            whole.append(line)
    return whole


def _lines(page: Page) -> Iterator[Paragraph]:
    for raw in page.text.replace("\r", "\n").split("\n"):
        if cells := _cells(raw):
            yield Paragraph(" | ".join(cells), page.number, page.quality, cells)
            continue
        text = clean(raw)
        if text and not _PAGE_NUMBER.match(text) and not _RULE.match(text):
            for piece in _GLUED.split(text):
                yield Paragraph(piece, page.number, page.quality, last=len(piece))


def clean(raw: str) -> str:
    """One line in the canonical form, without the signs of a markup."""
    return one_line(_EMPHASIS.sub("", raw)).strip()


def _cells(raw: str) -> tuple[str, ...]:
    """The cells of a table's row written as one line; () for anything else."""
    if _PIPES.match(raw):
        parts = raw.strip().strip("|").split("|")
    elif raw.strip("\n").count("\t") >= 2:
        parts = raw.split("\t")
    else:
        return ()
    cells = tuple(clean(part) for part in parts)
    return cells if any(cells) and not all(_RULE.match(cell) for cell in cells) else ()


def _without_repeated_links(lines: list[Paragraph]) -> list[Paragraph]:
    """A link alone on its line, which the text already has, is the target some PDF readers write out."""
    text = " ".join(line.text for line in lines if not _LINK.match(line.text))
    return [line for line in lines if not (_LINK.match(line.text) and line.text.rstrip("/") in text)]


def _width(lines: list[Paragraph]) -> int:
    """How wide the text was set; 0 when lines are whole paragraphs."""
    lengths = sorted(len(line.text) for line in lines if not line.cells)
    if len(lengths) < FEW:
        return 0
    widest = lengths[int(0.95 * (len(lengths) - 1))]
    return widest if widest <= WIDEST and lengths[-1] <= 1.5 * WIDEST else 0


def _continues(before: Paragraph, line: Paragraph, width: int) -> bool:
    """Whether `line` is the rest of a sentence that a line or page break cut."""
    if before.cells or line.cells or marker_of(line.text):
        return False
    if line.capitals and not before.capitals and re.fullmatch(r"\w+[.;,]", line.text):
        return not _ENDED.search(before.text)  # "CCHC." that no longer fitted
    if before.capitals or line.capitals:
        heading = before.capitals and line.capitals and marker_of(before.text) is not None
        return heading and bool(width) and len(before.text) >= 0.6 * width
    first = line.text[0]
    if first.islower():
        return True
    ended = bool(_ENDED.search(before.text))
    if first.isdigit():
        return not ended
    if first == "(":
        return not ended and not _CARRIED.match(line.text)
    if ended or _OFFICE_HEADING.match(before.text):
        return False
    return bool(_OPEN.search(before.text)) or (bool(width) and before.last >= FULL * width)
