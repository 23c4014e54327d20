"""The lines of a document with their pages, without running heads, and lines that only wrap joined again."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from knowledge.parsers.decision.labels import split_fused
from knowledge.parsers.letters import UPPER
from knowledge.parsers.tail import clean
from knowledge.reading.pages import DocumentText, Page

PARAGRAPHS = 220  # characters: a file with lines so long holds whole paragraphs, nothing wraps
_FULL = 0.88  # of the page's width: where the next word would not have fitted, the line wraps
_MARK = re.compile(
    rf"(?:[-–+•●◦▪■*·✓➢❖►]\s*|o\s+(?=[{UPPER}\d\"“(])|\(?\d{{1,2}}[.)](?!\d)\s*|\d{{1,2}}(?:\.\d{{1,2}})+\.?\s+"
    rf"|\(?[a-zđ][.)]\s+|[IVX]{{1,4}}[.)]\s+)"
)
_STEP = re.compile(r"Bước\s+(?:thứ\s+)?\d{1,2}\b")
_ABBREVIATED = re.compile(r"(?:\b(?:TP|P|Q|Tp|ThS|TS|Đ/c|Mr)\.|[,(–]|\S-|\s-)$")
_ENDS = (".", ";", ":", "!", "?")
_EMPHASIS = re.compile(r"\*\*|^#{1,6}\s+", re.MULTILINE)  # of marked-up text
# A machine that wrote the text left what it says to whoever asked it.
_CHAT = re.compile(
    r"bạn (?:đã |vừa )?(?:cung cấp|gửi|đưa)\b|đừng ngần ngại|nếu bạn cần (?:thêm|hỗ trợ)"
    r"|hy vọng (?:thông tin|điều) này|hãy cho (?:tôi|mình) biết"
    r"|dưới đây là (?:bản|nội dung) (?:tóm tắt|chuyển đổi|định dạng)"
    r"|tôi (?:có thể|sẽ) giúp (?:gì )?(?:thêm )?(?:cho )?bạn",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Line:
    text: str
    page: int
    width: int = 0  # of its page, 0 where nothing wraps


def is_chat(text: str) -> bool:
    """Whether a line is a chat assistant's own talk: then no official wrote this page as it stands."""
    return _CHAT.search(text) is not None


def mark_of(text: str) -> str:
    """The bullet or number a line begins with, "" without one."""
    match = _MARK.match(text)
    return match.group() if match else ""


def _repaired(text: str) -> str:
    # PDF readers give U+FFFE for a hyphen at a line's end, and \x02 for a soft one.
    return _EMPHASIS.sub("", text.replace("\ufffe", "-").replace("\x02", "-"))


def _plain_bullet(row: str) -> str:
    """Pictures used as bullets (🔹, ✅) read as ordinary ones."""
    kept = row.lstrip("\ufe0f ")
    if kept and unicodedata.category(kept[0]) == "So" and kept[0] not in "©®°":
        return f"• {kept[1:].lstrip(chr(0xFE0F) + ' ')}"
    return row


def _rows(page: Page) -> list[str]:
    lines = clean("\n".join(map(_cells, _repaired(page.text).split("\n")))).split("\n")
    return [row for line in lines if (row := _plain_bullet(line.strip()))]


def _cells(line: str) -> str:
    """A row of a table (cells apart by tabs, or `| a | b |`) as `a: b`; its number and ruled lines are nothing."""
    drawn = line.strip().startswith("|")
    if not drawn and "\t" not in line.strip():
        return line
    cells = [cell.strip() for cell in (line.strip().strip("|").split("|") if drawn else line.split("\t"))]
    kept = [cell for cell in cells if cell and not re.fullmatch(r"[-:\s]+", cell)]
    if len(kept) > 1 and re.fullmatch(r"\d{1,3}[.)]?|[IVXa-zđ]{1,4}[.)]", kept[0]):
        kept = kept[1:]
    return f"{kept[0].rstrip(' :')}: {' '.join(kept[1:])}" if len(kept) > 1 else "".join(kept)


def _running(pages: Sequence[list[str]]) -> set[str]:
    """Lines that head or foot most pages."""
    counts = Counter(row for rows in pages for row in {*rows[:1], *rows[-1:]})
    return {row for row, count in counts.items() if count > max(3, len(pages) // 2)}


def _width(rows: Sequence[str]) -> int:
    lengths = sorted(len(row) for row in rows if len(row) > 20)
    if not lengths or lengths[-1] > PARAGRAPHS:
        return 0
    return lengths[int(len(lengths) * 0.9)] if len(lengths) > 4 else lengths[-1]


def lines_of(document: DocumentText) -> list[Line]:
    """Every line that says something. Page numbers and running heads are left out."""
    pages = [(page.number, _rows(page)) for page in document.pages]
    running = _running([rows for _, rows in pages]) if len(pages) > 3 else set()
    whole = any(len(row) > PARAGRAPHS for _, rows in pages for row in rows)
    found = []
    for number, rows in pages:
        width = 0 if whole else _width(rows)
        for place, row in enumerate(rows):
            outer = place in (0, len(rows) - 1)
            if outer and (
                row in running or re.fullmatch(r"(?:trang )?[-–]?\s*\d{1,4}\s*[-–]?", row, re.IGNORECASE)
            ):
                continue
            found += [Line(part.strip(), number, width) for part in split_fused(row) if part.strip()]
    return found


def _wraps(before: Line, line: Line) -> bool:
    """Whether a line goes on with what the one before it says."""
    text, last = line.text, before.text
    if not before.width or mark_of(text) or _STEP.match(text) or text.startswith("http"):
        return False
    first = text.split(" ", 1)[0]
    full = len(last.split("\n")[-1]) + 1 + len(first) >= _FULL * before.width
    if text[:1].islower() or _ABBREVIATED.search(last) or last.endswith("/"):
        return full or not last.endswith(_ENDS)
    return full and not last.endswith((*_ENDS, ")"))


def _joined(before: str, text: str) -> str:
    tight = re.search(r"(?:\w-|https?://\S+)$", before) and not re.search(r"\s-$", before)
    if re.search(r"https?://\S+$", before) and (" " in text or before.endswith(("vn", "."))):
        tight = None
    return before + text if tight else f"{before} {text}"


def flow(lines: Iterable[Line]) -> list[Line]:
    """Lines with those joined that a page's width had parted. A joined line stands on its first page."""
    joined: list[Line] = []
    last = ""  # the end of the joined line as it was printed: its length tells whether it was full
    for line in lines:
        if joined and _wraps(replace(joined[-1], text=last), line):
            joined[-1] = replace(joined[-1], text=_joined(joined[-1].text, line.text), width=line.width)
        else:
            joined.append(line)
        last = line.text
    return joined


def text_of(lines: Iterable[Line]) -> str:
    return "\n".join(line.text for line in lines)
