"""What reading a file gave, kept with the file: the same bytes, program and options are never read twice."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from knowledge.documents import Plan, Procedure
from knowledge.errors import BadFile, OutsideError
from knowledge.json_records import Tell
from knowledge.problems import Problem
from knowledge.reading.kinds import Kind
from knowledge.reading.pages import Page
from knowledge.sources import Options, kind_of, read_file, sha256_of
from knowledge.store import KnowledgeStore, Source

log = logging.getLogger(__name__)
_PACKAGE = Path(__file__).resolve().parent
# What decides what a file says: packages, modules, and places and offices as data.
_READERS = ("parsers", "reading", "text", "gazetteer")
_MODULES = (
    "documents",
    "sources",
    "json_records",
    "areas",
    "abolished",
    "numbering",
    "periods",
    "packs_loader",
)
_DATA = ("packs/areas.json", "packs/gazetteer.json", "packs/places_said.yml", "packs/abolished_bodies.yml")
_CODE = (".py", ".yml", ".json")
_WITHOUT_PAGES = (Kind.JSON, Kind.JSONL, Kind.XLSX)


@dataclass(frozen=True)
class Reading:
    """One reading of one file. It failed when nothing came of the file but problems."""

    id: int
    sha256: str
    problems: tuple[Problem, ...] = ()
    records: int = 0

    @property
    def failed(self) -> bool:
        return not self.records and bool(self.problems)


@dataclass
class _Taken:
    records: list[tuple[int, Procedure | Plan]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    pages: tuple[Page, ...] = ()


def program() -> str:
    """Fingerprint of the code that reads files."""
    digest = hashlib.sha256()
    files = [path for folder in _READERS for path in (_PACKAGE / folder).rglob("*") if path.suffix in _CODE]
    files += [_PACKAGE / f"{name}.py" for name in _MODULES] + [_PACKAGE / name for name in _DATA]
    for path in sorted(files):
        digest.update(f"{path.relative_to(_PACKAGE)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def reader_key(kind: Kind, options: Options, code: str) -> str:
    """What decides a reading besides the bytes. Files without pages are the same with OCR and without."""
    ocr = options.ocr and kind not in _WITHOUT_PAGES
    return f"{code} {kind} ocr={ocr:d} area={options.area} fetched={options.fetched or ''}"


class Readings:
    """Reads files, or remembers what reading them gave."""

    def __init__(self, store: KnowledgeStore, options: Options, *, work: Path | None = None) -> None:
        self._store, self._conn, self._options, self._work = store, store.conn, options, work
        self._code = program()

    def known(self, path: Path) -> Reading | None:
        """The reading of these bytes, when there is one.

        Raises:
            BadFile: the file is of no kind that is read.
            OSError: it cannot be opened.
        """
        return self._find(sha256_of(path), self._key(path))

    def read(self, path: Path, tell: Tell) -> Reading:
        """Read a file and keep its bytes, records, pages and problems together, or nothing.

        Raises:
            BadFile: the file is of no kind that is read.
            OSError: it cannot be opened or copied.
            OutsideError: it could not be read or kept for a reason that is not the file's.
        """
        key = self._key(path)
        sha, copy = self._copy(path)
        kept = self._find(sha, key)
        if kept is not None:
            return kept
        return self._keep(path, sha, key, self._taken(path, copy, tell))

    def _taken(self, path: Path, copy: Path, tell: Tell) -> _Taken:
        taken = _Taken()
        try:
            for place, found in read_file(
                copy,
                tell,
                name=str(path),
                options=self._options,
                pages=lambda pages: _set_pages(taken, pages),
                work=self._work,
            ):
                if isinstance(found, Problem):  # in words about the file, not about our copy of it
                    reason = found.reason.replace(str(copy), str(path)).replace(copy.name, path.name)
                    taken.problems.append(Problem(str(path), found.line, reason))
                else:
                    taken.records.append((place, found))
        except OutsideError as error:
            raise BadFile(str(path), str(error), advice="try again") from error
        except Exception as error:  # the edge of a file: one that its parser stumbles over stops no other
            log.exception("reading %s failed", path)
            raise BadFile(
                str(path), f"its reader failed ({type(error).__name__}: {error})", advice="report it to us"
            ) from error
        return taken

    def records(self, sources: Iterable[Source]) -> dict[int, list[tuple[str, Procedure | Plan]]]:
        """What each reading gave, with the place in its file, in the file's order."""
        ids = [source.reading for source in sources]
        rows = self._conn.execute(
            "SELECT reading_id, place, record_sha256 FROM knowledge_reading_records"
            " WHERE reading_id = ANY(%s) ORDER BY reading_id, position",
            (ids,),
        ).fetchall()
        loaded = self._store.records.load(row["record_sha256"] for row in rows)
        found: dict[int, list[tuple[str, Procedure | Plan]]] = {reading: [] for reading in ids}
        for row in rows:
            found[row["reading_id"]].append((row["place"], loaded[row["record_sha256"]]))
        return found

    def problems(self, sources: Iterable[Source]) -> list[Problem]:
        rows = self._conn.execute(
            "SELECT problems FROM knowledge_readings WHERE id = ANY(%s) ORDER BY id",
            ([source.reading for source in sources],),
        )
        return [Problem(**problem) for row in rows for problem in row["problems"]]

    def _key(self, path: Path) -> str:
        return reader_key(kind_of(path), self._options, self._code)

    def _find(self, sha: str, key: str) -> Reading | None:
        row = self._conn.execute(
            "SELECT id, sha256, problems, (SELECT count(*) FROM knowledge_reading_records"
            " WHERE reading_id = id) AS records FROM knowledge_readings WHERE sha256 = %s AND reader = %s",
            (sha, key),
        ).fetchone()
        if row is None:
            return None
        return Reading(**row | {"problems": tuple(Problem(**problem) for problem in row["problems"])})

    def _copy(self, path: Path) -> tuple[str, Path]:
        """The file's hash and our copy of it, which no one changes while it is read."""
        folder = self._store.files
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as target, path.open("rb") as source:
                shutil.copyfileobj(source, target, 1024 * 1024)
                target.flush()
                os.fsync(target.fileno())
            sha = sha256_of(Path(name))
            copy = file_path(folder, sha, path.suffix)
            os.chmod(name, 0o644)
            os.replace(name, copy)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return sha, copy

    def _keep(self, path: Path, sha: str, key: str, taken: _Taken) -> Reading:
        with self._store.writing():
            self._conn.execute(
                "INSERT INTO knowledge_files (sha256, name, kind, bytes) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (sha, _clean(path.name), key.split()[1], path.stat().st_size),
            )
            row = self._conn.execute(
                "INSERT INTO knowledge_readings (sha256, reader, problems) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING RETURNING id",
                (sha, key, Jsonb([_storable(problem) for problem in taken.problems])),
            ).fetchone()
            if row is not None:  # else another process read the same file meanwhile
                self._keep_records(row["id"], taken.records)
                self._keep_pages(sha, taken.pages)
        kept = self._find(sha, key)
        assert kept is not None  # noqa: S101  # written above
        return kept

    def _keep_records(self, reading: int, records: Sequence[tuple[int, Procedure | Plan]]) -> None:
        hashes = self._store.records.keep([record for _, record in records])
        statement = "COPY knowledge_reading_records (reading_id, position, place, record_sha256) FROM STDIN"
        with self._conn.cursor() as cursor, cursor.copy(statement) as copy:
            for position, ((place, _), sha) in enumerate(zip(records, hashes, strict=True)):
                copy.write_row((reading, position, str(place), sha))

    def _keep_pages(self, sha: str, pages: Iterable[Page]) -> None:
        with self._conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO knowledge_pages (sha256, page, method, quality, text) VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (sha256, page) DO UPDATE"
                " SET method = EXCLUDED.method, quality = EXCLUDED.quality, text = EXCLUDED.text",
                [(sha, page.number, page.method, page.quality, _clean(page.text)) for page in pages],
            )


def file_path(folder: Path, sha: str, suffix: str) -> Path:
    """Where the copy of a file lies."""
    return folder / f"{sha}{suffix.lower()}"


def _set_pages(taken: _Taken, pages: tuple[Page, ...]) -> None:
    taken.pages = pages


def _clean(text: str) -> str:
    """Without what PostgreSQL cannot store."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _storable(problem: Problem) -> dict[str, Any]:
    return asdict(problem) | {"reason": _clean(problem.reason), "file": _clean(problem.file)}
