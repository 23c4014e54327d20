"""The days an amount holds, and the clauses that reduce or waive one for a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_DAY = (
    r"(?:ngày\s+)?(?P<{0}d>\d{{1,2}})(?:\s*/\s*|\s+tháng\s+)(?P<{0}m>\d{{1,2}})"
    r"(?:\s*/\s*|\s+năm\s+)(?P<{0}y>\d{{4}})"
)
_BY = (
    r"(?:\s*,?\s*(?:theo|tại)\s+(?:quy\s+định\s+tại\s+)?(?P<by>thông\s+tư\s+(?:số\s+)?\d+/\d{4}/[\w-]+)"
    r"(?:\s+ngày\s+\d{1,2}/\d{1,2}/\d{4})?(?:\s+của\s+bộ\s+tài\s+chín[^().;\n]*)?)?"
)
_SPAN = (
    rf"(?:(?:áp\s+dụng\s+)?(?:từ\s+)?(?:kể\s+)?từ\s+{_DAY.format('s')}\s+)?(?:áp\s+dụng\s+)?"
    rf"đến\s+(?:hết\s+)?{_DAY.format('e')}{_BY}"
)
PERIOD = re.compile(rf"\(?\s*{_SPAN}[\s.]*\)?[\s,]*", re.IGNORECASE)
# "(áp dụng mức phí 400.000 đồng/hồ sơ kể từ … đến hết … theo Thông tư …)": another amount for a time
REDUCTION = re.compile(
    rf"\(?\s*áp\s+dụng\s+mức\s+(?:thu\s+)?(?:lệ\s+)?phí\s*:?\s*(?P<amount>[^()\n;%]{{3,60}}?)"
    rf"(?:\([^()\d]{{1,60}}\)\s*)?(?P<period>{_SPAN})[\s.]*\)?",
    re.IGNORECASE,
)
EXEMPTION = re.compile(
    rf"\(?\s*miễn?\s*(?:lệ\s+)?(?:phí\s+)?(?P<period>(?=(?:kể\s+)?từ){_SPAN})[\s.]*\)?", re.IGNORECASE
)


class Unclear(Exception):
    """A piece of a list is not understood: `read_tariff` then leaves the whole list as it is."""


@dataclass(frozen=True)
class Term:
    """The days an amount holds, as stated: "từ ngày 01/7/2025 đến hết ngày 31/12/2026"."""

    end: date
    start: date | None = None
    by: str = ""

    def __str__(self) -> str:
        since = f"từ ngày {_day(self.start)} " if self.start else ""
        return f"{since}đến hết ngày {_day(self.end)}" + (f", theo {self.by}" if self.by else "")


def _day(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def _date(match: re.Match[str], name: str) -> date | None:
    if match[f"{name}d"] is None:
        return None
    try:
        return date(int(match[f"{name}y"]), int(match[f"{name}m"]), int(match[f"{name}d"]))
    except ValueError as error:
        raise Unclear from error


def term_of(match: re.Match[str]) -> Term:
    end = _date(match, "e")
    if end is None:
        raise Unclear
    return Term(end, _date(match, "s"), " ".join((match["by"] or "").split()))


def last_days(text: str) -> set[date]:
    """The last days of the periods a text names; a day that does not exist is in none."""
    found = set()
    for match in PERIOD.finditer(text):
        try:
            found.add(term_of(match).end)
        except Unclear:
            continue
    return found
