"""bm25s and e5 together by reciprocal rank fusion (Cormack, Clarke, Büttcher 2009), with its usual constant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.bench.peers.bm25 import Bm25
from tests.bench.peers.dense import Dense, encoder_of
from tests.bench.peers.protocol import Peer, Setup, Text

CONSTANT = 60
DEPTH = 100  # of each list


def fused(lists: Iterable[Sequence[str]], k: int) -> list[str]:
    scores: Counter[str] = Counter()
    for codes in lists:
        for place, code in enumerate(codes, 1):
            scores[code] += 1 / (CONSTANT + place)  # type: ignore[assignment]  # a Counter of floats
    return [code for code, _ in scores.most_common(k)]


class Fusion:
    def __init__(self, peers: Sequence[Peer]) -> None:
        self._peers = peers

    def index(self, texts: Sequence[Text]) -> None:
        for peer in self._peers:
            peer.index(texts)

    def search(self, query: str, k: int) -> list[str]:
        return fused([peer.search(query, max(k, DEPTH)) for peer in self._peers], k)


def make(setup: Setup) -> Fusion:
    return Fusion([Bm25(), Dense(encoder_of(setup))])
