"""Which records could answer: procedures and passages ranked, the procedure of the turn before carried over."""

from __future__ import annotations

from collections.abc import Callable

from bot.answer.aspects import content
from bot.answer.context import Turn
from bot.answer.followup import corrected, in_fees, named, with_thing
from bot.answer.steering import goes_back, without_steering
from bot.answer.story import views
from bot.answer.times import without_time
from bot.answer.together import together
from bot.answer.understand import carried_period
from index.search import Ranking, Search, code_of
from knowledge.documents import Procedure, area_covers
from knowledge.periods import of_today

SHORT = 5  # content words up to which a message is read in the light of the turn before
SWITCH = 0.80  # confidence at which a short message is about another procedure after all
NAMES = 0.80  # share of them in another's own wordings, when the one before has them only in its papers
STAYS = 0.50  # share of the content words the procedure before must account for


class Retrieve:
    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, turn: Turn) -> None:
        turn.query = without_steering(corrected(turn.text))
        meant_else = turn.query != turn.text and corrected(turn.text) != turn.text
        if turn.levels:
            turn.period = carried_period(turn)
            return
        if turn.chosen and self._take(turn, turn.chosen):
            return
        if (choice := self._choice_named(turn)) and self._take(turn, choice):
            return
        before = str(turn.context.get("procedure", ""))
        said = content(without_time(turn.query))
        if before and not said and not turn.about_plan and self._take(turn, before):
            return
        spoken_of = self._search.snapshot.records.procedure(before) if before else None
        field = spoken_of.field if spoken_of else ""
        search, area, day, period = self._search, turn.area, turn.today, turn.period
        asked = without_time(turn.query) if period else turn.query
        leaning = with_thing(asked, spoken_of) if spoken_of else []
        turn.procedures = self._ranked(
            leaning or views(asked),
            lambda view: search.procedures(view, area=area, field=field, day=day, period=period),
        )
        turn.passages = search.passages(turn.query, area=area, day=day, period=period)
        if returned := self._returned_to(turn):
            self._take(turn, returned)
        elif spoken_of and not meant_else and not turn.about_plan:
            if leaning and turn.procedures.confidence >= SWITCH:
                return  # it was read with the thing spoken of, so another procedure is meant
            about_fees = turn.aspects == ["fee"] and in_fees(turn.query, spoken_of)
            if about_fees or self._stays(turn.procedures, before, said):
                self._take(turn, before)

    def _ranked(self, views: list[str], search: Callable[[str], Ranking]) -> Ranking:
        """The views of a message, searched until two of them agree on the first."""
        rankings: list[Ranking] = []
        for view in views:
            rankings.append(search(view))
            firsts = [one.best.id for one in rankings[-2:] if one.best]
            if len(firsts) == 2 and firsts[0] == firsts[1]:
                break
        return together(rankings)

    def _choice_named(self, turn: Turn) -> str:
        """The one of the choices just offered that a short message names."""
        offered = [str(one) for one in turn.question.context.get("choices") or [] if "|" not in str(one)]
        records = {one: self._search.snapshot.records.procedure(one) for one in offered}
        titles = {one: record.title for one, record in records.items() if record}
        choice = named(turn.text, titles) if len(titles) > 1 else ""
        if choice:
            turn.aspects = turn.aspects or [str(turn.question.context.get("aspect") or "overview")]
        return choice

    def _take(self, turn: Turn, key: str) -> Procedure | None:
        """Make it the turn's procedure: the record of its code that holds at the place and time asked about."""
        period = turn.period if self._shown_as_of_today(turn, key) else carried_period(turn)
        held = self._search.held(code_of(key), area=turn.area, day=turn.today, period=period)
        record = self._search.snapshot.records.procedure(held or key)
        if record is None or not (held or area_covers(record.area, turn.area)):
            return None
        turn.period, turn.procedure = period, record
        return record

    def _shown_as_of_today(self, turn: Turn, key: str) -> bool:
        """Whether a button under a reply asks for the record that holds today, whatever was spoken of before."""
        record = self._search.snapshot.records.procedure(key)
        button = turn.question.payload.startswith("#MC:ASK:")
        return button and record is not None and of_today(record.validity, turn.today, variant=record.variant)

    def _returned_to(self, turn: Turn) -> str:
        """The procedure spoken of earlier that a person who goes back means: the nearest of them."""
        if not goes_back(turn.text):
            return ""
        recent = {code_of(key) for key in turn.context.get("recent") or []}
        return next((hit.id for hit in turn.procedures.hits if hit.code in recent), "")

    def _stays(self, found: Ranking, before: str, said: str) -> bool:
        """A short message is about the procedure before, unless it clearly names another.

        "bao lâu có giấy" says "giấy", which every procedure has: the one at hand accounts for it. "tiền tuất bên
        bảo hiểm mấy ngày" names its own.
        """
        if len(said.split()) > SHORT:
            return False
        own, whole = self._search.accounts_for(before, said)
        another = found.best is not None and found.best.code != code_of(before) and found.confidence >= SWITCH
        if found.best is not None and own < STAYS:
            another = another or self._search.accounts_for(found.best.id, said)[0] >= NAMES
        return not another and whole >= STAYS
