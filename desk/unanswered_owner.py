"""Whose matter a question is: the unit that owns the procedure nearest to it, else those who sort."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from desk.models import Route
from desk.routing import COMMON, Router
from knowledge.documents import Unit
from knowledge.text.diacritics import fold
from knowledge.text.words import syllables

_PARTS = re.compile(r"[,;\n]| hoặc ")
_MOST = 300  # characters: where a whole paragraph stands as agency, its first words are it
_LEAST = 2  # words of an agency's name: "Sở" alone names nobody


@cache
def settings() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("unanswered.yml").read_text(encoding="utf-8")
    )
    return data


def unit_of(agency: str, area: str, router: Router) -> Unit | None:
    """The unit of this place that is this agency, or the first of several that is here; None where none is.

    None too where the place is not known: an agency's name alone names every province's.
    """
    if not area:
        return None
    named = (_words(part) for part in _PARTS.split(agency[:_MOST]))
    fits = (
        _by_role(said, area, router) or _by_name(said, area, router) for said in named if len(said) >= _LEAST
    )
    return next((unit for unit in fits if unit), None)


def sorters(area: str, router: Router) -> tuple[str, str]:
    """Those who sort, (id, name): whatever is nobody's."""
    unit = router.triage_unit(area)
    if unit is not None:
        return unit.id, unit.name
    route: Route = router.route("", area=area)  # no words fit a rule: it is what is said where nobody sorts
    return route.unit_id, route.unit_name


def _by_role(said: list[str], area: str, router: Router) -> Unit | None:
    steps = area.split("/")
    prefixes = {"province": steps[0], "commune": "-".join(steps) if len(steps) > 1 else ""}
    for owner in settings()["owners"]:
        if any(_begins(said, _words(phrase)) for phrase in owner["any"]):
            prefix = prefixes[owner["level"]]
            return router.unit(f"{prefix}-{owner['role']}") if prefix else None
    return None


def _by_name(said: list[str], area: str, router: Router) -> Unit | None:
    """The province's own office whose name begins so: "Sở Tư pháp" is "Sở Tư pháp tỉnh Lâm Đồng"."""
    province = area.split("/")[0]
    found = [
        unit
        for unit in router.units
        if unit.area in (area, province) and not unit.id.startswith(f"{COMMON}-") and _fits(said, unit)
    ]
    return min(found, key=lambda unit: (len(unit.name), unit.id), default=None)


def _fits(said: list[str], unit: Unit) -> bool:
    """The agency is the beginning of the unit's name, or the unit's name the agency's: never half a name."""
    name = _words(unit.name)
    return _begins(name, said) or (_begins(said, name) and len(name) >= _LEAST)


def _begins(words: list[str], start: list[str]) -> bool:
    return bool(start) and words[: len(start)] == start


def _words(text: str) -> list[str]:
    return [fold(word) for word in syllables(text.lower())]
