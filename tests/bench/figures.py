"""What the bench measured: percentiles, aims, and the table that shows one beside the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0-1) of the values lie, between two neighbours where it falls there."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value; `aim` is None where nothing is promised."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a share of its aim."""
        return None if not self.aim else self.value / self.aim

    @property
    def met(self) -> bool | None:
        """Whether the aim was reached."""
        if self.aim is None:
            return None
        return self.value >= self.aim if self.more_is_better else self.value <= self.aim

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "value": round(self.value, 3), "unit": self.unit, "aim": self.aim,
            "ratio": None if self.ratio is None else round(self.ratio, 3), "met": self.met, "note": self.note,
        }  # fmt: skip


def spread(name: str, seconds: Sequence[float], *, aim_p95_ms: float | None = None) -> list[Figure]:
    """Median and 95th percentile of durations, in milliseconds; nothing measured gives no figures."""
    if not seconds:
        return []
    note = f"{len(seconds)} measured"
    median, high = (percentile(seconds, share) * 1000 for share in (0.5, 0.95))
    return [
        Figure(name=f"{name}, p50", value=median, unit="ms", note=note),
        Figure(name=f"{name}, p95", value=high, unit="ms", aim=aim_p95_ms, note=note),
    ]


def table(title: str, figures: Iterable[Figure]) -> Table:
    """Value, aim and their ratio, a row a figure."""
    made = Table(title=title, title_justify="left")
    made.add_column("measure")
    for name in ("value", "aim", "value / aim"):
        made.add_column(name, justify="right", no_wrap=True)
    made.add_column("note", style="dim")
    for figure in figures:
        made.add_row(
            figure.name, _amount(figure.value, figure.unit), _aim(figure), _ratio(figure), figure.note
        )
    return made


def _amount(value: float, unit: str) -> str:
    return f"{value:,.{0 if value >= 100 else 1}f} {unit}"


def _aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    return f"{'≥' if figure.more_is_better else '≤'} {_amount(figure.aim, figure.unit)}"


def _ratio(figure: Figure) -> Text:
    if figure.ratio is None:
        return Text("")
    return Text(f"{figure.ratio:.2f} {'✓' if figure.met else '✗'}", style="green" if figure.met else "red")
