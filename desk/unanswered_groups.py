"""Questions that ask the same, put together: by vectors handed in, or by their words.

The same questions give the same groups, in whatever order they come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from desk.unanswered_owner import settings
from knowledge.text.diacritics import fold
from knowledge.text.words import syllables

Vectors: TypeAlias = NDArray[Any]

_WORD = r"\S+"
Encode: TypeAlias = Callable[[Sequence[str]], Vectors]  # texts to vectors of length one, a row each


@dataclass(frozen=True)
class Asked:
    """A question as it was asked, masked; `id` is our reply. `about` is the procedure the reply was about, if any."""

    id: UUID
    text: str
    area: str
    at: datetime
    status: str
    about: str = ""


@dataclass(frozen=True)
class Groups:
    """`joined`: by place in the titles, the questions that belong there; `new`: groups, their spokesman first."""

    joined: dict[int, list[Asked]]
    new: list[list[Asked]]


def grouped(asked: Sequence[Asked], titles: Sequence[str], encode: Encode | None = None) -> Groups:
    """Put each question to a title it is like, and the rest together among themselves."""
    alike = settings()["alike"]["vectors" if encode else "words"]
    same = _same_words(asked)
    texts = [questions[0].text for questions in same]
    vectors = (encode or by_words)([*titles, *texts])
    known, fresh = vectors[: len(titles)], vectors[len(titles) :]
    joined: dict[int, list[Asked]] = {}
    rest: list[int] = []
    for place, questions in enumerate(same):
        likeness = known @ fresh[place] if titles else np.zeros(0)
        best = int(likeness.argmax()) if titles else -1
        if titles and likeness[best] >= alike["join"]:
            joined.setdefault(best, []).extend(questions)
        else:
            rest.append(place)
    new = [
        [one for place in group for one in same[place]] for group in _clusters(fresh, rest, alike["apart"])
    ]
    return Groups(joined, sorted(new, key=lambda group: (-len(group), group[0].text)))


def by_words(texts: Sequence[str]) -> Vectors:
    """TF-IDF of words without their marks, and of pairs of words: what there is without a model."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    folded = [" ".join(_words(text)) or "?" for text in texts]
    vectoriser = TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), sublinear_tf=True)
    vectors: Vectors = vectoriser.fit_transform(folded).toarray()
    return vectors


def _same_words(asked: Sequence[Asked]) -> list[list[Asked]]:
    """One entry for each wording; what was asked alike to the letter is not measured again."""
    found: dict[str, list[Asked]] = {}
    for one in sorted(asked, key=lambda one: (one.at, one.id)):
        found.setdefault(" ".join(_words(one.text)), []).append(one)
    return [found[words] for words in sorted(found)]


def _clusters(vectors: Vectors, places: list[int], apart: float) -> list[list[int]]:
    """Groups of places whose mean distance stays below `apart`; in each, the most central one first."""
    from sklearn.cluster import AgglomerativeClustering

    if len(places) < 2:  # the library wants two
        return [[place] for place in places]
    chosen = vectors[places]
    near = np.clip(chosen @ chosen.T, -1.0, 1.0)
    distance = 1.0 - near
    np.fill_diagonal(distance, 0.0)
    model = AgglomerativeClustering(
        n_clusters=None, distance_threshold=apart, metric="precomputed", linkage="average"
    )
    labels = model.fit_predict(distance)
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(labels):
        groups.setdefault(int(label), []).append(row)
    return [_central_first(rows, near, places) for rows in groups.values()]


def _central_first(rows: list[int], near: Vectors, places: list[int]) -> list[int]:
    central = {row: round(float(near[row, rows].sum()), 6) for row in rows}
    ordered = sorted(rows, key=lambda row: (-central[row], places[row]))
    return [places[row] for row in ordered]


def most_common(values: Sequence[str]) -> str:
    """The commonest, the first of the alphabet among equals."""
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value), default="")


def _words(text: str) -> list[str]:
    return [fold(word) for word in syllables(text.lower())]
