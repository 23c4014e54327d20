"""bm25s over words and pairs of neighbouring words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from knowledge.text.diacritics import fold
from tests.bench.peers.protocol import Setup, Text, first_of_each, library

_WORD = re.compile(r"\w+")


def tokens(text: str) -> list[str]:
    words = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    return words + [f"{one}_{other}" for one, other in zip(words, words[1:], strict=False)]


class Bm25:
    """`folded` takes the marks off texts and questions alike. Wordings of the bank are added to their text."""

    def __init__(self, *, folded: bool = False) -> None:
        self._folded = folded
        self._index: Any = None
        self._codes: list[str] = []

    def index(self, texts: Sequence[Text]) -> None:
        self._codes = [text.code for text in texts]
        self._index = library("bm25s").BM25()
        split = [self._tokens(" . ".join((text.whole, *text.wordings))) for text in texts]
        self._index.index(split, show_progress=False)

    def search(self, query: str, k: int) -> list[str]:
        asked = self._tokens(query)
        if not asked:
            return []
        k = min(k, len(self._codes))
        places, scores = self._index.retrieve([asked], k=k, show_progress=False)
        found = zip(places[0], scores[0], strict=True)
        return first_of_each((self._codes[int(place)] for place, score in found if score > 0), k)

    def _tokens(self, text: str) -> list[str]:
        return tokens(fold(text) if self._folded else text)


def make(setup: Setup, *, folded: bool = False) -> Bm25:
    return Bm25(folded=folded)
