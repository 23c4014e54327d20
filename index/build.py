"""Build a snapshot from knowledge and swap it in; the same input is recognised and not built again."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.collection import Collection
from index.confidence import load_confidence
from index.dense import Encoder
from index.fusion import load_weights
from index.manifest import FORMAT, Manifest
from index.passages import passages, procedure_text
from index.rows import passage_row, procedure_row
from index.siblings import Siblings, load_siblings
from index.snapshot import current, swap
from index.targets import TargetText
from knowledge.corpus import Knowledge, Wordings
from knowledge.documents import Record

Progress = Callable[[str], None]


def snapshot_id(knowledge: Knowledge, encoder: Encoder | None) -> str:
    """Hash of everything a snapshot is made from; weights are read from files at build and counted too."""
    digest = hashlib.sha256(f"{FORMAT}|{encoder.name if encoder else ''}".encode())
    digest.update(json.dumps([load_weights(), load_confidence(), load_siblings()], sort_keys=True).encode())
    for record in _records(knowledge):
        digest.update(record.model_dump_json().encode())
    for text in _texts(knowledge):  # what is indexed follows from the records by code that may change
        digest.update(json.dumps([text.title, *text.wordings, text.body], ensure_ascii=False).encode())
    return digest.hexdigest()[:16]


def build(
    knowledge: Knowledge, *, home: Path, encoder: Encoder | None, progress: Progress = lambda stage: None
) -> Manifest:
    """Write the snapshot under `home` and make it current.

    Everything is written beside and renamed when whole: a full disk or a kill leaves the old snapshot serving.
    """
    identity = snapshot_id(knowledge, encoder)
    target = home / "index" / identity
    if not target.exists():
        partial = target.with_name(f"{identity}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            _write(knowledge, identity, folder=partial, encoder=encoder, progress=progress)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    if current(home) != target.resolve():
        swap(home, identity)
    return Manifest.read(target)


def _write(
    knowledge: Knowledge, identity: str, *, folder: Path, encoder: Encoder | None, progress: Progress
) -> None:
    started = time.monotonic()
    progress("records")
    places = _write_records(knowledge, folder / "knowledge.jsonl")
    progress("procedures")
    texts = [procedure_text(p, knowledge.wordings.get(p.code, Wordings())) for p in knowledge.procedures]
    Collection.build(texts, encoder).save(folder / "procedures")
    siblings = Siblings()
    progress("passages")
    found = list(passages(knowledge))
    Collection.build([passage.text for passage in found], encoder).save(folder / "passages")
    targets: dict[str, Any] = {
        "places": places,
        "procedures": [
            procedure_row(p, siblings=siblings, entries=text.entries)
            for p, text in zip(knowledge.procedures, texts, strict=True)
        ],
        "passages": [passage_row(passage) for passage in found],
    }
    (folder / "targets.json").write_text(json.dumps(targets, ensure_ascii=False), encoding="utf-8")
    Manifest(
        id=identity,
        built=datetime.now(UTC),
        model=encoder.name if encoder else "",
        dimension=encoder.dimension if encoder else 0,
        counts={kind: len(ids) for kind, ids in places.items()},
        weights=load_weights(),
        confidence=load_confidence(),
        seconds=round(time.monotonic() - started, 1),
        files={
            str(f.relative_to(folder)): f.stat().st_size for f in sorted(folder.rglob("*")) if f.is_file()
        },
    ).write(folder)


def _texts(knowledge: Knowledge) -> Iterable[TargetText]:
    for procedure in knowledge.procedures:
        yield procedure_text(procedure, knowledge.wordings.get(procedure.code, Wordings()))
    for passage in passages(knowledge):
        yield passage.text


def _records(knowledge: Knowledge) -> Iterable[Record]:
    yield from knowledge.procedures
    yield from knowledge.plans
    yield from knowledge.guides
    yield from knowledge.units
    yield from knowledge.areas


def _write_records(knowledge: Knowledge, path: Path) -> dict[str, dict[str, list[int]]]:
    """One JSON line a record; returns where each begins and ends, by kind and id."""
    places: dict[str, dict[str, list[int]]] = {}
    with path.open("wb") as file:
        for record in _records(knowledge):
            line = record.model_dump_json(exclude_defaults=True).encode() + b"\n"
            start = file.tell()
            file.write(line)
            kind = str(getattr(record, "kind"))  # noqa: B009 - every record of a corpus has a kind
            places.setdefault(kind, {})[record_id(record)] = [start, start + len(line)]
        file.flush()
    return places


def record_id(record: Record) -> str:
    """The id a record is asked for by: key, slug or id."""
    for name in ("key", "slug", "id"):
        if value := getattr(record, name, ""):
            return str(value)
    raise ValueError(f"{type(record).__name__} has no id")
