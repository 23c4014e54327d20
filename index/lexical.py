"""BM25 over one view of the text, stored so that every worker maps the same pages.

A view is a tokeniser with a name: `folded` (syllables and bigrams without marks) matches text typed without
diacritics, `words` (underthesea's words and syllable bigrams, marks kept) tells `bán` from `bạn`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge.text.words import bigrams, folded_tokens, syllables, words

Scores = NDArray[np.float32]
Tokenise = Callable[[str], list[str]]


def word_tokens(text: str) -> list[str]:
    """Words with their marks, and syllable bigrams for what the segmenter splits otherwise."""
    return words(text) + bigrams(syllables(text))


VIEWS: dict[str, Tokenise] = {"folded": folded_tokens, "words": word_tokens}


class LexicalIndex:
    """One BM25 index. Scores are raw BM25: comparable within one query, not between queries."""

    def __init__(self, bm25: bm25s.BM25, view: str, size: int) -> None:
        self._bm25 = bm25
        self._tokenise = VIEWS[view]
        self.view = view
        self.size = size

    @classmethod
    def build(cls, texts: Sequence[str], view: str, *, k1: float = 1.2, b: float = 0.5) -> LexicalIndex:
        """Index `texts` in order. b is low because length here says how well a bank covers a procedure."""
        bm25 = bm25s.BM25(method="lucene", k1=k1, b=b)
        # An empty text still needs one token, or the row is dropped and every later row shifts.
        bm25.index([VIEWS[view](text) or ["\0"] for text in texts] or [["\0"]], show_progress=False)
        return cls(bm25, view, len(texts))

    def tokens(self, query: str) -> list[str]:
        return self._tokenise(query)

    def scores(self, query: str) -> Scores:
        known = [token for token in self._tokenise(query) if token in self._bm25.vocab_dict]
        if not known or not self.size:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)

    def ceiling(self, query: str) -> float:
        """The most this query could score: each token at its best. Unseen tokens count as the rarest ones do.

        A score over its ceiling compares between queries, which a raw score does not.
        """
        scores = self._bm25.scores
        starts, data = scores["indptr"], scores["data"]
        rarest = float(data.max(initial=0.0))
        total = 0.0
        for token in self._tokenise(query):  # a word said twice scores twice
            column = self._bm25.vocab_dict.get(token)
            found = data[starts[column] : starts[column + 1]] if column is not None else data[:0]
            total += float(found.max()) if len(found) else rarest
        return total

    def save(self, folder: Path) -> None:
        self._bm25.save(str(folder), show_progress=False)

    @classmethod
    def load(cls, folder: Path, view: str, size: int) -> LexicalIndex:
        bm25 = bm25s.BM25.load(str(folder), mmap=True)
        # Plain arrays over the same mapped pages: the memmap class costs a call on every slice.
        bm25.scores = {name: np.asarray(part) for name, part in bm25.scores.items()}
        return cls(bm25, view, size)
