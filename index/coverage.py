"""How much of a question a target accounts for, weighing rare syllables more than common ones.

Ranking says which target is nearest; coverage says whether it is near. Token ids of each target are kept in two
flat arrays (its own wordings, and its whole text) so that thousands of targets cost a few megabytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.targets import MAX_BODY, TargetText
from knowledge.text.diacritics import fold
from knowledge.text.informal import expand_informal
from knowledge.text.words import syllables

Ids = NDArray[np.int32]


def query_tokens(query: str) -> list[str]:
    """Folded syllables, short spellings written out; each counts once."""
    return list(dict.fromkeys(fold(token) for token in syllables(expand_informal(query))))


class _Sets:
    """Sets of ids laid end to end."""

    def __init__(self, ids: Ids, starts: NDArray[np.int64]) -> None:
        self.ids = ids
        self.starts = starts

    @classmethod
    def of(cls, sets: Sequence[Sequence[int]]) -> _Sets:
        starts = np.cumsum([0, *map(len, sets)], dtype=np.int64)
        return cls(np.array([i for one in sets for i in sorted(one)], dtype=np.int32), starts)

    def __getitem__(self, row: int) -> set[int]:
        return set(self.ids[self.starts[row] : self.starts[row + 1]].tolist())


class Coverage:
    """Inverse document frequencies over one collection, and each target's tokens."""

    def __init__(
        self, vocabulary: dict[str, int], idf: NDArray[np.float32], short: _Sets, whole: _Sets
    ) -> None:
        self._vocabulary = vocabulary
        self._idf = idf
        self._short = short
        self._whole = whole
        self._unseen = float(idf.max(initial=1.0))

    @classmethod
    def build(cls, targets: Sequence[TargetText]) -> Coverage:
        vocabulary: dict[str, int] = {}
        short, whole = [], []
        for target in targets:
            own = {vocabulary.setdefault(t, len(vocabulary)) for e in target.entries for t in query_tokens(e)}
            body = {vocabulary.setdefault(t, len(vocabulary)) for t in query_tokens(target.body[:MAX_BODY])}
            short.append(sorted(own))
            whole.append(sorted(own | body))
        counts = np.zeros(len(vocabulary))
        for ids in whole:
            counts[ids] += 1
        idf = np.log((len(targets) + 1) / (counts + 0.5)).astype(np.float32)
        return cls(vocabulary, idf, _Sets.of(short), _Sets.of(whole))

    def of(self, query: str, row: int) -> tuple[float, float]:
        """The share of the question's information in the target's own wordings, and in its whole text."""
        short, whole = self._short[row], self._whole[row]
        total = in_short = in_whole = 0.0
        for token in query_tokens(query):
            identity = self._vocabulary.get(token, -1)
            weight = float(self._idf[identity]) if identity >= 0 else self._unseen
            total += weight
            in_short += weight * (identity in short)
            in_whole += weight * (identity in whole)
        return (in_short / total, in_whole / total) if total > math.ulp(1.0) else (0.0, 0.0)

    def save(self, folder: Path) -> None:
        np.savez(
            folder / "coverage.npz", idf=self._idf, short=self._short.ids, short_starts=self._short.starts,
            whole=self._whole.ids, whole_starts=self._whole.starts,
        )  # fmt: skip
        words = sorted(self._vocabulary, key=self._vocabulary.__getitem__)
        (folder / "vocabulary.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Coverage:
        words = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        with np.load(folder / "coverage.npz") as data:
            short = _Sets(data["short"], data["short_starts"])
            whole = _Sets(data["whole"], data["whole_starts"])
            return cls({word: i for i, word in enumerate(words)}, data["idf"], short, whole)
