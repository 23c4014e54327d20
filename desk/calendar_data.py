"""Days off and office hours, read from `knowledge/packs/calendar/`.

`<year>.yml` holds a year as the government decided it: every day off beside the weekend, and the swaps (a working day
given for a make-up day). A year without a file gets the days of the law (`calendar_law.py`) and is not settled: what
is counted in it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from desk import calendar_law
from knowledge.errors import BadRecord

PACKS = Path(__file__).resolve().parents[1] / "knowledge" / "packs" / "calendar"
WEEKDAYS = ("thu-2", "thu-3", "thu-4", "thu-5", "thu-6", "thu-7", "chu-nhat")


def _block(said: object) -> object:
    """`07:30-11:30` → the two times."""
    if not isinstance(said, str):
        return said
    start, _, end = said.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


Block: TypeAlias = Annotated[tuple[time, time], BeforeValidator(_block)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hours(_Data):
    """When an office is open, weekday (0 is Monday) by weekday."""

    by_weekday: tuple[tuple[Block, ...], ...] = Field(min_length=7, max_length=7)

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if not any(self.by_weekday):
            raise ValueError("an office that never opens")
        for blocks in self.by_weekday:
            moments = [moment for block in blocks for moment in block]
            if any(later <= earlier for earlier, later in zip(moments, moments[1:], strict=False)):
                raise ValueError("blocks follow one another")
            if any(moment.microsecond or moment.tzinfo for moment in moments):
                raise ValueError("blocks are in whole seconds of local time")
        return self

    def of(self, weekday: int) -> tuple[Block, ...]:
        return self.by_weekday[weekday]


class _HoursRow(_Data):
    unit: str = ""
    area: str = ""
    days: tuple[str, ...]
    blocks: tuple[Block, ...]

    @model_validator(mode="after")
    def _known_days(self) -> _HoursRow:
        if unknown := set(self.days) - {*WEEKDAYS}:
            raise ValueError(f"no such days: {sorted(unknown)}")
        return self


class _Swap(_Data):
    rest: date
    work: date


class _YearFile(_Data):
    sources: tuple[str, ...] = Field(min_length=1)
    days_off: dict[date, str]
    swaps: tuple[_Swap, ...] = ()


class Year(_Data):
    """A year's days off beside the hours, and its make-up days with the day each stands for."""

    off: frozenset[date]
    made_up: Mapping[date, date] = {}
    settled: bool = False
    sources: tuple[str, ...] = ()


class DayBook:
    """The years known, and the law for all others."""

    def __init__(self, years: Mapping[int, Year]) -> None:
        self._years = dict(years)

    def year(self, year: int) -> Year:
        return self._years.get(year) or Year(off=calendar_law.days_off(year))

    @property
    def settled(self) -> list[int]:
        return sorted(year for year, known in self._years.items() if known.settled)


def load_days(packs: Path = PACKS) -> DayBook:
    """Every `<year>.yml`.

    Raises:
        BadRecord: a file is damaged, or a day lies in another year than its file.
    """
    return DayBook({int(path.stem): _year(path) for path in sorted(packs.glob("[0-9]*.yml"))})


def _year(path: Path) -> Year:
    found: _YearFile = _checked(path, _YearFile, _yaml(path))
    off = {*found.days_off, *(swap.rest for swap in found.swaps)}
    made_up = {swap.work: swap.rest for swap in found.swaps}
    if wrong := [day for day in (*off, *made_up) if day.year != int(path.stem)]:
        raise BadRecord(f"{path.name}: {wrong[0]} is of another year")
    if both := off & made_up.keys():
        raise BadRecord(f"{path.name}: {min(both)} is both off and worked")
    return Year(off=frozenset(off), made_up=made_up, settled=True, sources=found.sources)


class OfficeHours:
    """Whose hours count: a unit's own, else those of the smallest area around it."""

    def __init__(self, rows: list[_HoursRow]) -> None:
        self._by_owner: dict[tuple[str, str], list[tuple[Block, ...]]] = {}
        for row in rows:
            week = self._by_owner.setdefault((row.unit, row.area), [()] * 7)
            for day in row.days:
                week[WEEKDAYS.index(day)] = row.blocks
        if ("", "") not in self._by_owner:
            raise BadRecord("hours.yml: no row for every office")
        self._hours = {owner: Hours(by_weekday=tuple(week)) for owner, week in self._by_owner.items()}

    def of(self, unit: str, area: str) -> Hours:
        if (unit, "") in self._hours and unit:
            return self._hours[unit, ""]
        while area and ("", area) not in self._hours:
            area = area.rpartition("/")[0]
        return self._hours["", area]


def load_hours(packs: Path = PACKS) -> OfficeHours:
    """`hours.yml`.

    Raises:
        BadRecord: it is damaged, or no row holds for every office.
    """
    path = packs / "hours.yml"
    return OfficeHours([_checked(path, _HoursRow, row) for row in _yaml(path)])


def _checked(path: Path, kind: type[Any], row: object) -> Any:  # noqa: ANN401  # a model of `kind`
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        raise BadRecord(f"{path.name}: {error}") from None


def _yaml(path: Path) -> Any:  # noqa: ANN401  # whatever the file holds
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadRecord(f"{path.name}: {error}") from None


@cache
def days() -> DayBook:
    return load_days()


@cache
def office_hours() -> OfficeHours:
    return load_hours()
