"""Finding listed phrases in what a person typed, whole words, with or without diacritics."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.text.diacritics import fold
from knowledge.text.informal import expand_informal
from knowledge.text.normalise import one_line

_WORD = re.compile(r"[^\W_]+")


def spoken(text: str) -> str:
    """Lower case, short spellings written out, words parted by single spaces; marks are kept."""
    return " ".join(_WORD.findall(expand_informal(one_line(text).lower())))


def plain(text: str) -> str:
    """`spoken` without its marks."""
    return fold(spoken(text))


class Phrases:
    """A set of phrases to look for. Build once; `find` is a single regular expression."""

    def __init__(self, phrases: Iterable[str]) -> None:
        ordered = sorted({plain(phrase) for phrase in phrases}, key=len, reverse=True)
        self._pattern = re.compile(r"\b(" + "|".join(map(re.escape, ordered)) + r")\b") if ordered else None

    def find(self, plain_text: str) -> list[str]:
        """Phrases present, longest first at each place. The text is what `plain` returns."""
        return self._pattern.findall(plain_text) if self._pattern else []

    def remove(self, plain_text: str) -> str:
        return " ".join(self._pattern.sub(" ", plain_text).split()) if self._pattern else plain_text
