"""A note that lists several amounts → one entry an amount, each with its own words, or nothing at all.

`- Cấp mới: 150.000 đồng/lần; - Cấp lại: 75.000 đồng/lần` is two entries. A list is taken apart only where each
amount has words of its own that tell it from the others; where one piece is not understood (a formula, a share of
another amount, a threshold, words that belong to nothing) the whole list stays as it is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from knowledge.parsers.letters import UPPER
from knowledge.parsers.money import Currency, Money, find_amounts
from knowledge.parsers.tail import is_empty

OTHERWISE = "trừ trường hợp có mức riêng"  # the amount before one "riêng đối với …"
PER = "mỗi"

_DAY = (
    r"(?:ngày\s+)?(?P<{0}d>\d{{1,2}})(?:\s*/\s*|\s+tháng\s+)(?P<{0}m>\d{{1,2}})"
    r"(?:\s*/\s*|\s+năm\s+)(?P<{0}y>\d{{4}})"
)
_BY = (
    r"(?:\s*,?\s*(?:theo|tại)\s+(?:quy\s+định\s+tại\s+)?(?P<by>thông\s+tư\s+(?:số\s+)?\d+/\d{4}/[\w-]+)"
    r"(?:\s+ngày\s+\d{1,2}/\d{1,2}/\d{4})?(?:\s+của\s+bộ\s+tài\s+chín[^().;\n]*)?)?"
)
_PERIOD = (
    rf"(?:(?:áp\s+dụng\s+)?(?:từ\s+)?(?:kể\s+)?từ\s+{_DAY.format('s')}\s+)?(?:áp\s+dụng\s+)?"
    rf"đến\s+(?:hết\s+)?{_DAY.format('e')}{_BY}"
)
_PERIOD_CLAUSE = re.compile(rf"\(?\s*{_PERIOD}[\s.]*\)?[\s,]*", re.IGNORECASE)
# "(áp dụng mức phí 400.000 đồng/hồ sơ kể từ … đến hết … theo Thông tư …)": another amount for a time
_REDUCTION = re.compile(
    rf"\(?\s*áp\s+dụng\s+mức\s+(?:thu\s+)?(?:lệ\s+)?phí\s*:?\s*(?P<amount>[^()\n;%]{{3,60}}?)"
    rf"(?:\([^()\d]{{1,60}}\)\s*)?(?P<period>{_PERIOD})[\s.]*\)?",
    re.IGNORECASE,
)
_EXEMPTION = re.compile(
    rf"\(?\s*miễn?\s*(?:lệ\s+)?(?:phí\s+)?(?P<period>(?=(?:kể\s+)?từ){_PERIOD})[\s.]*\)?", re.IGNORECASE
)
_IN_WORDS = re.compile(r"\(\s*[^()\d]*(?:nghìn|ngàn|triệu|trăm|tỷ)\b[^()\d]*\)", re.IGNORECASE)
_MARK = re.compile(r"[\s.;,]*[-+*•–]?\s*⟦(\d+)⟧")

_BULLET = rf"(?:[-+*•–]\s*(?=[{UPPER}\d“\"])|[a-zđ\d]{{1,2}}\)\s+)"
_BREAK = re.compile(
    rf"\s*\n\s*(?P<b1>{_BULLET})?|\s*;\s*(?P<b2>{_BULLET})?|(?:^|\.)\s*(?P<b3>{_BULLET})"
    rf"|(?<=[\s:)])(?P<b4>[-+*•–]\s*(?=[{UPPER}“])|[a-zđ]\)\s+)|\.\s+(?=[{UPPER}(⟦])"
)
# Between two amounts of one piece these begin the second.
_SECOND = re.compile(
    rf",?\s+(?=riêng\s)|[,.]\s+(?=trường\s+hợp\s)|,\s+(?=[{UPPER}])|(?<=\))\s*(?=(?:lệ\s+)?phí\s*:)",
    re.IGNORECASE,
)
_UPPER_NEXT = re.compile(rf",\s+(?=[{UPPER}])")
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
_SHARE = re.compile(r"\d\s*%")
_ELSEWHERE = re.compile(
    r"hội đồng nhân dân|hđnd|(?:theo|tại) (?:quy định|thông tư|nghị quyết)", re.IGNORECASE
)
_FREE_CASE = re.compile(
    r"^(?:không (?:thu|nộp|phải nộp)?\s*(?:lệ )?phí|miễn (?:lệ )?phí)\b|được miễn (?:lệ )?phí\b",
    re.IGNORECASE,
)
_MATTERS = re.compile(r"\d|%|miễn|giảm|không (?:phải )?(?:thu|nộp)|không (?:lệ )?phí", re.IGNORECASE)
_EXCEPTION = re.compile(r"^(?:riêng|trường hợp|đối với|nếu)\b", re.IGNORECASE)
_LEAD_OUT = re.compile(
    r"[\s:=,]*(?:\b(?:áp dụng )?mức (?:thu )?(?:(?:lệ )?phí)?\s*)?(?:\b(?:là|thu|bằng))?[\s:=]*$",
    re.IGNORECASE,
)
_SOURCE_ONLY = re.compile(
    r"^(?:theo\s+)?(?:quy\s+định\s+tại\s+)?thông\s+tư\s+(?:số\s+)?\d+/\d{4}/[\w-]+[^;:]*$", re.IGNORECASE
)
_PAYER = re.compile(r"^(?:chủ|người|tổ chức|cá nhân|doanh nghiệp)\b[^.;:]{0,60}\bnộp\b", re.IGNORECASE)


@dataclass(frozen=True)
class Term:
    """The days an amount holds, as stated: "từ ngày 01/7/2025 đến hết ngày 31/12/2026"."""

    end: date
    start: date | None = None
    by: str = ""

    def __str__(self) -> str:
        since = f"từ ngày {_day(self.start)} " if self.start else ""
        return f"{since}đến hết ngày {_day(self.end)}" + (f", theo {self.by}" if self.by else "")


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


@dataclass
class Tariff:
    """The entries of a text, and what is said for a time of all of them."""

    entries: list[Entry] = field(default_factory=list)
    heads: tuple[str, ...] = ()  # words beside what holds for a time, where no amount stands with them
    reduced: tuple[int, Term] | None = None
    exempt: Term | None = None

    @property
    def priced(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.amount]


class _Unclear(Exception):
    """A piece of the list is not understood."""


def _day(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def _date(match: re.Match[str], name: str) -> date | None:
    if match[f"{name}d"] is None:
        return None
    try:
        return date(int(match[f"{name}y"]), int(match[f"{name}m"]), int(match[f"{name}d"]))
    except ValueError as error:
        raise _Unclear from error


def _term(match: re.Match[str]) -> Term:
    end = _date(match, "e")
    if end is None:
        raise _Unclear
    return Term(end, _date(match, "s"), " ".join((match["by"] or "").split()))


def last_days(text: str) -> set[date]:
    """The last days of the periods a text names; a day that does not exist is in none."""
    found = set()
    for match in _PERIOD_CLAUSE.finditer(text):
        try:
            found.add(_term(match).end)
        except _Unclear:
            continue
    return found


def _depths(text: str) -> list[int]:
    """How many brackets are open before each sign; the bracket of an enumerator `a)` closes none."""
    depths, depth = [], 0
    for sign in text:
        if sign == ")" and depth:
            depth -= 1
        depths.append(depth)
        if sign == "(":
            depth += 1
    return depths


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The bullet and the text of each piece."""
    depths = _depths(text)
    start, bullet = 0, ""
    for match in _BREAK.finditer(text):
        if match.start() < len(depths) and depths[match.start()] > 0:
            continue
        yield bullet, text[start : match.start()]
        start = match.end()
        bullet = next((group for group in match.groups() if group), "").strip()
    yield bullet, text[start:]


def _outside(text: str, found: list[Money]) -> tuple[list[Money], list[Money]]:
    """Amounts outside brackets, and inside."""
    depths = _depths(text)
    return [one for one in found if not depths[one.start]], [one for one in found if depths[one.start]]


def _split_second(text: str) -> list[str]:
    """A piece of several amounts cut before the words that begin the next one."""
    outside, _ = _outside(text, find_amounts(text))
    depths, cuts = _depths(text), [0]
    for one, other in zip(outside, outside[1:], strict=False):
        for match in _SECOND.finditer(text, one.end, other.start):
            upper = match.group().strip() != "," or _UPPER_NEXT.match(text, match.start())
            begins_lower = re.match(r"riêng|trường", text[match.end() :], re.IGNORECASE)
            if not depths[match.start()] and (upper or begins_lower):
                cuts.append(match.end())
                break
    parts = [text[start:end].rstrip(" ,.") for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]
    # "Đối với xe A1: Lý thuyết: 60.000 đồng, Thực hành: 70.000 đồng": the first words head both.
    head = re.match(r"(?P<head>[^:]+:\s*)[^:]+:[^:]*$", parts[0]) if len(parts) > 1 else None
    return [parts[0], *(head["head"] + part for part in parts[1:])] if head else parts


def _tidy(text: str) -> str:
    text = re.sub(r"\s+([.,;:])", r"\1", re.sub(r"\s+", " ", text)).strip(" -–+*•.,;:")
    open_brackets = text.count("(") - text.count(")")
    text = text + ")" * open_brackets if open_brackets > 0 else text.strip(")") if open_brackets else text
    depths = [*_depths(text), 0]
    if text.startswith("(") and text.endswith(")") and 0 not in depths[1 : len(text) - 1]:
        text = text[1:-1].strip(" -.;:")
    return text


def _check(text: str, one: Money) -> None:
    """Refuses what is a bound or a term of a formula."""
    if _BOUND.search(text[: one.start]) or _FORMULA.match(text, one.end):
        raise _Unclear


def _bounds(text: str, inside: list[Money], stated: Money) -> tuple[int, ...]:
    """Brackets may repeat the amount or bound it; anything else is another fee."""
    others = [one for one in inside if one.amount != stated.amount]
    if not all(_LIMIT_IN_BRACKETS.search(text[: one.start]) for one in others):
        raise _Unclear
    return tuple(one.amount for one in others)


def _entry(text: str, heads: tuple[str, ...], term: Term | None) -> Entry:
    """The entry of a piece that states one amount."""
    text = _IN_WORDS.sub(" ", text)
    outside, inside = _outside(text, [one for one in find_amounts(text) if one.amount])
    if len({(one.amount, one.currency) for one in outside}) != 1 or _SHARE.search(text):
        raise _Unclear
    one = outside[0]
    if _CASE_BEFORE.search(text[: one.start]):
        raise _Unclear
    for other in outside:
        _check(text, other)
    unit = _UNIT.match(text, one.end)
    glued = _UNIT_INSIDE.search(one.raw)
    before = _LEAD_OUT.sub("", text[: one.start])
    after = text[unit.end() if unit else one.end :]
    words = _tidy(f"{before} {after}" if _tidy(before) else after)
    return Entry(
        amount=one.amount,
        currency=one.currency or "VND",
        heads=heads,
        words=words,
        unit=_CURRENCY_END.sub("", _tidy(unit["unit"])) if unit else glued[1] if glued else "",
        term=term,
        bounds=_bounds(text, inside, one),
        text=_tidy(text),
    )


class _Reader:
    """Reads the pieces of one text, remembering the headings above."""

    def __init__(self, text: str) -> None:
        self.tariff = Tariff()
        self._clauses: list[tuple[str, int, Term]] = []
        self._heads: list[tuple[str, str]] = []
        self._read(self._set_aside(text))

    def _set_aside(self, text: str) -> str:
        """Marks in place of clauses that change an amount for a time."""

        def reduction(match: re.Match[str]) -> str:
            amounts = find_amounts(match["amount"])
            if len(amounts) != 1 or amounts[0].currency != "VND":
                raise _Unclear
            self._clauses.append(("reduced", amounts[0].amount, _term(match)))
            return f" ⟦{len(self._clauses) - 1}⟧"

        def exemption(match: re.Match[str]) -> str:
            self._clauses.append(("exempt", 0, _term(match)))
            return f" ⟦{len(self._clauses) - 1}⟧"

        return _EXEMPTION.sub(exemption, _REDUCTION.sub(reduction, text))

    def _read(self, text: str) -> None:
        pieces = list(_pieces(text))
        for place, (bullet, piece) in enumerate(pieces):
            deeper = place + 1 < len(pieces) and pieces[place + 1][0] not in ("", bullet)
            parts = _split_second(piece)
            before = len(self.tariff.entries)
            for part in parts:
                self._take(bullet, part, heads_next=deeper and not _SHARE.search(part))
            if len(parts) > 1:
                self._spread(before)

    def _spread(self, start: int) -> None:
        """What the last of several amounts of one piece says of a time holds for all of them."""
        entries = self.tariff.entries[start:]
        last = entries[-1]
        if any(one.term or one.exempt or one.reduced for one in entries[:-1]) or last.reduced:
            raise _Unclear
        if last.exempt:
            self.tariff.exempt = last.exempt
        entries = [replace(one, term=last.term, exempt=None) for one in entries]
        self.tariff.entries[start:] = entries

    def _take(self, bullet: str, piece: str, *, heads_next: bool) -> None:
        marks = [self._clauses[int(number)] for number in _MARK.findall(piece)]
        bare = _MARK.sub("", piece)
        self._climb(bullet)
        if not _tidy(bare):
            self._of_all(marks)
        elif any(one.amount for one in find_amounts(bare)):
            self._add(bare, marks)
        elif heads_next or bare.rstrip().endswith(":"):
            self._head(bullet, bare, marks)
        else:
            self._without_figure(bare, marks)

    def _climb(self, bullet: str) -> None:
        """Headings at this bullet's level, and below it, end here."""
        kind = bullet[-1:] if bullet.endswith(")") else bullet
        levels = [level for level, _ in self._heads]
        if kind in levels:
            del self._heads[levels.index(kind) :]

    def _head(self, bullet: str, text: str, marks: list[tuple[str, int, Term]]) -> None:
        if marks:
            raise _Unclear
        kind = bullet[-1:] if bullet.endswith(")") else bullet
        self._heads.append((kind, text))

    def _of_all(self, marks: list[tuple[str, int, Term]]) -> None:
        for name, amount, term in marks:
            if name == "exempt":
                self.tariff.exempt = term
            elif self.tariff.reduced or self.tariff.priced[1:]:
                raise _Unclear
            elif self.tariff.priced:
                self.tariff.entries[-1] = replace(self.tariff.entries[-1], reduced=(amount, term))
            else:
                self.tariff.reduced = (amount, term)

    def _above(self) -> tuple[tuple[str, ...], Term | None]:
        """The headings, and the days one of them names."""
        heads, term = [], None
        for _, text in self._heads:
            found = _PERIOD_CLAUSE.search(text)
            term = _term(found) if found else term
            heads.append(_tidy(_PERIOD_CLAUSE.sub(" ", text)))
        return tuple(head for head in heads if head), term

    def _add(self, text: str, marks: list[tuple[str, int, Term]]) -> None:
        heads, term = self._above()
        periods = list(_PERIOD_CLAUSE.finditer(text))
        if len(periods) > 1:
            raise _Unclear
        own = _term(periods[0]) if periods else term
        entry = _entry(_PERIOD_CLAUSE.sub(" ", text), heads, own)
        for name, amount, when in marks:
            entry = (
                replace(entry, exempt=when) if name == "exempt" else replace(entry, reduced=(amount, when))
            )
        self.tariff.entries.append(entry)

    def _without_figure(self, text: str, marks: list[tuple[str, int, Term]]) -> None:
        """A case that is free, set elsewhere or a share for a time; other sentences only explain."""
        if marks:
            # "Lệ phí đăng ký (miễn từ … đến …)": words beside a clause and no amount, which the column states.
            if self.tariff.entries or len(marks) > 1 or _MATTERS.search(text):
                raise _Unclear
            self.tariff.heads = (*self._above()[0], _tidy(text))
            self._of_all(marks)
            return
        period = _PERIOD_CLAUSE.search(text)
        words = _tidy(_PERIOD_CLAUSE.sub(" ", text) if period else text)
        heads, _ = self._above()
        if period and _SHARE.search(words):
            self.tariff.entries.append(
                Entry(None, heads=heads, words=words, term=_term(period), text=_tidy(text))
            )
        elif _FREE_CASE.search(words) and not period and not _SHARE.search(words):
            self.tariff.entries.append(Entry(0, heads=heads, words=words, text=words))
        elif (
            _ELSEWHERE.search(words) and not _PAYER.search(words) and not period and not _SHARE.search(words)
        ):
            self.tariff.entries.append(Entry(None, heads=heads, words=words, text=words))
        elif _MATTERS.search(text):
            raise _Unclear


def _told_apart(entries: list[Entry]) -> list[Entry]:
    """The entries, each with words of its own.

    Raises:
        _Unclear: two of them read alike, or one has no words.
    """
    if len(entries) < 2:
        return entries
    first, *others = entries
    if not first.label and first.amount and all(_EXCEPTION.match(one.label) for one in others if one.amount):
        entries = [replace(first, words=OTHERWISE), *others]
    labels = [(one.label.casefold(), one.term) for one in entries]
    if len(set(labels)) < len(labels) or not all(label or term for label, term in labels):
        raise _Unclear
    return entries


def read_tariff(text: str) -> Tariff | None:
    """The tariff a text lists, or None where any piece of it is not understood."""
    if is_empty(text):
        return None
    try:
        reader = _Reader(text)
        tariff = reader.tariff
        tariff.entries = _told_apart(tariff.entries)
    except _Unclear:
        return None
    return tariff if tariff.priced or tariff.reduced or tariff.exempt else None
