"""What a question and each of its candidates have to do with each other, as numbers a small model can weigh.

The fused scores bring forty targets together; which of them comes first is told by features that compare them: which
wordings are near, which rare words are held, how much of the title was said. What was tried and told nothing is
listed in docs/quality.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.collection import Collection, Look
from index.coverage import Asked, Table, query_tokens
from index.forward import find, token_hash
from index.siblings import Siblings
from knowledge.text.diacritics import has_diacritics

Column = NDArray[np.float32]
Columns = dict[str, Column]
Cases = tuple[frozenset[str], frozenset[str]]  # those a target's title names, and those of all its wordings
Places = NDArray[np.int64]
FIELDS = ("short_folded", "short_words", "body_folded")  # scored over the best candidate's
WORDINGS = 3  # of a candidate, the nearest, whose mean is taken
TINY = 1e-6
# Of these a question without marks has weights of its own beside the common ones: it is matched otherwise.
BY_MARKS = ("fused", *FIELDS, "cosine", "cosine_mean", "cosine_title", "own", "rare", "title")
# Of these a long message has weights of its own beside the common ones: a story has a word of everything, so one of
# the many wordings of a popular procedure is always near, and only the rarer words of the others tell.
BY_LENGTH = ("short_words", "entries")
ORDINARY = 40  # words up to which a message is not long
NAMES = (
    *BY_MARKS, "title_missing", "entries", "case_unmet", *(f"{name}_long" for name in BY_LENGTH),
)  # fmt: skip


class Facts:
    """What is known of the targets before any question; rows as in the collection."""

    def __init__(self, rows: Sequence[dict[str, Any]], collection: Collection) -> None:
        titles = [query_tokens(str(row["title"])) for row in rows]
        hashes = np.array([token_hash(token) for tokens in titles for token in tokens], dtype=np.uint64)
        self.owners = collection.owners
        self.first_entry = np.searchsorted(self.owners, np.arange(len(rows)))  # the title's
        self.entries = np.log1p(np.bincount(self.owners, minlength=len(rows))).astype(np.float32)
        self.title_starts = np.cumsum([0, *map(len, titles)])
        self.title_hashes, self.title_weights = hashes, collection.coverage.worth(hashes)
        self.cases = [(frozenset(row["cases"]), frozenset(row["wording_cases"])) for row in rows]


@dataclass(frozen=True)
class Sight:
    """A question beside its candidates: `rows`, with their `fused` scores.

    own: which of the question's tokens each candidate holds in its wordings; cases: those each is for.
    """

    query: str
    rows: Places
    look: Look
    fused: Column
    asked: Asked
    own: Table
    cases: Sequence[Cases]


def features(sight: Sight, facts: Facts, siblings: Siblings) -> Columns:
    """Columns by name (`NAMES`), one value a candidate."""
    columns = {
        "fused": _over_best(sight.fused),
        **{name: _over_best(sight.look.fields[name][sight.rows]) for name in FIELDS},
        **_meaning(sight, facts),
        **_words(sight),
        **_title(sight, facts),
        "entries": facts.entries[sight.rows],
        **_cases(sight, siblings),
    }
    length = _length(sight.query)
    return columns | {f"{name}_long": length * columns[name] for name in BY_LENGTH}


def _length(query: str) -> np.float32:
    """0 for an ordinary question, 0.4 for one of sixty words, 0.9 for a story of a hundred."""
    return np.float32(math.log(max(len(query.split()), ORDINARY) / ORDINARY))


def score(
    columns: Columns, weights: Mapping[str, float], unmarked: Mapping[str, float], query: str
) -> Column:
    """A number a candidate: exp(score) over the sum of all is how likely it is the one, if one of them is."""
    more = {} if has_diacritics(query) else unmarked
    total = sum((weights.get(name, 0.0) + more.get(name, 0.0)) * column for name, column in columns.items())
    return np.asarray(total, dtype=np.float32)


def _over_best(column: Column) -> Column:
    return column / max(float(column.max(initial=0.0)), TINY)


def _meaning(sight: Sight, facts: Facts) -> Columns:
    """Cosines below the best candidate's: of the best wording, the mean of the best few, the title.

    A wording that is not among the nearest counts as far as the last of them.
    """
    look, size = sight.look, len(sight.rows)
    far = float(look.cosines[-1]) if len(look.cosines) else 0.0
    best = np.full((size, WORDINGS), far, dtype=np.float32)
    title = np.full(size, far, dtype=np.float32)
    place = {int(row): at for at, row in enumerate(sight.rows)}
    taken = [0] * size
    owners = facts.owners[look.near]
    for at in np.flatnonzero(np.isin(owners, sight.rows)):
        one = place[int(owners[at])]
        if taken[one] < WORDINGS:
            best[one, taken[one]] = look.cosines[at]
            taken[one] += 1
        if look.near[at] == facts.first_entry[sight.rows[one]]:
            title[one] = look.cosines[at]
    columns = {"cosine": best[:, 0], "cosine_mean": best.mean(axis=1), "cosine_title": title}
    return {name: column - column.max(initial=0.0) for name, column in columns.items()}


def _words(sight: Sight) -> Columns:
    """Whether the wordings hold the question's information, and those rare words of it that any candidate has."""
    weights = sight.asked.weights
    rare = np.where(sight.asked.known & sight.own.any(axis=0), weights, 0.0) ** 2
    return {
        "own": np.asarray(sight.own @ weights / max(float(weights.sum()), TINY), dtype=np.float32),
        "rare": np.asarray(sight.own @ rare / max(float(rare.sum()), TINY), dtype=np.float32),
    }


def _title(sight: Sight, facts: Facts) -> Columns:
    """The share of each title's information that the question says, and how much it leaves unsaid."""
    parts = [slice(facts.title_starts[row], facts.title_starts[row + 1]) for row in sight.rows]
    owner = np.repeat(np.arange(len(parts)), [part.stop - part.start for part in parts])
    weights = np.concatenate([facts.title_weights[part] for part in parts])
    held = (
        find(np.sort(sight.asked.hashes), np.concatenate([facts.title_hashes[part] for part in parts])) >= 0
    )
    total, said = (
        np.bincount(owner, weights=one, minlength=len(parts)).astype(np.float32)
        for one in (weights, weights * held)
    )
    return {
        "title": said / np.maximum(total, TINY),
        "title_missing": np.log1p(total - said),
    }


def _cases(sight: Sight, siblings: Siblings) -> Columns:
    """How many of the question's cases nothing of the candidate names; the rest is in the fused score."""
    asked = siblings.cases(sight.query)
    unmet = [siblings.compare(asked, *cases)[1] for cases in sight.cases]
    return {"case_unmet": np.array(unmet, dtype=np.float32)}
