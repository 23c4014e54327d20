"""The library lends its encoder to whoever measures how alike questions are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bot.gateway.library import SnapshotLibrary
from index.build import build
from index.dense import Encoder, HashEncoder
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.errors import SnapshotError
from tests.answer.world import tiny_knowledge


@pytest.mark.parametrize("encoder", [None, HashEncoder()])
def test_the_encoder_is_the_searchs_own(tmp_path: Path, encoder: Encoder | None) -> None:
    build(tiny_knowledge(), home=tmp_path, encoder=encoder)
    holder: Any = SimpleNamespace(search=Search(Snapshot(current(tmp_path) or tmp_path), encoder))
    encode = SnapshotLibrary(lambda: holder).encoder
    if encoder is None:
        assert encode is None
        return
    assert encode is not None
    vectors = encode(["khai sinh", "khai tử"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors, encoder.encode(["khai sinh", "khai tử"], query=True))


def test_without_a_snapshot_there_is_none() -> None:
    def absent() -> Any:
        raise SnapshotError

    assert SnapshotLibrary(absent).encoder is None
