"""How right the assistant is, as people read it: the figures of this installation, or those that came with it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import BaseModel

from bot.evaluation import figures as kept
from bot.evaluation.causes import SEVERITY
from bot.evaluation.figures import QualityFigures, SetFigures
from bot.evaluation.metrics import Figure, pooled
from bot.evaluation.tables import tables
from bot.gateway.scoring import installed, shipped
from bot.gateway.settings import ROOT, Settings
from knowledge.errors import BadRecord

log = logging.getLogger(__name__)
STYLES = ("web/shared/tokens.css", "web/shared/base.css", "bot/gateway/templates/quality.css")
LEAST = 5  # cases below which a share is not shown to people
FIELDS = 10
Origin = Literal["installation", "shipped", "none"]


class QualityOut(BaseModel):
    """Who measured, and what: the body of `GET /api/v1/quality`."""

    origin: Origin
    figures: QualityFigures


class Shown(NamedTuple):
    """One share as people read it. `hundred` of 100; `low` and `high` its interval."""

    label: str
    hundred: int
    low: int
    high: int
    n: int
    note: str = ""


def read(settings: Settings) -> QualityOut:
    """The installation's own figures when it measured some, else the shipped ones."""
    choices: tuple[tuple[Origin, Path], ...] = (("installation", installed(settings)), ("shipped", shipped()))
    for origin, path in choices:
        found = _load(path)
        if found is not None and found.sets:
            return QualityOut(origin=origin, figures=found)
    return QualityOut(origin="none", figures=QualityFigures())


def _load(path: Path) -> QualityFigures | None:
    try:
        return _parsed(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    except BadRecord:
        log.exception("the measured figures cannot be read; those that came with the program are shown")
        return None


@lru_cache(maxsize=4)
def _parsed(path: Path, changed: int) -> QualityFigures | None:
    return kept.load(path)


@cache
def words() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("quality.yml").read_text("utf-8"))
    return data


@cache
def stylesheet() -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in STYLES)


def page_values(settings: Settings) -> dict[str, Any]:
    """What the template of the page needs."""
    out = read(settings)
    sets = out.figures.sets
    head = sets[0] if sets else None
    return {
        "w": words(),
        "origin": out.origin,
        "sets": sets,
        "head": head,
        "cards": list(cards(head)) if head else [],
        "styles": list(style_rows(sets)),
        "fields": list(field_rows(sets)),
        "causes": list(cause_rows(sets)),
        "name_of": name_of,
        "day": lambda value: value.strftime("%d/%m/%Y"),
    }


def name_of(one: SetFigures) -> str:
    """A set's Vietnamese name; an office's own set is called by its folder."""
    return str(words()["sets"].get(one.name, one.title))


def shown(label: str, found: Figure, *, note: str = "") -> Shown | None:
    if found.value is None or found.low is None or found.high is None or found.n < LEAST:
        return None
    value, low, high = (round(100 * share) for share in (found.value, found.low, found.high))
    return Shown(label, value, max(0, low), min(100, high), found.n, note)


def cards(one: SetFigures) -> Iterator[Shown]:
    """The main figures of a set."""
    for card in words()["cards"]:
        made = shown(card["label"], one.figure(card["kind"], card["figure"]), note=card["note"])
        if made is not None:
            yield made


def style_rows(sets: list[SetFigures]) -> Iterator[Shown]:
    """The right procedure first, by way of writing, over all sets."""
    for style, label in words()["styles"].items():
        made = shown(label, pooled(one.figure("procedures", "R@1", style) for one in sets))
        if made is not None:
            yield made


def field_rows(sets: list[SetFigures]) -> list[Shown]:
    """The same by field, those asked most."""
    reports = [one.kinds["procedures"] for one in sets if "procedures" in one.kinds]
    names = {name for report in reports for name in report.fields}
    none = Figure(value=None)
    rows = [
        shown(name, pooled(report.fields.get(name, {}).get("R@1", none) for report in reports))
        for name in names
    ]
    known = [row for row in rows if row is not None]
    return sorted(known, key=lambda row: (-row.n, row.label))[:FIELDS]


def cause_rows(sets: list[SetFigures]) -> Iterator[tuple[str, int]]:
    """In people's words why it was wrong, and how often; the gravest first."""
    reports = [report for one in sets for report in one.kinds.values()]
    for cause in sorted(tables().causes, key=lambda name: -SEVERITY[name]):
        count = sum(report.causes.get(cause, 0) for report in reports)
        if count:
            yield words()["causes"][cause], count
