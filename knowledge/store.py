"""Versions of the knowledge in PostgreSQL: what was staged, what serves, what served before.

    records        once by content: the hash is of kind, key and body, and is checked whenever one is loaded
    versions       lists of records; the same list is the same version, whenever and from whatever it was made
    stagings       what was made into a version, newest last: the newest is what a next ingest adds to
    publications   which version serves, newest last; a rollback is one more row

A version is written in one transaction under one lock. Whatever fails before its end (a full disk, a killed
process) leaves everything as it was. Nothing is ever taken away: any version can be replayed.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import ValidationError

from knowledge.documents import Plan, Procedure
from knowledge.errors import OutsideError, SnapshotError, UnknownVersion

Connection: TypeAlias = psycopg.Connection[dict[str, Any]]
Published: TypeAlias = Procedure | Plan

KINDS: dict[str, type[Procedure] | type[Plan]] = {"procedure": Procedure, "plan": Plan}
_LOCK = 7_030_003  # advisory: one writer of versions at a time


@dataclass(frozen=True)
class Source:
    """One file of a version: where it was, what it held, and which reading of it counts."""

    path: str
    sha256: str
    reading: int


@dataclass(frozen=True)
class Version:
    number: int
    name: str
    sha256: str
    created_at: datetime
    counts: dict[str, int]


@dataclass(frozen=True)
class Staging:
    """One making of a version. `inputs` is the fingerprint of all it was made from."""

    id: int
    version: str
    number: int
    inputs: str
    sources: tuple[Source, ...]
    report: dict[str, Any]
    actor: str
    at: datetime


@dataclass(frozen=True)
class Publication:
    version: str
    number: int
    snapshot: str
    action: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class Knowledge:
    """The records of one version, by key."""

    procedures: tuple[Procedure, ...] = ()
    plans: tuple[Plan, ...] = ()
    version: str = ""
    hashes: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)  # by kind and key


def connect(dsn: str) -> Connection:
    """A connection as this module wants it: each statement by itself, unless a transaction is opened."""
    return psycopg.connect(dsn, autocommit=True, row_factory=dict_row)


def body_of(record: Published) -> str:
    """The record as it is kept and hashed: JSON in the order of the model's fields, without empty ones."""
    return record.model_dump_json(exclude_defaults=True)


def record_hash(kind: str, key: str, body: str) -> str:
    return hashlib.sha256(f"{kind}\n{key}\n{body}".encode()).hexdigest()


def version_hash(rows: Iterable[tuple[str, str, str]]) -> str:
    """Of (kind, key, record hash) rows in any order."""
    return hashlib.sha256("".join(f"{' '.join(row)}\n" for row in sorted(rows)).encode()).hexdigest()


class Records:
    """Records by content. What was loaded or kept once is known by its object and not hashed again."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._known: dict[int, tuple[Published, str]] = {}
        self._loaded: dict[str, Published] = {}

    def forget(self) -> None:
        """Nothing is known to be stored any more."""
        self._known.clear()
        self._loaded.clear()

    def keep(self, records: Sequence[Published]) -> list[str]:
        """Store what is not stored yet; the hash of each, in order."""
        hashes: list[str] = []
        fresh: dict[str, tuple[str, str, str]] = {}
        for record in records:
            found = self._known.get(id(record))
            if found is None:
                body = body_of(record)
                found = record, record_hash(record.kind, record.key, body)
                fresh[found[1]] = (record.kind, record.key, body)
                self._known[id(record)], self._loaded[found[1]] = found, record
            hashes.append(found[1])
        self._write(fresh)
        return hashes

    def load(self, hashes: Iterable[str]) -> dict[str, Published]:
        """The records with these hashes.

        Raises:
            SnapshotError: naming one that is missing, changed, or of another program version.
        """
        wanted = list(dict.fromkeys(hashes))
        rows = self._conn.execute(
            "SELECT sha256, kind, key, body::text FROM knowledge_records WHERE sha256 = ANY(%s)",
            ([sha for sha in wanted if sha not in self._loaded],),
        )
        with _garbage_left():
            self._loaded.update({row["sha256"]: self._record(row) for row in rows})
        for sha in wanted:
            if sha not in self._loaded:
                raise SnapshotError(f"the knowledge is damaged: record {sha[:12]} is missing")
        return {sha: self._loaded[sha] for sha in wanted}

    def _record(self, row: dict[str, Any]) -> Published:
        named = f"{row['kind']} {row['key']}"
        if record_hash(row["kind"], row["key"], row["body"]) != row["sha256"]:
            raise SnapshotError(f"the knowledge is damaged: {named} is not what was stored")
        try:
            record = KINDS[row["kind"]].model_validate_json(row["body"])
        except (ValidationError, KeyError) as error:
            raise SnapshotError(f"{named} is of another program version: {error}") from error
        self._known[id(record)] = record, row["sha256"]
        return record

    def _write(self, fresh: dict[str, tuple[str, str, str]]) -> None:
        there = self._conn.execute(
            "SELECT sha256 FROM knowledge_records WHERE sha256 = ANY(%s)", (list(fresh),)
        )
        missing = fresh.keys() - {row["sha256"] for row in there}
        if not missing:
            return
        with self._conn.transaction(), self._conn.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE fresh (LIKE knowledge_records) ON COMMIT DROP")
            with cursor.copy("COPY fresh FROM STDIN") as copy:
                for sha in sorted(missing):
                    copy.write_row((sha, *fresh[sha]))
            cursor.execute("INSERT INTO knowledge_records SELECT * FROM fresh ON CONFLICT DO NOTHING")
            cursor.execute("DROP TABLE fresh")


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Without looking for garbage: thousands of records are made and none is dropped, which takes half the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class KnowledgeStore:
    """Versions over one connection; `home` is where the files that were read are kept."""

    def __init__(self, conn: Connection, home: Path) -> None:
        self.conn = conn
        self.records = Records(conn)
        self.files = home / "knowledge" / "files"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One writer at a time, all or nothing.

        Raises:
            OutsideError: the database failed. What was staged and what serves are as before.
        """
        try:
            with self.conn.transaction():
                self.conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                yield
        except BaseException as error:
            self.records.forget()  # what was written before it failed is not there any more
            if not isinstance(error, psycopg.Error):
                raise
            raise OutsideError(
                f"the knowledge could not be written ({_first_line(error)}); nothing was changed"
            ) from error

    def head(self) -> Staging | None:
        """What was staged last, or None before the first."""
        return self._staging("")

    def staged_from(self, version: str) -> Staging | None:
        """The newest staging of a version."""
        return self._staging(version)

    def _staging(self, version: str) -> Staging | None:
        row = self.conn.execute(
            "SELECT s.id, v.name AS version, v.number, s.inputs, s.sources, s.report, s.actor, s.at"
            " FROM knowledge_stagings s JOIN knowledge_versions v ON v.number = s.version"
            " WHERE %(name)s IN ('', v.name) ORDER BY s.id DESC LIMIT 1",
            {"name": version},
        ).fetchone()
        if row is None:
            return None
        return Staging(**row | {"sources": tuple(Source(**source) for source in row["sources"])})

    def publications(self, limit: int = 1000) -> list[Publication]:
        """What served, the newest first: the first one serves now."""
        rows = self.conn.execute(
            "SELECT v.name AS version, v.number, p.snapshot, p.action, p.actor, p.at"
            " FROM knowledge_publications p JOIN knowledge_versions v ON v.number = p.version"
            " ORDER BY p.id DESC LIMIT %s",
            (limit,),
        )
        return [Publication(**row) for row in rows]

    def serving(self) -> Publication | None:
        return next(iter(self.publications(1)), None)

    def versions(self) -> list[Version]:
        """All of them, the newest first."""
        rows = self.conn.execute("SELECT * FROM knowledge_versions ORDER BY number DESC")
        return [Version(**row) for row in rows]

    def find(self, asked: str) -> Version:
        """A version by its name, its number, or the beginning of its hash (four letters or more).

        Raises:
            UnknownVersion: there is none, or more than one.
        """
        text = asked.strip()
        rows = self.conn.execute(
            "SELECT * FROM knowledge_versions WHERE name = %(text)s OR number::text = %(text)s"
            " OR (length(%(text)s) >= 4 AND starts_with(sha256, %(text)s)) ORDER BY number",
            {"text": text},
        ).fetchall()
        exact = [row for row in rows if text in (row["name"], str(row["number"]))] or rows
        if len(exact) != 1:
            known = self.versions()[:5]
            raise UnknownVersion(
                f"no version {asked!r}; the newest: {', '.join(version.name for version in known) or 'none'}"
            )
        return Version(**exact[0])

    def load(self, version: str) -> Knowledge:
        """A version's records, by key, each checked against its hash.

        Raises:
            UnknownVersion: there is no such version.
            SnapshotError: a record is missing, or is not what was stored.
        """
        found = self.find(version)
        rows = self.conn.execute(
            "SELECT kind, key, record_sha256 FROM knowledge_version_records WHERE version = %s",
            (found.number,),
        ).fetchall()
        listed = [(row["kind"], row["key"], row["record_sha256"]) for row in rows]
        if version_hash(listed) != found.sha256:
            raise SnapshotError(f"knowledge version {found.name} is damaged: its list of records was changed")
        loaded = self.records.load(sha for _, _, sha in listed)
        ordered = [loaded[sha] for _, _, sha in sorted(listed)]
        return Knowledge(
            procedures=tuple(record for record in ordered if isinstance(record, Procedure)),
            plans=tuple(record for record in ordered if isinstance(record, Plan)),
            version=found.name,
            hashes={(kind, key): sha for kind, key, sha in listed},
        )

    def hashes(self, version: str) -> dict[tuple[str, str], str]:
        """Which record a version holds under each kind and key, without loading them."""
        rows = self.conn.execute(
            "SELECT kind, key, record_sha256 FROM knowledge_version_records WHERE version = %s",
            (self.find(version).number,),
        )
        return {(row["kind"], row["key"]): row["record_sha256"] for row in rows}

    def stage(
        self,
        records: Sequence[Published],
        *,
        actor: str,
        inputs: str = "",
        sources: Sequence[Source] = (),
        report: dict[str, Any] | None = None,
    ) -> tuple[str, bool]:
        """Make these records the newest staged version; its name, and whether it is a new one.

        Keys are unique within a kind. Call it inside `writing()` when it rests on what was read before.
        """
        with self.writing():
            listed: list[tuple[str, str, str]] = [
                (record.kind, record.key, sha)
                for record, sha in zip(records, self.records.keep(records), strict=True)
            ]
            number, name, is_new = self._version(listed)
            notes = {**(report or {}), "version": name}
            self.conn.execute(
                "INSERT INTO knowledge_stagings (version, inputs, sources, report, actor)"
                " VALUES (%s, %s, %s, %s, %s)",
                (number, inputs, Jsonb([vars(source) for source in sources]), Jsonb(notes), actor),
            )
        return name, is_new

    def _version(self, listed: list[tuple[str, str, str]]) -> tuple[int, str, bool]:
        digest = version_hash(listed)
        row = self.conn.execute(
            "SELECT number, name FROM knowledge_versions WHERE sha256 = %s", (digest,)
        ).fetchone()
        if row is not None:
            return row["number"], row["name"], False
        # Not the identity: numbers of writings that failed would be gaps that people ask about.
        number = 1 + (self._value("SELECT max(number) AS value FROM knowledge_versions") or 0)
        name = f"{number}-{digest[:12]}"
        self.conn.execute(
            "INSERT INTO knowledge_versions (number, name, sha256, counts) VALUES (%s, %s, %s, %s)",
            (number, name, digest, Jsonb(dict(Counter(kind for kind, _, _ in listed)))),
        )
        with (
            self.conn.cursor() as cursor,
            cursor.copy(
                "COPY knowledge_version_records (version, kind, key, record_sha256) FROM STDIN"
            ) as copy,
        ):
            for row_of in listed:
                copy.write_row((number, *row_of))
        return number, name, True

    def _value(self, sql: str) -> Any:  # noqa: ANN401  # whatever the column holds
        row = self.conn.execute(sql.encode()).fetchone()
        return row["value"] if row else None

    def published(self, version: str, *, snapshot: str, action: str, actor: str) -> None:
        """Note that a version serves. A rollback is also what a next ingest adds to."""
        with self.writing():
            found = self.find(version)
            self.conn.execute(
                "INSERT INTO knowledge_publications (version, snapshot, action, actor) VALUES (%s, %s, %s, %s)",
                (found.number, snapshot, action, actor),
            )
            if action == "rollback":
                self.conn.execute(
                    "INSERT INTO knowledge_stagings (version, inputs, sources, report, actor)"
                    " SELECT version, '', sources, report, %s FROM knowledge_stagings"
                    " WHERE version = %s ORDER BY id DESC LIMIT 1",
                    (actor, found.number),
                )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def to_json(value: object) -> str:
    """JSON with letters as they are, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
