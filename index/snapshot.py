"""A snapshot: an immutable folder of records and indexes, memory-mapped by every worker.

<home>/index/<id>/   manifest.json  knowledge.jsonl  places.json  procedures/  passages/
<home>/index/current → <id>        swapped atomically; the last few old folders stay for rollback and replay
"""

from __future__ import annotations

import json
import mmap
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from index.cache import cached
from index.collection import Collection
from index.manifest import Manifest
from index.rows_file import load_rows
from index.vectors import FaissBackend, VectorBackend
from knowledge.documents import Area, Plan, Procedure, Record, Unit
from knowledge.errors import SnapshotError
from knowledge.guides import Guide

KEEP = 5  # snapshots kept besides the one that serves, for going back and for replay
KINDS: dict[str, type[Record]] = {
    "procedure": Procedure,
    "plan": Plan,
    "guide": Guide,
    "unit": Unit,
    "area": Area,
}


# What the readers of JSON, arrays and vectors raise over a file that is not what they wrote.
_DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, EOFError, BadZipFile)


class Records:
    """Records by kind and id, parsed when first asked for: thousands cost memory only when used."""

    def __init__(self, path: Path, places: dict[str, dict[str, list[int]]]) -> None:
        self._places = {
            kind: {name: (int(start), int(end)) for name, (start, end) in ids.items()}
            for kind, ids in places.items()
        }
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._read = cached(self._parse, 2048)

    def get(self, kind: str, record_id: str) -> Record | None:
        return self._read(kind, record_id) if record_id in self._places.get(kind, {}) else None

    def procedure(self, key: str) -> Procedure | None:
        """By key; a bare code is the national record in force."""
        record = self.get("procedure", key)
        return record if isinstance(record, Procedure) else None

    def plan(self, plan_id: str) -> Plan | None:
        record = self.get("plan", plan_id)
        return record if isinstance(record, Plan) else None

    def guide(self, guide_id: str) -> Guide | None:
        record = self.get("guide", guide_id)
        return record if isinstance(record, Guide) else None

    def all(self, kind: str) -> list[Record]:
        return [self._read(kind, record_id) for record_id in self._places.get(kind, {})]

    def _parse(self, kind: str, record_id: str) -> Record:
        start, end = self._places[kind][record_id]
        return KINDS[kind].model_validate(json.loads(self._data[start:end]))


def read_records(folder: Path) -> Records:
    """The records of a snapshot alone, without its indexes."""
    places: dict[str, Any] = json.loads((folder / "places.json").read_text("utf-8"))
    return Records(folder / "knowledge.jsonl", places)


class Snapshot:
    """One loaded snapshot. `procedure_rows`/`passage_rows` name the rows of the two collections."""

    def __init__(self, folder: Path, *, vectors: VectorBackend | None = None) -> None:
        self.manifest = Manifest.read(folder)
        backend = vectors or FaissBackend()
        if self.manifest.vectors != backend.name:
            raise SnapshotError(
                f"{folder}: its vectors are in {self.manifest.vectors}, INDEX_BACKEND is {backend.name}:"
                " run `motcua publish`"
            )
        load = partial(Collection.load, snapshot=self.manifest.id, vectors=backend)
        try:
            self.procedures = load(folder / "procedures")
            self.passages = load(folder / "passages")
            self.records = read_records(folder)
            self.procedure_rows = load_rows(folder / "procedures" / "rows.jsonl")
            self.passage_rows = load_rows(folder / "passages" / "rows.jsonl")
        except _DAMAGE as error:
            raise SnapshotError(f"{folder}: damaged snapshot ({error}); run `motcua publish`") from error


def current(home: Path) -> Path | None:
    """The folder that serves now, or None when nothing was published yet."""
    link = home / "index" / "current"
    return link.resolve() if link.exists() else None


def swap(home: Path, snapshot_id: str) -> None:
    """Make `snapshot_id` the one that serves, in one rename: readers see the old or the new, never neither."""
    link = home / "index" / "current"
    fresh = link.with_name(f"current.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(snapshot_id)
    fresh.replace(link)


def kept(home: Path) -> list[Path]:
    """The snapshots on disk, the newest first."""
    manifests = (home / "index").glob("*/manifest.json")
    whole = [path for path in manifests if not path.parent.is_symlink() and path.parent.suffix != ".partial"]
    return [path.parent for path in sorted(whole, key=lambda path: path.stat().st_mtime_ns, reverse=True)]


def prune(home: Path) -> list[str]:
    """Remove old snapshots beyond `KEEP`; never the one that serves. Returns their ids.

    A process that still maps the files of one goes on reading them: they leave the disk with the last of their
    readers. One that is about to open them is far from here, as a snapshot is named by `current` when it is opened.
    """
    serving = current(home)
    old = [folder for folder in kept(home) if folder.resolve() != serving][KEEP:]
    for folder in old:
        remove(folder)
    return [folder.name for folder in old]


def remove(folder: Path) -> None:
    """Out of sight at once, then from the disk: half a snapshot is never seen."""
    if folder.exists():
        gone = folder.with_name(f"{folder.name}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
