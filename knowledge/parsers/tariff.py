"""A note that lists several amounts → one entry an amount, each with its own words, or nothing at all.

`- Cấp mới: 150.000 đồng/lần; - Cấp lại: 75.000 đồng/lần` is two entries. A list is taken apart only where each
amount has words of its own that tell it from the others; where one piece is not understood (a formula, a share of
another amount, a threshold, words that belong to nothing) the whole list stays as it is published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from knowledge.parsers.fee_entries import SHARE, Entry, depths_of, entry_of, in_and_out, tidy
from knowledge.parsers.fee_terms import EXEMPTION, PERIOD, REDUCTION, Term, Unclear, term_of
from knowledge.parsers.letters import UPPER
from knowledge.parsers.money import find_amounts
from knowledge.parsers.tail import is_empty

OTHERWISE = "trừ trường hợp có mức riêng"  # the amount before one "riêng đối với …"

# Clauses that hold for a time are set aside, and their places marked: "Thực hành: 250.000 đồng/lần ⟦0⟧".
_NO_MARK = re.compile("[⟦⟧]")
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
_ELSEWHERE = re.compile(
    r"hội đồng nhân dân|hđnd|(?:theo|tại) (?:quy định|thông tư|nghị quyết)", re.IGNORECASE
)
_FREE_CASE = re.compile(
    r"^(?:không (?:thu|nộp|phải nộp)?\s*(?:lệ )?phí|miễn (?:lệ )?phí)\b|được miễn (?:lệ )?phí\b",
    re.IGNORECASE,
)
_MATTERS = re.compile(r"\d|%|miễn|giảm|không (?:phải )?(?:thu|nộp)|không (?:lệ )?phí", re.IGNORECASE)
_EXCEPTION = re.compile(r"^(?:riêng|trường hợp|đối với|nếu)\b", re.IGNORECASE)
_PAYER = re.compile(r"^(?:chủ|người|tổ chức|cá nhân|doanh nghiệp)\b[^.;:]{0,60}\bnộp\b", re.IGNORECASE)


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


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The bullet and the text of each piece."""
    depths = depths_of(text)
    start, bullet = 0, ""
    for match in _BREAK.finditer(text):
        if match.start() < len(depths) and depths[match.start()] > 0:
            continue
        yield bullet, text[start : match.start()]
        start = match.end()
        bullet = next((group for group in match.groups() if group), "").strip()
    yield bullet, text[start:]


def _split_second(text: str) -> list[str]:
    """A piece of several amounts cut before the words that begin the next one."""
    outside, _ = in_and_out(text, find_amounts(text))
    depths, cuts = depths_of(text), [0]
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


class _Reader:
    """Reads the pieces of one text, remembering the headings above."""

    def __init__(self, text: str) -> None:
        self.tariff = Tariff()
        self._clauses: list[tuple[str, int, Term]] = []
        self._heads: list[tuple[str, str]] = []
        self._read(self._set_aside(_NO_MARK.sub(" ", text)))

    def _set_aside(self, text: str) -> str:
        """Marks in place of clauses that change an amount for a time."""

        def reduction(match: re.Match[str]) -> str:
            amounts = find_amounts(match["amount"])
            if len(amounts) != 1 or amounts[0].currency != "VND":
                raise Unclear
            self._clauses.append(("reduced", amounts[0].amount, term_of(match)))
            return f" ⟦{len(self._clauses) - 1}⟧"

        def exemption(match: re.Match[str]) -> str:
            self._clauses.append(("exempt", 0, term_of(match)))
            return f" ⟦{len(self._clauses) - 1}⟧"

        return EXEMPTION.sub(exemption, REDUCTION.sub(reduction, text))

    def _read(self, text: str) -> None:
        pieces = list(_pieces(text))
        for place, (bullet, piece) in enumerate(pieces):
            deeper = place + 1 < len(pieces) and pieces[place + 1][0] not in ("", bullet)
            parts = _split_second(piece)
            before = len(self.tariff.entries)
            for part in parts:
                self._take(bullet, part, heads_next=deeper and not SHARE.search(part))
            if len(parts) > 1:
                self._spread(before)

    def _spread(self, start: int) -> None:
        """What the last of several amounts of one piece says of a time holds for all of them."""
        entries = self.tariff.entries[start:]
        if not entries:
            return
        last = entries[-1]
        if any(one.term or one.exempt or one.reduced for one in entries[:-1]) or last.reduced:
            raise Unclear
        if last.exempt:
            self.tariff.exempt = last.exempt
        entries = [replace(one, term=last.term, exempt=None) for one in entries]
        self.tariff.entries[start:] = entries

    def _take(self, bullet: str, piece: str, *, heads_next: bool) -> None:
        marks = [self._clauses[int(number)] for number in _MARK.findall(piece)]
        bare = _MARK.sub("", piece)
        self._climb(bullet)
        if not tidy(bare):
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
            raise Unclear
        kind = bullet[-1:] if bullet.endswith(")") else bullet
        self._heads.append((kind, text))

    def _of_all(self, marks: list[tuple[str, int, Term]]) -> None:
        for name, amount, term in marks:
            if name == "exempt":
                self.tariff.exempt = term
            elif self.tariff.reduced or self.tariff.priced[1:]:
                raise Unclear
            elif self.tariff.priced:
                self.tariff.entries[-1] = replace(self.tariff.entries[-1], reduced=(amount, term))
            else:
                self.tariff.reduced = (amount, term)

    def _above(self) -> tuple[tuple[str, ...], Term | None]:
        """The headings, and the days one of them names."""
        heads, term = [], None
        for _, text in self._heads:
            found = PERIOD.search(text)
            term = term_of(found) if found else term
            heads.append(tidy(PERIOD.sub(" ", text)))
        return tuple(head for head in heads if head), term

    def _add(self, text: str, marks: list[tuple[str, int, Term]]) -> None:
        heads, term = self._above()
        periods = list(PERIOD.finditer(text))
        if len(periods) > 1:
            raise Unclear
        own = term_of(periods[0]) if periods else term
        entry = entry_of(PERIOD.sub(" ", text), heads, own)
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
                raise Unclear
            self.tariff.heads = (*self._above()[0], tidy(text))
            self._of_all(marks)
            return
        period = PERIOD.search(text)
        words = tidy(PERIOD.sub(" ", text) if period else text)
        heads, _ = self._above()
        if period and SHARE.search(words):
            self.tariff.entries.append(
                Entry(None, heads=heads, words=words, term=term_of(period), text=tidy(text))
            )
        elif _FREE_CASE.search(words) and not period and not SHARE.search(words):
            self.tariff.entries.append(Entry(0, heads=heads, words=words, text=words))
        elif _ELSEWHERE.search(words) and not _PAYER.search(words) and not period and not SHARE.search(words):
            self.tariff.entries.append(Entry(None, heads=heads, words=words, text=words))
        elif _MATTERS.search(text):
            raise Unclear


def _told_apart(entries: list[Entry]) -> list[Entry]:
    """The entries, each with words of its own.

    Raises:
        Unclear: two of them read alike, or one has no words.
    """
    if len(entries) < 2:
        return entries
    first, *others = entries
    if not first.label and first.amount and all(_EXCEPTION.match(one.label) for one in others if one.amount):
        entries = [replace(first, words=OTHERWISE), *others]
    labels = [(one.label.casefold(), one.term) for one in entries]
    if len(set(labels)) < len(labels) or not all(label or term for label, term in labels):
        raise Unclear
    return entries


def read_tariff(text: str) -> Tariff | None:
    """The tariff a text lists, or None where any piece of it is not understood."""
    if is_empty(text):
        return None
    try:
        reader = _Reader(text)
        tariff = reader.tariff
        tariff.entries = _told_apart(tariff.entries)
    except Unclear:
        return None
    return tariff if tariff.priced or tariff.reduced or tariff.exempt else None
