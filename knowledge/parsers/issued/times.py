"""When: dates, deadlines, schedules, frequencies and hours, as issued texts write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_SLASHED = r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})"
_SPELLED = r"(\d{1,2})\s+tháng\s+(\d{1,2})(?:\s+năm\s+(\d{4}))?"
_DAY = re.compile(rf"(?<![\d/]){_SLASHED}(?!\d)|(?<![\d/]){_SPELLED}")
_SHORT_DAY = re.compile(r"ngày\s+(\d{1,2})\s*/\s*(\d{1,2})(?!\s*/?\d)", re.IGNORECASE)
_DEADLINE = re.compile(
    rf"(?:trước|chậm nhất(?: là)?(?: vào)?|muộn nhất(?: là)?|không quá|hạn cuối(?: là)?|đến hết)\s*(?:ngày\s*)?"
    rf"(?:{_SLASHED}|{_SPELLED})",
    re.IGNORECASE,
)
_SCHEDULES = re.compile(
    r"(?:trước|chậm nhất(?: là)?|đến hết)\s+ngày\s+\d{1,2}(?:/\d{1,2}(?:/\d{4})?|\s+tháng\s+\d{1,2}(?:\s+năm\s+\d{4})?"
    r"|\s+(?:hàng|hằng)\s+\w+)?"
    r"|(?:trước|chậm nhất(?: là)?|trong)\s+tháng\s+\d{1,2}(?:[/ ](?:năm\s+)?\d{4})?"
    r"|(?:trong\s+)?quý\s+(?:IV|I{1,3}|[1-4])"
    r"(?:(?:,|\s+và|\s*-)\s*(?:quý\s+)?(?:IV|I{1,3}|[1-4])\b)*(?:[/ ](?:năm\s+)?\d{4})?"
    r"|(?:0?6|sáu) tháng(?: đầu| cuối)?(?: năm)?(?:\s+\d{4})?"
    r"|ngày\s+\d{1,2}/\d{1,2}(?:/\d{4})?\s+(?:hàng|hằng)\s+năm"
    r"|thường xuyên(?: trong năm)?"
    r"|trong năm(?:\s+\d{4})?"
    r"|tháng\s+\d{1,2}/\d{4}",
    re.IGNORECASE,
)
_FREQUENCIES = re.compile(
    r"(?:ít nhất|tối thiểu|không quá)?\s*\d{1,2}\s+lần\s*"
    r"(?:/|trong\s+|mỗi\s+|một\s+|hằng\s+|hàng\s+)\s*(?:ngày|tuần|tháng|quý|năm)"
    r"|(?:định kỳ\s+)?(?:hàng|hằng|mỗi)\s+(?:ngày|tuần|tháng|quý|năm|06 tháng|6 tháng)"
    r"(?:,\s*(?:(?:hàng|hằng)\s+)?(?:ngày|tuần|tháng|quý|06 tháng|6 tháng|năm)\b)*",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(\d{1,2})\s*(?:giờ|h|g|:)\s*(\d{1,2})?\s*(?:phút|['’′p])?", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(20\d{2})(?!\d)")


class Span(NamedTuple):
    """When something takes place; `end` is None when only the beginning is stated."""

    start: datetime
    end: datetime | None


def day_of(text: str, *, year: int | None = None) -> date | None:
    """The first whole date in the text. `year` fills in for "ngày 23 tháng 1" where a heading states it."""
    found = _DAY.search(text)
    if found is None:
        if year is not None and (short := _SHORT_DAY.search(text)):
            return _date(year, short[2], short[1])
        return None
    day, month, stated = found[1] or found[4], found[2] or found[5], found[3] or found[6]
    return _date(int(stated) if stated else year, month, day)


def deadline_of(text: str) -> date | None:
    """The one last day a piece states with its year; None when it states none, or several."""
    days = {
        _date(int(m[3] or m[6]), m[2] or m[5], m[1] or m[4]) for m in _DEADLINE.finditer(text) if m[3] or m[6]
    }
    return days.pop() if len(days) == 1 else None


def schedule_of(text: str) -> str:
    """The times a piece names, as printed: "Quý II/2026", "trước ngày 15/5/2026", "thường xuyên"."""
    found = [match.group().strip() for match in _SCHEDULES.finditer(text)]
    return "; ".join(dict.fromkeys(found))


def frequency_of(text: str) -> str:
    """How often, as printed: "hằng tháng", "ít nhất 02 lần/tuần"."""
    found = [" ".join(match.group().split()) for match in _FREQUENCIES.finditer(text)]
    return "; ".join(dict.fromkeys(found))


def span_of(text: str, *, year: int | None = None) -> Span | None:
    """A day with its hours ("Từ 20 giờ 15’ - 20 giờ 45’ ngày 23 tháng 1"); None without both."""
    day = day_of(text, year=year)
    if day is None:
        return None
    bare = _DAY.sub(" ", text)
    hours = [hour for match in _HOUR.finditer(bare) if (hour := _time(match[1], match[2])) is not None]
    if not hours:
        return None
    start = datetime.combine(day, hours[0], VIETNAM)
    end = datetime.combine(day, hours[1], VIETNAM) if len(hours) > 1 else None
    return Span(start, end if end and end > start else None)


def year_of(text: str) -> int | None:
    """The one year a heading names; None when it names none or several."""
    years = set(_YEAR.findall(text))
    return int(years.pop()) if len(years) == 1 else None


def _date(year: int | None, month: str, day: str) -> date | None:
    try:
        return date(year, int(month), int(day)) if year else None
    except ValueError:  # a day that does not exist: stated wrongly, so not stated
        return None


def _time(hour: str, minute: str | None) -> time | None:
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        return None
