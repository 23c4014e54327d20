"""Lengths of time in published Vietnamese: `05 (năm) ngày làm việc`, `30 Ngày`, `8 giờ làm việc`.

Calendar dates ("ngày 12 tháng 5 năm 2023"), clock times ("sau 15 giờ"), rates ("8 giờ/ngày") and ranges
("5 - 7 ngày") are not lengths that may be stated as one figure, and are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.documents import Quantity, TimeUnit

UNITS = {
    "ngày làm việc": TimeUnit.WORKING_DAY,
    "ngày": TimeUnit.DAY,
    "giờ làm việc": TimeUnit.WORKING_HOUR,
    "giờ": TimeUnit.HOUR,
    "tháng": TimeUnit.MONTH,
    "năm": TimeUnit.YEAR,
}
_UNIT = r"(?P<unit>ngày(?:\s+làm\s+vi?ệc)?|giờ(?:\s+làm\s+vi?ệc)?|tháng|năm)(?!\w)"
_NUMBER = r"(?P<number>\d{1,3}(?:[.,]\d{1,2})?)"
# The number in words is often repeated in brackets: `05 (năm) ngày`, `năm (05) ngày`.
_FIGURE = re.compile(rf"(?<![\d.,/\-–\w]){_NUMBER}(?:\s*\([^()\d]{{1,30}}\)|\))?\s*{_UNIT}", re.IGNORECASE)
_CLOCK_BEFORE = re.compile(r"(?:sau|trước|lúc|từ|đến|hồi)\s*$", re.IGNORECASE)
_CLOCK_AFTER = re.compile(r"\s*(?:\d|cùng ngày|sáng|chiều|hôm)", re.IGNORECASE)
_DATE_BEFORE = re.compile(r"(?:ngày|tháng|quý)\s*$", re.IGNORECASE)
_RANGE_BEFORE = re.compile(r"\d\s*(?:-|–|đến|hoặc|tới|~)\s*$|\btừ\s*$", re.IGNORECASE)
_RANGE_AFTER = re.compile(r"\s*(?:-|–|đến|tới)\s*\d", re.IGNORECASE)
_COLUMN = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?) (Ngày làm việc|Ngày|Giờ làm việc|Giờ|Tháng|Năm)")


@dataclass(frozen=True)
class Duration:
    """One length of time, with where in the text it stands."""

    value: float
    unit: TimeUnit
    start: int
    end: int
    raw: str

    @property
    def figure(self) -> tuple[float, TimeUnit]:
        return self.value, self.unit

    def quantity(self) -> Quantity:
        return Quantity(value=self.value, unit=self.unit, raw=self.raw)


def _is_length(text: str, match: re.Match[str], unit: TimeUnit) -> bool:
    before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() : match.end() + 12]
    if after.startswith("/") or _RANGE_BEFORE.search(before) or _RANGE_AFTER.match(after):
        return False
    if unit is TimeUnit.HOUR:
        return not (_CLOCK_BEFORE.search(before) or _CLOCK_AFTER.match(after))
    if unit in (TimeUnit.MONTH, TimeUnit.YEAR):
        return not (_DATE_BEFORE.search(before) or re.match(r"\s*(?:năm\s*)?\d", after))
    return not re.match(r"\s*\d", after)


def find_durations(text: str) -> list[Duration]:
    """Every length of time stated as one figure, in order."""
    found = []
    for match in _FIGURE.finditer(text):
        unit = UNITS[" ".join(match["unit"].lower().split()).replace("vệc", "việc")]  # misprinted in places
        value = float(match["number"].replace(",", "."))
        if value and _is_length(text, match, unit):
            found.append(Duration(value, unit, match.start(), match.end(), match.group()))
    return found


def column_duration(text: str) -> Quantity | None:
    """The figure of a time column, exactly `30 Ngày` or `1.5 Ngày làm việc`; anything else is None."""
    match = _COLUMN.fullmatch(text.strip())
    if not match or float(match[1].replace(",", ".")) == 0:
        return None
    return Quantity(value=float(match[1].replace(",", ".")), unit=UNITS[match[2].lower()], raw=text.strip())
