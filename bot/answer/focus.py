"""What a message means in the light of the turns before it.

"thế gia hạn mấy ngày" alone is near a hundred procedures; read with the thing spoken of ("tạm trú") it names one. So a
message that is not sure by itself is searched a second time, with that thing or with the question that was asked back
or refused, and the two rankings decide: it goes on with the procedure before, turns to a sister of it, or is another
matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.answer.cases import cases_said
from bot.answer.context import Turn
from bot.answer.followup import SHORT, is_next, own_words, points_back, swapped, thing_in, thing_of
from bot.answer.judge import base_title, flat, is_vague
from bot.answer.phrases import plain
from bot.answer.story import is_story
from index.search import Hit, Ranking, Search, code_of
from knowledge.documents import Procedure
from knowledge.text.corrections import takes_back, takes_back_a_part

SURE = (
    0.5  # confidence at which a message names its procedure by itself, and at which one read with more does
)
NOTHING = 0.05  # confidence below which a message is near nothing by itself
LEAST = 0.1  # confidence below which even read with the thing it is about something else
CLEARLY = 0.2  # by how much surer a pointing message must be when read with the thing
LONGEST = SHORT + 12  # words up to which a message leans on the turn before
STAYS = 0.85  # share of the best score at which the procedure before is meant, and not a sister
KIN = 0.15  # share of the best score that a sister about the same thing, whose case is named, must have
SISTER = 0.6  # share of the best score that the sister whose case is named must have
SAME_THING = 0.7  # how much of the thing spoken of a sister of which only the case is named must be about
OFFERED = 0.85  # the same, for one of the choices just offered
FEW = 5  # words that name nothing by themselves
HELD = 0.5  # share of them that the record of the procedure before must hold
FAR_BETTER = 0.3  # how much more of the words a sister must hold when no case is named
KINDRED = 0.75  # share of the confidence alone that suffices when the case of a sister is named
UNDOING = frozenset({"thu_hoi", "xoa", "cham_dut", "trich_luc"})  # done only by who says so
LOST = frozenset({"lai"})  # the case of what is made again: lost, torn, worn
QUALIFIED = 0.85  # share of the best score at which what was spoken of before decides between two
LEANING = 0.2  # confidence from which one of the choices answers although it is not sure
FOUND_ALONE = 1.1  # what it is worth after a correction that the message alone finds it too
ASKS = 0.07  # confidence at which it is asked back what a correction meant
KNOWN = 0.4  # share of the message's own words that the record it is about must hold
UNKNOWN = 0.9  # what a sister's score is worth that does not hold the message's words
MAX_TOPIC = 160  # characters kept of a question that was asked back
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
        sure = alone.confidence >= SURE and not is_vague(turn)
        if sure and alone.best is not None and (alone.best.code == before.code or not points_back(text)):
            turn.procedures = self._of_what_was_said(alone, text, before)
            return before.key if turn.procedures.hits[0].code == before.code else ""
        if (full := self._named_in_full(alone, text, before)) is not None:
            turn.procedures = _first(alone, full)
            return full.id
        if (other := swapped(text, before)) and (found := self._other(rank(other), text, before)):
            turn.procedures = found
            return found.hits[0].id
        turn.reading = f"{text} {thing_of(before)}"
        leaning = rank(turn.reading)
        if leaning.confidence < max(LEAST, self._least(turn, text, before, leaning)):
            return "" if sure else self._unlikely(turn, text, before, leaning)
        meant = self._meant(turn, text, before, leaning)
        if meant is None or not self._fits(turn, text, before, meant):
            return ""
        return self._found(turn, leaning, meant, before)

    def _of_what_was_said(self, alone: Ranking, text: str, before: Procedure) -> Ranking:
        """With that one in front whose title is nearer the one before, where the message says as much of both.

        "Giấy đăng ký tàu bị rách" after a fishing boat's paper is of the fishing boat, not of a seagoing ship.
        """
        said, known = set(plain(text).split()), set(plain(before.title).split())
        first = set(plain(alone.hits[0].title).split())
        if alone.hits[0].code == before.code or not plain(thing_in(alone.hits[0].title)).split():
            return alone
        apart = set(plain(thing_in(alone.hits[0].title)).split()) - said - known
        for hit in alone.hits[1:] if apart else ():
            words = set(plain(hit.title).split())
            nearer = (words & known) - first - said
            if hit.score >= QUALIFIED * alone.hits[0].score and said & first <= words and nearer:
                return _first(alone, hit)
        return alone

    def _named_in_full(self, alone: Ranking, text: str, before: Procedure) -> Hit | None:
        """One of the nearest, when the message says its whole thing and its case, and not the thing of before."""
        best, said = alone.best, set(plain(text).split())
        if best is None or alone.confidence < LEANING or set(plain(thing_of(before)).split()) <= said:
            return None
        near = [hit for hit in alone.hits if hit.score >= STAYS * best.score]
        found = next((hit for hit in near if _says_whole(text, hit.title)), None)
        return found if found is not None and before.code not in {best.code, found.code} else None

    def _least(self, turn: Turn, text: str, before: Procedure, leaning: Ranking) -> float:
        """How sure the message read with the thing must be: surer than alone, unless a sister's case is named."""
        alone = turn.procedures
        if alone.confidence >= SURE and not is_vague(turn):
            return alone.confidence + CLEARLY
        sister = self._sister(text, before, leaning)
        named = sister is not None and sister.id == leaning.hits[0].id and _shared(before, sister) >= HELD
        return alone.confidence * (KINDRED if named else 1.0)

    def _found(self, turn: Turn, leaning: Ranking, meant: Hit, before: Procedure) -> str:
        turn.procedures = _first(leaning, meant)
        if meant.code == before.code:
            return before.key
        if leaning.confidence < SURE:
            turn.instead = [before]
        return meant.id

    def _other(self, found: Ranking, text: str, before: Procedure) -> Ranking | None:
        """The same done to another thing, when that surely exists and the record before does not know the thing."""
        own, _ = self._search.accounts_for(before.key, own_words(text))
        sure = found.best is not None and found.confidence >= SURE and found.best.code != before.code
        return found if sure and own < HELD else None

    def _unlikely(self, turn: Turn, text: str, before: Procedure, leaning: Ranking) -> str:
        """A correction that is near nothing is asked back; other words may stand in the record before."""
        if not takes_back(turn.text):
            pointed = turn.aspects and points_back(text) and turn.procedures.confidence < NOTHING
            if pointed and leaning.best is not None and leaning.best.code == before.code:
                return before.key
            return self._accounted(before, turn.procedures, text)
        others = tuple(hit for hit in leaning.hits if not _same(hit, before))
        turn.procedures = Ranking(others, leaning.evidence, max(leaning.confidence, ASKS))
        return ""

    def _meant(self, turn: Turn, text: str, before: Procedure, leaning: Ranking) -> Hit | None:
        """The procedure before or the sister whose case the message names; after a correction not the one before."""
        first = leaning.hits[0]
        own = next((hit for hit in leaning.hits if hit.code == before.code), None)
        if (takes_back(turn.text) and not takes_back_a_part(turn.text)) or is_next(turn.text, before):
            others = [hit for hit in leaning.hits if not _same(hit, before)]
            near = [hit for hit in others if hit.score >= STAYS * others[0].score]
            alone = turn.procedures.best.code if turn.procedures.best else ""
            return max(near, key=lambda hit: self._instead(hit, text, alone), default=None)
        if cases_said(text) - cases_said(before.title):
            return self._sister(text, before, leaning) or (None if self._elsewhere(turn, text) else own)
        pointed = points_back(text) and len(own_words(text).split()) <= FEW // 2
        if own is not None and pointed and own.score >= SISTER * first.score:
            return own
        if (known := self._better_known(turn, text, leaning, own)) is not None:
            return known
        if own is None:
            return first
        better = self._held(first, text) - self._held(own, text)
        enough = FAR_BETTER if own.score < STAYS * first.score else HELD
        return first if leaning.confidence >= SURE and better >= enough else own

    def _instead(self, hit: Hit, text: str, alone: str) -> float:
        """How likely one is meant after a correction: it knows what was said, and the message alone finds it."""
        return hit.score * (1 + self._held(hit, text) / 4) * (FOUND_ALONE if hit.code == alone else 1.0)

    def _better_known(self, turn: Turn, text: str, leaning: Ranking, own: Hit | None) -> Hit | None:
        """A near one that the message alone finds too, or whose case it says, and that knows it far better."""
        alone, said = turn.procedures.best, cases_said(text)
        if own is None or alone is None or leaning.confidence < SURE:
            return None
        if leaning.hits[0].code == alone.code and own.score < STAYS * leaning.hits[0].score:
            return leaning.hits[0]
        near = [hit for hit in leaning.hits if hit.score >= SISTER * leaning.hits[0].score]
        near = [hit for hit in near if hit.code == alone.code or said & cases_said(hit.title)]
        named = next((hit for hit in near if hit.code == alone.code), own)
        if _titled(named.title, text) - _titled(own.title, text) >= HELD:
            return named
        best = max(near, key=lambda hit: self._held(hit, text), default=own)
        return best if self._held(best, text) - self._held(own, text) >= FAR_BETTER else None

    def _elsewhere(self, turn: Turn, text: str) -> bool:
        """Whether the message alone is near a procedure of the case it names."""
        best, said = turn.procedures.best, cases_said(text)
        return (
            best is not None
            and turn.procedures.confidence >= ASKS / 2
            and bool(said & cases_said(best.title))
        )

    def _sister(self, text: str, before: Procedure, leaning: Ranking) -> Hit | None:
        """The likeliest whose title has the case said; one about the same thing goes before others."""
        said = cases_said(text) - cases_said(before.title)
        best = leaning.hits[0].score
        named = [hit for hit in leaning.hits if said & cases_said(hit.title) and hit.code != before.code]
        named = [
            hit for hit in named if not (cases_said(hit.title) - said - cases_said(before.title)) & UNDOING
        ]
        if said == LOST:  # "mất giấy chứng sinh thì sao": what is lost is a paper of the procedure before
            own = next((self._held(hit, text) for hit in leaning.hits if hit.code == before.code), 0.0)
            named = [hit for hit in named if own < self._held(hit, text) + FAR_BETTER]
        kin = [hit for hit in named if _shared(before, hit) >= HELD and hit.score >= KIN * best]
        near = kin or [hit for hit in named if hit.score >= SISTER * best]
        return max(near, key=lambda hit: self._likely(hit, before, text), default=None)

    def _likely(self, hit: Hit, before: Procedure, text: str) -> float:
        """A sister's score, less where it is about another thing or does not know what was said."""
        return hit.score * (1 + _shared(before, hit)) * (1.0 if self._knows(hit, text) else UNKNOWN)

    def _accounted(self, before: Procedure, alone: Ranking, text: str) -> str:
        """The procedure before when a few words near nothing else stand in its record."""
        said = own_words(text)
        near_nothing = alone.confidence < LEAST and len(said.split()) <= FEW
        return before.key if near_nothing and self._search.accounts_for(before.key, said)[1] >= HELD else ""

    def _fits(self, turn: Turn, text: str, before: Procedure, meant: Hit) -> bool:
        """Whether the message is about `meant`: it holds its words, or is the sister whose case was named."""
        if takes_back(turn.text) or self._knows(meant, text):
            return True
        case = cases_said(text) - cases_said(before.title)
        return bool(case & cases_said(meant.title)) and _shared(before, meant) >= HELD

    def _knows(self, hit: Hit, text: str) -> bool:
        """Whether a record holds what the message says besides asking: the price of gold it does not."""
        return not own_words(text) or self._held(hit, text) >= KNOWN

    def _held(self, hit: Hit, text: str) -> float:
        """How much of the message's own words a record holds, or its title names."""
        said = own_words(text)
        return max(self._search.accounts_for(hit.id, said)[1], _titled(hit.title, text))

    def sister_or_twin(self, turn: Turn, text: str, before: Procedure, rank: Rank) -> str:
        """Where a message names only a case ("thế gia hạn?") or a place ("nộp ở công an xã"): who answers for it."""
        if not cases_said(text) - cases_said(before.title):
            return self._spoken_of_before(turn, text, before, rank) if cases_said(text) else ""
        turn.reading = f"{text} {thing_of(before)}"
        leaning = rank(turn.reading)
        if not leaning.hits or leaning.confidence < LEAST:
            return ""
        sister = self._sister(text, before, leaning)
        if sister is not None and _shared(before, sister) >= SAME_THING:
            return self._found(turn, leaning, sister, before)
        return self._twin(leaning, before)

    def _spoken_of_before(self, turn: Turn, text: str, before: Procedure, rank: Rank) -> str:
        """The one spoken of earlier that is pointed at by its case: "tấm bị mất đó" after one that had run out."""
        recent = {code_of(str(key)) for key in turn.context.get("recent") or []} - {before.code}
        best = rank(f"{text} {thing_of(before)}").best if recent and points_back(text) else None
        if best is None or best.code not in recent:
            return ""
        told = set(plain(text).split()) & set(plain(best.title).split())
        return best.id if told - set(plain(before.title).split()) else ""

    def _twin(self, leaning: Ranking, before: Procedure) -> str:
        """The same thing done elsewhere or otherwise, when it is surely nearer."""
        own = next((hit.score for hit in leaning.hits if hit.code == before.code), 0.0)
        first = leaning.hits[0]
        if leaning.confidence < SURE or own >= STAYS * first.score:
            return ""
        found = self._search.snapshot.records.procedure(first.id)
        return first.id if found is not None and thing_of(found) == thing_of(before) else ""

    def _with_topic(self, turn: Turn, text: str, rank: Rank) -> str:
        """A message after a question that was asked back or refused, read together with that question."""
        topic = str(turn.question.context.get("topic") or "")
        if not topic:
            return ""
        together = rank(f"{topic} {text}")
        if turn.procedures.confidence >= SURE:
            return self._case_of_topic(turn, topic, text, together)
        found = max(turn.procedures, together, key=lambda ranking: ranking.confidence)
        if found.best is None or found.confidence < LEAST:
            return ""
        turn.reading = f"{topic} {text}"
        offered = set(map(code_of, flat(list(turn.question.context.get("choices") or []))))
        near = [hit for hit in found.hits if hit.score >= OFFERED * found.best.score]
        chosen = [hit for hit in near if hit.code in offered]
        if _agree(turn.procedures, together):  # then the choices offered were not what was meant
            chosen = near[:1]
        meant = (chosen or near)[0]
        if not chosen and not self._knows(meant, text):
            return ""
        turn.procedures = _first(found, meant)
        if found.confidence >= SURE:
            return meant.id
        if found.confidence < LEANING or len({base_title(hit.title) for hit in chosen}) != 1:
            return ""
        turn.instead = self._records([hit for hit in near if not _same_title(hit, meant)][:2])
        return meant.id

    def _case_of_topic(self, turn: Turn, topic: str, text: str, together: Ranking) -> str:
        """A thing named after "xin cấp lại thì sao" was asked back: the case asked about, of that thing."""
        best = turn.procedures.best
        record = self._search.snapshot.records.procedure(best.id) if best else None
        if record is None or cases_said(text) or not together.hits:
            return ""
        first = together.hits[0]
        sister = (
            first if cases_said(topic) & cases_said(first.title) else self._sister(topic, record, together)
        )
        if sister is None or _shared(record, sister) < STAYS or together.confidence < SURE:
            return ""
        turn.reading, turn.procedures = f"{topic} {text}", _first(together, sister)
        return sister.id

    def _records(self, hits: list[Hit]) -> list[Procedure]:
        found = [self._search.snapshot.records.procedure(hit.id) for hit in hits]
        return [record for record in found if record]


def _says_whole(text: str, title: str) -> bool:
    """Whether a message says the whole thing that a title names, and the case."""
    thing = set(plain(thing_in(title)).split())
    return len(thing) > 1 and thing <= set(plain(text).split()) and cases_said(text) == cases_said(title)


def _titled(title: str, text: str) -> float:
    """How many of the message's own words a title names."""
    said = own_words(text).split()
    return len(set(said) & set(plain(title).split())) / max(len(said), 1)


def _shared(record: Procedure, hit: Hit) -> float:
    """How much of the thing a record is about another's title names."""
    thing = set(plain(thing_of(record)).split())
    return len(thing & set(plain(hit.title).split())) / max(len(thing), 1)


def _agree(alone: Ranking, together: Ranking) -> bool:
    return alone.best is not None and together.best is not None and alone.best.code == together.best.code


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
