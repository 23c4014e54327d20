"""`motcua eval`: question files put to the pipeline in this process, or to a running server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.ask import Asker, InProcess, OverHttp
from bot.evaluation.kinds import KINDS
from bot.evaluation.report import Report
from bot.evaluation.run import evaluate, save
from bot.gateway.settings import ROOT, Settings

ALL = "all"
DEFAULT_FILES = ROOT.parent / "shared" / "eval" / "dev"


def files_of(kind: str, files: Sequence[Path]) -> dict[str, list[Path]]:
    """Which files to ask for which kind. A folder stands for its `<kind>.jsonl`; `all` is every kind found.

    Raises:
        ValueError: for an unknown kind, or when no file is there for it.
    """
    if kind not in (ALL, *KINDS):
        raise ValueError(f"unknown kind {kind!r}: {ALL}, {', '.join(KINDS)}")
    wanted = list(KINDS) if kind == ALL else [kind]
    given = list(files) or [DEFAULT_FILES]
    found = {
        name: [path for path in _expanded(name, given, alone=kind != ALL) if path.is_file()]
        for name in wanted
    }
    found = {name: paths for name, paths in found.items() if paths}
    if not found:
        raise ValueError(f"no file of questions for {kind} in {', '.join(map(str, given))}")
    return found


def _expanded(kind: str, given: Sequence[Path], *, alone: bool) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            yield path / f"{kind}.jsonl"
        elif alone or path.stem == kind:
            yield path


def run(settings: Settings, chosen: dict[str, list[Path]], *, url: str, out: Path | None) -> list[Report]:
    """Ask every line; with `out`, keep cases and figures there."""
    asker, configuration = _asker(settings, url)
    reports = []
    for kind, paths in chosen.items():
        report, cases = evaluate(kind, paths, asker)
        if out is not None:
            save(out, report, cases, {**configuration, "files": [str(path) for path in paths]})
        reports.append(report)
    return reports


def _asker(settings: Settings, url: str) -> tuple[Asker, dict[str, Any]]:
    if url:
        return OverHttp(url), {"url": url}
    from bot.gateway.wiring import build_answerer

    answerer = build_answerer(settings)
    manifest = answerer.search.snapshot.manifest
    return InProcess(answerer), {"snapshot": manifest.id, "model": manifest.model, "counts": manifest.counts}
