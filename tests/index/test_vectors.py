"""Where vectors lie changes nothing for who searches: the same tests over FAISS and over pgvector."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest

from index import pgvector as pgvector_module
from index import vectors as vectors_module
from index.build import build
from index.collection import Collection
from index.database import IndexDatabase
from index.dense import HashEncoder, Vectors
from index.pgvector import PgvectorBackend
from index.search import Search
from index.snapshot import KEEP, Snapshot, current, kept
from index.targets import TargetText
from index.vectors import FaissBackend, Place, VectorBackend
from knowledge.errors import DatabaseDown, SnapshotError
from tests.answer.world import tiny_knowledge
from tests.index.test_reuse import QUERIES, Counting, edited, rolls, small

DIMENSION = 64
FIRST = small().procedures[0]


@pytest.fixture(params=["faiss", pytest.param("pgvector", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> Iterator[VectorBackend]:
    if request.param == "faiss":
        yield FaissBackend()
        return
    database = request.getfixturevalue("database")
    yield PgvectorBackend(database)


@pytest.fixture
def database(dsn: str) -> Iterator[IndexDatabase]:
    opened = IndexDatabase(dsn)
    yield opened
    opened.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("abc123", "procedures", tmp_path)


def clustered(rows: int, *, seed: int = 1) -> Vectors:
    """Unit vectors around a few centres, as texts are."""
    dice = np.random.default_rng(seed)
    centres = dice.normal(size=(max(1, rows // 20), DIMENSION))
    made = centres[dice.integers(len(centres), size=rows)] + 0.5 * dice.normal(size=(rows, DIMENSION))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def exact(vectors: Vectors, query: Vectors, k: int) -> list[int]:
    return [int(row) for row in np.argsort(-(vectors @ query), kind="stable")[:k]]


def test_the_nearest_come_first_with_their_cosine(backend: VectorBackend, place: Place) -> None:
    vectors = clustered(300)
    backend.write(place, vectors)
    index = backend.open(place)
    for query in clustered(5, seed=2):
        rows, cosines = index.similarities(query, 20)
        assert (
            len(set(rows.tolist()) & set(exact(vectors, query, 20))) >= 19
        )  # half precision may swap the last
        assert cosines == pytest.approx(vectors[rows] @ query, abs=2e-3)
        assert (np.diff(cosines) <= 1e-6).all()


def test_there_are_never_more_than_there_are(backend: VectorBackend, place: Place) -> None:
    backend.write(place, clustered(3))
    rows, cosines = backend.open(place).similarities(clustered(1)[0], 200)
    assert sorted(rows.tolist()) == [0, 1, 2] and len(cosines) == 3


def test_vectors_come_back_as_they_went_in(backend: VectorBackend, place: Place) -> None:
    vectors = clustered(50)
    backend.write(place, vectors)
    wanted = np.array([7, 0, 49, 7])
    taken = backend.open(place).take(wanted)
    assert taken == pytest.approx(vectors[wanted], abs=1e-3)
    backend.write(replace(place, snapshot="def456", folder=_folder(place, "again")), taken)
    again = backend.open(replace(place, snapshot="def456", folder=_folder(place, "again")))
    assert np.array_equal(again.take(np.arange(4)), taken)  # what was rounded once stays


def _folder(place: Place, name: str) -> Path:
    folder = place.folder / name
    folder.mkdir(exist_ok=True)
    return folder


def test_written_again_they_are_the_new_ones(backend: VectorBackend, place: Place) -> None:
    backend.write(place, clustered(50))
    vectors = clustered(20, seed=9)
    backend.write(place, vectors)
    rows, _ = backend.open(place).similarities(vectors[3], 1)
    assert rows.tolist() == [3]
    assert len(backend.open(place).similarities(vectors[3], 100)[0]) == 20


def test_a_large_collection_is_searched_by_its_index_and_finds_nearly_all(
    backend: VectorBackend, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector_module, "EXACT_UP_TO", 1000)
    monkeypatch.setattr(pgvector_module, "BLOCK", 1000)
    monkeypatch.setattr(vectors_module, "EXACT_UP_TO", 1000)
    vectors = clustered(8000)
    backend.write(place, vectors)
    index = backend.open(place)
    found = 0
    for query in clustered(40, seed=3):
        rows, cosines = index.similarities(query, 10)
        assert len(rows) == 10 and cosines == pytest.approx(vectors[rows] @ query, abs=2e-3)
        found += len(set(rows.tolist()) & set(exact(vectors, query, 10)))
    assert found >= 0.95 * 400
    assert index.take(np.array([5, 7999])) == pytest.approx(vectors[[5, 7999]], abs=1e-3)


def test_many_threads_search_at_once(backend: VectorBackend, place: Place) -> None:
    vectors = clustered(400)
    backend.write(place, vectors)
    index = backend.open(place)
    with ThreadPoolExecutor(12) as people:
        found = list(people.map(lambda row: int(index.similarities(vectors[row], 1)[0][0]), range(120)))
    assert found == list(range(120))


def test_a_collection_scores_the_same_wherever_its_vectors_lie(
    backend: VectorBackend, tmp_path: Path
) -> None:
    targets = [TargetText(query, (f"{query} ở đâu",), query) for query in QUERIES]
    built = Collection.build(targets, HashEncoder())
    built.save(tmp_path / "c", snapshot="s1", vectors=backend)
    loaded = Collection.load(tmp_path / "c", snapshot="s1", vectors=backend)
    for query in QUERIES:
        vector = HashEncoder().encode([query], query=True)[0]
        before, after = built.scores(query, vector), loaded.scores(query, vector)
        assert set(before) == set(after) and "dense" in after
        for name, scores in before.items():
            assert after[name] == pytest.approx(scores, abs=2e-3), name


def served(home: Path, backend: VectorBackend) -> Search:
    folder = current(home)
    assert folder is not None
    return Search(Snapshot(folder, vectors=backend), HashEncoder())


def test_a_snapshot_is_built_served_and_built_again(backend: VectorBackend, tmp_path: Path) -> None:
    build(small(), home=tmp_path, encoder=HashEncoder(), vectors=backend)
    best = served(tmp_path, backend).procedures(FIRST.title).best
    assert best is not None and best.id == FIRST.key and best.fields["dense"] > 0.5
    encoder = Counting()
    changed = edited(small(), rolls(5))
    manifest = build(changed, home=tmp_path, encoder=encoder, vectors=backend)
    assert manifest.vectors == backend.name
    assert len(encoder.asked) < 40
    step = [served(tmp_path, backend).procedures(query) for query in QUERIES]
    build(changed, home=tmp_path / "whole", encoder=HashEncoder(), vectors=backend)
    whole = [served(tmp_path / "whole", backend).procedures(query) for query in QUERIES]
    assert step == whole


def test_a_snapshot_of_the_other_backend_is_refused_by_name(backend: VectorBackend, tmp_path: Path) -> None:
    class Other(FaissBackend):
        name = "other"

    build(tiny_knowledge(), home=tmp_path, encoder=HashEncoder(), vectors=backend)
    with pytest.raises(SnapshotError, match="INDEX_BACKEND is other"):
        Snapshot(current(tmp_path) or tmp_path, vectors=Other())


def test_the_backend_is_part_of_the_id(tmp_path: Path) -> None:
    class Other(FaissBackend):
        name = "other"

    ids = {
        build(tiny_knowledge(), home=tmp_path, encoder=HashEncoder(), vectors=backend).id
        for backend in (FaissBackend(), Other())
    }
    assert len(ids) == 2


# ------------------------------------------------------------------ PostgreSQL alone


def tables(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as conn:
        return {
            row[0] for row in conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'vectors'")
        }


@pytest.mark.postgres
def test_old_tables_go_with_their_snapshots(database: IndexDatabase, dsn: str, tmp_path: Path) -> None:
    for number in range(KEEP + 3):
        build(
            tiny_knowledge(), home=tmp_path, encoder=HashEncoder(), version=str(number),
            vectors=PgvectorBackend(database), database=database,
        )  # fmt: skip
    names = {folder.name for folder in kept(tmp_path)}
    assert {name.partition("_")[0] for name in tables(dsn)} == names
    with psycopg.connect(dsn) as conn:
        noted = conn.execute("SELECT id, knowledge FROM index_snapshots ORDER BY built_at DESC").fetchall()
    assert {row[0] for row in noted} == names
    assert noted[0][1] == str(KEEP + 2)


@pytest.mark.postgres
@pytest.mark.parametrize("kind", ["faiss", "pgvector"])
def test_passages_lie_in_the_database_with_any_backend(
    database: IndexDatabase, dsn: str, tmp_path: Path, kind: str
) -> None:
    backend: VectorBackend = FaissBackend() if kind == "faiss" else PgvectorBackend(database)
    manifest = build(
        small(), home=tmp_path, encoder=HashEncoder(), vectors=backend, database=database, version="1-a"
    )
    asked = (
        "SELECT target, kind, text FROM index_passages JOIN index_texts ON sha256 = text_sha256"
        " WHERE snapshot = %s AND collection = %s ORDER BY row"
    )
    with psycopg.connect(dsn) as conn:
        procedures = conn.execute(asked, (manifest.id, "procedures")).fetchall()
        passages = conn.execute(asked, (manifest.id, "passages")).fetchall()
    assert (FIRST.key, "procedure", FIRST.title) == procedures[0]
    assert {row[1] for row in passages} >= {"head", "statement", "guide"}


@pytest.mark.postgres
def test_texts_of_no_snapshot_are_forgotten(database: IndexDatabase, dsn: str, tmp_path: Path) -> None:
    first = replace(tiny_knowledge(), procedures=small().procedures[:1])
    for number in range(KEEP + 2):
        knowledge = first if number == 0 else tiny_knowledge()
        build(knowledge, home=tmp_path, encoder=None, version=str(number), database=database)
    with psycopg.connect(dsn) as conn:
        loose = conn.execute(
            "SELECT count(*) FROM index_texts WHERE sha256 NOT IN (SELECT text_sha256 FROM index_passages)"
        ).fetchone()
        snapshots = conn.execute("SELECT count(*) FROM index_snapshots").fetchone()
    assert loose == (0,) and snapshots == (KEEP + 1,)


@pytest.mark.postgres
def test_without_the_database_words_alone_are_searched(
    database: IndexDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build(small(), home=tmp_path, encoder=HashEncoder(), vectors=PgvectorBackend(database))
    gone = IndexDatabase("postgresql://nobody@/nothing?host=/nowhere&connect_timeout=1")
    search = served(tmp_path, PgvectorBackend(gone))
    with caplog.at_level(logging.WARNING):
        hits = [search.procedures(query).best for query in (FIRST.title, FIRST.title.lower())]
    gone.close()
    assert [hit.id for hit in hits if hit] == [FIRST.key, FIRST.key]
    assert all("dense" not in hit.fields for hit in hits if hit)
    assert "searched by words alone" in caplog.text


@pytest.mark.postgres
def test_dropped_tables_end_in_words_alone(database: IndexDatabase, dsn: str, tmp_path: Path) -> None:
    build(small(), home=tmp_path, encoder=HashEncoder(), vectors=PgvectorBackend(database))
    search = served(tmp_path, PgvectorBackend(database))
    with psycopg.connect(dsn) as conn:
        conn.execute("DROP SCHEMA vectors CASCADE")
    best = search.procedures(FIRST.title).best
    assert best is not None and best.id == FIRST.key and "dense" not in best.fields


@pytest.mark.postgres
def test_vectors_lost_by_the_database_are_built_again(
    database: IndexDatabase, dsn: str, tmp_path: Path
) -> None:
    backend = PgvectorBackend(database)
    first = build(small(), home=tmp_path, encoder=HashEncoder(), vectors=backend)
    with psycopg.connect(dsn) as conn:
        conn.execute("DROP SCHEMA vectors CASCADE")
    encoder = Counting()
    again = build(small(), home=tmp_path, encoder=encoder, vectors=backend)
    assert again.id == first.id and len(encoder.asked) > 50
    best = served(tmp_path, backend).procedures(FIRST.title).best
    assert best is not None and best.fields["dense"] > 0.5


@pytest.mark.postgres
def test_a_build_without_the_database_leaves_the_old_snapshot(
    database: IndexDatabase, tmp_path: Path
) -> None:
    build(small(), home=tmp_path, encoder=HashEncoder(), vectors=PgvectorBackend(database))
    before = current(tmp_path)
    gone = IndexDatabase("postgresql://nobody@/nothing?host=/nowhere&connect_timeout=1")
    with pytest.raises(DatabaseDown):
        build(edited(small(), rolls(2)), home=tmp_path, encoder=HashEncoder(), vectors=PgvectorBackend(gone))
    assert current(tmp_path) == before
    assert not list((tmp_path / "index").glob("*.partial"))


@pytest.mark.postgres
def test_texts_no_database_can_store_are_stored_without(
    database: IndexDatabase, dsn: str, tmp_path: Path
) -> None:
    odd = FIRST.model_copy(update={"aliases": ("a\x00b",)})
    build(replace(small(), procedures=[odd]), home=tmp_path, encoder=HashEncoder(), database=database)
    with psycopg.connect(dsn) as conn:
        found = conn.execute("SELECT text FROM index_texts WHERE text = 'ab'").fetchone()
    assert found == ("ab",)
