"""What a message means in the light of the turns before it.

"thế gia hạn mấy ngày" alone is near a hundred procedures; read with the thing spoken of ("tạm trú") it names one. So a
message that is not sure by itself is searched a second time, with that thing or with the question that was asked back
or refused, and the two rankings decide: it goes on with the procedure before, turns to a sister of it, or is another
matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.answer.context import Turn
from bot.answer.followup import SHORT, corrected, own_words, points_back, thing_of
from bot.answer.judge import base_title, flat
from bot.answer.phrases import plain
from bot.answer.story import is_story
from index.search import Hit, Ranking, Search, code_of
from knowledge.documents import Procedure

SURE = (
    0.5  # confidence at which a message names its procedure by itself, and at which one read with more does
)
LEAST = 0.1  # confidence below which even read with the thing it is about something else
CLEARLY = 0.2  # by how much surer a pointing message must be when read with the thing
LONGEST = SHORT + 8  # words up to which a message leans on the turn before
STAYS = 0.85  # share of the best score at which the procedure before is meant, and not a sister
SISTER = 0.6  # share of the best score that the sister whose case is named must have
OFFERED = 0.85  # the same, for one of the choices just offered
FEW = 5  # words that name nothing by themselves
HELD = 0.5  # share of them that the record of the procedure before must hold
KNOWN = 0.4  # share of the message's own words that the record it is about must hold
UNKNOWN = 0.9  # what a sister's score is worth that does not hold the message's words
MAX_TOPIC = 160  # characters kept of a question that was asked back
_NO_CASE = re.compile(  # "mất bao lâu" loses nothing, "đối với" exchanges nothing, "hoạt động" closes nothing
    r"\bmat (?=bao|may|nhieu|tien|phi|le phi|lau|khoang|thoi gian|khoan|cong)|\bdoi (?=voi|tuong|tac)"
    r"|\b(?:hoat|lao|bat|hanh|van|cong|hop|tac|tu|huy|bien|di|chu|xay|nguoi|giao) dong\b|\bdong (?=vat|san|tien|phi|le|bao)"
)
Rank = Callable[[str], Ranking]


class Focus:
    """Reads a message with what was spoken of before; `turn.procedure` or a better ranking is what it leaves."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, turn: Turn, text: str, before: Procedure | None, rank: Rank) -> str:
        """The key of the procedure that is meant; "" leaves it to the rankings, of which the better is kept."""
        if is_story(turn.text) or len(text.split()) > LONGEST:
            return ""
        return self._with_thing(turn, text, before, rank) if before else self._with_topic(turn, text, rank)

    def _with_thing(self, turn: Turn, text: str, before: Procedure, rank: Rank) -> str:
        alone = turn.procedures
        sure = alone.confidence >= SURE
        if sure and alone.best is not None and (alone.best.code == before.code or not points_back(text)):
            return before.key if alone.best.code == before.code else ""
        turn.reading = f"{text} {thing_of(before)}"
        leaning = rank(turn.reading)
        if leaning.confidence < max(LEAST, alone.confidence + (CLEARLY if sure else 0.0)):
            return "" if sure else self._accounted(before, alone, text)
        meant = self._meant(turn, text, before, leaning)
        if meant is None or not self._fits(turn, text, before, meant):
            return ""
        turn.procedures = _first(leaning, meant)
        if meant.code != before.code and leaning.confidence < SURE:
            turn.instead = [before]
        return before.key if meant.code == before.code else meant.id

    def _meant(self, turn: Turn, text: str, before: Procedure, leaning: Ranking) -> Hit | None:
        """The procedure before or the sister whose case the message names; after a correction not the one before."""
        first = leaning.hits[0]
        own = next((hit for hit in leaning.hits if hit.code == before.code), None)
        if corrected(turn.text) != turn.text:
            return next((hit for hit in leaning.hits if not _same(hit, before)), None)
        said = self._cases(text) - self._cases(before.title)
        near = [hit for hit in leaning.hits if hit.score >= SISTER * first.score]
        if named := [hit for hit in near if said & self._cases(hit.title)]:
            return max(named, key=lambda hit: self._likely(hit, before, text))
        return own if own and own.score >= STAYS * first.score else first

    def _likely(self, hit: Hit, before: Procedure, text: str) -> float:
        """A sister's score, less where it is about another thing or does not know what was said."""
        return hit.score * (1 + _shared(before, hit)) * (1.0 if self._knows(hit, text) else UNKNOWN)

    def _accounted(self, before: Procedure, alone: Ranking, text: str) -> str:
        """The procedure before when a few words near nothing else stand in its record."""
        said = own_words(text)
        near_nothing = alone.confidence < LEAST and len(said.split()) <= FEW
        return before.key if near_nothing and self._search.accounts_for(before.key, said)[1] >= HELD else ""

    def _cases(self, text: str) -> frozenset[str]:
        """The cases that words name: made again, extended, closed…"""
        return self._search.siblings.cases(_NO_CASE.sub(" ", plain(text)))

    def _fits(self, turn: Turn, text: str, before: Procedure, meant: Hit) -> bool:
        """Whether the message is about `meant`: it holds its words, or is the sister whose case was named."""
        if corrected(turn.text) != turn.text or self._knows(meant, text):
            return True
        case = self._cases(text) - self._cases(before.title)
        return bool(case & self._cases(meant.title)) and _shared(before, meant) >= HELD

    def _knows(self, hit: Hit, text: str) -> bool:
        """Whether a record holds what the message says besides asking: the price of gold it does not."""
        said = own_words(text).split()
        if not said:
            return True
        titled = set(said) & set(plain(hit.title).split())
        held = self._search.accounts_for(hit.id, " ".join(said))[1]
        return max(held, len(titled) / len(said)) >= KNOWN

    def twin(self, turn: Turn, text: str, before: Procedure, rank: Rank) -> str:
        """The same thing done elsewhere or otherwise, when a message names only that: "nộp ở công an xã"."""
        if not self._cases(text) - self._cases(before.title):
            return ""
        leaning = rank(f"{text} {thing_of(before)}")
        own = next((hit.score for hit in leaning.hits if hit.code == before.code), 0.0)
        first = leaning.best
        if first is None or leaning.confidence < SURE or own >= STAYS * first.score:
            return ""
        found = self._search.snapshot.records.procedure(first.id)
        return first.id if found is not None and thing_of(found) == thing_of(before) else ""

    def _with_topic(self, turn: Turn, text: str, rank: Rank) -> str:
        """A message after a question that was asked back or refused, read together with that question."""
        topic = str(turn.question.context.get("topic") or "")
        if not topic or turn.procedures.confidence >= SURE:
            return ""
        together = rank(f"{topic} {text}")
        found = max(turn.procedures, together, key=lambda ranking: ranking.confidence)
        if found.best is None or found.confidence < LEAST:
            return ""
        turn.reading = f"{topic} {text}"
        offered = set(map(code_of, flat(list(turn.question.context.get("choices") or []))))
        near = [hit for hit in found.hits if hit.score >= OFFERED * found.best.score]
        chosen = [hit for hit in near if hit.code in offered]
        meant = (chosen or near)[0]
        if not chosen and not self._knows(meant, text):
            return ""
        turn.procedures = _first(found, meant)
        if found.confidence >= SURE:
            return meant.id
        if len({base_title(hit.title) for hit in chosen}) != 1:
            return ""
        turn.instead = self._records([hit for hit in near if not _same_title(hit, meant)][:2])
        return meant.id

    def _records(self, hits: list[Hit]) -> list[Procedure]:
        found = [self._search.snapshot.records.procedure(hit.id) for hit in hits]
        return [record for record in found if record]


def _shared(record: Procedure, hit: Hit) -> float:
    """How much of the thing a record is about another's title names."""
    thing = set(plain(thing_of(record)).split())
    return len(thing & set(plain(hit.title).split())) / max(len(thing), 1)


def _same_title(one: Hit, other: Hit) -> bool:
    return base_title(one.title) == base_title(other.title)


def _same(hit: Hit, record: Procedure) -> bool:
    return hit.code == record.code or base_title(hit.title) == base_title(record.title)


def _first(ranking: Ranking, hit: Hit) -> Ranking:
    """The ranking with this hit in front."""
    if not ranking.hits or ranking.hits[0] is hit:
        return ranking
    rest = tuple(other for other in ranking.hits if other is not hit)
    return replace(ranking, hits=(replace(hit, score=ranking.hits[0].score), *rest))
