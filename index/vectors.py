"""Search over vectors, and where those of a snapshot lie: FAISS in the snapshot's own folder by default."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from index.dense import Vectors

EXACT_UP_TO = 100_000  # vectors that are compared one by one
ROWS_A_LIST, LISTS = 250, 2000  # wanted rows of a list, and the most lists: more take long to find
PROBES = 40  # lists that a question reads
ROUNDS, SAMPLED = 10, 64  # of the search for lists, and vectors it looks at for each
FILE = "entries.faiss"


class VectorIndex(Protocol):
    """Unit vectors by row, searched by inner product."""

    def similarities(self, query: Vectors, k: int) -> tuple[NDArray[np.int64], Vectors]:
        """The k nearest rows and their cosine, best first."""

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of these rows, as they were put in."""


class DenseIndex:
    """FAISS, in this process: exact while that costs milliseconds, above it by lists of near vectors.

    A graph (HNSW) finds a little more, but takes several times as long to build, and a snapshot is built at every
    publication; docs/quality.md has the figures.
    """

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        size, dimension = vectors.shape
        if size <= EXACT_UP_TO:
            return cls.exact(vectors)
        index = faiss.IndexIVFFlat(
            faiss.IndexFlatIP(dimension),
            dimension,
            min(size // ROWS_A_LIST, LISTS),
            faiss.METRIC_INNER_PRODUCT,
        )
        index.cp.niter = ROUNDS
        index.cp.max_points_per_centroid = SAMPLED
        index.cp.min_points_per_centroid = 1  # no warning: the lists follow from the size
        index.train(vectors)
        index.add(vectors)
        index.nprobe = PROBES
        return cls(index)

    @classmethod
    def exact(cls, vectors: Vectors) -> DenseIndex:
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls(index)

    def similarities(self, query: Vectors, k: int) -> tuple[NDArray[np.int64], Vectors]:
        found, rows = self._index.search(query.reshape(1, -1), min(k, self._index.ntotal))
        held = rows[0] >= 0  # the lists that were read may hold fewer
        return rows[0][held], found[0][held]

    def take(self, rows: NDArray[np.int64]) -> Vectors:
        if hasattr(self._index, "make_direct_map"):
            self._index.make_direct_map()
        return np.asarray(self._index.reconstruct_n(0, self._index.ntotal)[rows], dtype=np.float32)

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))


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
