"""How much of a question a target accounts for, weighing rare syllables more than common ones.

Ranking says which target is nearest; coverage says whether it is near. Each target's tokens are kept twice: those of
its own wordings, and those of its body.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from index.forward import Forward, Hashes, find, mapped, token_hash
from index.targets import MAX_BODY, TargetText
from knowledge.text.diacritics import fold
from knowledge.text.informal import expand_informal
from knowledge.text.words import syllables

Table = NDArray[np.bool_]


def query_tokens(query: str) -> list[str]:
    """Folded syllables, short spellings written out; each counts once."""
    return list(dict.fromkeys(fold(token) for token in syllables(expand_informal(query))))


@lru_cache(maxsize=256)
def _query_hashes(query: str) -> Hashes:
    tokens = query_tokens(query)
    return np.fromiter(map(token_hash, tokens), dtype=np.uint64, count=len(tokens))


@dataclass(frozen=True)
class Asked:
    """A question's tokens: their hashes, whether anything here knows them, and what each is worth."""

    hashes: Hashes
    known: NDArray[np.bool_]
    weights: NDArray[np.float32]

    def share(self, held: NDArray[np.bool_]) -> float:
        """The share of the question's information in the tokens that are held."""
        total = float(self.weights.sum())
        return float(self.weights[held].sum()) / total if total > math.ulp(1.0) else 0.0

    def unsaid(self, held: NDArray[np.bool_], rarest: float) -> float:
        """How rare the second rarest of the tokens not held is, beside the rarest of all; 0 with fewer than two."""
        left = np.sort(self.weights[~held])
        return float(left[-2]) / rarest if len(left) > 1 and rarest > 0 else 0.0


class Coverage:
    """Inverse document frequencies over one collection, and each target's tokens.

    Args:
        short: The tokens of each target's wordings.
        body: Those of its body, over a vocabulary of its own.
        vocabulary: All of both, sorted, with `rarity` beside it.
    """

    def __init__(
        self, short: Forward, body: Forward, vocabulary: Hashes, rarity: NDArray[np.float32]
    ) -> None:
        self.short, self.body = short, body
        self._vocabulary, self._rarity = vocabulary, rarity
        self.rarest = float(rarity.max(initial=1.0))

    @classmethod
    def build(cls, targets: Sequence[TargetText], before: Coverage | None = None) -> Coverage:
        short = Forward.build(
            [" . ".join(target.entries) for target in targets], query_tokens, before.short if before else None
        )
        body = Forward.build(
            [target.body[:MAX_BODY] for target in targets], query_tokens, before.body if before else None
        )
        vocabulary = np.union1d(short.vocabulary, body.vocabulary)
        own, other = (_table(part, vocabulary) for part in (short, body))
        both = own.multiply(other)  # a token on both sides counts once
        held = sum(
            sign * np.bincount(table.indices, minlength=len(vocabulary))
            for sign, table in ((1, own), (1, other), (-1, both))
        )
        rarity = np.log((len(targets) + 1) / (held + 0.5)).astype(np.float32)
        return cls(short, body, vocabulary, rarity)

    def of(self, query: str, row: int) -> tuple[float, float]:
        """The share of the question's information in the target's own wordings, and in its whole text."""
        asked = self.asked(query)
        own = self.own(asked, np.array([row]))[0]
        return asked.share(own), asked.share(own | self.body_of(asked, row))

    def asked(self, query: str) -> Asked:
        hashes = _query_hashes(query)
        return Asked(hashes, find(self._vocabulary, hashes) >= 0, self.worth(hashes))

    def worth(self, hashes: Hashes) -> NDArray[np.float32]:
        """What each token says: one that nothing here knows says as much as the rarest."""
        places = find(self._vocabulary, hashes)
        known = self._rarity[places] if len(self._rarity) else np.zeros(len(places), np.float32)
        return np.where(places >= 0, known, np.float32(self.rarest))

    def own(self, asked: Asked, rows: NDArray[np.int64]) -> Table:
        """Which tokens of the question each target has in its own wordings: rows × tokens."""
        return _holds(self.short, rows, asked.hashes)

    def body_of(self, asked: Asked, row: int) -> NDArray[np.bool_]:
        """Which of them the body of one target has."""
        return np.asarray(_holds(self.body, np.array([row]), asked.hashes)[0])

    def save(self, folder: Path) -> None:
        self.short.save(folder / "short")
        self.body.save(folder / "body")
        np.save(folder / "vocabulary.npy", self._vocabulary)
        np.save(folder / "rarity.npy", self._rarity)

    @classmethod
    def load(cls, folder: Path) -> Coverage:
        return cls(
            Forward.load(folder / "short"),
            Forward.load(folder / "body"),
            mapped(folder / "vocabulary.npy"),
            mapped(folder / "rarity.npy"),
        )


def _table(part: Forward, vocabulary: Hashes) -> csr_array:
    """Which target has which token of a wider vocabulary."""
    columns = np.searchsorted(vocabulary, part.vocabulary).astype(np.int32)[part.columns]
    ones = np.ones(len(columns), dtype=np.int8)
    return csr_array((ones, columns, part.starts), shape=(len(part), len(vocabulary)))


def _holds(part: Forward, rows: NDArray[np.int64], hashes: Hashes) -> Table:
    """Which of the tokens each target has on this side; a target's columns are sorted."""
    places = find(part.vocabulary, hashes)
    held = np.zeros((len(rows), len(hashes)), dtype=bool)
    for place, row in enumerate(rows):
        columns = part.columns[part.starts[row] : part.starts[row + 1]]
        if len(columns):
            at = np.minimum(np.searchsorted(columns, places), len(columns) - 1)
            held[place] = columns[at] == places
    return held
