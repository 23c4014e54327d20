"""One searchable set of targets, each seen through several fields.

A target (a procedure, a statement of a plan, a guide) has short wordings (title, aliases, questions people ask)
and a body. Fields are scored apart and fused later: a word in a title says more than the same word in a step.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.coverage import Coverage
from index.dense import Encoder, Vectors
from index.forward import Forward, Rows, mapped
from index.lexical import VIEWS, LexicalIndex, Scores
from index.targets import MAX_BODY, TargetText
from index.vectors import DenseIndex, FaissBackend, Place, VectorBackend, VectorIndex
from knowledge.errors import DatabaseDown
from knowledge.text.informal import expand_informal

log = logging.getLogger(__name__)
NEAREST = 1000  # entries taken from the vectors: enough for every wording of every target that could rank


FIELDS: dict[str, str] = {"short_folded": "folded", "short_words": "words", "body_folded": "folded"}
ENTRIES = "entry_folded"


@dataclass(frozen=True)
class Look:
    """What a question finds, before anything is fused.

    fields: by field, a score for each target; wordings: words' score of each entry; near, cosines: the entries
    nearest in meaning, best first.
    """

    fields: dict[str, Scores]
    wordings: Scores
    near: NDArray[np.int64]
    cosines: Scores


@dataclass(frozen=True)
class Earlier:
    """What an earlier build of a collection made of each text; texts that did not change are taken over.

    A part is left out when the code or the model behind it is another one today.
    """

    forwards: dict[str, Forward]
    coverage: Coverage | None
    entries: NDArray[np.void] | None = None  # the entries' keys, row by row as in `dense`
    dense: VectorIndex | None = None

    @classmethod
    def load(cls, place: Place, *, tokens: bool, vectors: VectorBackend | None) -> Earlier:
        folder = place.folder
        forwards = {name: Forward.load(folder / "forward" / name) for name in (*FIELDS, ENTRIES)}
        return cls(
            forwards=forwards if tokens else {},
            coverage=Coverage.load(folder / "coverage") if tokens else None,
            entries=forwards[ENTRIES].keys,
            dense=vectors.open(place) if vectors and _sizes(folder)["vectors"] else None,
        )


NOTHING = Earlier({}, None)


class Collection:
    """Fields and vectors of one set of targets; rows are targets in the order they were given."""

    def __init__(
        self,
        *,
        lexical: dict[str, LexicalIndex],
        dense: VectorIndex | None,
        owners: NDArray[np.int32],
        coverage: Coverage,
        size: int,
        forwards: dict[str, Forward] | None = None,
    ) -> None:
        self.coverage = coverage
        self._lexical = lexical
        self._dense = dense
        self.owners = owners
        self.size = size
        self._forwards = forwards or {}  # only where it was built: the next build reads them, no query does

    @classmethod
    def build(
        cls, targets: Sequence[TargetText], encoder: Encoder | None, earlier: Earlier = NOTHING
    ) -> Collection:
        """Index the targets. What `earlier` holds is taken over: the result is the same to the last bit."""
        entries = [entry for target in targets for entry in target.entries]
        # The title stands twice: it is the one wording every target has.
        short = [" . ".join((target.title, *target.entries)) for target in targets]
        body = [f"{target.title} . {target.body}"[:MAX_BODY] for target in targets]
        texts = {"short_folded": short, "short_words": short, "body_folded": body, ENTRIES: entries}
        forwards = {
            name: Forward.build(texts[name], VIEWS[view], earlier.forwards.get(name))
            for name, view in _VIEWS.items()
        }
        return cls(
            lexical={name: LexicalIndex.of(forwards[name], view) for name, view in _VIEWS.items()},
            dense=_dense(entries, forwards[ENTRIES].keys, encoder, earlier) if encoder and entries else None,
            owners=np.repeat(
                np.arange(len(targets), dtype=np.int32), [len(target.entries) for target in targets]
            ),
            coverage=Coverage.build(targets, earlier.coverage),
            size=len(targets),
            forwards=forwards,
        )

    def scores(self, query: str, vector: NDArray[np.float32] | None) -> dict[str, Scores]:
        """Each field's score for each target; see `look`."""
        return self.look(query, vector).fields

    def look(self, query: str, vector: NDArray[np.float32] | None) -> Look:
        """Score every field. `dense` is the best cosine of a target's entries, 0 if far.

        Without the vectors, which may lie on another machine, words alone are scored.
        """
        expanded = expand_informal(query)
        words = {name: self._lexical[name].scores(expanded) for name in FIELDS}
        near, cosines = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if self._dense is not None and vector is not None:
            try:
                near, cosines = self._dense.similarities(vector, NEAREST)
            except DatabaseDown as error:
                log.warning("searched by words alone: %s", error)
        return self.seen(words, self._lexical[ENTRIES].scores(expanded), near, cosines)

    def seen(
        self, words: dict[str, Scores], wordings: Scores, near: NDArray[np.int64], cosines: Scores
    ) -> Look:
        """A look from its parts: the best wording of each target is taken, by words and by meaning."""
        fields = {**words, ENTRIES: self._best(np.arange(len(self.owners)), wordings)}
        if len(near):
            fields["dense"] = self._best(near, cosines)
        return Look(fields, wordings, near, cosines)

    def shares(self, query: str, fields: dict[str, float]) -> tuple[float, float]:
        """A target's best wording and its short text, each over the most the query could score there."""
        expanded = expand_informal(query)
        entry, short = (
            fields[name] / max(self._lexical[name].ceiling(expanded), 1e-6)
            for name in (ENTRIES, "short_folded")
        )
        return entry, short

    def share_of_pairs(self, query: str, row: int) -> float:
        """How much of the question's known pairs of syllables a target's body has; see `LexicalIndex`."""
        return self._lexical["body_folded"].share_of_pairs(expand_informal(query), row)

    def holds(self, tokens: Sequence[str], row: int) -> NDArray[np.bool_]:
        """Which folded syllables and pairs of them stand in a target's wordings or its body."""
        own, body = (self._lexical[name].holds(tokens, row) for name in ("short_folded", "body_folded"))
        return own | body

    def nearest(self, vector: NDArray[np.float32] | None, rows: Sequence[int]) -> list[tuple[float, float]]:
        """For each row, the best cosine of its wordings and of all others'; what is far gets the farthest seen."""
        if self._dense is None or vector is None:
            return [(0.0, 0.0) for _ in rows]
        near, cosines = self._dense.similarities(vector, NEAREST)
        owners, far = self.owners[near], float(cosines[-1]) if len(cosines) else 0.0
        return [
            (
                float(cosines[owners == row].max(initial=far)),
                float(cosines[owners != row].max(initial=far)),
            )
            for row in rows
        ]

    def _best(self, rows: NDArray[np.int64], scores: Scores) -> Scores:
        best = np.zeros(self.size, dtype=np.float32)
        np.maximum.at(best, self.owners[rows], scores)
        return best

    def save(self, folder: Path, *, snapshot: str = "", vectors: VectorBackend | None = None) -> None:
        folder.mkdir(parents=True)
        for name, lexical in self._lexical.items():
            lexical.save(folder / name)
        for name, forward in self._forwards.items():
            forward.save(folder / "forward" / name)
        np.save(folder / "owners.npy", self.owners)
        self.coverage.save(folder / "coverage")
        rows = len(self.owners)
        if self._dense is not None:
            place = Place(snapshot, folder.name, folder)
            (vectors or FaissBackend()).write(place, self._dense.take(np.arange(rows)))
        sizes = {"targets": self.size, "entries": rows, "vectors": rows if self._dense is not None else 0}
        (folder / "sizes.json").write_text(json.dumps(sizes))

    @classmethod
    def load(cls, folder: Path, *, snapshot: str = "", vectors: VectorBackend | None = None) -> Collection:
        sizes = _sizes(folder)
        place = Place(snapshot, folder.name, folder)
        return cls(
            lexical={
                name: LexicalIndex.load(
                    folder / name, view, sizes["entries" if name == ENTRIES else "targets"]
                )
                for name, view in _VIEWS.items()
            },
            dense=(vectors or FaissBackend()).open(place) if sizes["vectors"] else None,
            owners=mapped(folder / "owners.npy"),
            coverage=Coverage.load(folder / "coverage"),
            size=sizes["targets"],
        )


def _sizes(folder: Path) -> dict[str, int]:
    sizes: dict[str, int] = json.loads((folder / "sizes.json").read_text())
    return sizes


_VIEWS = {**FIELDS, ENTRIES: "folded"}


def _dense(entries: Sequence[str], keys: NDArray[np.void], encoder: Encoder, earlier: Earlier) -> DenseIndex:
    found = Rows.of(keys, earlier.entries if earlier.dense is not None else None)
    vectors: Vectors = np.empty((len(entries), encoder.dimension), dtype=np.float32)
    if earlier.dense is not None:
        vectors[found.old] = earlier.dense.take(found.rows[found.old])
    vectors[found.new] = encoder.encode([entries[row] for row in found.new])
    return DenseIndex.exact(vectors)
