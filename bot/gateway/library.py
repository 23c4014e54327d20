"""The published records behind the search and record routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bot.gateway.schemas import SearchResult
from knowledge.documents import Plan, Procedure
from knowledge.errors import SnapshotError
from knowledge.guides import Guide

if TYPE_CHECKING:
    from bot.answer.service import Answerer
    from desk.unanswered_groups import Encode
    from index.search import Hit, Search
    from index.snapshot import Records


class SnapshotLibrary:
    """Reads the snapshot that answers, so that search and answers never disagree."""

    def __init__(self, answerer: Callable[[], Answerer]) -> None:
        self._answerer = answerer

    @property
    def snapshot(self) -> str:
        """The id of the snapshot that serves, or "" when there is none."""
        try:
            return self._search.snapshot.manifest.id
        except SnapshotError:
            return ""

    @property
    def _search(self) -> Search:
        return self._answerer().search

    @property
    def encoder(self) -> Encode | None:
        """Questions to vectors of length one; None without a snapshot, and where it was built by words alone."""
        try:
            search = self._search
        except SnapshotError:
            return None
        if search.vector("?") is None:
            return None
        return lambda texts: np.stack([np.asarray(search.vector(text)) for text in texts])

    def procedure(self, code: str) -> Procedure | None:
        return self._search.snapshot.records.procedure(code)

    def guide(self, guide_id: str) -> Guide | None:
        return self._search.snapshot.records.guide(guide_id)

    def plans(self) -> list[Plan]:
        """Every plan and issued text that is held."""
        return [record for record in self._search.snapshot.records.all("plan") if isinstance(record, Plan)]

    def search(self, query: str, *, area: str, k: int) -> list[SearchResult]:
        """Procedures, plans and guides together, best first, each record once."""
        search = self._search
        records = search.snapshot.records
        found = [_procedure(hit, records) for hit in search.procedures(query, area=area, k=k).hits]
        found += [_passage(hit, records) for hit in search.passages(query, area=area, k=k).hits]
        best: dict[tuple[str, str, str], SearchResult] = {}
        for result in sorted(found, key=lambda result: -result.score):
            best.setdefault((result.kind, result.code or result.title, result.section), result)
        return list(best.values())[:k]


def _procedure(hit: Hit, records: Records) -> SearchResult:
    record = records.procedure(hit.id)
    return SearchResult(
        kind="procedure",
        code=hit.code,
        title=hit.title,
        score=_score(hit),
        validity=record.validity.state.value if record else "unknown",
    )


def _passage(hit: Hit, records: Records) -> SearchResult:
    """`statement:<plan>:3`, `section:<plan>:2`, `event:<plan>:0`, `head:<plan>:0` or `guide:<id>:0`."""
    kind, record_id, place = hit.id.split(":", 2)
    if kind == "guide":
        guide = records.guide(record_id)
        return SearchResult(kind="guide", title=guide.title if guide else record_id, score=_score(hit))
    plan = records.plan(record_id)
    if plan is None:
        return SearchResult(kind="plan", title=record_id, score=_score(hit))
    sections = {
        "statement": [statement.section for statement in plan.statements],
        "event": [event.section for event in plan.events],
        "section": [section.path for section in plan.sections],
    }.get(kind, [])
    where = sections[int(place)] if int(place) < len(sections) else ""
    return SearchResult(
        kind="plan",
        number=plan.number,
        title=plan.title,
        section=where,
        score=_score(hit),
        validity=plan.validity.state.value,
    )


def _score(hit: Hit) -> float:
    return round(min(max(hit.score, 0.0), 1.0), 4)
