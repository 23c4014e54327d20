"""One searchable set of targets, each seen through several fields.

A target (a procedure, a statement of a plan, a guide) has short wordings (title, aliases, questions people ask)
and a body. Fields are scored apart and fused later: a word in a title says more than the same word in a step.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.coverage import Coverage
from index.dense import DenseIndex, Encoder
from index.lexical import LexicalIndex, Scores
from index.targets import MAX_BODY, TargetText
from knowledge.text.informal import expand_informal

NEAREST = 200  # entries taken from the vectors: enough for every target that could rank


FIELDS: dict[str, str] = {"short_folded": "folded", "short_words": "words", "body_folded": "folded"}


class Collection:
    """Fields and vectors of one set of targets; rows are targets in the order they were given."""

    def __init__(
        self,
        *,
        lexical: dict[str, LexicalIndex],
        entries: LexicalIndex,
        dense: DenseIndex | None,
        owners: NDArray[np.int32],
        coverage: Coverage,
        size: int,
    ) -> None:
        self.coverage = coverage
        self._lexical = lexical
        self._entries = entries
        self._dense = dense
        self._owners = owners
        self.size = size

    @classmethod
    def build(cls, targets: Sequence[TargetText], encoder: Encoder | None) -> Collection:
        entries = [entry for target in targets for entry in target.entries]
        owners = np.repeat(np.arange(len(targets), dtype=np.int32), [len(t.entries) for t in targets])
        # The title stands twice: it is the one wording every target has.
        short = [" . ".join((target.title, *target.entries)) for target in targets]
        body = [f"{target.title} . {target.body}"[:MAX_BODY] for target in targets]
        texts = {"short_folded": short, "short_words": short, "body_folded": body}
        return cls(
            lexical={name: LexicalIndex.build(texts[name], view) for name, view in FIELDS.items()},
            entries=LexicalIndex.build(entries, "folded"),
            dense=DenseIndex.build(encoder.encode(entries)) if encoder and entries else None,
            owners=owners,
            coverage=Coverage.build(targets),
            size=len(targets),
        )

    def scores(self, query: str, vector: NDArray[np.float32] | None) -> dict[str, Scores]:
        """Each field's score for each target. `dense` is the best cosine of a target's entries, 0 if far."""
        expanded = expand_informal(query)
        found = {name: lexical.scores(expanded) for name, lexical in self._lexical.items()}
        found["entry_folded"] = self._best(np.arange(len(self._owners)), self._entries.scores(expanded))
        if self._dense is not None and vector is not None:
            found["dense"] = self._best(*self._dense.similarities(vector, NEAREST))
        return found

    def shares(self, query: str, fields: dict[str, float]) -> tuple[float, float]:
        """A target's best wording and its short text, each over the most the query could score there."""
        expanded = expand_informal(query)
        entry = fields["entry_folded"] / max(self._entries.ceiling(expanded), 1e-6)
        short = fields["short_folded"] / max(self._lexical["short_folded"].ceiling(expanded), 1e-6)
        return entry, short

    def _best(self, rows: NDArray[np.int64], scores: Scores) -> Scores:
        best = np.zeros(self.size, dtype=np.float32)
        np.maximum.at(best, self._owners[rows], scores)
        return best

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for name, lexical in {**self._lexical, "entry_folded": self._entries}.items():
            lexical.save(folder / name)
        np.save(folder / "owners.npy", self._owners)
        self.coverage.save(folder)
        if self._dense is not None:
            self._dense.save(folder / "entries.faiss")
        (folder / "sizes.json").write_text(json.dumps({"targets": self.size, "entries": len(self._owners)}))

    @classmethod
    def load(cls, folder: Path) -> Collection:
        sizes = json.loads((folder / "sizes.json").read_text())
        vectors = folder / "entries.faiss"
        return cls(
            lexical={n: LexicalIndex.load(folder / n, view, sizes["targets"]) for n, view in FIELDS.items()},
            entries=LexicalIndex.load(folder / "entry_folded", "folded", sizes["entries"]),
            dense=DenseIndex.load(vectors) if vectors.exists() else None,
            owners=np.asarray(np.load(folder / "owners.npy", mmap_mode="r")),
            coverage=Coverage.load(folder),
            size=sizes["targets"],
        )
