"""Finding listed phrases in what a person typed, whole words, with or without diacritics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.text.diacritics import fold
from knowledge.text.plain import plain, spoken

_GAP = r"((?: \w+){0,8}?) "  # between the ends of a phrase whose middle is anything
__all__ = ["Phrases", "plain", "spelled", "spoken"]


def spelled(pattern: str) -> str:
    """A pattern in which every marked letter may also stand without its mark, but not with another one.

    "muộn" is found in "muộn" and "muon", never in "muốn".
    """
    return "".join(f"[{c}{bare}]" if (bare := fold(c)) != c else c for c in pattern)


def _spelled(words: str) -> str:
    return spelled(re.escape(words))


class Phrases:
    """A set of phrases to look for. Build once; `find` is a single regular expression.

    Texts are what `spoken` returns, or `plain`, which knows less: a letter typed with a mark must carry the right one.
    "…" in a phrase stands for up to six words: "tờ khai … số mấy". `exact` takes letters as they are typed.
    """

    def __init__(self, phrases: Iterable[str], *, exact: bool = False) -> None:
        parts = {tuple(map(spoken, phrase.split("…"))) for phrase in phrases}
        ordered = sorted(parts, key=lambda part: sum(map(len, part)), reverse=True)
        written = re.escape if exact else _spelled
        either = "|".join(_GAP.join(map(written, part)) for part in ordered)
        self._pattern = re.compile(rf"\b({either})\b") if ordered else None

    def find(self, text: str) -> list[str]:
        """Phrases present, longest first at each place."""
        return [text[start:end] for start, end in self.spans(text)]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the phrases stand."""
        return [match.span() for match in self._pattern.finditer(text)] if self._pattern else []

    def weighed(self, text: str) -> list[tuple[int, int, int]]:
        """Where the phrases stand, also those that begin within another, with their letters less the gap's."""
        found = self._overlapping(text)
        return [
            (*match.span(), len(match.group()) - sum(map(len, filter(None, match.groups()[1:]))))
            for match in found
        ]

    def _overlapping(self, text: str) -> Iterator[re.Match[str]]:
        match = self._pattern.search(text) if self._pattern else None
        while match and self._pattern:
            yield match
            match = self._pattern.search(text, match.start() + 1)

    def remove(self, text: str) -> str:
        """The text without the phrases; what stands in the gap of one stays."""
        return " ".join(self._pattern.sub(_middle, text).split()) if self._pattern else text


def _middle(match: re.Match[str]) -> str:
    return " ".join(["", *filter(None, match.groups()[1:]), ""])
