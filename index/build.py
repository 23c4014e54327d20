"""Build a snapshot from knowledge and swap it in; the same input is recognised and not built again.

What did not change is taken over from the snapshot that serves: token counts and vectors by text, rows by record.
Statistics are always those of the whole collection, so a snapshot is the same whatever it was built beside.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.collection import Collection
from index.confidence import load_confidence
from index.database import IndexDatabase, forget_passages, write_passages
from index.dense import Encoder
from index.fusion import load_weights
from index.manifest import FORMAT, Manifest
from index.passages import Passage, passages, procedure_text
from index.reuse import Reusable, code_of, row_key, save_keyed_rows
from index.rows import passage_row, procedure_row
from index.rows_file import save_rows
from index.siblings import Siblings, load_siblings
from index.snapshot import KEEP, current, kept, prune, remove, swap
from index.targets import TargetText
from index.vectors import Entries, FaissBackend, VectorBackend
from knowledge.corpus import Knowledge, Wordings
from knowledge.documents import Procedure, Record

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """Knowledge as it is written and indexed, and the id of the snapshot that follows from it."""

    id: str
    lines: list[tuple[Record, bytes]]  # the procedures first
    records: Sequence[Procedure]
    procedures: list[TargetText]  # the texts of `records`
    passages: list[Passage]

    @classmethod
    def of(
        cls, knowledge: Knowledge, encoder: Encoder | None, *, version: str = "", vectors: str = "faiss"
    ) -> Prepared:
        lines = [(record, _line(record)) for record in _records(knowledge)]
        texts = [procedure_text(p, knowledge.wordings.get(p.code, Wordings())) for p in knowledge.procedures]
        found = list(passages(knowledge))
        settings = [load_weights(), load_confidence(), load_siblings(), code_of("tokens"), code_of("vectors")]
        digest = hashlib.sha256(f"{FORMAT}|{encoder.name if encoder else ''}|{version}|{vectors}".encode())
        digest.update(json.dumps(settings, sort_keys=True).encode())
        for _, line in lines:
            digest.update(line)
        # What is indexed follows from the records by code that may change.
        for text in [*texts, *(passage.text for passage in found)]:
            digest.update("\0".join((text.title, *text.wordings, text.body)).encode())
        return cls(digest.hexdigest()[:16], lines, knowledge.procedures, texts, found)

    @property
    def entries(self) -> dict[str, Entries]:
        """What is searched, row by row, by collection."""
        targets = [
            (record.key, "procedure", text)
            for record, text in zip(self.records, self.procedures, strict=True)
        ]
        found = [(passage.id, passage.id.partition(":")[0], passage.text) for passage in self.passages]
        return {"procedures": _entries(targets), "passages": _entries(found)}


def _entries(targets: Iterable[tuple[str, str, TargetText]]) -> Entries:
    rows = [(name, kind, entry) for name, kind, text in targets for entry in text.entries]
    return Entries(*zip(*rows, strict=True)) if rows else Entries((), (), ())


def snapshot_id(knowledge: Knowledge, encoder: Encoder | None, version: str = "") -> str:
    """Hash of everything a snapshot is made from; weights are read from files at build and counted too."""
    return Prepared.of(knowledge, encoder, version=version).id


@dataclass(frozen=True)
class Tools:
    """What a snapshot is built with, besides knowledge: the model, where vectors go, and who is told of passages."""

    encoder: Encoder | None
    vectors: VectorBackend
    database: IndexDatabase | None


def build(
    knowledge: Knowledge,
    *,
    home: Path,
    encoder: Encoder | None,
    progress: Progress = lambda stage: None,
    version: str = "",
    vectors: VectorBackend | None = None,
    database: IndexDatabase | None = None,
) -> Manifest:
    """Write the snapshot of knowledge `version` under `home` and make it current.

    Everything is written beside and renamed when whole: a full disk or a kill leaves the old snapshot serving.

    Raises:
        DatabaseDown: the vectors or the passages could not be written to PostgreSQL.
    """
    tools = Tools(encoder, vectors or FaissBackend(), database)
    prepared = Prepared.of(knowledge, encoder, version=version, vectors=tools.vectors.name)
    target = home / "index" / prepared.id
    with _one_builder(home):
        if not (target.exists() and tools.vectors.holds(prepared.id)):
            partial = target.with_name(f"{prepared.id}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            try:
                _write(prepared, home=home, folder=partial, tools=tools, progress=progress, version=version)
                remove(target)
                partial.rename(target)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        if current(home) != target.resolve():
            swap(home, prepared.id)
        _forget_old(home, tools)
    return Manifest.read(target)


def _forget_old(home: Path, tools: Tools) -> None:
    prune(home)
    names = {folder.name for folder in kept(home)}
    tools.vectors.keep(names)
    if tools.database is not None:
        with tools.database.writing() as conn:
            forget_passages(conn, keep=names, newest=KEEP + 1)


@contextmanager
def _one_builder(home: Path) -> Iterator[None]:
    """Two publications at once build one after the other."""
    (home / "index").mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / "index" / ".lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(
    prepared: Prepared, *, home: Path, folder: Path, tools: Tools, progress: Progress, version: str
) -> None:
    started = time.monotonic()
    encoder, vectors = tools.encoder, tools.vectors
    model = encoder.name if encoder else ""
    before = current(home) or next(iter(kept(home)), None)
    reusable = Reusable.load(before, model=model, vectors=vectors)
    progress("records")
    places = _write_records(prepared.lines, folder / "knowledge.jsonl")
    (folder / "places.json").write_text(json.dumps(places), encoding="utf-8")
    if tools.database is not None:
        with tools.database.writing() as conn:
            write_passages(conn, prepared.id, knowledge=version, model=model, collections=prepared.entries)
    progress("procedures")
    made = Collection.build(prepared.procedures, encoder, reusable.of("procedures"))
    made.save(folder / "procedures", snapshot=prepared.id, vectors=vectors)
    _write_rows(prepared, reusable, folder)
    progress("passages")
    made = Collection.build([passage.text for passage in prepared.passages], encoder, reusable.of("passages"))
    made.save(folder / "passages", snapshot=prepared.id, vectors=vectors)
    save_rows(folder / "passages" / "rows.jsonl", map(passage_row, prepared.passages))
    Manifest(
        id=prepared.id,
        built=datetime.now(UTC),
        model=model,
        vectors=vectors.name,
        dimension=encoder.dimension if encoder else 0,
        counts={kind: len(ids) for kind, ids in places.items()},
        knowledge=version,
        weights=load_weights(),
        confidence=load_confidence(),
        code={part: code_of(part) for part in ("tokens", "vectors", "rows")},
        seconds=round(time.monotonic() - started, 1),
        files={
            str(f.relative_to(folder)): f.stat().st_size for f in sorted(folder.rglob("*")) if f.is_file()
        },
    ).write(folder)


def _write_rows(prepared: Prepared, reusable: Reusable, folder: Path) -> None:
    siblings = Siblings()
    keys, rows = [], []
    lines = (line for _, line in prepared.lines[: len(prepared.records)])
    for record, line, text in zip(prepared.records, lines, prepared.procedures, strict=True):
        key = row_key(line, text.entries)
        keys.append(key)
        rows.append(reusable.rows.get(key) or procedure_row(record, siblings=siblings, entries=text.entries))
    save_keyed_rows(folder, keys, rows)


def _records(knowledge: Knowledge) -> Iterable[Record]:
    yield from knowledge.procedures
    yield from knowledge.plans
    yield from knowledge.guides
    yield from knowledge.units
    yield from knowledge.areas


def _line(record: Record) -> bytes:
    return record.model_dump_json(exclude_defaults=True).encode() + b"\n"


def _write_records(lines: list[tuple[Record, bytes]], path: Path) -> dict[str, dict[str, list[int]]]:
    """One JSON line a record; returns where each begins and ends, by kind and id."""
    places: dict[str, dict[str, list[int]]] = {}
    with path.open("wb") as file:
        for record, line in lines:
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
