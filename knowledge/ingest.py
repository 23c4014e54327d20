"""`motcua ingest`: files of published records → checked records, merged with our packs, published as one version."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from knowledge.areas import Areas
from knowledge.documents import Procedure
from knowledge.merge import Conflict, merge_all
from knowledge.packs_loader import PACKS, load_areas, load_plans, load_procedures
from knowledge.sources import Problem, find_files, read_file, sha256_of
from knowledge.store import Knowledge, KnowledgeStore, Source

Progress = Callable[[str, int, int], None]  # stage, done, total (bytes or records)

EXAMPLES = 3  # shown for each kind of doubt
_PACKAGE = Path(__file__).resolve().parent
_COVERED: dict[str, Callable[[Procedure], object]] = {
    "time limit": lambda record: any(channel.time_limit for channel in record.channels),
    "fee": lambda record: any(fee.amount is not None for channel in record.channels for fee in channel.fees),
    "fee or its note": lambda record: any(channel.fees for channel in record.channels),
    "channels": lambda record: record.channels,
    "dossier": lambda record: record.dossier,
    "agency": lambda record: record.agency,
    "legal basis": lambda record: record.legal_basis,
    "results": lambda record: record.results,
    "steps": lambda record: record.steps,
    "conditions": lambda record: record.conditions,
    "decision": lambda record: record.decision,
    "link": lambda record: record.portal_url,
    "citizen's deadline": lambda record: record.deadlines,
}


@dataclass(frozen=True)
class DoubtGroup:
    """One kind of doubt: how many values were left open for this reason, and a few of them."""

    field: str
    reason: str
    count: int
    records: int
    examples: tuple[str, ...]  # codes


@dataclass
class IngestReport:
    """What was read, what was doubtful and why. `changed` is False when everything was known already."""

    version: str = ""
    changed: bool = False
    read: int = 0
    published: int = 0
    packs: int = 0
    plans: int = 0
    files: dict[str, int] = field(default_factory=dict)  # path → records
    coverage: dict[str, int] = field(default_factory=dict)  # of what was read
    doubts: list[DoubtGroup] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)  # "code: file:line replaces file:line"
    problems: list[Problem] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> IngestReport:
        parts = {"doubts": DoubtGroup, "conflicts": Conflict, "problems": Problem}
        made = {name: [kind(**row) for row in data.get(name, [])] for name, kind in parts.items()}
        made["doubts"] = [replace(group, examples=tuple(group.examples)) for group in made["doubts"]]
        return cls(**{**data, **made})

    def lines(self) -> list[str]:
        """The report in plain lines, for a terminal or a log."""
        state = "published" if self.changed else "unchanged"
        head = f"{state}: version {self.version}, {self.published} procedures, {self.plans} plans"
        made = f"read {self.read} records from {len(self.files)} file(s); {self.packs} written by us laid over them"
        covered = [
            f"  {name:<20} {count:>6}  {count / max(1, self.read):>6.1%}"
            for name, count in self.coverage.items()
        ]
        doubts = [
            f"  {group.count:>6}  {group.field}: {group.reason} ({', '.join(group.examples)})"
            for group in self.doubts
        ]
        differ = [
            f"  {found.code} {found.field}: ours {found.pack}, portal {found.crawl}"
            for found in self.conflicts
        ]
        return [
            head,
            made,
            "stated in what was read:",
            *covered,
            *_titled("left open, by reason:", doubts),
            *_titled("our record differs from the portal (ours is kept):", differ),
            *_titled("read twice, the later one kept:", [f"  {note}" for note in self.replaced]),
            *_titled("left out:", [f"  {problem}" for problem in self.problems]),
        ]


def _titled(title: str, rows: list[str]) -> list[str]:
    return [title, *rows] if rows else []


def _quiet(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def _fingerprint(files: Sequence[Path], settings: _Settings) -> str:
    """What a version is made from: the files, our packs, and the program that reads them."""
    digest = hashlib.sha256(f"{settings.area} {settings.fetched}".encode())
    own = [path for folder in (PACKS, _PACKAGE / "parsers", _PACKAGE) for path in sorted(_ours(folder))]
    for path in [*sorted(path.resolve() for path in files), *own]:
        digest.update(f"{path} {_hash(path)}\n".encode())
    return digest.hexdigest()


def _ours(folder: Path) -> Iterable[Path]:
    return (
        path
        for path in (folder.rglob("*.json") if folder == PACKS else folder.glob("*.py"))
        if path.is_file()
    )


@dataclass(frozen=True)
class _Settings:
    area: str
    fetched: date | None
    progress: Progress


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _hash(path: Path) -> str:
    """The file's hash; "" when it cannot be read, which its problem already says."""
    try:
        return sha256_of(path)
    except OSError:
        return ""


class _Reader:
    """Collects the records of several files by code."""

    def __init__(self, settings: _Settings) -> None:
        self.records: dict[str, Procedure] = {}
        self.sources: list[Source] = []
        self.report = IngestReport()
        self._settings = settings
        self._places: dict[str, str] = {}

    def read(self, files: Sequence[Path]) -> None:
        total = sum(_size(path) for path in files)
        start = 0
        for path in files:
            self._read_one(path, partial(self._tell, start=start, total=total))
            start += _size(path)

    def _tell(self, done: int, *, start: int, total: int) -> None:
        self._settings.progress("read", start + done, total)

    def _read_one(self, path: Path, tell: Callable[[int], None]) -> None:
        codes = []
        for line, found in read_file(path, tell, fetched=self._settings.fetched):
            if isinstance(found, Problem):
                self.report.problems.append(found)
            else:
                self._take(found, f"{path.name}:{line}")
                codes.append(found.code)
        self.report.files[str(path)] = len(codes)
        self.sources.append(Source(str(path.resolve()), _hash(path), tuple(dict.fromkeys(codes))))

    def _take(self, record: Procedure, place: str) -> None:
        if self._settings.area and not record.area:
            record = record.model_copy(update={"area": self._settings.area})
        if record.code in self.records:
            self.report.replaced.append(f"{record.code}: {place} replaces {self._places[record.code]}")
        self.records[record.code], self._places[record.code] = record, place


def coverage(records: Iterable[Procedure]) -> dict[str, int]:
    """How many records state each field."""
    counts = dict.fromkeys(_COVERED, 0)
    for record in records:
        for name, states in _COVERED.items():
            counts[name] += bool(states(record))
    return counts


def doubt_groups(records: Iterable[Procedure]) -> list[DoubtGroup]:
    """Doubts counted by field and reason, the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    codes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for record in records:
        for doubt in record.doubts:
            key = (doubt.field.rpartition(".")[2], doubt.reason)
            counts[key] += 1
            if not codes[key] or codes[key][-1] != record.code:
                codes[key].append(record.code)
    return [
        DoubtGroup(name, reason, count, len(codes[name, reason]), tuple(codes[name, reason][:EXAMPLES]))
        for (name, reason), count in counts.most_common()
    ]


def _earlier(store: KnowledgeStore, reread: set[str]) -> tuple[dict[str, Procedure], list[Source]]:
    """Records and sources of earlier readings, except those of files that are read again now."""
    before, manifest = store.load_current(), store.manifest()
    if before is None or manifest is None:
        return {}, []
    sources = [source for source in manifest.sources if source.path not in reread]
    kept = {code for source in sources for code in source.codes}
    return {record.code: record for record in before.ingested if record.code in kept}, sources


def _unchanged(store: KnowledgeStore, fingerprint: str) -> IngestReport | None:
    """The report of the version that serves, when it was made from exactly this."""
    manifest = store.manifest()
    if manifest is None or manifest.inputs != fingerprint:
        return None
    data = store.report()
    if not data:
        return None
    report = IngestReport.from_json(data)
    report.version, report.changed = manifest.version, False
    return report


def ingest(
    paths: Iterable[Path | str],
    *,
    store: KnowledgeStore,
    area: str = "",
    fetched: date | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Read files and folders, merge with our packs, publish. The same input again changes nothing.

    Records of files ingested earlier stay; a file read again replaces what it gave before. Damaged lines are
    named in the report and left out. With no paths, only the packs are published. `fetched` is the day the
    files were taken from where they were published, when known.

    Raises:
        UnknownArea: `area` is in no unit pack.
        SnapshotError: what serves now is damaged, so nothing can be added to it.
        OutsideError: the version could not be written; the one before still serves.
    """
    settings = _Settings(area=area, fetched=fetched, progress=progress or _quiet)
    if area:
        Areas(load_areas()).get(area)
    files, problems = find_files(Path(path) for path in paths)
    fingerprint = _fingerprint(files, settings)
    if not problems and (known := _unchanged(store, fingerprint)):
        return known
    reader = _Reader(settings)
    reader.read(files)
    reader.report.problems[:0] = problems
    return _publish(reader, store=store, fingerprint=fingerprint, progress=settings.progress)


def _publish(reader: _Reader, *, store: KnowledgeStore, fingerprint: str, progress: Progress) -> IngestReport:
    report, read = reader.report, list(reader.records.values())
    earlier, sources = _earlier(store, {source.path for source in reader.sources})
    ingested = earlier | reader.records
    packs, plans = load_procedures(), load_plans()
    progress("merge", 0, len(ingested))
    merged, report.conflicts = merge_all(packs, list(ingested.values()))
    report.read, report.packs, report.plans, report.published = len(read), len(packs), len(plans), len(merged)
    report.coverage, report.doubts = coverage(read), doubt_groups(read)
    progress("publish", 0, len(merged))
    report.version, report.changed = store.publish(
        Knowledge(tuple(merged), tuple(plans), tuple(ingested[code] for code in sorted(ingested))),
        sources=[*sources, *reader.sources],
        inputs=fingerprint,
        report=report.to_json(),
    )
    progress("publish", len(merged), len(merged))
    return report
