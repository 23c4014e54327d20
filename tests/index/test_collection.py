"""A collection is the same after a round trip, and every target keeps its row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.collection import Collection
from index.dense import Encoder, HashEncoder
from index.targets import TargetText

TARGETS = [
    TargetText("Đăng ký khai sinh", ("làm giấy khai sinh cho con", "khai sinh trễ"), "nộp tờ khai tại xã"),
    TargetText("Đổi giấy phép lái xe", (), ""),
    TargetText("Cấp hộ chiếu", ("làm hộ chiếu",), "công an tỉnh tiếp nhận ảnh"),
]
QUERIES = ["làm giấy khai sinh", "doi bang lai", "ảnh hộ chiếu", "giá vàng", "", "đk khai sinh ntn"]


@pytest.fixture(scope="module", params=[HashEncoder(), None], ids=["dense", "words"])
def encoder(request: pytest.FixtureRequest) -> Encoder | None:
    return request.param


@pytest.fixture(scope="module")
def collection(encoder: Encoder | None) -> Collection:
    return Collection.build(TARGETS, encoder)


def scored(collection: Collection, encoder: Encoder | None, query: str) -> dict[str, np.ndarray]:
    return collection.scores(query, encoder.encode([query], query=True)[0] if encoder else None)


def test_every_field_has_a_score_for_every_target(collection: Collection, encoder: Encoder | None) -> None:
    for query in QUERIES:
        fields = scored(collection, encoder, query)
        assert set(fields) == {"short_folded", "short_words", "body_folded", "entry_folded"} | (
            {"dense"} if encoder else set()
        )
        assert all(scores.shape == (len(TARGETS),) for scores in fields.values())
        assert all((scores >= 0).all() for scores in fields.values())


def test_a_wording_leads_to_its_target(collection: Collection, encoder: Encoder | None) -> None:
    for row, target in enumerate(TARGETS):
        for entry in target.entries:
            fields = scored(collection, encoder, entry)
            assert int(fields["entry_folded"].argmax()) == row
            assert int(fields["short_folded"].argmax()) == row


def test_the_body_counts_in_its_own_field_only(collection: Collection, encoder: Encoder | None) -> None:
    fields = scored(collection, encoder, "tiếp nhận ảnh")
    assert int(fields["body_folded"].argmax()) == 2
    assert fields["short_folded"].max() == fields["entry_folded"].max() == 0


def test_saved_and_loaded_it_is_the_same(
    collection: Collection, encoder: Encoder | None, tmp_path: Path
) -> None:
    collection.save(tmp_path / "c")
    loaded = Collection.load(tmp_path / "c")
    assert loaded.size == collection.size
    for query in QUERIES:
        before, after = scored(collection, encoder, query), scored(loaded, encoder, query)
        for name, scores in before.items():
            assert after[name] == pytest.approx(scores), name
        for row in range(loaded.size):
            assert loaded.coverage.of(query, row) == pytest.approx(collection.coverage.of(query, row))


def test_shares_are_shares(collection: Collection, encoder: Encoder | None) -> None:
    for query in [*QUERIES, "khai sinh khai sinh khai sinh", "giấy giấy"]:
        fields = scored(collection, encoder, query)
        for row in range(len(TARGETS)):
            here = {name: float(scores[row]) for name, scores in fields.items()}
            assert all(0 <= share <= 1 + 1e-5 for share in collection.shares(query, here))


def test_nothing_at_all_can_be_searched(encoder: Encoder | None, tmp_path: Path) -> None:
    empty = Collection.build([], encoder)
    assert all(scores.shape == (0,) for scores in scored(empty, encoder, "khai sinh").values())
    empty.save(tmp_path / "c")
    assert Collection.load(tmp_path / "c").size == 0
