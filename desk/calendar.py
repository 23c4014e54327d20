"""Working time: adding it to a moment and measuring it between two, to the microsecond.

A day's open time is its blocks, each half-open: at 11:30:00 the morning is over. A limit may end at a block's end:
it is the first moment at which so much working time has passed. Days are sums kept by year, so that no step of time
is walked through. Vietnam has had no summer time since 1975; the zone is used all the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from desk.calendar_data import DayBook, Hours, Year

LOCAL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
_US = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Sums:
    """A year's days: `before[n]` is the open time (µs) ahead of its nth day, the last entry the whole year."""

    before: Sequence[int]
    weekdays: Sequence[int | None]  # the weekday whose hours count on the nth day; None on a day off


@dataclass(frozen=True)
class Calendar:
    """Working time under an office's hours. Moments have a zone; results are in Vietnam's."""

    hours: Hours
    book: DayBook
    _years: dict[int, _Sums] = field(default_factory=dict, compare=False, repr=False)

    def is_open(self, at: datetime) -> bool:
        local = _local(at)
        return any(start <= local.time() < end for start, end in self._blocks(local.date()))

    def next_open(self, at: datetime) -> datetime:
        """`at` itself when the office is open, else the start of the next block."""
        return at.astimezone(LOCAL_TIME) if self.is_open(at) else self._at(self._position(at), later=True)

    def add_working(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment at which `amount` of working time has passed since `start`.

        Raises:
            ValueError: for a negative amount.
        """
        if amount < timedelta(0):
            raise ValueError("working time runs forward")
        if not amount:
            return self.next_open(start)
        year, passed = self._position(start)
        return self._at((year, passed + amount // _US), later=False)

    def take_working(self, end: datetime, amount: timedelta) -> datetime:
        """The last open moment from which `amount` of working time passes until `end`.

        Raises:
            ValueError: for no amount or a negative one.
        """
        if amount <= timedelta(0):
            raise ValueError("some working time is taken")
        year, passed = self._position(end)
        passed -= amount // _US
        while passed < 0:
            year -= 1
            passed += self._sums(year).before[-1]
        return self._at((year, passed), later=True)

    def add_days(self, start: datetime, days: int) -> datetime:
        """The close of the nth working day after the day of `start`, which is not counted.

        Counted as Bộ luật Dân sự 2015, Điều 147 says; the last day ends with the office's hours, not at midnight.

        Raises:
            ValueError: for less than one day.
        """
        if days < 1:
            raise ValueError("a limit in days has at least one")
        day = _local(start).date()
        while days:  # by working days, of which limits have few
            day = self._next_working(day)
            days -= 1
        return _moment(day, self._blocks(day)[-1][1])

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; negative when `end` is earlier."""
        if end < start:
            return -self.working_between(end, start)
        (first, passed), (last, until) = self._position(start), self._position(end)
        return (until - passed + sum(self._sums(year).before[-1] for year in range(first, last))) * _US

    def is_settled(self, year: int) -> bool:
        """Whether the year's days off were set by a decision, not only taken from the law's list."""
        return self.book.year(year).settled

    def _position(self, at: datetime) -> tuple[int, int]:
        """The year, and the open time (µs) of that year which has passed."""
        local = _local(at)
        day = local.date()
        before = self._sums(day.year).before[day.timetuple().tm_yday - 1]
        clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second,
                          microseconds=local.microsecond)  # fmt: skip
        return day.year, before + sum(
            max(0, (min(clock, _since(end)) - _since(start)) // _US) for start, end in self._blocks(day)
        )

    def _at(self, position: tuple[int, int], *, later: bool) -> datetime:
        """The moment of a position. Between two blocks it is the first one's end, or the second's start (`later`)."""
        year, passed = position
        while passed > (whole := self._sums(year).before[-1]) or (later and passed == whole):
            passed -= whole
            year += 1
        before = self._sums(year).before
        index = (bisect_right(before, passed) if later else bisect_left(before, passed)) - 1
        day = date(year, 1, 1) + index * _DAY
        rest = passed - before[index]
        for start, end in self._blocks(day):
            length = (_since(end) - _since(start)) // _US
            if rest < length or (rest == length and not later):
                return _moment(day, time.min) + _since(start) + rest * _US
            rest -= length
        raise AssertionError("a position lies within a day")

    def _next_working(self, day: date) -> date:
        day += _DAY
        while not self._blocks(day):  # a few days off at most lie side by side
            day += _DAY
        return day

    def _blocks(self, day: date) -> Sequence[tuple[time, time]]:
        weekday = self._sums(day.year).weekdays[day.timetuple().tm_yday - 1]
        return () if weekday is None else self.hours.of(weekday)

    def _sums(self, year: int) -> _Sums:
        if year not in self._years:
            weekdays = _weekdays(year, self.book.year(year))
            lengths = (0 if day is None else _length(self.hours.of(day)) for day in weekdays)
            self._years[year] = _Sums([0, *accumulate(lengths)], weekdays)
        return self._years[year]


def _weekdays(year: int, book: Year) -> list[int | None]:
    """For each day of the year the weekday it works like. A make-up day works like the day it makes up for."""
    first = date(year, 1, 1)
    days = (first + n * _DAY for n in range((date(year + 1, 1, 1) - first).days))
    made_up: Mapping[date, date] = book.made_up
    return [
        made_up[day].weekday() if day in made_up else None if day in book.off else day.weekday()
        for day in days
    ]


def _length(blocks: Sequence[tuple[time, time]]) -> int:
    return sum((_since(end) - _since(start)) // _US for start, end in blocks)


def _since(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment without its zone")
    return at.astimezone(LOCAL_TIME)


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, LOCAL_TIME)
