"""Vietnamese without its marks: the side of the text that still matches when a person types none."""

from __future__ import annotations

import re
import unicodedata

_D = str.maketrans({"đ": "d", "Đ": "D"})
_MARKS = re.compile("[\u0300-\u036f]")
_VIETNAMESE = re.compile(
    "[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE
)


def fold(text: str) -> str:
    """`Đăng ký tạm trú` → `Dang ky tam tru`. Same length as the NFC text, so offsets carry over."""
    return _MARKS.sub("", unicodedata.normalize("NFD", text.translate(_D)))


def has_diacritics(text: str) -> bool:
    return _VIETNAMESE.search(text) is not None


def vietnamese_share(text: str) -> float:
    """The share (0–1) of words that carry a Vietnamese mark; ordinary prose has about 0.75."""
    words = re.findall(r"[^\W\d_]+", text)
    return sum(1 for word in words if has_diacritics(word)) / len(words) if words else 0.0
