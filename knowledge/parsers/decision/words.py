"""Words by which a written-out procedure says that it has nothing to say, and bullets taken off."""

from __future__ import annotations

import re

from knowledge.parsers.decision.lines import mark_of
from knowledge.parsers.tail import is_empty

_NOTHING = re.compile(
    r"\(?\s*(?:(?:đang|chưa) cập nhật|chưa có(?: thông tin)?|không có thông tin(?: cụ thể)?|không (?:có )?quy định"
    r"(?: cụ thể)?|không nêu|không đề cập|hình thức nộp(?: hồ sơ)?|không có văn bản quy định (?:phí|lệ phí))\s*\.?\s*\)?",
    re.IGNORECASE,
)


def bare(text: str) -> str:
    """A line without its bullet or number, and without the stop behind it."""
    return text[len(mark_of(text)) :].strip().rstrip(";").strip()


def says_nothing(text: str) -> bool:
    """Whether a section is empty in words: `Không có`, `(Chưa có thông tin)`, `Không quy định.`"""
    flat = bare(re.sub(r"\s+", " ", text))
    return is_empty(flat.strip("() ")) or _NOTHING.fullmatch(flat) is not None
