"""The published knowledge on disk: immutable versions, and a `current` link that is swapped in one step.

    knowledge/versions/<n>-<hash>/procedures.jsonl   what is answered from: packs and crawl, merged
                                  ingested.jsonl     what was read from files, before merging
                                  plans.jsonl
                                  report.json        what the reading found
                                  manifest.json      counts, sources, hashes
    knowledge/current -> versions/<n>-<hash>

A version is written to a temporary folder, flushed, and renamed; only then does `current` move. Whatever
fails before that (a full disk, a killed process) leaves the version before it serving.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge.documents import Plan, Procedure, Record
from knowledge.errors import OutsideError, SnapshotError

KEEP = 10  # versions kept for going back, the current one besides
_RECORDS = ("procedures.jsonl", "ingested.jsonl", "plans.jsonl")


@dataclass(frozen=True)
class Source:
    """One file that was read, its hash, and the codes of the records it gave."""

    path: str
    sha256: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Knowledge:
    """Everything that may be answered from, in one version."""

    procedures: tuple[Procedure, ...] = ()
    plans: tuple[Plan, ...] = ()
    ingested: tuple[Procedure, ...] = ()
    version: str = ""


@dataclass(frozen=True)
class Manifest:
    version: str
    sha256: str
    created: str
    counts: dict[str, int]
    sources: tuple[Source, ...] = ()
    inputs: str = ""  # fingerprint of what the version was made from
    files: dict[str, str] = field(default_factory=dict)


def _lines(records: Iterable[Record]) -> bytes:
    rows = (json.dumps(record.to_json(), ensure_ascii=False, separators=(",", ":")) for record in records)
    return "".join(f"{row}\n" for row in rows).encode()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _number(version: str) -> int:
    head = version.partition("-")[0]
    return int(head) if head.isdigit() else 0


class KnowledgeStore:
    """The versions under one home folder. Readers need no lock; writers take one."""

    def __init__(self, home: Path) -> None:
        self.root = home / "knowledge"
        self.versions = self.root / "versions"
        self.current = self.root / "current"

    def current_version(self) -> str | None:
        """The name of the version that serves, or None before the first."""
        try:
            name = Path(os.readlink(self.current)).name
        except OSError:
            return None
        return name if (self.versions / name / "manifest.json").is_file() else None

    def manifest(self) -> Manifest | None:
        """The manifest of the version that serves."""
        version = self.current_version()
        if version is None:
            return None
        try:
            data = json.loads((self.versions / version / "manifest.json").read_bytes())
            sources = tuple(Source(path, sha, tuple(codes)) for path, sha, codes in data.pop("sources"))
            return Manifest(**data, sources=sources)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise SnapshotError(
                f"knowledge version {version}: its manifest cannot be read: {error}"
            ) from error

    def load_current(self) -> Knowledge | None:
        """The knowledge that serves, or None before the first version.

        Raises:
            SnapshotError: a file is missing, or is not what was published.
        """
        manifest = self.manifest()
        if manifest is None:
            return None
        loaded = {name: self._verified(manifest, name) for name in _RECORDS}
        try:
            return Knowledge(
                procedures=tuple(Procedure.model_validate_json(row) for row in loaded["procedures.jsonl"]),
                ingested=tuple(Procedure.model_validate_json(row) for row in loaded["ingested.jsonl"]),
                plans=tuple(Plan.model_validate_json(row) for row in loaded["plans.jsonl"]),
                version=manifest.version,
            )
        except ValidationError as error:
            raise SnapshotError(
                f"knowledge version {manifest.version} is of another program version: {error}"
            ) from error

    def report(self) -> dict[str, Any] | None:
        """What the reading of the current version found."""
        version = self.current_version()
        if version is None:
            return None
        try:
            data = json.loads((self.versions / version / "report.json").read_bytes())
        except (OSError, ValueError):
            return None
        return data if isinstance(data, dict) else None

    def publish(
        self,
        knowledge: Knowledge,
        *,
        sources: Iterable[Source] = (),
        inputs: str = "",
        report: dict[str, Any] | None = None,
        now: datetime | None = None,
    ) -> tuple[str, bool]:
        """Make this knowledge the one that serves; the version's name, and whether it is new.

        The same content is the same version, whenever and from whatever files it was made.

        Raises:
            OutsideError: it could not be written (a full disk). The version before still serves.
        """
        payload = {
            "procedures.jsonl": _lines(knowledge.procedures),
            "ingested.jsonl": _lines(knowledge.ingested),
            "plans.jsonl": _lines(knowledge.plans),
        }
        files = {name: hashlib.sha256(data).hexdigest() for name, data in payload.items()}
        digest = hashlib.sha256("".join(files[name] for name in _RECORDS).encode()).hexdigest()
        try:
            with self._lock():
                return self._publish(
                    payload, files=files, digest=digest, sources=tuple(sources), inputs=inputs, report=report,
                    now=now or datetime.now(UTC),
                )  # fmt: skip
        except OSError as error:
            serving = self.current_version() or "none"
            raise OutsideError(
                f"knowledge could not be published ({error}); still serving: {serving}"
            ) from error

    def _publish(
        self,
        payload: dict[str, bytes],
        *,
        files: dict[str, str],
        digest: str,
        sources: tuple[Source, ...],
        inputs: str,
        report: dict[str, Any] | None,
        now: datetime,
    ) -> tuple[str, bool]:
        version, is_new = self._name(digest)
        manifest = {
            "version": version,
            "sha256": digest,
            "created": now.isoformat(timespec="seconds"),
            "counts": {name.removesuffix(".jsonl"): data.count(b"\n") for name, data in payload.items()},
            "sources": [[source.path, source.sha256, source.codes] for source in sources],
            "inputs": inputs,
            "files": files,
        }
        notes = {"report.json": _json(report or {}), "manifest.json": _json(manifest)}
        if is_new:
            self._write_version(version, payload | notes)
        else:
            self._refresh(version, manifest, notes)
        self._point_to(version)
        self._prune()
        return version, is_new

    def _name(self, digest: str) -> tuple[str, bool]:
        """The version with this content: one that exists, or the next number."""
        names = sorted((path.name for path in self.versions.glob("[0-9]*-*")), key=_number)
        for name in reversed(names):
            if name.endswith(f"-{digest[:12]}") and (self.versions / name / "manifest.json").is_file():
                return name, False
        return f"{_number(names[-1]) + 1 if names else 1}-{digest[:12]}", True

    def _write_version(self, version: str, payload: dict[str, bytes]) -> None:
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=self.versions))
        try:
            for name, data in payload.items():
                _write(folder / name, data)
            folder.chmod(0o755)
            _sync_folder(folder)
            shutil.rmtree(self.versions / version, ignore_errors=True)
            os.replace(folder, self.versions / version)
            _sync_folder(self.versions)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _refresh(self, version: str, manifest: dict[str, Any], notes: dict[str, bytes]) -> None:
        """Note what an existing version was made from this time; its records and date stay."""
        folder = self.versions / version
        before = json.loads((folder / "manifest.json").read_bytes())
        made_from = json.loads(_json({key: manifest[key] for key in ("inputs", "sources")}))
        if made_from.items() <= before.items():
            return
        for name, data in (notes | {"manifest.json": _json(before | made_from)}).items():
            _write(folder / f".{name}.new", data)
            os.replace(folder / f".{name}.new", folder / name)

    def _point_to(self, version: str) -> None:
        if self.current_version() == version:
            return
        link = self.root / ".current.new"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("versions") / version)
        os.replace(link, self.current)
        _sync_folder(self.root)

    def _prune(self) -> None:
        current = self.current_version()
        names = sorted((path.name for path in self.versions.glob("[0-9]*-*")), key=_number)
        for name in [name for name in names if name != current][:-KEEP]:
            shutil.rmtree(self.versions / name, ignore_errors=True)

    def _verified(self, manifest: Manifest, name: str) -> list[bytes]:
        try:
            data = (self.versions / manifest.version / name).read_bytes()
        except OSError as error:
            raise SnapshotError(
                f"knowledge version {manifest.version}: {name} cannot be read: {error}"
            ) from error
        if hashlib.sha256(data).hexdigest() != manifest.files.get(name):
            raise SnapshotError(f"knowledge version {manifest.version}: {name} is damaged")
        return data.splitlines()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.versions.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                for leftover in self.versions.glob(".new-*"):
                    with suppress(OSError):
                        shutil.rmtree(leftover)


def _json(data: dict[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
