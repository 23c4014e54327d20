"""The public pages of the desk: what their templates need, and the map as dots of an SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.gateway.ports import Parts
from bot.gateway.settings import ROOT
from desk.calendar import LOCAL_TIME
from desk.public import Published, Punctual
from knowledge.errors import UnknownArea

STYLES = (
    "web/shared/tokens.css",
    "web/shared/base.css",
    "bot/gateway/templates/quality.css",
    "bot/gateway/templates/public.css",
)
WIDTH = 100.0  # of the map, in its own units
_TALLEST, _FLATTEST = 140.0, 40.0
_LEAST_DEGREES = 0.01  # about a kilometre: one dot alone is still somewhere
_KM_PER_DEGREE = 111.32


@cache
def words() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("public.yml").read_text("utf-8"))
    return data


@cache
def stylesheet() -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in STYLES)


def day(at: datetime | None) -> str:
    return at.astimezone(LOCAL_TIME).strftime("%d/%m/%Y") if at else ""


def values(parts: Parts, *, current: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # a template's
    """What every one of the pages needs, and what one of them alone does."""

    def place(slug: str) -> str:
        try:
            return parts.areas.name(slug) if slug else ""
        except UnknownArea:
            return ""

    return {"w": words(), "current": current, "day": day, "place": place, **more}


def short(text: str, most: int = 220) -> str:
    """The beginning of a text, up to a word."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rpartition(" ")[0] + "…"


# ------------------------------------------------------------------ the map


@dataclass(frozen=True)
class Dot:
    code: str
    label: str
    x: float
    y: float


@dataclass(frozen=True)
class Map:
    """Dots in a box `WIDTH` wide and `height` high; `km` is how wide that is on the ground."""

    dots: Sequence[Dot]
    height: float
    km: str


def drawn(found: Sequence[Published]) -> Map | None:
    """The reports whose place is known as dots, north up; None when there are none."""
    placed = [(one, one.latitude, one.longitude) for one in found]
    known = [(one, north, east) for one, north, east in placed if north is not None and east is not None]
    if not known:
        return None
    south, north = _stretched([north for _, north, _ in known])
    west, east = _stretched([east for _, _, east in known])
    squeeze = math.cos(
        math.radians((south + north) / 2)
    )  # a degree of longitude is shorter than one of latitude
    wide, high = (east - west) * squeeze, north - south
    height = min(max(WIDTH * high / wide, _FLATTEST), _TALLEST)
    scale = min(WIDTH / wide, height / high)
    left, top = (WIDTH - wide * scale) / 2, (height - high * scale) / 2
    dots = [
        Dot(
            one.code,
            f"{one.category_name}: {short(one.what, 60)}",
            round(left + (x - west) * squeeze * scale, 2),
            round(top + (north - y) * scale, 2),
        )
        for one, y, x in known
    ]
    return Map(dots, round(height, 1), _kilometres(WIDTH / scale * _KM_PER_DEGREE))


def _stretched(degrees: Sequence[float]) -> tuple[float, float]:
    """The span, a tenth wider on both sides."""
    low, high = min(degrees), max(degrees)
    margin = max((high - low) * 0.1, _LEAST_DEGREES / 2)
    return low - margin, high + margin


def _kilometres(km: float) -> str:
    return f"{km:.0f}" if km >= 10 else f"{km:.1f}".replace(".", ",")


# ------------------------------------------------------------------ punctuality


def rate_rows(found: Sequence[Punctual], parts: Parts) -> list[dict[str, Any]]:
    """A row a unit, under the unit's name."""
    rows = []
    for one in found:
        unit = parts.tickets.router.unit(one.unit_id)
        counts = words()["rates_counts"].format(on_time=one.on_time, timed=one.timed, answered=one.answered)
        rows.append({"name": unit.name if unit else one.unit_id, "hundred": one.hundred, "counts": counts})
    return rows
