"""`motcua eval --report`: sets of questions measured, kept as data, and the score page written from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bot.answer.context import vietnam_now
from bot.evaluation import figures as kept
from bot.evaluation.ask import Asker, InProcess
from bot.evaluation.figures import QualityFigures, SetFigures
from bot.evaluation.kinds import KINDS, Case
from bot.evaluation.misses import misses_of
from bot.evaluation.page import render
from bot.evaluation.report import Report
from bot.evaluation.run import evaluate, save
from bot.evaluation.tables import is_ours, set_of, tables
from bot.gateway.evaluating import files_of
from bot.gateway.settings import ROOT, Settings

if TYPE_CHECKING:
    from index.snapshot import Snapshot

DOCS = ROOT / "docs"
Kinds = Mapping[str, Sequence[Path]]


def installed(settings: Settings) -> Path:
    """Where an installation keeps what it measured itself."""
    return settings.home / "quality" / kept.NAME


def shipped(docs: Path = DOCS) -> Path:
    """The figures that come with the program."""
    return docs / "quality" / kept.NAME


def sets_of(kind: str, files: Sequence[Path]) -> dict[str, dict[str, list[Path]]]:
    """Which files to ask, by set and kind. Without files, every set of the project that is on this machine.

    A folder is a set, and a file belongs to the set of its folder; a folder the project does not know is named
    as it is.

    Raises:
        ValueError: for an unknown kind, or when there is no file of questions.
    """
    known = [ROOT / one.folder for one in tables().sets.values()]
    given = list(files) or [folder for folder in known if folder.is_dir()]
    found: dict[str, dict[str, list[Path]]] = {}
    for path in given:
        folder = path if path.is_dir() else path.resolve().parent
        name = set_of(folder, ROOT) or folder.resolve().name
        for one, paths in files_of(kind, [path]).items():
            found.setdefault(name, {}).setdefault(one, []).extend(paths)
    if not found:
        raise ValueError("no file of questions")
    return found


def own_folders() -> list[Path]:
    """The project's own sets of questions."""
    return [ROOT / one.folder for name, one in tables().sets.items() if is_ours(name)]


def report(
    settings: Settings,
    sets: Mapping[str, Kinds],
    *,
    out: Path | None = None,
    docs: Path | None = DOCS,
) -> tuple[list[Report], list[Path]]:
    """Measure, write figures and page; what was measured and which files were written.

    The installation's own files are always written; the page in `docs` too, for the sets of the project.
    """
    from bot.gateway.wiring import build_answerer

    answerer = build_answerer(settings)
    asker, now = InProcess(answerer), vietnam_now()
    measured = [
        measure(name, kinds, asker, snapshot=answerer.search.snapshot, now=now, out=out)
        for name, kinds in sets.items()
    ]
    written = _write(installed(settings), measured)
    ours = [one for one in measured if one.name in tables().sets]
    if docs is not None and ours:
        written += _write(shipped(docs), ours, page=docs / "quality.md")
    return [made for one in measured for made in one.kinds.values()], written


def measure(
    name: str, kinds: Kinds, asker: Asker, *, snapshot: Snapshot, now: datetime, out: Path | None = None
) -> SetFigures:
    """One set put to a snapshot."""
    manifest = snapshot.manifest
    reports: dict[str, Report] = {}
    cases: dict[str, list[Case]] = {}
    for kind in [kind for kind in KINDS if kind in kinds]:
        reports[kind], cases[kind] = evaluate(kind, kinds[kind], asker, field_of=_field_of(snapshot))
        if out is not None:
            files = [str(path) for path in kinds[kind]]
            save(out / name, reports[kind], cases[kind], {"snapshot": manifest.id, "files": files})
    known = tables().sets.get(name)
    return SetFigures(
        name=name,
        title=known.title if known else name,
        about=known.about if known else "",
        measured=now.date(),
        code=version("motcua"),
        knowledge=manifest.knowledge,
        snapshot=manifest.id,
        records=manifest.counts.get("procedure", 0),
        kinds=reports,
        misses=misses_of(cases, ours=is_ours(name)),
    )


def _field_of(snapshot: Snapshot) -> Callable[[str], str]:
    def field_of(code: str) -> str:
        record = snapshot.records.procedure(code) if code else None
        return record.field if record else ""

    return field_of


def _write(path: Path, measured: Sequence[SetFigures], *, page: Path | None = None) -> list[Path]:
    figures = kept.load(path) or QualityFigures()
    for one in measured:
        figures = figures.with_set(one)
    kept.save(path, figures)
    target = page or path.with_name("quality.md")
    target.write_text(render(figures), encoding="utf-8")
    return [path, target]
