"""`motcua ingest`: published files → read, merged with our packs, resolved, corrected, staged as one version.

The same input again changes nothing and reads nothing. What serves is not touched: that is publishing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from knowledge.areas import Areas
from knowledge.corrections import Correction, Disagreement, apply
from knowledge.documents import Plan, Procedure
from knowledge.errors import BadFile
from knowledge.merge import merge_all, merge_plans
from knowledge.packs_loader import load_areas, load_plans, load_procedures
from knowledge.readings import Reading, Readings
from knowledge.report import Dispute, IngestReport, coverage, doubt_groups, plan_coverage
from knowledge.reviews import list_corrections
from knowledge.sources import Options, Problem, find_files
from knowledge.store import KnowledgeStore, Published, Source, Staging, body_of, to_json
from knowledge.validity import resolve

Progress: TypeAlias = Callable[[str, int, int], None]  # stage, done, total (bytes or records)
Packs: TypeAlias = Literal["on", "plans-off", "off"]
Placed: TypeAlias = tuple[str, str, Procedure | Plan]  # file, place in it, record

_PACKAGE = Path(__file__).resolve().parent


def _quiet(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Order:
    """What is asked of an ingest.

    Args:
        options: How files are read.
        packs: Whether what we wrote ourselves is laid over what was read.
        actor: Who asks, for the history.
        forget: Files that no longer count, by the path they were read from.
        work: A folder for pages read from their image, so that an interrupted reading goes on.
    """

    options: Options = Options()
    packs: Packs = "on"
    actor: str = "ingest"
    forget: tuple[Path, ...] = ()
    work: Path | None = None


@dataclass
class _Read:
    """What the files gave that were handed in."""

    sources: list[Source] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)


def ingest(
    paths: Iterable[Path | str],
    *,
    store: KnowledgeStore,
    order: Order | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Read files and folders and stage the version they make with what was read earlier.

    Records of files ingested earlier stay; a file read again replaces what it gave before, unless nothing can
    be read from it now. Damaged lines and files are named in the report and left out. Without paths, packs and
    corrections are laid anew over what was read.

    Raises:
        UnknownArea: the area is in no unit pack.
        SnapshotError: what was read earlier is damaged, so nothing can be added to it.
        OutsideError: the version could not be written; what was staged and what serves are as before.
    """
    order, progress = order or Order(), progress or _quiet
    if order.options.area:
        Areas(load_areas()).get(order.options.area)
    files, problems = find_files(Path(path) for path in paths)
    read = _read_files(files, Readings(store, order.options, work=order.work), progress)
    read.problems[:0] = problems
    with store.writing():
        return _stage(read, store=store, order=order, progress=progress)


def _read_files(files: Sequence[Path], readings: Readings, progress: Progress) -> _Read:
    read = _Read()
    total, start = sum(_size(path) for path in files), 0
    for path in files:
        tell = partial(_tell, progress, start=start, total=total)
        try:
            reading = readings.known(path)
            if reading is None:
                reading = readings.read(path, tell)
                read.fresh.append(str(path))
            _take(path, reading, read)
        except BadFile as error:
            advice = f" ({error.advice})" if error.advice else ""
            read.problems.append(Problem(str(path), 0, f"{error.reason}{advice}"))
        except OSError as error:
            read.problems.append(Problem(str(path), 0, f"cannot be read: {error.strerror or error}"))
        start += _size(path)
        tell(0) if start < total else progress("read", total, total)
    return read


def _take(path: Path, reading: Reading, read: _Read) -> None:
    if reading.failed:  # what the file gave before stays
        read.problems += reading.problems
    else:
        read.sources.append(Source(str(path.resolve()), reading.sha256, reading.id))


def _tell(progress: Progress, done: int, *, start: int, total: int) -> None:
    progress("read", start + done, total)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _stage(read: _Read, *, store: KnowledgeStore, order: Order, progress: Progress) -> IngestReport:
    head = store.head()
    sources = _together(head.sources if head else (), read.sources, order.forget)
    over = _Over.load(order.packs, list_corrections(store.conn))
    inputs = _inputs(sources, over)
    if head is not None and head.inputs == inputs:
        return _unchanged(head, read)
    made = _compose(sources, store=store, order=order, over=over, progress=progress)
    report = made.report
    progress("stage", 0, len(made.records))
    name, _ = store.stage(
        made.records, sources=sources, inputs=inputs, report=report.to_json(), actor=order.actor
    )
    progress("stage", len(made.records), len(made.records))
    report.version, report.changed = name, head is None or head.version != name
    return _told(report, read)


def _together(earlier: Sequence[Source], now: Sequence[Source], forget: Sequence[Path]) -> list[Source]:
    """Sources in the order they were first brought; a file that changed moves behind the others."""
    fresh = {source.path: source for source in now}
    kept = [source for source in earlier if fresh.get(source.path, source) == source]
    paths = {source.path for source in kept}
    gone = {str(path.resolve()) for path in forget}
    whole = [*kept, *(source for source in fresh.values() if source.path not in paths)]
    return [source for source in whole if source.path not in gone]


@dataclass(frozen=True)
class _Over:
    """What is laid over what was read: our packs, then people's corrections."""

    packs: Packs
    procedures: list[Procedure]
    plans: list[Plan]
    corrections: list[Correction]

    @classmethod
    def load(cls, packs: Packs, corrections: list[Correction]) -> _Over:
        procedures = load_procedures() if packs != "off" else []
        return cls(packs, procedures, load_plans() if packs == "on" else [], corrections)


def _inputs(sources: Sequence[Source], over: _Over) -> str:
    """What a version is made from: readings, our packs, people's corrections, and the program that joins them."""
    digest = hashlib.sha256(to_json([vars(source) for source in sources]).encode())
    digest.update(to_json([over.packs, *(vars(correction) for correction in over.corrections)]).encode())
    ours: list[Published] = [*over.procedures, *over.plans]
    for record in ours:
        digest.update(body_of(record).encode())
    for path in sorted(
        _PACKAGE.glob("*.py")
    ):  # not the readers: another program's reading has another number
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _unchanged(head: Staging, read: _Read) -> IngestReport:
    report = IngestReport.from_json(head.report)
    report.version, report.changed = head.version, False
    return _told(report, read)


def _told(report: IngestReport, read: _Read) -> IngestReport:
    """With what only this run knows: which files it read, and what it could not read."""
    report.fresh = list(read.fresh)
    report.problems = list(dict.fromkeys([*read.problems, *report.problems]))
    return report


@dataclass
class _Composed:
    records: list[Procedure | Plan]
    report: IngestReport


def _compose(
    sources: Sequence[Source],
    *,
    store: KnowledgeStore,
    order: Order,
    over: _Over,
    progress: Progress,
) -> _Composed:
    """Everything read, under what we wrote of the same decisions, resolved among itself, under people's corrections."""
    readings = Readings(store, order.options)
    found = readings.records(sources)
    placed = [(source.path, place, record) for source in sources for place, record in found[source.reading]]
    report = IngestReport(files={source.path: len(found[source.reading]) for source in sources})
    report.problems = readings.problems(sources)
    procedures, plans, report.replaced = _once(placed)
    progress("merge", 0, len(placed))
    merged, ours = merge_all(over.procedures, procedures)
    merged_plans, our_plans = merge_plans(over.plans, plans)
    report.conflicts = [*ours, *our_plans]
    report.packs, report.laid_over = len(over.procedures) + len(over.plans), over.packs
    progress("resolve", 0, len(placed))
    resolved = resolve(merged, merged_plans)
    report.disputes = [
        Dispute(found.kind, found.key, found.field, f"{found.left} / {found.right}: {found.reason}")
        for found in resolved.conflicts
    ]
    done = apply([*resolved.procedures, *resolved.plans], over.corrections)
    report.disputes += [_dispute(found) for found in done.disagreements]
    _count(report, procedures, plans, done.records)
    return _Composed(done.records, report)


def _dispute(found: Disagreement) -> Dispute:
    return Dispute(found.correction.kind, found.correction.key, found.correction.field, found.text)


def _once(placed: Sequence[Placed]) -> tuple[list[Procedure], list[Plan], list[str]]:
    """Of records with the same key in one file the later one counts; between files it is for `resolve` to say."""
    kept: dict[tuple[str, str, str], Placed] = {}
    notes = []
    for path, place, record in placed:
        before = kept.pop((path, record.kind, record.key), None)
        if before is not None and before[2] != record:
            file = Path(path).name
            notes.append(f"{record.key}: {file}:{place} replaces {file}:{before[1]}")
        kept[path, record.kind, record.key] = path, place, record
    records = [record for _, _, record in kept.values()]
    procedures = [record for record in records if isinstance(record, Procedure)]
    return procedures, [record for record in records if isinstance(record, Plan)], notes


def _count(
    report: IngestReport,
    procedures: Sequence[Procedure],
    plans: Sequence[Plan],
    published: Sequence[Procedure | Plan],
) -> None:
    report.read, report.read_plans = len(procedures), len(plans)
    report.listed = sum(record.listed_only for record in procedures)
    report.plans = sum(isinstance(record, Plan) for record in published)
    report.published = len(published) - report.plans
    report.coverage, report.plan_coverage = coverage(procedures), plan_coverage(plans)
    report.doubts = doubt_groups([*procedures, *plans])


__all__ = ["IngestReport", "Options", "Order", "Packs", "Progress", "ingest"]
