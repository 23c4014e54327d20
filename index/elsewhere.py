"""A procedure that only another place's records hold, when a question clearly means that one.

Much of what other ministries do is published by a province or two, and nothing that holds for the asker tells of it. A
ranking of what may answer then takes its nearest neighbour for it, and may be sure of that.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from index.search import Search

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
        found = search.outside(query, self._placed & ~allowed, allowed=allowed, day=day)
        if found is None or found.lead < LEAD:
            return ""
        meant = rows[found.row]
        return "" if search.held(meant["code"], area=area, day=day) else str(meant["key"])
