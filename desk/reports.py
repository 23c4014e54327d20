"""An office's report on a period, in numbers that add up; what each means stands beside it (reports.yml).

A ticket has one origin and one outcome in a period (report_facts.py), so every total is the sum of its parts, by
whatever it is divided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from desk.calendar import LOCAL_TIME
from desk.database import Conn
from desk.report_facts import Fact, facts
from desk.report_period import Period
from desk.report_questions import Questions
from knowledge.documents import area_covers
from knowledge.gazetteer.names import gazetteer

Numbers: TypeAlias = dict[str, int]
# Sums of other numbers; the rest are counted ticket by ticket.
SUMS = {
    "total": ("received", "carried", "back"),
    "answered": ("on_time", "late", "untimed"),
    "open": ("open_in_time", "open_overdue", "open_untimed"),
}
# Shares of 100: of which, and of what.
RATES = {"on_time_rate": ("on_time", ("on_time", "late")), "content_rate": ("content", ("rated",))}
# What a chart's bars are made of; together they are all that there was to do.
BARS = {
    "good": ("on_time",),
    "bad": ("late", "open_overdue"),
    "other": ("untimed", "refused", "merged", "open_in_time", "open_untimed"),
}


@dataclass(frozen=True)
class Scope:
    """What a report is about; "" is everything. `area` takes in the places below it."""

    area: str = ""
    unit: str = ""
    category: str = ""

    def holds(self, fact: Fact) -> bool:
        return (
            area_covers(self.area, fact.area)
            and self.unit in ("", fact.unit[0])
            and self.category in ("", fact.category[0])
        )


@dataclass(frozen=True)
class Row:
    """The numbers of one unit, place or category."""

    id: str
    name: str
    numbers: Numbers


@dataclass(frozen=True)
class Report:
    """Everything the pages and files show. `choices` are what the period could be narrowed to."""

    period: Period
    scope: Scope
    made_at: datetime
    totals: Numbers
    units: list[Row]
    areas: list[Row]
    categories: list[Row]
    questions: Questions = field(default_factory=Questions)
    choices: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def unfinished(self) -> bool:
        """Whether the period still runs."""
        return self.made_at < self.period.end


async def tickets(conn: Conn, period: Period, scope: Scope, *, now: datetime) -> Report:
    """The report on tickets, among those this connection may see; the questions are added by the caller."""
    return of_facts(await facts(conn, period, now=now), period, scope, now=now)


def of_facts(found: Sequence[Fact], period: Period, scope: Scope, *, now: datetime) -> Report:
    chosen = [fact for fact in found if scope.holds(fact)]
    return Report(
        period=period,
        scope=scope,
        made_at=now,
        totals=numbers(chosen),
        units=_rows(chosen, lambda fact: fact.unit),
        areas=_rows(chosen, lambda fact: (fact.area, area_name(fact.area))),
        categories=_rows(chosen, lambda fact: fact.category),
        choices={
            "unit": _choices(fact.unit for fact in found),
            "area": _choices((fact.area, area_name(fact.area)) for fact in found),
            "category": _choices(fact.category for fact in found),
        },
    )


def numbers(chosen: Iterable[Fact]) -> Numbers:
    """Every number of reports.yml, in its order. A ticket with no origin counts only in what it is besides."""
    counted: Counter[str] = Counter()
    for fact in chosen:
        if fact.origin:
            counted.update((fact.origin, fact.outcome))
        counted.update(fact.also)
    for name, parts in SUMS.items():
        counted[name] = sum(counted[part] for part in parts)
    return {name: counted[name] for name in words()["numbers"]}


def rate(found: Numbers, name: str) -> float | None:
    """A share of 100 with one place after the comma; None where there is nothing to share."""
    part, wholes = RATES[name]
    whole = sum(found[one] for one in wholes)
    return round(100 * found[part] / whole, 1) if whole else None


def bars(rows: Sequence[Row]) -> list[tuple[Row, dict[str, tuple[float, float]]]]:
    """Each row with where each of its bars begins and how wide it is, of 100 for the longest row."""
    longest = max((row.numbers["total"] for row in rows), default=0) or 1
    made = []
    for row in rows:
        begun, pieces = 0.0, {}
        for name, parts in BARS.items():
            width = 100 * sum(row.numbers[part] for part in parts) / longest
            pieces[name] = (round(begun, 2), round(width, 2))
            begun += width
        made.append((row, pieces))
    return made


def _rows(chosen: Sequence[Fact], key: Callable[[Fact], tuple[str, str]]) -> list[Row]:
    """By `key`'s id, the most first; a name that changed shows as it was last."""
    groups: dict[str, list[Fact]] = {}
    names: dict[str, str] = {}
    for fact in chosen:
        group, name = key(fact)
        groups.setdefault(group, []).append(fact)
        names[group] = name
    made = [
        Row(group, names[group] or words()["nameless"], numbers(found)) for group, found in groups.items()
    ]
    return sorted(made, key=lambda row: (-row.numbers["total"], row.name, row.id))


def _choices(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    named = {group: name for group, name in found if group}
    return sorted(named.items(), key=lambda item: (item[1], item[0]))


# ------------------------------------------------------------------ words


@cache
def words() -> dict[str, Any]:
    """What numbers are called and how they are counted."""
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return data


def area_name(slug: str) -> str:
    place = gazetteer().by_slug.get(slug)
    return place.name if place else slug


def period_name(period: Period) -> str:
    """`Quý IV năm 2026`, with its days where they are not the calendar's."""
    said = words()["periods"][period.kind]
    if period.kind in ("quarter", "half"):
        said = said[period.number - 1]
    name = str(said).format(number=period.number, year=period.year)
    return f"{name} {period_days(period)}" if period.first_day > 1 else name


def periods(today: date, *, months: int) -> list[tuple[str, str]]:
    """Periods to choose from, (said, name): months back from this one, then three years with their parts."""
    first = today.year * 12 + today.month - 1
    said = [f"{place // 12}-{place % 12 + 1:02}" for place in range(first, first - months, -1)]
    for year in range(today.year, today.year - 3, -1):
        quarters = [f"{year}-Q{number}" for number in (4, 3, 2, 1)]
        said += [f"{year}", f"{year}-H2", f"{year}-H1", *quarters]
    begun = [period for period in map(Period.parse, said) if period.first <= today]
    return [(period.said, period_name(period)) for period in begun]


def period_days(period: Period) -> str:
    return str(words()["days"]).format(first=f"{period.first:%d/%m/%Y}", last=f"{period.last:%d/%m/%Y}")


def made_at(report: Report) -> str:
    return f"{report.made_at.astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}"


def scope_names(report: Report) -> list[tuple[str, str]]:
    """What the report was narrowed to, in words: (what, which)."""
    labels = words()["scopes"]
    asked = {"area": report.scope.area, "unit": report.scope.unit, "category": report.scope.category}
    known = {name: dict(choices) for name, choices in report.choices.items()}
    known["area"] = {slug: area_name(slug) for slug in [report.scope.area, *known.get("area", {})]}
    return [(labels[name], known.get(name, {}).get(value, value)) for name, value in asked.items() if value]


def shown_rate(value: float | None) -> str:
    return words()["no_rate"] if value is None else f"{value:.1f}".replace(".", ",") + " %"
