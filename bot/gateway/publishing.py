"""From published files to the snapshot that serves: what `motcua ingest`, `publish` and `rollback` do.

The newest publication in PostgreSQL says which version serves; the snapshot's link follows it. The link moves
first and the publication is noted after it, so whatever fails in between leaves a link that says more than the
database: the next start sees that the two differ and builds what the database says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from bot.gateway.joined import joined
from bot.gateway.settings import ROOT, Settings
from desk.database import EmbeddedPostgres, migrate
from index.manifest import Manifest
from index.snapshot import current
from knowledge.corpus import Knowledge, Wordings
from knowledge.errors import DatabaseDown, SnapshotError, UnknownVersion
from knowledge.ingest import IngestReport, Order, Progress, ingest
from knowledge.sources import Options
from knowledge.store import KnowledgeStore, Publication, Version, connect

if TYPE_CHECKING:
    from index.database import IndexDatabase
    from index.dense import Encoder
    from index.vectors import VectorBackend

DEFAULT_MODEL = ROOT / "index" / "model"
# What a snapshot is made from, besides the records: content we wrote, the code that indexes it, the model.
_MADE_FROM = ("knowledge/packs", "knowledge/text", "index")
_SUFFIXES = {".py", ".yml", ".json", ".jsonl", ".txt"}
_LOCK = 7_030_004  # advisory: one publication at a time


@dataclass(frozen=True)
class Published:
    """Which version and snapshot serve now, and whether anything changed."""

    version: str
    snapshot: str
    changed: bool
    counts: dict[str, int]
    model: str


@dataclass(frozen=True)
class State:
    """Where publishing stands: names of the version that serves and of the one staged last, "" for none."""

    serving: str = ""
    staged: str = ""

    @property
    def waiting(self) -> bool:
        """Whether something is staged that people have not published yet."""
        return bool(self.serving) and self.staged != self.serving


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


def database_address(settings: Settings) -> str:
    """Where PostgreSQL is; the embedded one runs under its home."""
    return settings.database_url or EmbeddedPostgres(settings.postgres_dir).dsn


def vectors_of(settings: Settings, *, kind: str = "", database: IndexDatabase | None = None) -> VectorBackend:
    """Where the vectors of the index lie.

    Args:
        settings: Which backend, and where PostgreSQL is.
        kind: Another backend than that of the settings: the one an old snapshot was written by.
        database: One that is open already.
    """
    from index.database import IndexDatabase
    from index.vectors import FaissBackend

    if (kind or settings.index_backend) == "faiss":
        return FaissBackend()
    from index.pgvector import PgvectorBackend

    return PgvectorBackend(database or IndexDatabase(database_address(settings)))


@contextmanager
def open_store(settings: Settings) -> Iterator[KnowledgeStore]:
    """The knowledge over its own connection. The embedded database is joined when it runs, else started.

    Raises:
        DatabaseDown: PostgreSQL cannot be reached.
    """
    with joined(settings) as dsn:
        try:
            migrate(dsn)
            conn = connect(dsn)
        except psycopg.OperationalError as error:
            raise DatabaseDown(f"PostgreSQL is unreachable: {error}") from error
        with conn:
            yield KnowledgeStore(conn, settings.home)


def take_in(
    settings: Settings,
    paths: Sequence[Path],
    *,
    options: Options | None = None,
    actor: str = "motcua ingest",
    forget: Sequence[Path] = (),
    progress: Progress | None = None,
) -> IngestReport:
    """Stage what the files make with what was read before; without paths, packs and corrections laid anew."""
    with open_store(settings) as store:
        return stage(settings, store, paths, options=options, actor=actor, forget=forget, progress=progress)


def stage(
    settings: Settings,
    store: KnowledgeStore,
    paths: Sequence[Path],
    *,
    options: Options | None = None,
    actor: str,
    forget: Sequence[Path] = (),
    progress: Progress | None = None,
) -> IngestReport:
    """The same over an open store."""
    work = settings.knowledge_dir / "work"
    order = Order(
        options=options or Options(),
        packs=settings.knowledge_packs,
        actor=actor,
        forget=tuple(forget),
        work=work,
    )
    return ingest(paths, store=store, order=order, progress=progress)


def state(settings: Settings) -> State:
    with open_store(settings) as store:
        return state_of(store)


def state_of(store: KnowledgeStore) -> State:
    serving, head = store.serving(), store.head()
    return State(serving.version if serving else "", head.version if head else "")


def is_current(settings: Settings, version: str = "") -> bool:
    """Whether the snapshot that serves was made from a version (the one staged last) and from what there is now."""
    now = state(settings)
    wanted = version or now.staged
    folder = current(settings.home)
    if not wanted or folder is None or wanted != now.serving:
        return False
    try:
        linked = Manifest.read(folder).knowledge
    except SnapshotError:
        return False
    return linked == wanted and _read(_stamp(settings)) == fingerprint(settings, wanted)


def publish(
    settings: Settings,
    version: str = "",
    *,
    actor: str = "motcua publish",
    progress: Callable[[str], None] = lambda stage: None,
) -> Published:
    """Index a version (the one staged last) and let it serve. Without changes nothing is built.

    Raises:
        UnknownVersion: there is no such version.
        SnapshotError: nothing was ingested yet, or what was is damaged.
    """
    with open_store(settings) as store:
        return publish_from(settings, store, version, actor=actor, progress=progress)


def publish_from(
    settings: Settings,
    store: KnowledgeStore,
    version: str = "",
    *,
    actor: str,
    action: str = "publish",
    encoder: Encoder | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Published:
    """The same over an open store, and with a model that is loaded already."""
    from index.build import build
    from index.database import IndexDatabase

    database = IndexDatabase(database_address(settings))
    with _one_publisher(store):
        name = store.find(version).name if version else _staged(store)
        before, serving = current(settings.home), store.serving()
        manifest = build(
            gather(store, name),
            home=settings.home,
            encoder=encoder or load_encoder(settings),
            progress=progress,
            version=name,
            vectors=vectors_of(settings, database=database),
            database=database,
        )
        if serving is None or (serving.version, serving.snapshot) != (name, manifest.id):
            store.published(name, snapshot=manifest.id, action=action, actor=actor)
    _stamp(settings).write_text(fingerprint(settings, name), encoding="utf-8")
    changed = before is None or before.name != manifest.id or serving is None or serving.version != name
    return Published(name, manifest.id, changed, manifest.counts, manifest.model)


def rollback(
    settings: Settings,
    version: str = "",
    *,
    actor: str = "motcua rollback",
    progress: Callable[[str], None] = lambda stage: None,
) -> Published:
    """Let an earlier version serve again, by default the one before; what is ingested next adds to it.

    Raises:
        UnknownVersion: there is no such version, or none served before.
    """
    with open_store(settings) as store:
        wanted = version or version_before(store.publications())
        return publish_from(settings, store, wanted, actor=actor, action="rollback", progress=progress)


def version_before(history: Sequence[Publication]) -> str:
    """What a rollback returns to: the version published before the one that serves, rollbacks undone.

    Raises:
        UnknownVersion: no other version served before.
    """
    served: list[str] = []
    for row in reversed(history):
        if row.action == "rollback" and row.version in served:
            del served[served.index(row.version) + 1 :]
        elif not served or served[-1] != row.version:
            served.append(row.version)
    if len(served) < 2:
        raise UnknownVersion("no other version served before this one")
    return served[-2]


@dataclass(frozen=True)
class VersionRow:
    """A version as an operator sees it. `state` is serves, staged (the one to publish next) or empty."""

    number: int
    version: str
    state: str
    created_at: datetime
    staged_by: str
    published: tuple[str, ...]  # "publish 2026-11-20 09:00 by motcua publish"
    counts: dict[str, int]


def versions(settings: Settings, *, limit: int = 20) -> list[VersionRow]:
    """The newest versions, the newest first."""
    with open_store(settings) as store:
        now, history = state_of(store), store.publications()
        return [_version_row(store, found, now, history) for found in store.versions()[:limit]]


def _version_row(
    store: KnowledgeStore, found: Version, now: State, history: Sequence[Publication]
) -> VersionRow:
    staged = store.staged_from(found.name)
    state = {now.staged: "staged", now.serving: "serves"}.get(found.name, "")
    return VersionRow(
        found.number,
        found.name,
        state,
        found.created_at,
        staged.actor if staged else "",
        tuple(
            f"{row.action} {row.at:%Y-%m-%d %H:%M} by {row.actor}"
            for row in history
            if row.version == found.name
        ),
        found.counts,
    )


def show_versions(found: Sequence[VersionRow]) -> None:
    from rich.table import Table

    from bot.gateway.terminal import table_console

    table = Table("version", "", "staged", "by", "records", "published")
    for row in found:
        counts = ", ".join(f"{count} {kind}s" for kind, count in sorted(row.counts.items(), reverse=True))
        when = f"{row.created_at:%Y-%m-%d %H:%M}"
        table.add_row(row.version, row.state, when, row.staged_by, counts, "\n".join(row.published[:5]))
    table_console().print(table)


def _staged(store: KnowledgeStore) -> str:
    head = store.head()
    if head is None:
        raise SnapshotError("nothing was read yet: run `motcua ingest`")
    return head.version


@contextmanager
def _one_publisher(store: KnowledgeStore) -> Iterator[None]:
    store.conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        yield
    finally:
        store.conn.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def gather(store: KnowledgeStore, version: str = "") -> Knowledge:
    """Everything there is to answer from in a version, by default the one staged last.

    Raises:
        SnapshotError: nothing was ingested yet, or it is damaged.
    """
    from knowledge.guides import load_guides
    from knowledge.packs_loader import load_areas, load_questions, load_units

    stored = store.load(version or _staged(store))
    made = store.staged_from(stored.version)
    text_alone = made is not None and made.report.get("laid_over") == "off"
    return Knowledge(
        procedures=stored.procedures,
        plans=stored.plans,
        guides=() if text_alone else load_guides(),
        units=load_units(),
        areas=load_areas(),
        wordings={code: Wordings(*said) for code, said in load_questions().items()},
    )


def fingerprint(settings: Settings, version: str) -> str:
    """Of everything a snapshot is made from, cheap enough for each start."""
    digest = hashlib.sha256(f"{version}\0".encode())
    for path in _inputs(settings):
        state = path.stat()
        digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    digest.update(f"{model_of(settings)}\0{settings.index_backend}".encode())
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
