"""From published records to the snapshot that serves: what `motcua ingest` and `motcua publish` do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.gateway.settings import ROOT, Settings
from index.snapshot import current
from knowledge.corpus import Knowledge, Wordings
from knowledge.errors import SnapshotError
from knowledge.ingest import IngestReport, Progress, ingest
from knowledge.store import KnowledgeStore

if TYPE_CHECKING:
    from index.dense import Encoder

DEFAULT_MODEL = ROOT / "index" / "model"
# What a snapshot is made from, besides the records: content we wrote, the code that indexes it, the model.
_MADE_FROM = ("knowledge/packs", "knowledge/text", "index")
_SUFFIXES = {".py", ".yml", ".json", ".jsonl", ".txt"}


@dataclass(frozen=True)
class Published:
    """Which snapshot serves now, and whether it is a new one."""

    snapshot: str
    changed: bool
    counts: dict[str, int]
    model: str


def model_of(settings: Settings) -> str:
    """The vector model by folder or name; "" when the repository holds none and none was asked for."""
    if settings.embedding_model:
        return settings.embedding_model
    return str(DEFAULT_MODEL) if (DEFAULT_MODEL / "modules.json").is_file() else ""


def load_encoder(settings: Settings) -> Encoder | None:
    """The vector model, or None for search by words alone."""
    from index.dense import SentenceEncoder

    model = model_of(settings)
    return SentenceEncoder(model) if model else None


def take_in(
    settings: Settings, paths: Sequence[Path], *, area: str = "", progress: Progress | None = None
) -> IngestReport:
    """Read records into the knowledge that serves; without paths, only what we wrote."""
    return ingest(paths, store=KnowledgeStore(settings.home), area=area, progress=progress)


def is_current(settings: Settings) -> bool:
    """Whether the snapshot that serves was made from exactly what there is now."""
    return current(settings.home) is not None and _read(_stamp(settings)) == fingerprint(settings)


def publish(settings: Settings, *, progress: Callable[[str], None] = lambda stage: None) -> Published:
    """Index what is published, and let the new snapshot serve. Without changes nothing is built."""
    from index.build import build

    before = current(settings.home)
    manifest = build(gather(settings), home=settings.home, encoder=load_encoder(settings), progress=progress)
    _stamp(settings).write_text(fingerprint(settings), encoding="utf-8")
    changed = before is None or before.name != manifest.id
    return Published(snapshot=manifest.id, changed=changed, counts=manifest.counts, model=manifest.model)


def gather(settings: Settings) -> Knowledge:
    """Everything there is to answer from.

    Raises:
        SnapshotError: nothing was ingested yet, or it is damaged.
    """
    from knowledge.guides import load_guides
    from knowledge.packs_loader import load_areas, load_questions, load_units

    stored = KnowledgeStore(settings.home).load_current()
    if stored is None:
        raise SnapshotError("nothing is published yet: run `motcua ingest`")
    return Knowledge(
        procedures=stored.procedures,
        plans=stored.plans,
        guides=load_guides(),
        units=load_units(),
        areas=load_areas(),
        wordings={code: Wordings(*said) for code, said in load_questions().items()},
    )


def fingerprint(settings: Settings) -> str:
    """Of everything a snapshot is made from, cheap enough for each start."""
    digest = hashlib.sha256(f"{KnowledgeStore(settings.home).current_version()}\0".encode())
    for path in _inputs(settings):
        state = path.stat()
        digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    digest.update(model_of(settings).encode())
    return digest.hexdigest()


def _inputs(settings: Settings) -> Iterator[Path]:
    folders = [ROOT / folder for folder in _MADE_FROM]
    model = Path(model_of(settings) or DEFAULT_MODEL)
    for folder in [*folders, *([model] if model.is_dir() else [])]:
        yield from sorted(
            path
            for path in folder.rglob("*")
            if path.is_file() and (path.suffix in _SUFFIXES or model in path.parents)
        )


def _stamp(settings: Settings) -> Path:
    return settings.index_dir / "made-from"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
