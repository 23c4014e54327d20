"""Texts as counted tokens, laid end to end: what an index is computed from, and what the next build takes over.

A token is known by a 64-bit hash, so that a vocabulary is one sorted array that every worker maps: no dictionary of
words is read into memory. Built from old rows or from new texts, the arrays are the same to the last bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tokenise = Callable[[str], list[str]]
Hashes = NDArray[np.uint64]
KEY = np.dtype("V16")
NEW = -1  # in place of a row: the text was not there before


def key_of(text: str) -> bytes:
    """What a text is recognised by in the next build."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def keys_of(texts: Iterable[str]) -> NDArray[np.void]:
    return np.frombuffer(b"".join(map(key_of, texts)), dtype=KEY)


def token_hash(token: str) -> int:
    return int.from_bytes(blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def find(vocabulary: Hashes, hashes: Hashes) -> NDArray[np.int64]:
    """The place of each hash in a sorted vocabulary, -1 where it has none."""
    if not len(vocabulary):
        return np.full(len(hashes), -1, dtype=np.int64)
    places = np.minimum(np.searchsorted(vocabulary, hashes), len(vocabulary) - 1)
    return np.where(vocabulary[places] == hashes, places, -1)


@dataclass(frozen=True)
class Rows:
    """Which row of an earlier build holds each text, or `NEW`."""

    rows: NDArray[np.int64]

    @classmethod
    def of(cls, keys: NDArray[np.void], before: NDArray[np.void] | None) -> Rows:
        known = {} if before is None else {key: row for row, key in enumerate(before.tolist())}
        return cls(np.array([known.get(key, NEW) for key in keys.tolist()], dtype=np.int64))

    @property
    def old(self) -> NDArray[np.int64]:
        """Positions of the texts that are there."""
        return np.flatnonzero(self.rows != NEW)

    @property
    def new(self) -> NDArray[np.int64]:
        """Positions of the texts that are not there yet."""
        return np.flatnonzero(self.rows == NEW)


@dataclass(frozen=True)
class Forward:
    """`columns[starts[i]:starts[i+1]]` are text i's tokens, as places in `vocabulary`, each with its count."""

    keys: NDArray[np.void]
    vocabulary: Hashes  # sorted, and each occurs
    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    counts: NDArray[np.uint16]

    @classmethod
    def build(cls, texts: Sequence[str], tokenise: Tokenise, before: Forward | None = None) -> Forward:
        """Count the tokens of each text; those that `before` holds are not split again."""
        keys = keys_of(texts)
        found = Rows.of(keys, before.keys if before else None)
        fresh = _count([texts[row] for row in found.new], tokenise)
        if before is None:
            return cls(keys, *fresh)
        rows = found.rows.copy()
        rows[found.new] = len(before.keys) + np.arange(len(found.new))
        return cls(keys, *_select(_joined(before.parts, fresh), rows))

    @property
    def parts(self) -> _Parts:
        return self.vocabulary, self.starts, self.columns, self.counts

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text, repeated ones counted."""
        ends = np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)])
        return np.asarray(ends[self.starts[1:]] - ends[self.starts[:-1]])

    @property
    def owners(self) -> NDArray[np.int32]:
        """The text of each entry of `columns`."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for name in _FILES:
            part = np.ascontiguousarray(getattr(self, name))
            np.save(folder / f"{name}.npy", part.view(np.uint8) if name == "keys" else part)

    @classmethod
    def load(cls, folder: Path) -> Forward:
        parts: dict[str, Any] = {name: mapped(folder / f"{name}.npy") for name in _FILES}
        return cls(**{**parts, "keys": parts["keys"].view(KEY)})


def mapped(path: Path) -> NDArray[Any]:
    """The array over the file's own pages, shared by all processes; the memmap class costs a call on every slice."""
    return np.asarray(np.load(path, mmap_mode="r"))


_FILES = ("keys", "vocabulary", "starts", "columns", "counts")
_Parts = tuple[Hashes, NDArray[np.int64], NDArray[np.int32], NDArray[np.uint16]]


def _count(texts: Sequence[str], tokenise: Tokenise) -> _Parts:
    seen: dict[str, int] = {}
    columns: list[int] = []
    counts: list[int] = []
    ends = [0]
    for text in texts:
        counted = Counter(tokenise(text))
        columns += [seen.setdefault(token, len(seen)) for token in counted]
        counts += counted.values()
        ends.append(len(columns))
    hashes = np.fromiter(map(token_hash, seen), dtype=np.uint64, count=len(seen))
    vocabulary = np.unique(hashes)
    starts = np.array(ends, dtype=np.int64)
    placed = np.searchsorted(vocabulary, hashes)[np.array(columns, dtype=np.int64)].astype(np.int32)
    order = np.lexsort((placed, np.repeat(np.arange(len(texts)), np.diff(starts))))
    return vocabulary, starts, placed[order], np.array(counts, dtype=np.uint16)[order]


def _joined(before: _Parts, fresh: _Parts) -> _Parts:
    """Both laid end to end, over one vocabulary. Places keep their order in each text, as hashes are sorted."""
    vocabulary = np.union1d(before[0], fresh[0])
    return (
        vocabulary,
        np.concatenate([before[1], before[1][-1] + fresh[1][1:]]),
        np.concatenate(
            [np.searchsorted(vocabulary, part[0]).astype(np.int32)[part[2]] for part in (before, fresh)]
        ),
        np.concatenate([before[3], fresh[3]]),
    )


def _select(parts: _Parts, rows: NDArray[np.int64]) -> _Parts:
    """These rows in this order, and only the tokens that occur in them."""
    vocabulary, starts, columns, counts = parts
    sizes = starts[rows + 1] - starts[rows]
    ends = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    taken = np.repeat(starts[rows] - ends[:-1], sizes) + np.arange(ends[-1])
    used = np.zeros(len(vocabulary), dtype=bool)
    used[columns[taken]] = True
    place = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return vocabulary[used], ends, place[columns[taken]], counts[taken]
