"""BM25 over one view of the text, stored so that every worker maps the same pages.

A view is a tokeniser with a name: `folded` (syllables and bigrams without marks) matches text typed without
diacritics, `words` (underthesea's words and syllable bigrams, marks kept) tells `bán` from `bạn`.

Scores follow Lucene's variant (https://cs.uwaterloo.ca/~jimmylin/publications/Kamphuis_etal_ECIR2020_preprint.pdf) and
are computed when the index is built: a query adds up columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.forward import Forward, Hashes, Tokenise, find, mapped, token_hash
from knowledge.text.diacritics import fold
from knowledge.text.words import bigrams, folded_tokens, syllables, words

Scores = NDArray[np.float32]
K1, B = 1.2, 0.5  # how soon a repeated word adds no more, and how much length counts against a text
_FILES = ("vocabulary", "starts", "rows", "scores", "peaks")


def word_tokens(text: str) -> list[str]:
    """Words with their marks, and syllable bigrams for what the segmenter splits otherwise."""
    return words(text) + bigrams(syllables(text))


VIEWS: dict[str, Tokenise] = {"folded": folded_tokens, "words": word_tokens}


@lru_cache(maxsize=256)
def _query_hashes(query: str, view: str) -> Hashes:
    """A query is asked of several indexes of one view: it is split once."""
    tokens = VIEWS[view](query)
    return np.fromiter(map(token_hash, tokens), dtype=np.uint64, count=len(tokens))


@lru_cache(maxsize=256)
def _pair_hashes(query: str) -> Hashes:
    pairs = dict.fromkeys(bigrams([fold(syllable) for syllable in syllables(query)]))
    return np.fromiter(map(token_hash, pairs), dtype=np.uint64, count=len(pairs))


class LexicalIndex:
    """One BM25 index, by token: `rows[starts[t]:starts[t+1]]` hold token t, with their scores.

    Scores are raw BM25: comparable within one query, not between queries. `peaks` is each token's best score.
    """

    def __init__(self, parts: dict[str, NDArray[Any]], view: str, size: int) -> None:
        self.view = view
        self.size = size
        self._vocabulary, self._starts, self._rows, self._scores, self._peaks = (parts[n] for n in _FILES)
        self._rarest = float(parts["peaks"].max(initial=0.0))

    @classmethod
    def build(cls, texts: Sequence[str], view: str) -> LexicalIndex:
        return cls.of(Forward.build(texts, VIEWS[view]), view)

    @classmethod
    def of(cls, forward: Forward, view: str, *, k1: float = K1, b: float = B) -> LexicalIndex:
        """Index counted texts in order. b is low because length here says how well a bank covers a procedure."""
        size, known = len(forward), len(forward.vocabulary)
        lengths = forward.lengths
        found = np.bincount(forward.columns, minlength=known)
        rarity = np.log1p((size - found + 0.5) / (found + 0.5))
        damped = k1 * (1 - b + b * lengths / max(lengths.mean(), 1e-9)) if size else lengths
        counts = forward.counts.astype(np.float64)
        weights = rarity[forward.columns] * counts / (counts + np.repeat(damped, np.diff(forward.starts)))
        table = csr_array(
            (weights.astype(np.float32), forward.columns, forward.starts), shape=(size, known)
        ).tocsc()
        parts = {
            "vocabulary": forward.vocabulary,
            "starts": table.indptr.astype(np.int64),
            "rows": table.indices.astype(np.int32),
            "scores": table.data,
            "peaks": np.maximum.reduceat(table.data, table.indptr[:-1]) if known else table.data,
        }
        return cls(parts, view, size)

    def scores(self, query: str) -> Scores:
        total = np.zeros(self.size, dtype=np.float32)
        places = self._find(query)
        for start, end in zip(self._starts[places], self._starts[places + 1], strict=True):
            total[self._rows[start:end]] += self._scores[start:end]
        return total

    def ceiling(self, query: str) -> float:
        """The most this query could score: each token at its best. Unseen tokens count as the rarest ones do.

        A score over its ceiling compares between queries, which a raw score does not.
        """
        places = self._find(query)
        unseen = len(_query_hashes(query, self.view)) - len(places)
        return float(self._peaks[places].sum(dtype=np.float64)) + unseen * self._rarest

    def share_of_pairs(self, query: str, row: int) -> float:
        """Of the pairs of syllables that any text here has, the share of information that text `row` has; 1 for none.

        "bảo hiểm … xe" is no health insurance, though each of its syllables stands somewhere in a record on that.
        """
        places = find(self._vocabulary, _pair_hashes(query))
        places = places[places >= 0]
        starts, ends = self._starts[places], self._starts[places + 1]
        worth = np.log((self.size + 0.5) / (ends - starts + 0.5))
        held = [self._holds(int(start), int(end), row) for start, end in zip(starts, ends, strict=True)]
        total = float(worth.sum())
        return float(worth[np.array(held, dtype=bool)].sum()) / total if total > 0 else 1.0

    def holds(self, tokens: Sequence[str], row: int) -> NDArray[np.bool_]:
        """Which of the tokens text `row` has."""
        places = find(self._vocabulary, np.array([token_hash(token) for token in tokens], dtype=np.uint64))
        return np.array(
            [at >= 0 and self._holds(int(self._starts[at]), int(self._starts[at + 1]), row) for at in places],
            dtype=bool,
        )

    def _holds(self, start: int, end: int, row: int) -> bool:
        at = start + int(np.searchsorted(self._rows[start:end], row))
        return at < end and int(self._rows[at]) == row

    def _find(self, query: str) -> NDArray[np.int64]:
        """The query's known tokens; a word said twice scores twice."""
        places = find(self._vocabulary, _query_hashes(query, self.view))
        return places[places >= 0]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        parts = (self._vocabulary, self._starts, self._rows, self._scores, self._peaks)
        for name, part in zip(_FILES, parts, strict=True):
            np.save(folder / f"{name}.npy", part)

    @classmethod
    def load(cls, folder: Path, view: str, size: int) -> LexicalIndex:
        return cls({name: mapped(folder / f"{name}.npy") for name in _FILES}, view, size)
