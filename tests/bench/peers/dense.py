"""Vectors alone: the text nearest by cosine. With the bank a procedure is as near as the nearest of its wordings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.bench.peers.protocol import Encoder, Floats, Setup, Text, first_of_each


class Dense:
    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: Floats = np.zeros((0, 0), dtype=np.float32)
        self._codes: list[str] = []

    def index(self, texts: Sequence[Text]) -> None:
        rows = [(text.code, said) for text in texts for said in (text.whole, *text.wordings)]
        self._codes = [code for code, _ in rows]
        self._vectors = self._encoder.encode([said for _, said in rows], kind="passage")

    def search(self, query: str, k: int) -> list[str]:
        near = self._vectors @ self._encoder.encode([query], kind="query")[0]
        return first_of_each((self._codes[place] for place in np.argsort(-near, kind="stable")), k)


def encoder_of(setup: Setup) -> Encoder:
    if setup.encoder is None:
        raise ValueError("this peer needs an encoder")
    return setup.encoder


def make(setup: Setup) -> Dense:
    return Dense(encoder_of(setup))
