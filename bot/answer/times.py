"""The time a question is about: "năm 2023", "hồi trước", "trước khi sáp nhập", or nothing, which means now.

A date is asked for only where the rules or figures of that time are: a year a person was born or bought land in, a year
that is part of a document's number, and an old card to be exchanged are no time asked.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

from bot.answer.phrases import Phrases, spelled
from knowledge.periods import TWO_TIERS, Period
from knowledge.text.informal import expand_informal
from knowledge.text.normalise import one_line

_FILE = Path(__file__).with_name("times.yml")
_CLAUSE = re.compile(r"[.;?!\n]+(?!\d)|,\s")
_DAY = r"(?:ngày\s+)?(?P<d>\d{1,2})\s*[/.-]\s*(?P<m>\d{1,2})\s*[/.-]\s*(?P<y>20\d\d)"
_MONTH = r"tháng\s+(?P<m>\d{1,2})\s*(?:/|-|năm)?\s*(?P<y>20\d\d)"
_YEAR = r"(?P<y>20\d\d)"
_WRITTEN = r"(?:ngày\s+)?(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2})\s+năm\s+(?P<y>20\d\d)"
_UNITS = (_DAY, _WRITTEN, _MONTH, rf"(?:năm|hồi|nam|hoi)\s+(?:năm\s+)?{_YEAR}", rf"{_YEAR}")
# What only looks like a time of before: "hai năm rồi", "mấy ngày trước khi hết hạn", "thu hồi trước", "hỏi gì đâu".
_COUNT = r"(?:mấy|vài|nhiêu|nhiều|\d+|một|hai|ba|bốn|năm|lăm|sáu|bảy|tám|chín|mười|mươi|chục|rưỡi|nửa|cả|hơn)"
_LOOKS_PAST = re.compile(
    spelled(rf"\b{_COUNT} (?:năm (?:trước|rồi|qua|vừa rồi)|ngày trước)\b|\bthu hồi\b")
    + "|"
    + spelled(r"\b(?:gì|ai|đâu|nào) (?:đó|đâu|cả|đấy)\b")
)
_YEARS_AGO = re.compile(spelled(r"(?:mấy|vài|nhiều) năm trước"))
_ASKED_ABOUT = re.compile(spelled(r"\b(?:hỏi|cho biết|muốn biết|hướng dẫn|thủ tục|mức|bản|văn bản)\b"))
STORY = 6  # words from which a dated clause that asks nothing tells of somebody's life
LAW_NAME = 6  # words of a law's name before its year: "Luật Đất đai năm 2024"
EARLIEST = 2015  # the first year that the content published as it is today speaks of


@cache
def _words() -> dict[str, Phrases]:
    listed: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {kind: Phrases(words) for kind, words in listed.items()}


@cache
def _dates() -> tuple[re.Pattern[str], ...]:
    # Nothing that goes on with a stroke: 118/2025/NĐ-CP is a number, 65B1-2023 a plate.
    return tuple(re.compile(rf"(?<![\w/.-]){spelled(unit)}(?![\w/-]|\.\d)") for unit in _UNITS)


def time_asked(text: str, today: date, *, bare_year: bool = False) -> Period | None:
    """The time a question is about; None when it is about now.

    `bare_year` takes "kế hoạch 2020" for a question about that year: plans are known by theirs.
    """
    said = expand_informal(one_line(text).lower())
    if _words()["now"].find(_spaced(said)):
        return None
    clauses = [clause for clause in _CLAUSE.split(said) if clause.strip()]
    for place, clause in enumerate(clauses, 1):
        told = not bare_year and place < len(clauses) and _tells(clause)
        found = _of_clause(clause, today, bare_year=bare_year, told=told)
        if found is not None:
            return None if found.holds(today) else found
    return None


def without_time(text: str) -> str:
    """The question without the words that only say when: they name no procedure."""
    left = one_line(text)
    for pattern in _cut():
        left = pattern.sub(" ", left)
    left = " ".join(left.split())
    return left if any(character.isalnum() for character in left) else text


@cache
def _cut() -> tuple[re.Pattern[str], ...]:
    """Dates with the words that lead them, and the listed words, in any case."""
    listed: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    words = [word for kind in ("before_merger", "last_year", "past", "rules", "now") for word in listed[kind]]
    ordered = "|".join(spelled(re.escape(word)) for word in sorted(words, key=len, reverse=True))
    lead = spelled(r"(?:(?:vào|từ|trước|sau|trong|hồi|kể từ)\s+)*")
    dates = (rf"(?<![\w/.-]){lead}{spelled(unit)}(?![\w/-]|\.\d)" for unit in _UNITS[:-1])
    return tuple(
        re.compile(re.sub(r"\(\?P<\w>", "(?:", pattern), re.IGNORECASE)
        for pattern in (*dates, rf"\b(?:{ordered})\b")
    )


def says_now(text: str) -> bool:
    """Whether the question says in so many words that it is about today."""
    return bool(_words()["now"].find(_spaced(expand_informal(one_line(text).lower()))))


def _spaced(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text))


def _of_clause(clause: str, today: date, *, bare_year: bool, told: bool = False) -> Period | None:
    for place, pattern in enumerate(_dates()):
        if place == len(_UNITS) - 1 and not bare_year:
            break
        for found in () if told else pattern.finditer(clause):
            period = _dated(found, clause)
            if period is not None:
                return period
    words = _without_lookalikes(_spaced(clause))
    if _words()["before_merger"].find(words):
        return Period(None, TWO_TIERS - timedelta(days=1), vague=True)
    if _words()["last_year"].find(words) and (bare_year or _words()["asks"].find(words)):
        return Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    if _words()["past_rules"].find(words) or _past_asked(words):
        return Period(None, today - timedelta(days=1), vague=True)
    return None


def _without_lookalikes(words: str) -> str:
    return _LOOKS_PAST.sub(lambda one: "hồi trước" if _YEARS_AGO.match(one.group()) else " ", words)


def _tells(clause: str) -> bool:
    """Whether a clause before another one only tells: "năm 2019 bị ngã gãy tay, đã được giám định, giờ xin gì"."""
    words = _without_lookalikes(_spaced(clause))
    return len(words.split()) >= STORY and not _words()["asks"].find(words) and not _ASKED_ABOUT.search(words)


def _past_asked(words: str) -> bool:
    """Whether a "trước đây" asks: "trước đây tôi ở Đà Nẵng" tells a story."""
    spans = _words()["past"].spans(words)
    if not spans or not _words()["asks"].find(words):
        return False
    start, end = spans[0]
    beside = (_last(words[:start], 1), " ".join(words[end:].split()[:2]))
    return not any(_words()["teller"].find(text) for text in beside)


def _dated(found: re.Match[str], clause: str) -> Period | None:
    """The period of a date, unless the words around it make it a date of somebody's life."""
    before, after = _spaced(clause[: found.start()]), _spaced(clause[found.end() :])
    span = _span(found)
    if span is None or span.start is None or span.start.year < EARLIEST or _of_a_life(before, after):
        return None
    if _words()["until"].find(_last(before, 2)):
        return Period(None, span.start - timedelta(days=1))
    if _words()["from"].find(_last(before, 3)):
        return Period(span.start, None)
    return span


def _of_a_life(before: str, after: str) -> bool:
    """Whether the date tells when something happened to somebody, not for when the answer is wanted."""
    led = before
    while (last := _last(led, 1)) and _words()["connectors"].find(last):
        led = led[: -len(last)].rstrip()
    if _words()["deeds"].find(_last(led, 2)) and not _words()["names"].find(_last(led, 3)):
        return True
    if _words()["laws"].find(_last(led, LAW_NAME)):
        return True
    tellers = _words()["teller"].spans(led)
    if tellers and _words()["lived"].find(led[tellers[0][1] :]):
        return True
    told = bool(_words()["teller"].find(" ".join(after.split()[:2])))
    return told and not led and not _words()["asks"].find(after)


def _last(text: str, count: int) -> str:
    return " ".join(text.split()[-count:])


def _span(found: re.Match[str]) -> Period | None:
    parts = {name: int(value) for name, value in found.groupdict().items() if value}
    year, month, day = parts["y"], parts.get("m"), parts.get("d")
    try:
        if day and month:
            return Period(date(year, month, day), date(year, month, day))
        if month:
            return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    except ValueError:  # 31/02 or tháng 13: no time at all
        return None
    return Period(date(year, 1, 1), date(year, 12, 31))
