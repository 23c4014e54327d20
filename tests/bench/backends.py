"""What each keeper of vectors costs and finds, side by side: FAISS in the process, pgvector in PostgreSQL.

    python -m tests.bench.backends --sizes 10000,100000
    python -m tests.bench.backends --sizes 1000000 --queries 100     # about half an hour on 2 cores

The vectors are made: small clouds around the vectors of real wordings, as texts that say nearly the same. Each
backend runs in a process of its own, as snapshots do: one builds, another opens what was built and searches.
`--graphs` adds HNSW for both, which is not what serves: it shows what was not chosen.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import psutil
import psycopg
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bot.gateway.publishing import DEFAULT_MODEL
from bot.gateway.settings import ROOT
from desk.database import EmbeddedPostgres, migrate
from index import pgvector
from index.database import IndexDatabase
from index.dense import SentenceEncoder, Vectors
from index.pgvector import PgvectorBackend
from index.vectors import DenseIndex, FaissBackend, Place, VectorBackend, VectorIndex
from knowledge.packs_loader import load_questions
from tests.bench.figures import percentile

CENTRES = 4000  # wordings whose vectors the clouds lie around
SPREAD = 0.6  # length of what is added to a unit vector: about 0.86 cosine to its centre
BLOCK = 50_000  # vectors made, or compared, at once
NEAR, FAR = 10, 200  # neighbours asked for: those compared for recall, and what a question takes
MB = 2**20


@dataclass(frozen=True)
class Row:
    """One backend at one size. Times in seconds and milliseconds, memory in MB."""

    size: int
    backend: str
    build_s: float
    build_mb: float  # most memory of the process that built
    search_mb: float  # what searching added to a process that opened it
    server_mb: float  # of PostgreSQL's processes, shared pages counted once
    disk_mb: float
    p50_ms: float
    p95_ms: float
    p50_far_ms: float
    p95_far_ms: float
    recall: float


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.backends", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--sizes", default="10000,100000", help="how many vectors, parted by commas")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--graphs", action="store_true", help="HNSW too, where it is not what serves")
    parser.add_argument("--home", type=Path, default=ROOT / "var" / "bench-backends")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    return parser.parse_args(argv)


# ------------------------------------------------------------------ vectors


def centres(home: Path) -> Vectors:
    """Vectors of wordings people use, by the model that serves; kept, as making them takes half a minute."""
    kept = home / "centres.npy"
    if not kept.exists():
        said = [text for aliases, questions in load_questions().values() for text in (*aliases, *questions)]
        chosen = said[:: max(1, len(said) // CENTRES)][:CENTRES]
        np.save(kept, SentenceEncoder(DEFAULT_MODEL).encode(chosen))
    loaded: Vectors = np.load(kept)
    return loaded


def clouds(around: Vectors, count: int, *, seed: int) -> Iterator[Vectors]:
    """Unit vectors near those given, block by block."""
    dice = np.random.default_rng(seed)
    dimension = around.shape[1]
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        noise = dice.standard_normal((size, dimension), dtype=np.float32) * (SPREAD / np.sqrt(dimension))
        made = around[dice.integers(len(around), size=size)] + noise
        yield made / np.linalg.norm(made, axis=1, keepdims=True)


def made_vectors(home: Path, size: int) -> Path:
    """A file of that many vectors."""
    path = home / f"vectors-{size}.npy"
    if not path.exists():
        around = centres(home)
        file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(size, around.shape[1]))
        start = 0
        for block in clouds(around, size, seed=1):
            file[start : start + len(block)] = block
            start += len(block)
        file.flush()
    return path


def nearest(vectors: Vectors, queries: Vectors, k: int) -> NDArray[np.int64]:
    """The k nearest rows of each query, by comparing with all of them."""
    scores = np.empty((len(queries), 0), dtype=np.float32)
    rows = np.empty((len(queries), 0), dtype=np.int64)
    for start in range(0, len(vectors), BLOCK):
        found = queries @ vectors[start : start + BLOCK].T
        scores = np.concatenate([scores, found], axis=1)
        here = np.arange(start, start + found.shape[1])
        rows = np.concatenate([rows, np.broadcast_to(here, found.shape)], axis=1)
        best = np.argpartition(-scores, min(k, scores.shape[1] - 1), axis=1)[:, :k]
        scores, rows = np.take_along_axis(scores, best, 1), np.take_along_axis(rows, best, 1)
    return rows


# ------------------------------------------------------------------ backends


class FaissGraph(FaissBackend):
    """HNSW in a file."""

    def write(self, place: Place, vectors: Vectors) -> None:
        index = faiss.IndexHNSWFlat(vectors.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction, index.hnsw.efSearch = 80, FAR
        index.add(vectors)
        DenseIndex(index).save(place.folder / "entries.faiss")


class FaissExact(FaissBackend):
    """Every vector compared, whatever the size."""

    def write(self, place: Place, vectors: Vectors) -> None:
        DenseIndex.exact(vectors).save(place.folder / "entries.faiss")


class PgvectorGraph(PgvectorBackend):
    """HNSW over the same table."""

    def write(self, place: Place, vectors: Vectors) -> None:
        pgvector.EXACT_UP_TO = sys.maxsize  # no lists
        super().write(place, vectors)
        with self._database.writing() as conn:
            conn.execute("SET LOCAL maintenance_work_mem = '2GB'")
            conn.execute(
                f'CREATE INDEX ON vectors."{place.snapshot}_{place.collection}"'
                " USING hnsw (embedding halfvec_ip_ops) WITH (m = 16, ef_construction = 64)"
            )


def backend_of(name: str, dsn: str) -> VectorBackend:
    if name.startswith("faiss"):
        return {"faiss": FaissBackend, "faiss exact": FaissExact, "faiss HNSW": FaissGraph}[name]()
    options = "&options=-c%20hnsw.ef_search%3D200" if name == "pgvector HNSW" else ""
    database = IndexDatabase(dsn + options)
    return PgvectorGraph(database) if name == "pgvector HNSW" else PgvectorBackend(database)


# ------------------------------------------------------------------ measuring


def building(name: str, dsn: str, place: Place, path: Path) -> dict[str, float]:
    """In a process of its own: seconds, and the most memory it took."""
    backend = backend_of(name, dsn)
    vectors = np.load(path, mmap_mode="r")
    began = time.perf_counter()
    backend.write(place, np.asarray(vectors))
    return {"build_s": time.perf_counter() - began, "build_mb": _peak_mb()}


def searching(
    name: str, dsn: str, place: Place, queries: Vectors, truth: NDArray[np.int64]
) -> dict[str, float]:
    """In a process of its own: what one question costs, one after the other, and what it finds."""
    faiss.omp_set_num_threads(1)
    before = psutil.Process().memory_info().rss
    index = backend_of(name, dsn).open(place)
    for query in queries[:10]:
        index.similarities(query, FAR)
    near, found = _timed(index, queries, NEAR)
    far, _ = _timed(index, queries, FAR)
    hits = sum(len(set(a.tolist()) & set(b.tolist())) for a, b in zip(found, truth, strict=True))
    return {
        "p50_ms": percentile(near, 0.5) * 1000, "p95_ms": percentile(near, 0.95) * 1000,
        "p50_far_ms": percentile(far, 0.5) * 1000, "p95_far_ms": percentile(far, 0.95) * 1000,
        "recall": hits / truth.size, "search_mb": (psutil.Process().memory_info().rss - before) / MB,
    }  # fmt: skip


def _timed(index: VectorIndex, queries: Vectors, k: int) -> tuple[list[float], list[NDArray[np.int64]]]:
    taken, found = [], []
    for query in queries:
        began = time.perf_counter()
        rows, _ = index.similarities(query, k)
        taken.append(time.perf_counter() - began)
        found.append(rows)
    return taken, found


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(call: Callable[..., dict[str, float]], *given: object) -> dict[str, float]:
    """The call in a fresh process, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(call, given)


def server_mb(server: EmbeddedPostgres) -> float:
    """Memory of PostgreSQL's processes; shared pages are divided among those that share them (Linux)."""
    if server.pid is None:
        return 0.0
    parent = psutil.Process(server.pid)
    total = 0
    for process in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.Error):  # a helper of a query may end meanwhile
            total += process.memory_full_info().pss
    return total / MB


def disk_mb(place: Place, dsn: str) -> float:
    files = sum(file.stat().st_size for file in place.folder.rglob("*") if file.is_file())
    with psycopg.connect(dsn) as conn:
        row = conn.execute(
            "SELECT coalesce(sum(pg_total_relation_size(format('vectors.%%I', tablename)::regclass)), 0)"
            " FROM pg_tables WHERE schemaname = 'vectors' AND starts_with(tablename, %s)",
            (f"{place.snapshot}_",),
        ).fetchone()
    return (files + int(row[0] if row else 0)) / MB


def measure(name: str, size: int, *, args: argparse.Namespace, server: EmbeddedPostgres) -> Row:
    path = made_vectors(args.home, size)
    queries = np.concatenate(list(clouds(centres(args.home), args.queries, seed=2)))
    truth = nearest(np.load(path, mmap_mode="r"), queries, NEAR)
    with tempfile.TemporaryDirectory(dir=args.home) as folder:
        place = Place(f"{name.replace(' ', '').lower()}{size}", "entries", Path(folder))
        built = apart(building, name, server.dsn, place, path)
        found = apart(searching, name, server.dsn, place, queries, truth)
        used = server_mb(server) if name.startswith("pgvector") else 0.0
        row = Row(
            size=size, backend=name, server_mb=used, disk_mb=disk_mb(place, server.dsn), **built, **found
        )
    with psycopg.connect(server.dsn) as conn:
        conn.execute("DROP SCHEMA IF EXISTS vectors CASCADE")
    return row


@contextmanager
def database(home: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(home / "pg") as server:
        migrate(server.dsn)
        yield server


def shown(rows: Sequence[Row]) -> Table:
    table = Table(title=f"top {NEAR} and top {FAR} of one question at a time, {psutil.cpu_count()} CPUs")
    heads = ("vectors", "backend", "build s", "build MB", "search +MB", "server MB", "disk MB",
             f"p50/p95 ms ({NEAR})", f"p50/p95 ms ({FAR})", f"recall@{NEAR}")  # fmt: skip
    for head in heads:
        table.add_column(head, justify="left" if head == "backend" else "right")
    for row in rows:
        table.add_row(
            f"{row.size:,}", row.backend, f"{row.build_s:,.1f}", f"{row.build_mb:,.0f}", f"{row.search_mb:,.0f}",
            f"{row.server_mb:,.0f}", f"{row.disk_mb:,.0f}", f"{row.p50_ms:.1f} / {row.p95_ms:.1f}",
            f"{row.p50_far_ms:.1f} / {row.p95_far_ms:.1f}", f"{row.recall:.3f}",
        )  # fmt: skip
    return table


def main(argv: Sequence[str] | None = None) -> int:
    """Measure each backend at each size."""
    args = arguments(argv)
    args.home = args.home.resolve()
    args.home.mkdir(parents=True, exist_ok=True)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    names = ["faiss", "pgvector", *(["faiss exact", "faiss HNSW", "pgvector HNSW"] if args.graphs else [])]
    rows: list[Row] = []
    with database(args.home) as server:
        for size in map(int, args.sizes.split(",")):
            for name in names:
                console.print(f"{name}, {size:,} vectors …")
                rows.append(measure(name, size, args=args, server=server))
                if args.json:
                    _save(args.json, [asdict(row) for row in rows])
    console.print(shown(rows))
    return 0


def _save(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
