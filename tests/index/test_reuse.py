"""What is taken over from an earlier snapshot changes nothing but the time: file by file the result is the same."""

from __future__ import annotations

import logging
import os
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index import build as build_module
from index import collection as collection_module
from index import reuse
from index.build import build
from index.dense import Encoder, HashEncoder, SentenceEncoder, Vectors
from index.forward import Tokenise
from index.manifest import Manifest
from index.search import Search
from index.snapshot import KEEP, Snapshot, current, kept, prune
from index.vectors import FaissBackend
from knowledge.corpus import Knowledge, Wordings
from tests.answer.world import BIRTH, knowledge, tiny_knowledge

MODEL = Path(__file__).resolve().parent.parent.parent / "index" / "model"
QUERIES = [
    "làm giấy khai sinh",
    "dang ky ket hon o dau",
    "hộ chiếu bao nhiêu tiền",
    "đối thoại tháng 3",
    "xyz",
]


class Counting(HashEncoder):
    """Remembers what it was asked to encode."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        self.asked += texts
        return super().encode(texts, query=query)


def small(count: int = 12) -> Knowledge:
    whole = knowledge()
    records = list(whole.procedures[:count])
    return replace(
        whole,
        procedures=records,
        plans=whole.plans[:1],
        guides=whole.guides[:2],
        units=[],
        wordings={code: said for code, said in whole.wordings.items() if code in {p.code for p in records}},
    )


def files_of(home: Path) -> dict[str, bytes]:
    """Everything in the snapshot that serves but its date."""
    folder = current(home)
    assert folder is not None
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "manifest.json"
    }


def rolls(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # dice for edits


def edited(base: Knowledge, chance: random.Random) -> Knowledge:
    """One of the things that happen between two publications."""
    records, wordings = list(base.procedures), dict(base.wordings)
    place = chance.randrange(len(records))
    record = records[place]
    match chance.randrange(7):
        case 0:
            records[place] = record.model_copy(update={"title": f"{record.title} {chance.choice(QUERIES)}"})
        case 1:
            records[place] = record.model_copy(update={"steps": (*record.steps, chance.choice(QUERIES))})
        case 2:
            del records[place]
        case 3:
            records.insert(0, records.pop(place))
        case 4:
            code = f"9.{chance.randrange(10**6):06d}"
            records.append(record.model_copy(update={"code": code, "aliases": (code, "khai sinh")}))
        case 5:
            wordings[record.code] = Wordings((chance.choice(QUERIES),), ("", "!!!"))
        case 6:
            records = records[::-1]
    return replace(base, procedures=records or [record], wordings=wordings)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), edits=st.integers(1, 4))
def test_after_any_edits_it_is_the_whole_build_to_the_last_byte(
    tmp_path_factory: pytest.TempPathFactory, seed: int, edits: int
) -> None:
    chance, now = rolls(seed), small(6)
    step, whole = tmp_path_factory.mktemp("step"), tmp_path_factory.mktemp("whole")
    for _ in range(edits):
        build(now, home=step, encoder=HashEncoder())
        now = edited(now, chance)
    build(now, home=step, encoder=HashEncoder())
    build(now, home=whole, encoder=HashEncoder())
    assert files_of(step) == files_of(whole)


def test_the_scores_are_the_same_too(tmp_path: Path) -> None:
    changed = edited(small(), rolls(1))
    build(small(), home=tmp_path / "step", encoder=HashEncoder())
    rankings: list[list[Any]] = []
    for home in (tmp_path / "step", tmp_path / "whole"):
        build(changed, home=home, encoder=HashEncoder())
        search = Search(Snapshot(current(home) or home), HashEncoder())
        rankings.append([search.procedures(q) for q in QUERIES] + [search.passages(q) for q in QUERIES])
    assert rankings[0] == rankings[1]


def test_only_new_texts_reach_the_model(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    base = small()
    build(base, home=tmp_path, encoder=first)
    asked = base.procedures[3].model_copy(
        update={"aliases": (*base.procedures[3].aliases, "một cách gọi mới")}
    )
    records = [asked if p.code == asked.code else p for p in base.procedures]
    build(replace(base, procedures=records), home=tmp_path, encoder=second)
    assert len(first.asked) > 50
    assert second.asked == ["một cách gọi mới"]


@pytest.mark.parametrize("part", ["tokens", "vectors", "rows"])
def test_what_other_code_made_is_made_anew(
    tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(small(), home=tmp_path, encoder=HashEncoder())
    before = files_of(tmp_path)
    real = reuse.code_of
    for module in (reuse, build_module):
        monkeypatch.setattr(module, "code_of", lambda name: "other" if name == part else real(name))
    encoder = Counting()
    build(small(), home=tmp_path, encoder=encoder, version="2")
    found = reuse.Reusable.load(current(tmp_path), model=encoder.name, vectors=FaissBackend())
    assert files_of(tmp_path) == before
    assert bool(encoder.asked) == (part == "vectors")
    assert found.rows and found.of("procedures").forwards  # what was made now can be used next time


def test_another_model_gets_vectors_of_its_own(tmp_path: Path) -> None:
    class Other(Counting):
        name = "other"

    build(small(), home=tmp_path, encoder=HashEncoder())
    encoder = Other()
    build(small(), home=tmp_path, encoder=encoder)
    assert len(encoder.asked) > 50


def test_tokens_are_not_split_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(small(), home=tmp_path, encoder=None)
    split: list[str] = []

    def heard(tokenise: Tokenise) -> Tokenise:
        return lambda text: [split.append(text)] and tokenise(text)

    views = {name: heard(tokenise) for name, tokenise in collection_module.VIEWS.items()}
    monkeypatch.setattr(collection_module, "VIEWS", views)
    records = [
        p.model_copy(update={"title": "Tên mới"}) if n == 2 else p for n, p in enumerate(small().procedures)
    ]
    build(replace(small(), procedures=records), home=tmp_path, encoder=None)
    assert 0 < len(split) <= 4  # short in two views, body, and the one entry that is new


def test_a_damaged_snapshot_is_not_taken_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    build(small(), home=tmp_path / "a", encoder=HashEncoder())
    folder = current(tmp_path / "a")
    assert folder is not None
    (folder / "procedures" / "forward" / "body_folded" / "columns.npy").write_bytes(b"")
    changed = edited(small(), rolls(3))
    with caplog.at_level(logging.WARNING):
        build(changed, home=tmp_path / "a", encoder=HashEncoder())
    build(changed, home=tmp_path / "b", encoder=HashEncoder())
    assert "built anew" in caplog.text
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_the_version_is_in_the_manifest_and_in_the_id(tmp_path: Path) -> None:
    first = build(tiny_knowledge(), home=tmp_path, encoder=HashEncoder(), version="1-abc")
    second = build(tiny_knowledge(), home=tmp_path, encoder=HashEncoder(), version="2-def")
    assert (first.knowledge, second.knowledge) == ("1-abc", "2-def")
    assert first.id != second.id


def test_the_last_few_snapshots_stay(tmp_path: Path) -> None:
    names = []
    for number in range(KEEP + 3):
        names.append(build(tiny_knowledge(), home=tmp_path, encoder=None, version=str(number)).id)
        os.utime(tmp_path / "index" / names[-1] / "manifest.json", (number, number))
    build(tiny_knowledge(), home=tmp_path, encoder=None, version=str(KEEP + 2))
    assert [folder.name for folder in kept(tmp_path)] == names[::-1][: KEEP + 1]
    assert not list((tmp_path / "index").glob("*.gone"))


def test_the_one_that_serves_stays_however_old(tmp_path: Path) -> None:
    names = [build(tiny_knowledge(), home=tmp_path, encoder=None, version=str(n)).id for n in range(KEEP + 1)]
    build(tiny_knowledge(), home=tmp_path, encoder=None, version="0")
    for _ in range(2):
        prune(tmp_path)
    serving = current(tmp_path)
    assert serving is not None and serving.name == names[0]
    assert len(kept(tmp_path)) == KEEP + 1


def test_a_pruned_snapshot_that_is_still_open_goes_on_answering(tmp_path: Path) -> None:
    build(tiny_knowledge(), home=tmp_path, encoder=HashEncoder())
    search = Search(Snapshot(current(tmp_path) or tmp_path), HashEncoder())
    before = [search.procedures(query) for query in QUERIES]
    shutil.rmtree(current(tmp_path) or tmp_path)
    search.vector.cache_clear()
    assert [search.procedures(query) for query in QUERIES] == before
    assert search.snapshot.records.procedure(BIRTH) is not None


@pytest.mark.skipif(not (MODEL / "modules.json").exists(), reason="the repository has no model")
def test_a_text_has_one_vector_whatever_stands_beside_it() -> None:
    encoder: Encoder = SentenceEncoder(MODEL)
    texts = [f"{words} {number}" for words in QUERIES for number in range(8)]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.array_equal(together, alone)
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_the_code_of_each_part_is_known() -> None:
    assert len({reuse.code_of(part) for part in ("tokens", "vectors", "rows")}) == 3


def test_a_row_is_known_by_its_record_and_wordings() -> None:
    keys = {reuse.row_key(b"a", ["b"]), reuse.row_key(b"a", ["c"]), reuse.row_key(b"b", ["b"])}
    assert len(keys) == 3


def test_manifest_notes_the_code(tmp_path: Path) -> None:
    manifest = build(tiny_knowledge(), home=tmp_path, encoder=None)
    assert set(manifest.code) == {"tokens", "vectors", "rows"}
    assert Manifest.read(current(tmp_path) or tmp_path) == manifest
