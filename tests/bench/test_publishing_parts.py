"""What the benches of publishing and of backends are made of; nothing here looks at a clock."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from index.vectors import FaissBackend, Place
from knowledge.documents import Procedure
from tests.bench import backends, publish_latency, synthetic
from tests.bench.load import Load

RECORDS = [
    Procedure(code=f"1.00000{n}", title=f"Cấp giấy {n} (mới)", field=f"Lĩnh vực {n}", aliases=(f"giấy {n}",))
    for n in range(4)
]


def test_synthetic_records_are_the_real_ones_and_as_many_more() -> None:
    made = list(synthetic.variants(RECORDS, 30))
    assert made[:4] == RECORDS and len(made) == 30
    assert len({record.code for record in made}) == 30
    assert all(record.code.startswith("8.") for record in made[4:])
    assert len({record.title for record in made}) == 30
    assert made == list(synthetic.variants(RECORDS, 30))


def test_fewer_than_there_are_is_a_part() -> None:
    assert list(synthetic.variants(RECORDS, 2)) == RECORDS[:2]


def test_what_is_written_is_read_as_our_own_records(tmp_path: Path) -> None:
    path = tmp_path / "made" / "records.jsonl"
    synthetic.write(synthetic.variants(RECORDS, 10), path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [Procedure.model_validate_json(line) for line in lines] == list(synthetic.variants(RECORDS, 10))


def test_the_changing_record_says_its_word_in_its_one_paper() -> None:
    record = publish_latency.changing("7")
    (case,) = record.dossier
    assert [item.name for item in case.items] == ["Đơn thả diều bản 7"]
    assert publish_latency.QUESTION in record.aliases


def test_words_of_a_run_differ() -> None:
    assert len(set(publish_latency.words(5))) == 5


def test_failures_before_and_during_are_counted_together() -> None:
    before, during = Load(2, answers=[0.1], failures=Counter({"500": 1})), Load(2, answers=[0.2, 0.3])
    rounds = [publish_latency.Round(9.0, 5.0, 3.0, "2-a"), publish_latency.Round(11.0, 6.0, 4.0, "3-b")]
    found = {figure.name: figure for figure in publish_latency.figures(before, during, rounds, 100)}
    assert found["file dropped to answer changed, slowest"].value == 11.0
    assert found["requests failed"].value == 1
    assert found["whole path while files are published, p50"].value == pytest.approx(250)


def test_the_nearest_by_blocks_are_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "BLOCK", 7)
    dice = np.random.default_rng(1)
    vectors = dice.normal(size=(40, 8)).astype(np.float32)
    queries = dice.normal(size=(3, 8)).astype(np.float32)
    found = backends.nearest(vectors, queries, 5)
    for query, rows in zip(queries, found, strict=True):
        assert set(rows.tolist()) == set(np.argsort(-(vectors @ query))[:5].tolist())


def test_clouds_are_unit_vectors_near_their_centres() -> None:
    around = np.eye(16, dtype=np.float32)
    made = np.concatenate(list(backends.clouds(around, 100, seed=3)))
    assert made.shape == (100, 16)
    assert np.linalg.norm(made, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert (made @ around.T).max(axis=1).min() > 0.5


@pytest.mark.parametrize("name", ["faiss", "faiss exact", "faiss HNSW"])
def test_each_backend_of_the_bench_finds_what_is_there(name: str, tmp_path: Path) -> None:
    vectors = np.concatenate(list(backends.clouds(np.eye(32, dtype=np.float32), 300, seed=4)))
    backend = backends.backend_of(name, "")
    assert isinstance(backend, FaissBackend)
    place = Place("s", "entries", tmp_path)
    backend.write(place, vectors)
    found = backends.searching(name, "", place, vectors[:20], backends.nearest(vectors, vectors[:20], 10))
    assert found["recall"] > 0.9


def test_the_table_has_a_row_for_each_backend() -> None:
    row = backends.Row(10, "faiss", *[1.0] * 10)
    assert backends.shown([row, row]).row_count == 2
    assert isinstance(backends.arguments(["--sizes", "10"]), argparse.Namespace)
