"""What of an earlier snapshot the next one may take over: only what the same code and the same model made."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from index.collection import NOTHING, Earlier
from index.forward import KEY, key_of
from index.manifest import Manifest
from index.rows_file import load_rows, save_rows
from index.vectors import Place, VectorBackend
from knowledge.errors import SnapshotError

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[1]
_TEXT = "knowledge/text/{normalise,diacritics,informal}.py"
# What each part of a snapshot follows from, besides the records.
_CODE = {
    "tokens": (_TEXT, "knowledge/text/words.py", "index/{forward,lexical,coverage,collection,targets}.py"),
    "vectors": (_TEXT, "index/{dense,onnx_module}.py"),
    "rows": ("knowledge/*.py", "knowledge/text/*.py", "index/*.py", "index/*.yml"),
}
_PACKAGES = {"tokens": ("underthesea",), "vectors": ("onnxruntime", "tokenizers"), "rows": ()}


@cache
def code_of(part: str) -> str:
    """A hash of the code that makes this part."""
    digest = hashlib.sha256()
    for pattern in _CODE[part]:
        for path in _files(pattern):
            digest.update(path.name.encode() + path.read_bytes())
    digest.update("".join(f"{name}{version(name)}" for name in _PACKAGES[part]).encode())
    return digest.hexdigest()[:16]


def _files(pattern: str) -> Iterator[Path]:
    head, brace, rest = pattern.partition("{")
    names, _, tail = rest.partition("}")
    for name in names.split(",") if brace else [""]:
        yield from sorted(ROOT.glob(f"{head}{name}{tail}"))


@dataclass(frozen=True)
class Reusable:
    """The parts of one earlier snapshot."""

    collections: dict[str, Earlier] = field(default_factory=dict)
    rows: dict[bytes, Any] = field(default_factory=dict)  # a procedure's row by the key of its record

    def of(self, collection: str) -> Earlier:
        return self.collections.get(collection, NOTHING)

    @classmethod
    def load(cls, folder: Path | None, *, model: str, vectors: VectorBackend) -> Reusable:
        """Of the snapshot in `folder`; nothing when there is none, or it is damaged or of another format."""
        try:
            return cls._load(folder, Manifest.read(folder), model, vectors) if folder else cls()
        except (SnapshotError, OSError, ValueError, KeyError, RuntimeError) as error:
            log.warning("nothing is taken over from %s (%s); everything is built anew", folder, error)
            return cls()

    @classmethod
    def _load(cls, folder: Path, manifest: Manifest, model: str, vectors: VectorBackend) -> Reusable:
        tokens = manifest.code.get("tokens") == code_of("tokens")
        same = manifest.code.get("vectors") == code_of("vectors") and manifest.model == model
        usable = same and manifest.vectors == vectors.name and vectors.holds(manifest.id)
        collections = {
            name: Earlier.load(
                Place(manifest.id, name, folder / name), tokens=tokens, vectors=vectors if usable else None
            )
            for name in ("procedures", "passages")
        }
        same_rows = manifest.code.get("rows") == code_of("rows")
        return cls(collections, load_keyed_rows(folder) if same_rows else {})


def row_key(record_line: bytes, entries: Iterable[str]) -> bytes:
    """What a procedure's row follows from."""
    return blake2b(record_line + key_of("\0".join(entries)), digest_size=16).digest()


def save_keyed_rows(folder: Path, keys: list[bytes], rows: list[dict[str, Any]]) -> None:
    np.save(folder / "procedures" / "rows.npy", np.frombuffer(b"".join(keys), dtype=np.uint8))
    save_rows(folder / "procedures" / "rows.jsonl", rows)


def load_keyed_rows(folder: Path) -> dict[bytes, Any]:
    keys = np.load(folder / "procedures" / "rows.npy").view(KEY).tolist()
    return dict(zip(keys, load_rows(folder / "procedures" / "rows.jsonl"), strict=True))
