"""A Haystack pipeline as its guide builds hybrid retrieval: in-memory BM25 beside in-memory vectors, joined by rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.bench.peers.dense import encoder_of
from tests.bench.peers.protocol import Encoder, Setup, Text, first_of_each, library

DEPTH = 100  # of each retriever; its own default of 10 would leave the joiner little to join


class Haystack:
    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._pipeline: Any = None

    def index(self, texts: Sequence[Text]) -> None:
        document = library("haystack").Document
        store = library("haystack.document_stores.in_memory").InMemoryDocumentStore(
            embedding_similarity_function="cosine"
        )
        vectors = self._encoder.encode([text.whole for text in texts], kind="passage")
        store.write_documents(
            [
                document(id=text.code, content=text.whole, embedding=vector.tolist())
                for text, vector in zip(texts, vectors, strict=True)
            ]
        )
        self._pipeline = _pipeline(store, self._encoder)

    def search(self, query: str, k: int) -> list[str]:
        asked = {"words": {"query": query}, "encoder": {"text": query}}
        return first_of_each((found.id for found in self._pipeline.run(asked)["joiner"]["documents"]), k)


def _pipeline(store: Any, encoder: Encoder) -> Any:
    haystack = library("haystack")
    component = haystack.component
    retrievers = library("haystack.components.retrievers.in_memory")
    joiner = library("haystack.components.joiners").DocumentJoiner

    @component
    class QueryEncoder:
        @component.output_types(embedding=list[float])  # type: ignore[untyped-decorator]
        def run(self, text: str) -> dict[str, list[float]]:
            return {"embedding": encoder.encode([text], kind="query")[0].tolist()}

    made = haystack.Pipeline()
    made.add_component("encoder", QueryEncoder())
    made.add_component("words", retrievers.InMemoryBM25Retriever(store, top_k=DEPTH))
    made.add_component("vectors", retrievers.InMemoryEmbeddingRetriever(store, top_k=DEPTH))
    made.add_component("joiner", joiner(join_mode="reciprocal_rank_fusion"))
    made.connect("encoder.embedding", "vectors.query_embedding")
    made.connect("words", "joiner")
    made.connect("vectors", "joiner")
    return made


def make(setup: Setup) -> Haystack:
    return Haystack(encoder_of(setup))
