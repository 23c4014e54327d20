"""What the model learns from: pairs that are seeded and varied, and weights read from the published layout."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import numpy as np
import pytest

from index.training.pairs import FOLDED, Target, batches, document, informal, neighbours, vary
from index.training.weights import BLOCK, read
from knowledge.text.diacritics import fold
from knowledge.text.informal import expand_informal

FIELDS = ("Hộ tịch", "Cư trú", "Đất đai")
TARGETS = [
    Target(
        code=f"1.00000{number}",
        field=FIELDS[number % 3],
        title=f"Thủ tục số {number}",
        aliases=(f"việc {number}",),
        questions=tuple(f"câu hỏi {number} thứ {n} về việc được không" for n in range(4)),
    )
    for number in range(9)
]
FAMILY = [
    Target(f"2.00{kind}{number}", "Lẻ", f"{words} {kind}{number}", (), ("một câu hỏi",))
    for kind, words in enumerate(("đăng ký kết hôn", "bằng lái xe", "chứng chỉ nghề"))
    for number in range(4)
]


def test_half_of_a_batch_is_families_of_what_is_called_alike_and_all_of_it_is_full() -> None:
    for batch in batches(FAMILY, size=16, steps=20, seed=1):
        assert len(batch) == 16
        for family in (batch[:4], batch[4:8]):
            assert len({pair.code for pair in family}) == 4
            assert len({pair.code[:5] for pair in family}) == 1


def test_the_same_procedure_at_another_level_is_no_negative() -> None:
    levels = [
        Target("3.000001", "Lẻ", "Cấp giấy phép xây nhà (cấp tỉnh)", (), ("một câu",)),
        Target("3.000002", "Lẻ", "Cấp giấy phép xây nhà (Cấp xã)", (), ("một câu",)),
        Target("3.000003", "Lẻ", "Gia hạn giấy phép xây nhà", (), ("một câu",)),
    ]
    assert neighbours(levels) == [[2], [2], [0, 1]]


def test_the_same_seed_makes_the_same_batches_and_another_does_not() -> None:
    assert batches(TARGETS, size=8, steps=5, seed=3) == batches(TARGETS, size=8, steps=5, seed=3)
    assert batches(TARGETS, size=8, steps=5, seed=3) != batches(TARGETS, size=8, steps=5, seed=4)


def test_a_small_field_still_fills_its_batch() -> None:
    alone = [TARGETS[0], TARGETS[3], Target("9.000009", "Lẻ", "Một mình", (), ("một câu",))]
    assert all(len(batch) == 8 for batch in batches(alone, size=8, steps=30, seed=2))


def test_the_two_sides_of_a_pair_are_of_the_same_procedure() -> None:
    wordings = {t.code: {f"{t.title}. {t.field}", *t.aliases, *t.questions} for t in TARGETS}
    for batch in batches(TARGETS, size=8, steps=20, seed=5):
        for pair in batch:
            assert pair.document in wordings[pair.code]
            said = {fold(expand_informal(text.lower())) for text in wordings[pair.code]}
            assert fold(expand_informal(pair.query.lower())) in said


def test_a_question_is_never_its_own_answer() -> None:
    chance = random.Random(1)  # noqa: S311
    question = TARGETS[0].questions[0]
    assert all(document(TARGETS[0], question, chance) != question for _ in range(200))


def test_some_questions_lose_their_marks() -> None:
    chance = random.Random(2)  # noqa: S311
    varied = [vary("Đăng ký khai sinh", chance) for _ in range(2000)]
    share = sum(text == "Dang ky khai sinh" for text in varied) / len(varied)
    assert share == pytest.approx(FOLDED, abs=0.04)


def test_shortened_words_read_the_same_written_out() -> None:
    for seed in range(20):
        short = informal("Tôi không được làm giấy", random.Random(seed))  # noqa: S311
        assert expand_informal(short) == "tôi không được làm giấy"


PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁khai", "▁sinh"]


def _block(scale: float, nibbles: list[int]) -> bytes:
    packed = [nibbles[i] | nibbles[i + 16] << 4 for i in range(16)]
    return np.float16(scale).tobytes() + bytes(packed)


def _published(magic: bytes = b"E5S1", block: int = BLOCK) -> bytes:
    """One matrix and one vector in the layout of the published file."""
    blob = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)])
    head = magic + struct.pack("<i", 1)
    head += (
        struct.pack("<7i", 32, 1, 2, 64, len(PIECES), 16, 2)
        + struct.pack("<f", 1e-5)
        + struct.pack("<i", block)
    )
    head += struct.pack("<5i", len(PIECES), 0, 2, 1, 3) + struct.pack("<Q", len(blob))
    head += ends.astype("<u4").tobytes() + np.linspace(0, -5, len(PIECES)).astype("<f4").tobytes() + blob
    head += struct.pack("<i", 0) + struct.pack("<I", 4) + b"norm"
    matrix = _block(0.5, list(range(16)) * 2)
    vector = np.arange(3, dtype="<f4").tobytes()
    names = [(b"emb.word", matrix, 32), (b"emb.ln.w", vector, 3)]
    table = sum(2 + len(name) + 1 + 4 + 8 + 8 for name, _, _ in names)
    at = len(head) + 4 + table
    head += struct.pack("<i", len(names))
    for name, raw, count in names:
        head += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", 0, count, at, len(raw))
        at += len(raw)
    return head + matrix + vector


def test_the_published_layout_is_read(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(_published())
    published = read(tmp_path / "model.bin")
    assert published.sizes == {
        "hidden": 32, "layers": 1, "heads": 2, "inner": 64, "vocabulary": 6, "positions": 16, "types": 2,
    }  # fmt: skip
    assert published.epsilon == pytest.approx(1e-5)
    assert [piece for piece, _ in published.pieces] == PIECES
    assert published.pieces[-1][1] == pytest.approx(-5.0)
    assert published.special == {"bos": 0, "eos": 2, "pad": 1, "unk": 3}
    expected = (np.array(list(range(16)) * 2, dtype=np.float32) - 8) * 0.5
    assert published.tensors["emb.word"].tolist() == expected.tolist()
    assert published.tensors["emb.ln.w"].tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("content", [_published(magic=b"GGUF"), _published(block=64), b"", b"E5"])
def test_another_layout_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(ValueError, match="E5S1|blocks"):
        read(tmp_path / "model.bin")
