"""Which records could answer: procedures and passages ranked, the procedure of the turn before carried over."""

from __future__ import annotations

from bot.answer.aspects import content
from bot.answer.context import Turn
from bot.answer.understand import is_follow_up
from index.search import Search

STICKY = 0.6  # the earlier procedure stays when it still scores this share of the best
SHORT = 4  # content words up to which a message is read in the light of the turn before


class Retrieve:
    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, turn: Turn) -> None:
        records = self._search.snapshot.records
        turn.query = turn.text
        before = str(turn.context.get("procedure", ""))
        if turn.chosen and (record := records.procedure(turn.chosen)):
            turn.procedure = record
            return
        if before and is_follow_up(turn.text) and not turn.about_plan:
            turn.procedure = records.procedure(before)
            if turn.procedure:
                return
        turn.procedures = self._search.procedures(turn.query, area=turn.area)
        turn.passages = self._search.passages(turn.query, area=turn.area)
        if before and self._stays(turn, before):
            turn.procedure = records.procedure(before)

    def _stays(self, turn: Turn, before: str) -> bool:
        """A short message that still fits the procedure before is about it, not about a new one."""
        if turn.about_plan or len(content(turn.text).split()) > SHORT or not turn.procedures.hits:
            return False
        scores = {hit.id: hit.score for hit in turn.procedures.hits}
        return scores.get(before, 0.0) >= STICKY * turn.procedures.hits[0].score
