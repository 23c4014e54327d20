"""Which records may answer for an area at a time: of each code one record, of plans those that hold.

A province's own record lies over the national one of the same code; one that only a list names gives way to one whose
content is held; one that no longer holds is found only when its time is asked for, or when nothing else is held of
its code, so that the person can be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.cache import cached
from knowledge.documents import Validity, area_covers
from knowledge.periods import Period, held_during, of_today

Mask = NDArray[np.bool_]
LISTED = 0.85  # on the score of a procedure known by its title alone: one whose content is held goes first
OLD = 0.9  # on that of one of which only an old record is held


def _validity(row: dict[str, Any]) -> Validity:
    return Validity.model_validate(row.get("validity") or {})


class Standing:
    """Of procedures. Rows are told by place; masks are kept, since few areas and days are asked about."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows
        self._validity = [_validity(row) for row in rows]
        codes: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            codes[row["code"]].append(place)
        self._codes = dict(codes)
        self._plain = np.array([self._is_plain(row) for row in range(len(rows))], dtype=bool)
        self._others = [code for code, places in codes.items() if not self._plain[places[0]]]
        self._masks = cached(self._mask, 256)

    def _is_plain(self, row: int) -> bool:
        """Whether it is the only record of its code and may answer everywhere and always."""
        one, validity = self._rows[row], self._validity[row]
        alone = len(self._codes[one["code"]]) == 1 and not one["area"]
        return alone and not one.get("variant") and validity == Validity()

    def mask(self, area: str, day: date, period: Period | None) -> Mask:
        """Which rows may answer in an area on a day, or about a time that was."""
        return self._masks(area, day, period)

    def _mask(self, area: str, day: date, period: Period | None) -> Mask:
        allowed = self._plain.copy()
        for code in self._others:
            row = self.of_code(code, area=area, day=day, period=period)
            if row is not None:
                allowed[row] = True
        return allowed

    def of_code(self, code: str, *, area: str, day: date, period: Period | None = None) -> int | None:
        """The one record of a code that may answer, or None."""
        rows = [row for row in self._codes.get(code, ()) if area_covers(self._rows[row]["area"], area)]
        if period is not None and (then := [row for row in rows if self._held(row, period)]):
            return max(then, key=self._rank)
        live = [row for row in rows if self.holds(row, day)]
        full = [row for row in live if not self._rows[row].get("listed")]
        return max(full or live or rows, key=self._rank, default=None)

    def holds(self, row: int, day: date) -> bool:
        return of_today(self._validity[row], day, variant=str(self._rows[row].get("variant") or ""))

    def factor(self, row: int, day: date) -> float:
        """What the score of a row is worth beside one whose content is held and in force."""
        if self._rows[row].get("listed"):
            return LISTED
        return 1.0 if self.holds(row, day) else OLD

    def worth(self, row: int, day: date, period: Period | None) -> tuple[float, tuple[int, date]]:
        """What to prefer among records of one title: what held at the time, then the nearest and the newest."""
        held = float(self._held(row, period)) if period else self.factor(row, day)
        near, newest, _ = self._rank(row)
        return held, (near, newest)

    def _held(self, row: int, period: Period) -> bool:
        one = self._validity[row]
        if self._rows[row].get("listed") or not held_during(one, period):
            return False
        # A past asked for without a date is that of what has ended.
        return not period.vague or period.end is None or not of_today(one, _next(period.end))

    def _rank(self, row: int) -> tuple[int, date, str]:
        """The nearest area first, then the newest."""
        one, validity = self._rows[row], self._validity[row]
        newest = validity.start or validity.end or date.min
        return one["area"].count("/") + bool(one["area"]), newest, one["key"]


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


class PlanStanding:
    """Of passages of plans; those of guides hold everywhere."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows
        self._validity = [_validity(row) for row in rows]
        self._masks = cached(self._mask, 256)

    def mask(self, area: str, day: date, period: Period | None) -> Mask:
        """Which rows may answer in an area on a day, or about a time that was."""
        return self._masks(area, day, period)

    def _mask(self, area: str, day: date, period: Period | None) -> Mask:
        near = [place for place, row in enumerate(self._rows) if _near(row["area"], area)]
        live = {place for place in near if of_today(self._validity[place], day)}
        held = {place for place in near if period and held_during(self._validity[place], period)}
        ended = held - live
        if period and period.vague and ended:  # a past asked for without a date is that of what has ended
            held = ended
            live = {place for place in live if not self._is_plan(place)}
        covered = {self._rows[place]["area"] for place in live if self._is_plan(place)}
        left = {place for place in near if self._rows[place]["area"] not in covered} if not held else set()
        allowed = np.zeros(len(self._rows), dtype=bool)
        allowed[sorted(live | held | left)] = True
        return allowed

    def _is_plan(self, place: int) -> bool:
        return not str(self._rows[place]["id"]).startswith("guide:")

    def holds(self, row: int, day: date) -> bool:
        return of_today(self._validity[row], day)


def _near(record_area: str, asked: str) -> bool:
    """Whether the record holds for the asked place or one inside it: a province's people may read its communes'."""
    return area_covers(record_area, asked) or (bool(asked) and record_area.startswith(f"{asked}/"))
