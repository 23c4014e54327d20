"""Whether a thing that a question names has to do with a target at all: a well, with the registering of a death.

A ranking says which target is nearest, and near it is when half of the question is its very name. So each part is held
against the target alone: by the syllables and pairs of them that its texts have, and by whether the part is nearer in
meaning to something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.forward import token_hash
from index.search import Search
from knowledge.errors import DatabaseDown
from knowledge.text.diacritics import fold
from knowledge.text.informal import expand_informal
from knowledge.text.words import bigrams, syllables

FEW = 2


@dataclass(frozen=True)
class Fit:
    """How a thing and a target agree, all in 0–1.

    held: share of the thing's pairs of syllables that stand in the target's texts; words: the same of its syllables;
    cosine: of the target's nearest wording; elsewhere: of any other target's. The last two are 0 where meaning cannot
    be told.
    """

    held: float
    words: float
    few: bool  # too few syllables for their pairs to tell
    cosine: float = 0.0
    elsewhere: float = 0.0

    @property
    def meant_elsewhere(self) -> float:
        return self.elsewhere - self.cosine


def fits(search: Search, thing: str, rows: Sequence[int]) -> list[Fit]:
    """How `thing`, a few words of a question, agrees with each of the procedures in `rows`."""
    said = [fold(one) for one in syllables(expand_informal(thing))]
    held = [(*_held(search, said, row), len(said) <= FEW) for row in rows]
    try:
        near = search.snapshot.procedures.nearest(search.vector(thing), rows)
    except DatabaseDown:  # the vectors lie on another machine: words alone
        near = [(0.0, 0.0) for _ in rows]
    return [Fit(*one, *meant) for one, meant in zip(held, near, strict=True)]


def _held(search: Search, said: list[str], row: int) -> tuple[float, float]:
    """Of pairs, and of single syllables. Pairs weigh what the commoner of the two does: "của tôi" says nothing."""
    collection = search.snapshot.procedures
    worth = collection.coverage.worth(np.array([token_hash(one) for one in said], dtype=np.uint64))
    words = _share(worth, collection.holds(said, row))
    if len(said) == 1:
        return words, words
    return _share(np.minimum(worth[:-1], worth[1:]), collection.holds(bigrams(said), row)), words


def _share(worth: NDArray[np.float32], held: NDArray[np.bool_]) -> float:
    total = float(worth.sum())
    return float(worth[held].sum()) / total if total > 0 else 1.0
