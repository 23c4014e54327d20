"""Texts to vectors: one encoder protocol, sentence-transformers behind it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.informal import expand_informal
from knowledge.text.normalise import one_line

Vectors = NDArray[np.float32]
BATCH = 64
MANY = 16  # texts from which threads pay
MAX_CHARS = 1000  # an encoder truncates far earlier; this bounds what a hostile text can cost


class Encoder(Protocol):
    """Texts to unit vectors. `name` identifies the model in the manifest."""

    name: str
    dimension: int

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors: ...


def clean(text: str) -> str:
    """What any encoder sees: one line, lower case, short words written out, bounded.

    A text without marks stays without: half-restored, it is neither of the two languages the model knows.
    """
    line = one_line(text[:MAX_CHARS]).lower()
    written_out = expand_informal(line)
    return written_out if has_diacritics(line) else fold(written_out)


class SentenceEncoder:
    """Any sentence-transformers model by path or name. Prompts named `query`/`passage` are used if it has them.

    Our own model is asked one text at a time: it is 8-bit, and scales its activations by all that it is given at
    once, so that in a batch a text's vector would depend on its neighbours (cosine as low as 0.96 to itself alone).
    """

    def __init__(self, model: str | Path, *, threads: int | None = None) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        own = ours(model)
        self._alone = bool(own)
        loaded = SentenceTransformer(modules=own) if own else SentenceTransformer(str(model), device="cpu")
        self._model: Any = loaded
        self.name = model_name(model)
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self._prompts: dict[str, str] = {k: v or "" for k, v in (self._model.prompts or {}).items()}

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        prompt = self._prompts.get("query" if query else "passage", "") or ""
        batch = [prompt + clean(text) for text in texts]
        if not self._alone:
            return self._vectors(batch)
        if len(batch) < MANY:
            return np.concatenate([self._vectors([text]) for text in batch] or [self._nothing])
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # the network runs outside the interpreter's lock
            return np.concatenate(list(pool.map(lambda text: self._vectors([text]), batch)))

    @property
    def _nothing(self) -> Vectors:
        return np.zeros((0, self.dimension), dtype=np.float32)

    def _vectors(self, batch: list[str]) -> Vectors:
        vectors = self._model.encode(
            batch, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, prompt=""
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def ours(model: str | Path) -> list[Any]:
    """Our own module for a model folder of ours; [] for any other model.

    The library would import the class named in the folder only with leave to run any code the folder names: that
    leave is never given. Only this one class is known here.
    """
    if not (Path(model) / "model.onnx").is_file():
        return []
    from index.onnx_module import OnnxEmbedder

    return [OnnxEmbedder(model)]


class HashEncoder:
    """A deterministic encoder without a model, for tests: hashed character trigrams, so near texts are near."""

    name = "hash"
    dimension = 256

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            padded = f"  {clean(text)}  "
            for start in range(len(padded) - 2):
                digest = hashlib.blake2b(padded[start : start + 3].encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest, "little") % self.dimension] += 1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float32)


def model_name(model: str | Path) -> str:
    """A path's identity is its weights: two models in the same folder are never taken for one another."""
    path = Path(model)
    if not path.is_dir():
        return str(model)
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.suffix in {".safetensors", ".onnx", ".json", ".bin"}:
            digest.update(file.name.encode() + file.read_bytes())
    return f"{path.name}@{digest.hexdigest()[:12]}"
