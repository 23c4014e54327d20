"""The days off that the law fixes, for years that no decision has settled yet.

Bộ luật Lao động 2019, Điều 112: New Year, five days of Tết, Giỗ Tổ, 30/4, 1/5, two days of the National Day; by
Điều 111(3) one that falls on a weekend is given back on the next working day. Which five days of Tết and which
neighbour of 2/9 the Prime Minister chooses each year; here they are the eve and the four days from the first, and the
neighbour that joins a weekend. 24/11 from 2026 (Nghị quyết 80-NQ/TW). So these days are likely, not certain.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

_LUNAR = Path(__file__).resolve().parents[1] / "knowledge" / "packs" / "calendar" / "lunar.yml"
_DAY = timedelta(days=1)
_CULTURE_DAY_SINCE = 2026
_MONDAY, _THURSDAY, _SUNDAY = 0, 3, 6
_SATURDAY = 5


def days_off(year: int) -> frozenset[date]:
    """Days off of a year. Past the table of lunar.yml those of the sun's calendar alone."""
    named = [date(year, 1, 1), *_lunar_days(year), date(year, 4, 30), date(year, 5, 1), *_national_days(year)]
    if year >= _CULTURE_DAY_SINCE:
        named.append(date(year, 11, 24))
    off = set(named)
    for day in sorted(named):
        if day.weekday() >= _SATURDAY:
            off.add(_next_working(day, off))
    return frozenset(off)


def _lunar_days(year: int) -> list[date]:
    known = _lunar().get(year)
    if known is None:
        return []
    return [*(known["tet"] + n * _DAY for n in range(-1, 4)), known["gio_to"]]


def _national_days(year: int) -> tuple[date, date]:
    day = date(year, 9, 2)
    after = day.weekday() in (_MONDAY, _THURSDAY, _SUNDAY)
    return day, day + _DAY if after else day - _DAY


def _next_working(day: date, off: set[date]) -> date:
    while day in off or day.weekday() >= _SATURDAY:
        day += _DAY
    return day


@cache
def _lunar() -> dict[int, dict[str, date]]:
    loaded: dict[int, dict[str, date]] = yaml.safe_load(_LUNAR.read_text(encoding="utf-8"))
    return loaded
