"""A txtai hybrid index (BM25 beside vectors, half each), its vectors made by our e5 as an external function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.bench.peers.dense import encoder_of
from tests.bench.peers.protocol import Encoder, Floats, Kind, Setup, Text, first_of_each, library

PREFIXES: dict[Kind, str] = {"query": "query: ", "passage": "passage: "}


class Txtai:
    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._index: Any = None

    def index(self, texts: Sequence[Text]) -> None:
        def transform(texts: Sequence[str]) -> Floats:  # txtai calls plain functions only
            return self._encode(texts)

        self._index = library("txtai").Embeddings(
            method="external", transform=transform, hybrid=True,
            instructions={"query": PREFIXES["query"], "data": PREFIXES["passage"]},
        )  # fmt: skip
        self._index.index([(text.code, text.whole, None) for text in texts])

    def search(self, query: str, k: int) -> list[str]:
        return first_of_each((str(code) for code, _ in self._index.search(query, k)), k)

    def _encode(self, texts: Sequence[str]) -> Floats:
        """What kind of text it is comes as its prefix, which the encoder puts there itself."""
        kind: Kind = "query" if texts[0].startswith(PREFIXES["query"]) else "passage"
        return self._encoder.encode([text.removeprefix(PREFIXES[kind]) for text in texts], kind=kind)


def make(setup: Setup) -> Txtai:
    return Txtai(encoder_of(setup))
