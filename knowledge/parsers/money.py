"""Amounts of money in published Vietnamese: `40.000 đồng/lần`, `2,000,000 Việt Nam Đồng`, `1,5 triệu đồng`, `25 USD`.

Dots and commas both separate thousands. A number that is neither grouped by threes nor plain, or that falls
on half a đồng, is not an amount.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Currency = Literal["VND", "USD"]

_GROUPED = r"\d{1,3}(?:\.\d{3})+(?![\d.]\d)|\d{1,3}(?:,\d{3})+(?![\d,]\d)"
_NUMBER = rf"(?P<number>{_GROUPED}|\d+(?:[.,]\d{{1,2}})?(?![.,]?\d))"
_SCALE = r"(?P<scale>tỷ|tỉ|triệu|nghìn|ngàn)?"
_DONG = r"(?P<vnd>việt nam đồng|đồng\s+việt nam|đồng|vnđ|vnd|đ)(?![^\W\d_])"
_DOLLAR = r"(?P<usd>usd|đô la mỹ|đô-la mỹ|đô la|\$)(?![^\W\d_])"
# `1.000.000 (một triệu) đồng`, `15000000/lần Đồng`
_GAP = r"\s*(?:\([^()\d]{1,60}\)\s*)?(?:/[^\W\d_]{1,12}\s+)?"
_AMOUNT = re.compile(
    rf"(?<![\d.,/\w])(?:(?P<lead>USD|\$)\s*)?{_NUMBER}\s*{_SCALE}{_GAP}(?:{_DONG}|{_DOLLAR})?", re.IGNORECASE
)
_SCALES = {"tỷ": 10**9, "tỉ": 10**9, "triệu": 10**6, "nghìn": 1000, "ngàn": 1000}
# A grouped number without a currency is money only where money is written: `8.000.000/lần`, `Lệ phí: 1,500,000`.
_PER = re.compile(r"\s*/\s*[^\W\d]")
_CALLED = re.compile(r"\bphí\s*:\s*$", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|–|đến|tới)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Money:
    """One amount. `currency` None: a grouped number in a money context that names no currency."""

    amount: int
    currency: Currency | None
    start: int
    end: int
    raw: str


def _value(number: str, scale: str | None) -> int | None:
    grouped = re.fullmatch(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", number)
    if grouped and not (scale and len(number) <= 7):
        return int(re.sub(r"[.,]", "", number)) * _SCALES.get((scale or "").lower(), 1)
    exact = round(float(number.replace(",", ".")) * 100)
    amount = exact * _SCALES.get((scale or "").lower(), 1)
    return amount // 100 if amount % 100 == 0 else None


def _currency(match: re.Match[str]) -> Currency | None:
    if match["vnd"]:
        return "VND"
    return "USD" if match["usd"] or match["lead"] else None


def _read(text: str, match: re.Match[str]) -> Money | None:
    amount, currency = _value(match["number"], match["scale"]), _currency(match)
    if amount is None:
        return None
    if currency is None:
        grouped = re.fullmatch(_GROUPED, match["number"]) is not None
        called = _CALLED.search(text, 0, match.start()) or _PER.match(text[match.end("number") :])
        if not (grouped and called):
            return None
        # `160.000/hộ chiếu`: without a currency nothing behind the number belongs to the amount.
        return Money(amount, None, match.start(), match.end("number"), match["number"])
    return Money(amount, currency, match.start(), match.end(), match.group().strip())


def _range_lows(text: str, found: list[Money]) -> list[Money]:
    """The low ends of ranges, whose currency is written once, after the high end."""
    lows = []
    for money in found:
        before = text[: money.start]
        gap = _RANGE.search(before)
        low = re.search(rf"(?<![\d.,/\w])({_GROUPED})$", before[: gap.start()]) if gap else None
        if low:
            amount = int(re.sub(r"[.,]", "", low[1]))
            lows.append(Money(amount, money.currency, low.start(), low.end(), low[1]))
    return lows


def find_amounts(text: str) -> list[Money]:
    """Every amount in a text, in order. Law numbers (`281/2016/TT-BTC`) and dates are not amounts."""
    found = [money for match in _AMOUNT.finditer(text) if (money := _read(text, match))]
    starts = {money.start for money in found}
    found += [low for low in _range_lows(text, found) if low.start not in starts]
    return sorted(found, key=lambda money: money.start)


def parse_amount(text: str) -> Money | None:
    """The amount a text states when it states one and nothing else: `70.000 đ`, `2,000,000 VNĐ`."""
    match = _AMOUNT.fullmatch(text.strip())
    money = _read(text.strip(), match) if match else None
    return money if money and money.currency else None
