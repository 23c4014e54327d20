"""A procedure that only another place's records hold, when a question clearly means that one.

Much of what other ministries do is published by a province or two, and nothing that holds for the asker tells of it. A
ranking of what may answer then takes its nearest neighbour for it, and may be sure of that.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from index.marks import marked
from index.search import Search
from knowledge.lexicon import lexicon

LEAD = 2.6  # logits by which it is likelier than all that may answer


class Elsewhere:
    """Which records hold for some places only, of codes without a record for all. Built once with the pipeline."""

    def __init__(self, search: Search) -> None:
        self._search = search
        rows = search.snapshot.procedure_rows
        everywhere = {row["code"] for row in rows if not row["area"]}
        self._placed = np.array([bool(row["area"]) and row["code"] not in everywhere for row in rows], bool)

    def meant(self, query: str, *, area: str, day: date) -> str:
        """The key of the record of another place that `query` means; "" when what holds here is about as likely."""
        search, rows = self._search, self._search.snapshot.procedure_rows
        allowed = search.standing.mask(area, day, None)
        others = self._placed & ~allowed
        if not others.any():
            return ""
        query = marked(query)
        worded = lexicon().expand(query)
        look = search.look(query, worded)
        sight = search.sight(query, worded, look, allowed | others, day=day)
        other = others[sight.rows]
        if not other.any():
            return ""
        likely = search.likely(sight)
        at = int(np.where(other, likely, -np.inf).argmax())
        if not other.all() and likely[at] - likely[~other].max() < LEAD:
            return ""
        meant = rows[sight.rows[at]]
        return "" if search.held(meant["code"], area=area, day=day) else str(meant["key"])
