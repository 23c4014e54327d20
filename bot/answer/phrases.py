"""Finding listed phrases in what a person typed, whole words, with or without diacritics."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.text.diacritics import fold
from knowledge.text.plain import plain, spoken

__all__ = ["Phrases", "plain", "spelled", "spoken"]


def spelled(pattern: str) -> str:
    """A pattern in which every marked letter may also stand without its mark, but not with another one.

    "muộn" is found in "muộn" and "muon", never in "muốn".
    """
    return "".join(f"[{c}{bare}]" if (bare := fold(c)) != c else c for c in pattern)


class Phrases:
    """A set of phrases to look for. Build once; `find` is a single regular expression.

    Texts are what `spoken` returns, or `plain`, which knows less: a letter typed with a mark must carry the right one.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        ordered = sorted({spoken(phrase) for phrase in phrases}, key=len, reverse=True)
        either = "|".join(spelled(re.escape(phrase)) for phrase in ordered)
        self._pattern = re.compile(rf"\b({either})\b") if ordered else None

    def find(self, text: str) -> list[str]:
        """Phrases present, longest first at each place."""
        return self._pattern.findall(text) if self._pattern else []

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the phrases stand."""
        return [match.span() for match in self._pattern.finditer(text)] if self._pattern else []

    def remove(self, text: str) -> str:
        return " ".join(self._pattern.sub(" ", text).split()) if self._pattern else text
