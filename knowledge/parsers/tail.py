"""What the portal's page leaves inside the fields of a crawl: tails of the page, and "nothing" written as words."""

from __future__ import annotations

import re

from knowledge.text.normalise import normalise

_EMPTY = re.compile(r"(?:không có thông tin|chưa có thông tin|không có|không|-+|\.+)?\s*\.?", re.IGNORECASE)
# The page goes on with the list of offices and its button; keywords and description come after the results.
_TAIL = re.compile(
    r"Chọn cơ quan thực hiện.*|Nộp hồ sơ\s*$|Từ khóa(?=Không có thông tin|.*Mô tả).*", re.DOTALL
)
_MOJIBAKE_SPACES = re.compile(r"[\ue000-\uf8ff]")


def clean(text: str) -> str:
    """One form for every field: normalised, no private-use bullets of word processors."""
    return normalise(_MOJIBAKE_SPACES.sub("-", text))


def flat(text: str) -> str:
    """`clean` on one line."""
    return re.sub(r"\s+", " ", clean(text))


def is_empty(text: str) -> bool:
    """Whether a field says in words that it has nothing to say."""
    return _EMPTY.fullmatch(text.strip()) is not None


def cut_tail(text: str) -> str:
    return _TAIL.sub("", text).rstrip()


def field(text: str) -> str:
    """A field's text, or "" where the portal says it has none."""
    cleaned = clean(cut_tail(text))
    return "" if is_empty(cleaned) else cleaned
