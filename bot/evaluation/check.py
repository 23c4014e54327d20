"""A fresh run of our own sets beside the stored one: a figure that dropped by more than its interval fails CI.

The stored runs are those of small installations that CI can build in seconds, so their figures are not those of the
score page; they are only compared with themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from bot.evaluation.metrics import Figure
from bot.evaluation.report import Figures
from knowledge.errors import BadRecord

# Compared: what a person meets. Less is better of the second.
MORE = ("R@1", "R@5", "MRR@10", "facts right", "facts right of answered", "right", "refused rightly")
LESS = ("false refusals",)
LEAST = 20  # cases below which one question is more than an interval

Measured = dict[str, dict[str, Figures]]  # set → kind → figures


class StoredRun(BaseModel):
    """What an installation of one size gave, to which questions."""

    measured: date
    questions: str  # hash of the lines asked
    records: int
    figures: Measured


class Stored(BaseModel):
    """The stored runs by the size of their installation."""

    runs: dict[str, StoredRun] = {}


class Drop(NamedTuple):
    set: str
    kind: str
    figure: str
    stored: Figure
    fresh: Figure

    def __str__(self) -> str:
        return f"{self.set}, {self.kind}, {self.figure}: {self.stored} → {self.fresh}"


def drops(stored: Measured, fresh: Measured) -> list[Drop]:
    """Every figure that left its stored interval on the worse side, or was not measured any more."""
    return [
        Drop(name, kind, figure, before, now)
        for name, kinds in stored.items()
        for kind, figures in kinds.items()
        for figure, before in figures.items()
        if figure in (*MORE, *LESS) and before.n >= LEAST
        for now in [fresh.get(name, {}).get(kind, {}).get(figure, Figure(value=None))]
        if _dropped(figure, before, now)
    ]


def _dropped(name: str, before: Figure, now: Figure) -> bool:
    if now.value is None or before.low is None or before.high is None:
        return now.value is None
    return now.value > before.high if name in LESS else now.value < before.low


def digest(paths: Iterable[Path]) -> str:
    """Of the questions: other questions give other figures."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def load(path: Path) -> Stored:
    """The stored runs; none when there is no file.

    Raises:
        BadRecord: the file is not what `save` wrote.
    """
    try:
        return Stored.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Stored()
    except ValidationError as error:
        raise BadRecord(f"{path}: not what `motcua eval --check --report` writes ({error})") from error


def save(path: Path, stored: Stored, *, size: str, run: StoredRun) -> None:
    runs: Mapping[str, StoredRun] = {**stored.runs, size: run}
    kept = Stored(runs=dict(sorted(runs.items())))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(kept.model_dump_json(indent=1) + "\n", encoding="utf-8")
