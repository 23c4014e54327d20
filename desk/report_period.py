"""The periods offices report on: a month, a quarter, half a year, a year, by Vietnam's days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from desk.calendar import LOCAL_TIME
from knowledge.errors import BadPeriod

_SAID = re.compile(r"(?P<year>20\d\d)(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half>[12])))?")
_LAST_FIRST_DAY = 28


@dataclass(frozen=True)
class Period:
    """From `first` up to and with `last`. `first_day` 15: figures are closed on the 14th of its last month."""

    said: str
    first: date
    last: date
    first_day: int = 1

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, datetime.min.time(), LOCAL_TIME)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), datetime.min.time(), LOCAL_TIME)

    @property
    def kind(self) -> str:
        """month, quarter, half or year."""
        if len(self.said) == len("2026"):
            return "year"
        return {"Q": "quarter", "H": "half"}.get(self.said[5], "month")

    @property
    def year(self) -> int:
        return int(self.said[:4])

    @property
    def number(self) -> int:
        """Which month, quarter or half of its year; 0 for a year."""
        return int(self.said[5:].lstrip("QH") or 0)

    @classmethod
    def parse(cls, said: str, *, first_day: int = 1) -> Period:
        """`2026-11`, `2026-Q4`, `2026-H1` or `2026`.

        Raises:
            BadPeriod: it is none of these, or months cannot begin on `first_day`.
        """
        match = _SAID.fullmatch(said.strip().upper())
        if match is None or not 1 <= first_day <= _LAST_FIRST_DAY:
            raise BadPeriod(
                f"{said!r} (from day {first_day}) is no period: say 2026-11, 2026-Q4, 2026-H1 or 2026"
            )
        year, (first, last) = int(match["year"]), _months(match)
        start, end = _month(year, first), _month(year, last + 1)
        if first_day > 1:  # closed before the last month ends: it begins in the month before
            start, end = _month(year, first - 1), _month(year, last)
        shift = timedelta(days=first_day - 1)
        return cls(match[0], start + shift, end + shift - timedelta(days=1), first_day)

    @classmethod
    def of(cls, day: date) -> Period:
        """The month of a day."""
        return cls.parse(f"{day:%Y-%m}")


def _months(match: re.Match[str]) -> tuple[int, int]:
    if match["month"]:
        return int(match["month"]), int(match["month"])
    if match["quarter"]:
        return 3 * int(match["quarter"]) - 2, 3 * int(match["quarter"])
    if match["half"]:
        return 6 * int(match["half"]) - 5, 6 * int(match["half"])
    return 1, 12


def _month(year: int, month: int) -> date:
    """Its first day; month 0 is last December, 13 the next January."""
    carried, place = divmod(month - 1, 12)
    return date(year + carried, place + 1, 1)
