"""Which records could answer: procedures and passages ranked, the procedure of the turn before carried over."""

from __future__ import annotations

from bot.answer.aspects import content
from bot.answer.context import Turn
from bot.answer.steering import goes_back, without_steering
from index.search import Ranking, Search

SHORT = 5  # content words up to which a message is read in the light of the turn before
SWITCH = 0.80  # confidence at which a short message is about another procedure after all
NAMES = 0.80  # share of them in another's own wordings, when the one before has them only in its papers
STAYS = 0.50  # share of the content words the procedure before must account for


class Retrieve:
    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, turn: Turn) -> None:
        records = self._search.snapshot.records
        turn.query = without_steering(turn.text)
        if turn.chosen and (record := records.procedure(turn.chosen)):
            turn.procedure = record
            return
        before = str(turn.context.get("procedure", ""))
        said = content(turn.query)
        if before and not said and not turn.about_plan:
            turn.procedure = records.procedure(before)
            if turn.procedure:
                return
        spoken_of = records.procedure(before) if before else None
        field = spoken_of.field if spoken_of else ""
        turn.procedures = self._search.procedures(turn.query, area=turn.area, field=field)
        turn.passages = self._search.passages(turn.query, area=turn.area)
        if returned := self._returned_to(turn):
            turn.procedure = records.procedure(returned)
        elif before and not turn.about_plan and self._stays(turn.procedures, before, said):
            turn.procedure = records.procedure(before)

    def _returned_to(self, turn: Turn) -> str:
        """The procedure spoken of earlier that a person who goes back means: the nearest of them."""
        if not goes_back(turn.text):
            return ""
        recent = set(turn.context.get("recent") or [])
        return next((hit.id for hit in turn.procedures.hits if hit.id in recent), "")

    def _stays(self, found: Ranking, before: str, said: str) -> bool:
        """A short message is about the procedure before, unless it clearly names another.

        "bao lâu có giấy" says "giấy", which every procedure has: the one at hand accounts for it. "tiền tuất bên
        bảo hiểm mấy ngày" names its own.
        """
        if len(said.split()) > SHORT:
            return False
        own, whole = self._search.accounts_for(before, said)
        another = found.best is not None and found.best.id != before and found.confidence >= SWITCH
        if found.best is not None and own < STAYS:
            another = another or self._search.accounts_for(found.best.id, said)[0] >= NAMES
        return not another and whole >= STAYS
