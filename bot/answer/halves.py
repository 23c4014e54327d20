"""Two questions in one message: where it can be cut so that each half asks something of its own.

"Đăng ký kết hôn cần gì, với lại làm căn cước cho con mất bao lâu" are two procedures and get two answers. Two aspects
of one procedure ("giấy tờ gì và bao nhiêu tiền") need no cut: one answer gives both.
"""

from __future__ import annotations

import re
from functools import cache

from bot.answer.aspects import content, find_aspects
from bot.answer.compose.standing import holds_today
from bot.answer.context import Also, Turn
from bot.answer.followup import own_words
from bot.answer.judge import base_title
from bot.answer.times import without_time
from index.search import Ranking, Search
from knowledge.documents import Procedure
from knowledge.text.diacritics import fold, has_diacritics

SURE = 0.6  # confidence from which each half names its procedure
OWN_WORDS = 2  # content words a half must have to be a question of its own
MAX_CUTS = 3  # places looked at; each costs two searches
_JOINS = (
    "với lại", "ngoài ra", "đồng thời", "tiện thể", "nhân tiện", "cho em hỏi thêm", "cho tôi hỏi thêm",
    "cho mình hỏi thêm", "hỏi thêm", "câu hai", "câu 2", "thứ hai là", "thứ hai", "sau đó", "xong rồi",
    "luôn tiện", "sẵn tiện",
)  # fmt: skip
# Without marks "còn" and "sẵn" are not told from "con" and "sản"; with them they may also go on: "mà còn", "sẵn có".
_ALSO_JOINS = {
    True: r"(?<=[.?!;])\s+(?:còn\s+)?|\s*,?\s+(?:và|rồi|hay là|còn|sẵn)\s+|,\s+(?:còn\s+|sẵn\s+)?",
    False: r"(?<=[.?!;])\s+|\s*,?\s+(?:va|roi|hay la)\s+|,\s+",
}


@cache
def _patterns(marked: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Where another question surely starts, and where it may."""
    words = [one if marked else fold(one) for one in _JOINS]
    surely = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return (
        re.compile(rf"[,.?!;]?\s+(?:{surely})\s+", re.IGNORECASE),
        re.compile(_ALSO_JOINS[marked], re.IGNORECASE),
    )


def cuts(text: str, *, going_on: bool = False) -> list[tuple[str, str]]:
    """Ways to cut a message in two, the likeliest first; where only "và" or a stop joins, both halves must ask.

    `going_on`: the first half names nothing, and asks of what was talked about before.
    """
    found: list[tuple[str, str]] = []
    for pattern, both in zip(_patterns(has_diacritics(text)), (False, True), strict=True):
        for match in pattern.finditer(text):
            left, right = text[: match.start()].strip(" ,.?"), text[match.end() :].strip(" ,.")
            asks = [bool(find_aspects(half)) for half in (left, right)]
            named = [len(content(without_time(half)).split()) >= OWN_WORDS for half in (left, right)]
            if going_on:
                fits = named[1] and all(asks) and not own_words(left)
            else:
                fits = all(named) and (all(asks) if both else any(asks))
            if fits:
                found.append((left, right))
    return found[:MAX_CUTS]


class Halve:
    """Takes two procedures where each half of the message surely names another one."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, turn: Turn) -> None:
        if turn.question.payload or turn.levels or turn.chosen or turn.about_plan or turn.procedure:
            return
        before = self._search.snapshot.records.procedure(str(turn.context.get("procedure") or ""))
        for left, right in cuts(turn.asked):
            if self._take(turn, left, right, self._named(turn, left)):
                return
        if before is not None and holds_today(turn, before):
            any(self._take(turn, *halves, before) for halves in cuts(turn.asked, going_on=True))

    def _take(self, turn: Turn, left: str, right: str, first: Procedure | None) -> bool:
        """Answer both halves when the second surely names another procedure than the first."""
        second = self._named(turn, right) if first else None
        if first is None or second is None or not _differ(first, second):
            return False
        turn.procedure = first
        asked = [find_aspects(half, title=one.title) for half, one in ((left, first), (right, second))]
        turn.aspects = asked[0] or asked[1]
        turn.also = Also(second, tuple(asked[1] or asked[0]), right)
        turn.asked = left
        return True

    def _named(self, turn: Turn, half: str) -> Procedure | None:
        found: Ranking = self._search.procedures(half, area=turn.area, day=turn.today, period=turn.period)
        if found.best is None or found.confidence < SURE:
            return None
        record = self._search.snapshot.records.procedure(found.best.id)
        speaks = record is not None and not record.listed_only and holds_today(turn, record)
        return record if speaks else None


def _differ(first: Procedure, second: Procedure) -> bool:
    return first.code != second.code and base_title(first.title) != base_title(second.title)
