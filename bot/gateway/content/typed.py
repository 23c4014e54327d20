"""What officials type, read exactly: money, counts, days. What can be read two ways is asked back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

_MONEY = re.compile(r"^(\d{1,3}(?:[., ]\d{3})+|\d+)\s*(?:đ|đồng|vnđ|vnd|usd)?\.?$", re.ASCII)
_DECIMAL = re.compile(r"^\d{1,4}(?:[.,]\d{1,2})?$", re.ASCII)
_DAY = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$", re.ASCII)
SMALLEST_FEE = 1000  # đồng: below it an amount is a slip ("50" for 50.000), never a fee


class Mistyped(ValueError):  # a person's slip, not a failure
    """What was typed cannot be taken; `code` names the sentence that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def text(typed: str) -> str:
    return "\n".join(line.rstrip() for line in typed.replace("\r\n", "\n").split("\n")).strip()


def line(typed: str) -> str:
    return " ".join(typed.split())


def money(typed: str) -> int | None:
    """`100.000`, `100 000 đ`, `100000` → 100000; nothing → None. `1.5` could be anything."""
    if not typed.strip():
        return None
    found = _MONEY.match(typed.strip().lower())
    if not found:
        raise Mistyped("not_money")
    return int(re.sub(r"\D", "", found[1]))


def count(typed: str) -> int | None:
    """A number of copies."""
    if not typed.strip():
        return None
    if not re.fullmatch(r"[0-9]{1,3}", typed.strip()):
        raise Mistyped("not_count")
    return int(typed)


def decimal(typed: str) -> float | None:
    """`5`, `2,5` or `2.5`."""
    if not typed.strip():
        return None
    if not _DECIMAL.match(typed.strip()):
        raise Mistyped("not_number")
    value = float(typed.strip().replace(",", "."))
    if not value:
        raise Mistyped("not_number")
    return value


def day(typed: str) -> str | None:
    """A day as a browser gives it (2026-11-20) or as people write it (20/11/2026) → 2026-11-20."""
    if not typed.strip():
        return None
    found = _DAY.match(typed.strip())
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        return date.fromisoformat(typed.strip()).isoformat()
    except ValueError:
        raise Mistyped("not_day") from None


def tick(typed: str) -> bool:
    return bool(typed)


def choice(typed: str) -> str | None:
    return typed or None


def yes_no(typed: str) -> bool | None:
    return {"yes": True, "no": False}.get(typed)


Reader = Callable[[str], object]
READERS: Mapping[str, Reader] = {
    "line": line,
    "text": text,
    "money": money,
    "count": count,
    "decimal": decimal,
    "day": day,
    "tick": tick,
    "choice": choice,
    "yes_no": yes_no,
}


def shown(value: object, kind: str) -> str:
    """A value as it stands in its input: the other way of READERS."""
    if value is None or value is False:
        return "no" if kind == "yes_no" and value is False else ""
    if value is True:
        return "yes" if kind == "yes_no" else "1"
    if kind == "money" and isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    return str(value)
