"""The measured figures as data: what the score page, the app and the check of later runs read.

`docs/quality/figures.json` holds those of the project, `MOTCUA_HOME/quality/figures.json` those of an installation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ValidationError

from bot.evaluation.metrics import Figure
from bot.evaluation.report import Figures, Report
from bot.evaluation.tables import tables
from knowledge.errors import BadRecord

NAME = "figures.json"


class Miss(BaseModel):
    """One question gone wrong. Wording and codes stay empty for sets that lie outside the repository."""

    id: str
    kind: str
    style: str = ""
    cause: str
    status: str
    confidence: float = 0.0
    q: str = ""
    expected: str = ""
    first: str = ""


class SetFigures(BaseModel):
    """One set of questions as it was measured last."""

    name: str
    title: str
    about: str = ""
    measured: date
    code: str = ""  # version of the program
    knowledge: str = ""  # version of the knowledge
    snapshot: str = ""
    records: int = 0
    kinds: dict[str, Report] = {}
    misses: list[Miss] = []

    def figure(self, kind: str, name: str, of: str = "") -> Figure:
        """A figure of a kind, or of one of its styles; without cases when it was not measured."""
        report = self.kinds.get(kind)
        found: Figures = {} if report is None else (report.styles.get(of, {}) if of else report.figures)
        return found.get(name, Figure(value=None))

    @property
    def questions(self) -> int:
        return sum(report.n for report in self.kinds.values())


class FirstRun(BaseModel):
    """What a set gave before anything was mended from it: by kind, and by `kind:style`."""

    set: str
    measured: date
    note: str = ""
    figures: dict[str, Figures]


class QualityFigures(BaseModel):
    """Every set measured, in the order of the page, and their first runs."""

    sets: list[SetFigures] = []
    first_runs: list[FirstRun] = []

    def first_run(self, name: str) -> FirstRun | None:
        return next((run for run in self.first_runs if run.set == name), None)

    def with_set(self, fresh: SetFigures) -> QualityFigures:
        """With a set measured anew: its kinds replace those of before, its first run is kept for good."""
        before = next((one for one in self.sets if one.name == fresh.name), None)
        merged = fresh.model_copy(update={"kinds": {**(before.kinds if before else {}), **fresh.kinds}})
        others = [one for one in self.sets if one.name != fresh.name]
        order = [*tables().sets]
        ranked = sorted([*others, merged], key=lambda one: order.index(one.name) if one.name in order else -1)
        return QualityFigures(sets=ranked, first_runs=self._first_runs_with(fresh))

    def _first_runs_with(self, fresh: SetFigures) -> list[FirstRun]:
        known = self.first_run(fresh.name)
        new = {
            name: found for kind, report in fresh.kinds.items() for name, found in _with_styles(kind, report)
        }
        if known is None:
            return [*self.first_runs, FirstRun(set=fresh.name, measured=fresh.measured, figures=new)]
        grown = known.model_copy(update={"figures": {**new, **known.figures}})
        return [grown if run is known else run for run in self.first_runs]


def _with_styles(kind: str, report: Report) -> Iterator[tuple[str, Figures]]:
    yield kind, report.figures
    yield from ((f"{kind}:{style}", found) for style, found in report.styles.items())


def load(path: Path) -> QualityFigures | None:
    """The figures of a file, or None when there is none.

    Raises:
        BadRecord: the file is not what was written.
    """
    try:
        return QualityFigures.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise BadRecord(f"{path}: not the figures that `motcua eval --report` writes ({error})") from error


def save(path: Path, figures: QualityFigures) -> None:
    """Written beside and renamed: a page served meanwhile reads the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(figures.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8")
    partial.replace(path)
