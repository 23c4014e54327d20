"""What stands in `quality.yml`: the sets, the bars, the causes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from bot.evaluation.metrics import Figure

FILE = Path(__file__).with_name("quality.yml")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QuestionSet(_Row):
    folder: str  # from the repository's root
    title: str
    about: str


class Bar(_Row):
    kind: str
    figure: str
    bar: float
    label: str
    of: str = ""  # a style; "" is all of the kind
    most: bool = False  # less is better

    def standing(self, found: Figure) -> str:
        """`reached`, `surely` when the whole interval is, `near` when the bar lies in it, or `missed`; else ""."""
        if found.value is None or found.low is None or found.high is None:
            return ""
        sign = -1 if self.most else 1
        value, worst, best = (sign * each for each in (found.value, *_by_worth(found, most=self.most)))
        bar = sign * self.bar
        if value >= bar:
            return "surely" if worst >= bar else "reached"
        return "near" if best >= bar else "missed"


def _by_worth(found: Figure, *, most: bool) -> tuple[float, float]:
    """The ends of the interval, the worse one first."""
    low, high = found.low or 0.0, found.high or 0.0
    return (high, low) if most else (low, high)


class Cause(_Row):
    means: str
    fix: str


class Tables(_Row):
    sets: dict[str, QuestionSet]
    checked: list[str]
    bars: list[Bar]
    styles: dict[str, str]
    causes: dict[str, Cause]


@cache
def tables() -> Tables:
    return Tables.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def set_of(folder: Path, root: Path) -> str:
    """The name of the set that lies in a folder; "" when it is none of the project's."""
    wanted = folder.resolve()
    return next((name for name, one in tables().sets.items() if (root / one.folder).resolve() == wanted), "")


def is_ours(name: str) -> bool:
    """Whether a set's questions lie in the repository, and may be shown."""
    known = tables().sets.get(name)
    return known is not None and not known.folder.startswith("..")
