"""One line of a tariff: an amount, the words that say when it is due, and what it is counted by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.parsers.fee_terms import Term, Unclear
from knowledge.parsers.money import Currency, Money, find_amounts

PER = "mỗi"

SHARE = re.compile(r"\d\s*%")
_IN_WORDS = re.compile(r"\(\s*[^()\d]*(?:nghìn|ngàn|triệu|trăm|tỷ)\b[^()\d]*\)", re.IGNORECASE)
_UNIT = re.compile(
    r"\s*/\s*(?P<unit>(?:\d{1,3}\s*)?[^\W\d_][^.,;:()⟦\n]*?)"
    r"(?=\s+(?:đối với|trường hợp|kể từ|cho)\b|\s*[.,;:()⟦\n]|\s*$)"
)
_CURRENCY_END = re.compile(r"\s+(?:đồng|vnđ|vnd)$", re.IGNORECASE)  # "đ/lần Đồng"
_UNIT_INSIDE = re.compile(r"\d/(\w+)\s")
# An amount behind these is a bound or a term of a formula, not a fee.
_BOUND = re.compile(
    r"(?:dưới|trên|từ|đến|tối đa|tối thiểu|không quá|không dưới|ít nhất|nhiều nhất|vượt|hơn|của|nhân|cộng|[x×*+%=])"
    r"\s*(?:là\s*|thu\s*)?[(\s]*$",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"\s*(?:/[^\s;.]+)?\s*(?:[x×*]\s|\+\s*[\d(]|-\s*\d|nhân với|cộng)", re.IGNORECASE)
_CASE_BEFORE = re.compile(
    r",\s+(?:lệ )?phí\s*:\s*$", re.IGNORECASE
)  # the words before belong to another amount
_LIMIT_IN_BRACKETS = re.compile(r"(?:tối thiểu|tối đa|không dưới|không quá)[^()]*$", re.IGNORECASE)
_LEAD_OUT = re.compile(
    r"[\s:=,]*(?:\b(?:áp dụng )?mức (?:thu )?(?:(?:lệ )?phí)?\s*)?(?:\b(?:là|thu|bằng))?[\s:=]*$",
    re.IGNORECASE,
)
_SOURCE_ONLY = re.compile(
    r"^(?:theo\s+)?(?:quy\s+định\s+tại\s+)?thông\s+tư\s+(?:số\s+)?\d+/\d{4}/[\w-]+[^;:]*$", re.IGNORECASE
)


@dataclass(frozen=True)
class Entry:
    """One line of a tariff. `amount` None: said without a figure ("bằng 50 % mức thu nêu trên")."""

    amount: int | None
    currency: Currency = "VND"
    heads: tuple[str, ...] = ()
    words: str = ""
    unit: str = ""
    term: Term | None = None
    reduced: tuple[int, Term] | None = None  # another amount for a time
    exempt: Term | None = None
    bounds: tuple[int, ...] = ()  # the least or the most, in brackets: "(tối thiểu 300.000 đồng)"
    text: str = ""  # as published, without what is said of a time

    @property
    def own(self) -> str:
        """Its words without the document they are taken from."""
        return _SOURCE_ONLY.sub("", self.label).strip()

    @property
    def label(self) -> str:
        return ": ".join([*self.heads, self.words] if self.words else self.heads)

    def condition(self, *more: str) -> str:
        unit = f"{PER} {self.unit}" if self.unit else ""
        term = str(self.term) if self.term else ""
        return "; ".join(part for part in (self.label, unit, term, *more) if part)


def depths_of(text: str) -> list[int]:
    """How many brackets are open before each sign; the bracket of an enumerator `a)` closes none."""
    depths, depth = [], 0
    for sign in text:
        if sign == ")" and depth:
            depth -= 1
        depths.append(depth)
        if sign == "(":
            depth += 1
    return depths


def in_and_out(text: str, found: list[Money]) -> tuple[list[Money], list[Money]]:
    """Amounts outside brackets, and inside."""
    depths = depths_of(text)
    return [one for one in found if not depths[one.start]], [one for one in found if depths[one.start]]


def tidy(text: str) -> str:
    text = re.sub(r"\s+([.,;:])", r"\1", re.sub(r"\s+", " ", text)).strip(" -–+*•.,;:")
    open_brackets = text.count("(") - text.count(")")
    text = text + ")" * open_brackets if open_brackets > 0 else text.strip(")") if open_brackets else text
    depths = [*depths_of(text), 0]
    if text.startswith("(") and text.endswith(")") and 0 not in depths[1 : len(text) - 1]:
        text = text[1:-1].strip(" -.;:")
    return text


def _check(text: str, one: Money) -> None:
    """Refuses what is a bound or a term of a formula."""
    if _BOUND.search(text[: one.start]) or _FORMULA.match(text, one.end):
        raise Unclear


def _bounds(text: str, inside: list[Money], stated: Money) -> tuple[int, ...]:
    """Brackets may repeat the amount or bound it; anything else is another fee."""
    others = [one for one in inside if one.amount != stated.amount]
    if not all(_LIMIT_IN_BRACKETS.search(text[: one.start]) for one in others):
        raise Unclear
    return tuple(one.amount for one in others)


def entry_of(text: str, heads: tuple[str, ...], term: Term | None) -> Entry:
    """The entry of a piece that states one amount."""
    text = _IN_WORDS.sub(" ", text)
    outside, inside = in_and_out(text, [one for one in find_amounts(text) if one.amount])
    if len({(one.amount, one.currency) for one in outside}) != 1 or SHARE.search(text):
        raise Unclear
    one = outside[0]
    if _CASE_BEFORE.search(text[: one.start]):
        raise Unclear
    for other in outside:
        _check(text, other)
    unit = _UNIT.match(text, one.end)
    glued = _UNIT_INSIDE.search(one.raw)
    before = _LEAD_OUT.sub("", text[: one.start])
    after = text[unit.end() if unit else one.end :]
    words = tidy(f"{before} {after}" if tidy(before) else after)
    return Entry(
        amount=one.amount,
        currency=one.currency or "VND",
        heads=heads,
        words=words,
        unit=_CURRENCY_END.sub("", tidy(unit["unit"])) if unit else glued[1] if glued else "",
        term=term,
        bounds=_bounds(text, inside, one),
        text=tidy(text),
    )
