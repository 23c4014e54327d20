"""Search a snapshot: a question in, ranked targets with their evidence out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from index.cache import cached
from index.collection import Collection
from index.confidence import Evidence, confidence
from index.coverage import query_tokens
from index.dense import Encoder, Vectors
from index.fusion import fuse
from index.lexical import Scores
from index.siblings import Siblings
from index.snapshot import Snapshot
from index.standing import Mask, PlanStanding, Standing
from knowledge.lexicon import lexicon
from knowledge.periods import Period
from knowledge.text.diacritics import fold, has_diacritics

_YEAR = re.compile(r"\b(20\d\d)\b")
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
ORDINARY = 12  # syllables of an ordinary question: shares are read as if every question had so many

OTHER_YEAR = 0.6  # a plan of another year than the one asked for
SUPERSEDED = 0.75  # a plan no longer in force, when no year was asked for
UNIT_NAMED = 1.2  # a statement on the office the question names
MIN_UNIT = 6  # letters of an office's name that cannot be chance
SAME_FIELD = 1.08  # a procedure of the field the conversation is in
CONSIDERED = 40  # of the best targets, those whose cases are compared with the question's


def code_of(key: str) -> str:
    """The code in a procedure's key: a province's own record and the national one share it."""
    return key.partition("@")[0].partition("~")[0]


@dataclass(frozen=True)
class Hit:
    """One target: `id` is a procedure's key or a passage id; `score` is fused, in 0–1."""

    id: str
    title: str
    score: float
    row: int
    fields: dict[str, float] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return code_of(self.id)


@dataclass(frozen=True)
class Ranking:
    """Hits best first, with how sure the first one is."""

    hits: tuple[Hit, ...] = ()
    evidence: Evidence = Evidence()
    confidence: float = 0.0

    @property
    def best(self) -> Hit | None:
        return self.hits[0] if self.hits else None


class Search:
    """Thread-safe after construction; holds one snapshot and one encoder."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder | None) -> None:
        self.snapshot = snapshot
        self._encoder = encoder
        self._weights = snapshot.manifest.weights
        self._confidence = snapshot.manifest.confidence
        self._siblings = Siblings()
        self._cases = [
            (frozenset(row["cases"]), frozenset(row["wording_cases"])) for row in snapshot.procedure_rows
        ]
        self.standing = Standing(snapshot.procedure_rows)
        self.plans = PlanStanding(snapshot.passage_rows)
        self._years = {row["year"] for row in snapshot.passage_rows if row["year"]}
        self._rows = {row["key"]: place for place, row in enumerate(snapshot.procedure_rows)}
        self.vector = cached(self._vector, 1024)

    def procedures(
        self, query: str, *, area: str = "", field: str = "", k: int = 10,
        day: date | None = None, period: Period | None = None,
    ) -> Ranking:  # fmt: skip
        """The procedures nearest to `query`; those of `field`, the one talked about before, a little ahead.

        Those that hold on `day` (today), or held in `period`, the time the question is about.
        """
        rows, today = self.snapshot.procedure_rows, day or _today()
        return self._rank(
            query, self.snapshot.procedures, "procedures", k,
            allowed=self.standing.mask(area, today, period),
            hit=lambda row: (rows[row]["key"], rows[row]["title"]), field=field, day=today,
        )  # fmt: skip

    def passages(
        self,
        query: str,
        *,
        area: str = "",
        k: int = 10,
        day: date | None = None,
        period: Period | None = None,
    ) -> Ranking:
        rows, today = self.snapshot.passage_rows, day or _today()
        return self._rank(
            query, self.snapshot.passages, "passages", k,
            allowed=self.plans.mask(area, today, period), hit=lambda row: (rows[row]["id"], ""), day=today,
        )  # fmt: skip

    def held(self, code: str, *, area: str, day: date, period: Period | None = None) -> str:
        """The key of the record of `code` that may answer there and then; "" when none is held."""
        row = self.standing.of_code(code, area=area, day=day, period=period)
        return "" if row is None else str(self.snapshot.procedure_rows[row]["key"])

    def unknown_year(self, query: str) -> bool:
        """Whether the question is on a year that no plan here is of."""
        asked = {int(year) for year in _YEAR.findall(query)}
        return bool(asked and self._years) and not any(
            min(self._years) <= year <= max(self._years) for year in asked
        )

    def accounts_for(self, key: str, text: str) -> tuple[float, float]:
        """How much of `text` a procedure's own wordings, and its whole record, account for; 0 if unknown."""
        row = self._rows.get(key)
        return (0.0, 0.0) if row is None else self.snapshot.procedures.coverage.of(text, row)

    def _rank(
        self, query: str, collection: Collection, name: str, k: int, *,
        allowed: Mask, hit: Callable[[int], tuple[str, str]], day: date, field: str = "",
    ) -> Ranking:  # fmt: skip
        worded = lexicon().expand(query)
        fields = collection.scores(worded, self.vector(query))
        fused = fuse(fields, self._weights[name if has_diacritics(query) else f"{name}_unmarked"])
        fused = np.where(allowed, fused, -1.0)
        tell_apart = self._tell_sisters_apart if name == "procedures" else self._tell_plans_apart
        fused = tell_apart(query, fused, day)
        if field:
            fused = self._stay_in(field, fused)
        order = [int(row) for row in _top(fused, k) if fused[row] > 0]
        hits = tuple(
            Hit(*hit(row), round(float(fused[row]), 4), row, {f: float(s[row]) for f, s in fields.items()})
            for row in order
        )
        evidence = _evidence(query, worded, collection, hits)
        return Ranking(hits, evidence, confidence(evidence, self._sureness(name, hits[0])) if hits else 0.0)

    def _sureness(self, name: str, best: Hit) -> Mapping[str, float]:
        """The weights of confidence: a document's own words look less like a question than wordings made for it."""
        own_words = name == "passages" and self.snapshot.passage_rows[best.row].get("verbatim")
        weights: Mapping[str, float] = self._confidence[name]
        return self._confidence.get(f"{name}_verbatim", weights) if own_words else weights

    def _tell_sisters_apart(self, query: str, fused: Scores, day: date) -> Scores:
        asked = self._siblings.cases(query)
        return _reweigh(
            fused, lambda row: self._siblings.fit(asked, *self._cases[row]) * self.standing.factor(row, day)
        )

    def _stay_in(self, field: str, fused: Scores) -> Scores:
        rows = self.snapshot.procedure_rows
        return _reweigh(fused, lambda row: SAME_FIELD if rows[row]["field"] == field else 1.0)

    def _tell_plans_apart(self, query: str, fused: Scores, day: date) -> Scores:
        """The year asked for, what is in force when none is, and the office named, go first."""
        rows = self.snapshot.passage_rows
        years = {int(year) for year in _YEAR.findall(query)} & self._years
        plain = fold(query).lower()

        def factor(row: int) -> float:
            year, live, unit = rows[row]["year"], self.plans.holds(row, day), rows[row]["unit"]
            named = UNIT_NAMED if len(unit) >= MIN_UNIT and unit in plain else 1.0
            if years and year and year not in years:
                return OTHER_YEAR * named
            return SUPERSEDED * named if not live and not years else named

        return _reweigh(fused, factor)

    def _vector(self, query: str) -> Vectors | None:
        return self._encoder.encode([query], query=True)[0] if self._encoder else None


def _evidence(query: str, worded: str, collection: Collection, hits: tuple[Hit, ...]) -> Evidence:
    """What the best hit looks like beside the question; `worded` is the question with the official words."""
    if not hits:
        return Evidence()
    own, whole = collection.coverage.of(worded, hits[0].row)
    entry, short = collection.shares(worded, hits[0].fields)
    raised = _length_factor(query)
    return Evidence(
        coverage=own,
        body_coverage=whole,
        dense=max(0.0, hits[0].fields.get("dense", 0.0)),
        margin=hits[0].score - (hits[1].score if len(hits) > 1 else 0.0),
        entry=entry * raised,
        short=short * raised,
    )


def _today() -> date:
    return datetime.now(_VIETNAM).date()


def _length_factor(query: str) -> float:
    """Shares fall with the square root of length, because what is added is mostly story."""
    return math.sqrt(max(1, len(query_tokens(query))) / ORDINARY)


def _reweigh(fused: Scores, factor: Callable[[int], float]) -> Scores:
    """The scores with those of the best rows multiplied by their factor; the others cannot come first."""
    told = fused.copy()
    for row in _top(fused, CONSIDERED):
        told[row] *= factor(int(row))
    return told


def _top(scores: Scores, k: int) -> NDArray[np.int64]:
    part = np.argpartition(-scores, min(k, len(scores) - 1))[:k] if len(scores) else np.arange(0)
    return np.asarray(part[np.argsort(-scores[part], kind="stable")])
