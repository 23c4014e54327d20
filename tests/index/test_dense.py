"""Vectors: what every encoder keeps to, and an index that loads as it was saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.dense import MAX_CHARS, Encoder, HashEncoder, SentenceEncoder, clean, model_name
from index.vectors import DenseIndex

MODEL = Path(__file__).resolve().parent.parent.parent / "index" / "model"


@pytest.fixture(scope="module", params=["hash", "repository"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    if request.param == "hash":
        return HashEncoder()
    if not (MODEL / "modules.json").exists():
        pytest.skip("the repository has no model in index/model yet")
    return SentenceEncoder(MODEL)


def test_vectors_are_of_unit_length_and_promised_size(encoder: Encoder) -> None:
    vectors = encoder.encode(["đăng ký khai sinh", "đổi bằng lái", "?"])
    assert vectors.shape == (3, encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-3)


def test_equal_texts_have_equal_vectors_alone_or_together(encoder: Encoder) -> None:
    together = encoder.encode(["khai sinh", "làm hộ chiếu cho con nhỏ đi nước ngoài"])
    alone = encoder.encode(["khai sinh"])
    assert alone[0] == pytest.approx(together[0], abs=5e-2)


def test_near_texts_are_nearer_than_far_ones(encoder: Encoder) -> None:
    query = encoder.encode(["làm giấy khai sinh"], query=True)[0]
    near, far = encoder.encode(["đăng ký khai sinh cho con", "thuê tàu bay trực thăng"])
    assert float(query @ near) > float(query @ far)


@pytest.mark.parametrize("text", ["", "😀😀", "a" * 5000, "\ud800", "\x00", "<script>", "1" * 300])
def test_no_text_breaks_it(encoder: Encoder, text: str) -> None:
    vectors = encoder.encode([text])
    assert vectors.shape == (1, encoder.dimension)
    assert np.isfinite(vectors).all()


def test_it_has_a_name(encoder: Encoder) -> None:
    assert encoder.name and encoder.dimension > 0


def test_what_an_encoder_sees_is_bounded_and_written_out() -> None:
    assert clean("LM  giấy\nkhai sinh") == "làm giấy khai sinh"
    assert len(clean("x" * 100_000)) == MAX_CHARS


def test_saved_and_loaded_the_same_rows_are_near(tmp_path: Path) -> None:
    encoder = HashEncoder()
    texts = ["khai sinh", "kết hôn", "hộ chiếu"]
    index = DenseIndex.build(encoder.encode(texts))
    index.save(tmp_path / "e.faiss")
    loaded = DenseIndex.load(tmp_path / "e.faiss")
    for text in texts:
        query = encoder.encode([text])[0]
        rows, cosines = index.similarities(query, 10)
        again, close = loaded.similarities(query, 10)
        assert rows.tolist() == again.tolist() and len(rows) == len(texts)
        assert close == pytest.approx(cosines)
        assert texts[int(rows[0])] == text


def test_a_model_is_known_by_its_weights(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "m", tmp_path / "b" / "m"
    for folder, content in ((one, b"1"), (other, b"2")):
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(content)
    assert model_name(one) != model_name(other)
    assert model_name(one).startswith("m@")
    assert model_name("some/name") == "some/name"
