"""Words by which a written-out procedure says that it has nothing to say, and bullets taken off."""

from __future__ import annotations

import re

from knowledge.parsers.decision.lines import mark_of
from knowledge.parsers.tail import is_empty

_NOTHING = re.compile(
    r"\(?\s*(?:(?:đang|chưa) cập nhật|chưa có(?: thông tin)?|không có thông tin(?: cụ thể)?|không (?:có )?quy định"
    r"(?: cụ thể| riêng)?|không nêu|không đề cập|hình thức nộp(?: hồ sơ)?|không có văn bản quy định (?:phí|lệ phí)"
    r"|(?:không|chưa) có (?:thông tin|phí|lệ phí) (?:cụ thể )?(?:về|đề cập)[^.;]{0,60}"
    r"|(?:áp dụng )?theo (?:văn bản )?quy định(?: lệ phí| hiện hành)?|chưa có văn bản quy định)\s*\.?\s*\)?",
    re.IGNORECASE,
)


def bare(text: str) -> str:
    """A line without its bullet or number, and without the stop behind it."""
    return text[len(mark_of(text)) :].strip().rstrip(";").strip()


def says_nothing(text: str) -> bool:
    """Whether a section is empty in words, such as `Không có` or `(Chưa có thông tin)`."""
    flat = bare(re.sub(r"\s+", " ", text))
    return is_empty(flat.strip("() ")) or _NOTHING.fullmatch(flat) is not None
