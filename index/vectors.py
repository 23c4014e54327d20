"""Where the vectors of a snapshot lie: one protocol, FAISS in the snapshot's own folder by default."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.dense import DenseIndex, VectorIndex, Vectors

FILE = "entries.faiss"


@dataclass(frozen=True)
class Place:
    """One collection of one snapshot. `folder` is that of the collection, which may have another name until whole."""

    snapshot: str
    collection: str
    folder: Path


@dataclass(frozen=True)
class Entries:
    """What is searched in one collection, row by row: the record each text leads to, its kind, and the text."""

    targets: Sequence[str]
    kinds: Sequence[str]
    texts: Sequence[str]


class VectorBackend(Protocol):
    """Keeps the vectors of snapshots. Named in the manifest: a snapshot is read by the backend that wrote it."""

    name: str

    def write(self, place: Place, vectors: Vectors) -> None:
        """Keep the vectors, searchable. Nothing is seen of them before the snapshot is current."""

    def open(self, place: Place) -> VectorIndex:
        """The vectors of a snapshot that was written."""

    def holds(self, snapshot: str) -> bool:
        """Whether a snapshot whose folder is there has its vectors too."""

    def keep(self, snapshots: Collection[str]) -> None:
        """Forget the vectors of all other snapshots."""


class FaissBackend:
    """A file in the snapshot's folder, mapped by every process; it goes with the folder."""

    name = "faiss"

    def write(self, place: Place, vectors: Vectors) -> None:
        DenseIndex.build(vectors).save(place.folder / FILE)

    def open(self, place: Place) -> VectorIndex:
        return DenseIndex.load(place.folder / FILE)

    def holds(self, snapshot: str) -> bool:
        return True

    def keep(self, snapshots: Collection[str]) -> None:
        return
