"""Numbers of issued texts, however they are printed: "Số: 0999 /QĐ-UBND ngày 02/3/2024" and "999/qđ-ubnd" are one."""

from __future__ import annotations

import re
from datetime import date

from knowledge.text.diacritics import fold

_NUMBER = re.compile(r"0*(\d+[a-z]?)((?:/[\w.-]+)+)|([a-z]{1,4}/[\w.-]+)", re.IGNORECASE)
_YEAR = re.compile(r"/((?:19|20)\d\d)(?=/|$|\s)")
_DAY = re.compile(r"ngày\s+(\d{1,2})\s*(?:/|-|\.|\s+tháng\s+)(\d{1,2})\s*(?:/|-|\.|\s+năm\s+)((?:19|20)\d\d)")
_OTHER = re.compile(r"[^a-z0-9]+")


def number_key(printed: str) -> str:
    """A number as it is compared: `999/QD-UBND`; "" when none is printed."""
    joined = re.sub(r"\s*([/-])\s*", r"\1", printed.replace("–", "-"))
    found = _NUMBER.search(fold(joined))
    if found is None:
        return ""
    return (found[3] or f"{found[1]}{found[2]}").rstrip(".-").upper()


def year_in(printed: str) -> int | None:
    """The year that is part of a number (`51/2019/QĐ-UBND`): a plain decision's has none."""
    found = _YEAR.search(re.sub(r"\s*/\s*", "/", printed))
    return int(found[1]) if found else None


def day_in(printed: str) -> date | None:
    """The day printed beside a number, when it exists."""
    found = _DAY.search(printed.lower())
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:  # 31/02: misprinted, so not known
        return None


def slug(text: str) -> str:
    return _OTHER.sub("-", fold(text).lower()).strip("-")
