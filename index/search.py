"""Search a snapshot: a question in, ranked targets with their evidence out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import repeat
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from index.cache import cached
from index.collection import Look
from index.confidence import Evidence, confidence
from index.dense import Encoder, Vectors
from index.fusion import fuse, load_weights
from index.lexical import Scores
from index.marks import marked
from index.ranking import Facts, Places, Sight, features, score
from index.ranking_evidence import likelihood, seen
from index.siblings import Siblings
from index.snapshot import Snapshot
from index.standing import Mask, PlanStanding, Standing
from index.twins import Twins
from knowledge.lexicon import lexicon
from knowledge.periods import Period
from knowledge.text.diacritics import fold, has_diacritics

_YEAR = re.compile(r"\b(20\d\d)\b")
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

OTHER_YEAR = 0.6  # a plan of another year than the one asked for
SUPERSEDED = 0.75  # a plan no longer in force, when no year was asked for
UNIT_NAMED = 1.2  # a statement on the office the question names
MIN_UNIT = 6  # letters of an office's name that cannot be chance
SAME_FIELD = 1.08  # a procedure of the field the conversation is in
LOOKS = 8  # kept of the last questions
CONSIDERED = 40  # of the best targets, those that are compared closely; no other can come first
LEAST = 1e-6  # score of what was found at all
# A procedure that only another place's list names is meant: logits by which it is likelier than all that may answer,
# and the share of the question that its own wordings must hold.
UNHELD_LEAD, UNHELD_SAID = 2.0, 0.5


def code_of(key: str) -> str:
    """The code in a procedure's key: a province's own record and the national one share it."""
    return key.partition("@")[0].partition("~")[0]


@dataclass(frozen=True)
class Hit:
    """One target: `id` is a procedure's key or a passage id.

    `score`, in 0–1, is how sure the ranking is for the first, and falls with each that is less likely.
    """

    id: str
    title: str
    score: float
    row: int
    fields: dict[str, float] = field(default_factory=dict)
    twins: tuple[str, ...] = ()  # keys of records of the same title for which this one stands

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


class Outside(NamedTuple):
    """A procedure that may not answer here: its row, how many logits it leads by, how much of the question it says."""

    row: int
    lead: float
    said: float


class Search:
    """Thread-safe after construction; holds one snapshot and one encoder."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder | None) -> None:
        self.snapshot = snapshot
        self._encoder = encoder
        self._weights = load_weights() | snapshot.manifest.weights  # the manifest of before may lack some
        self._confidence = snapshot.manifest.confidence
        self.siblings = Siblings()
        self.facts = Facts(snapshot.procedure_rows, snapshot.procedures)
        self.standing = Standing(snapshot.procedure_rows)
        self.twins = Twins(snapshot.procedure_rows, self.standing)
        self.plans = PlanStanding(snapshot.passage_rows)
        self._listed = _listed_only(snapshot.procedure_rows)
        self._years = {row["year"] for row in snapshot.passage_rows if row["year"]}
        self._rows = {row["key"]: place for place, row in enumerate(snapshot.procedure_rows)}
        self.vector = cached(self._vector, 1024)
        self.look = cached(self._look, LOOKS)

    def _look(self, query: str, worded: str) -> Look:
        """Every procedure scored; one question is looked at several times, for here and for other places."""
        return self.snapshot.procedures.look(worded, self.vector(query))

    def weigh_by(self, weights: dict[str, dict[str, float]]) -> None:
        """Rank with other weights than the snapshot's: for fitting, before anything is asked."""
        self._weights = weights

    def procedures(
        self, query: str, *, area: str = "", field: str = "", k: int = 10,
        day: date | None = None, period: Period | None = None,
    ) -> Ranking:  # fmt: skip
        """The procedures nearest to `query`; those of `field`, the one talked about before, a little ahead.

        Those that hold on `day` (today), or held in `period`, the time the question is about.
        """
        today, query = day or _today(), marked(query)
        worded = lexicon().expand(query)
        look = self.look(query, worded)
        sight = self.sight(query, worded, look, self.standing.mask(area, today, period), day=today)
        if not len(sight.rows):
            return Ranking()
        likely = self.likely(sight)
        likely += [
            self._bonus(row, field, today) / self._weights["ranking_scale"]["nearness"] for row in sight.rows
        ]
        order = np.argsort(-likely, kind="stable")
        evidence = self.evidence(sight, worded, likely)
        sure = confidence(evidence, self._confidence["procedures"])
        nearness = np.exp((likely[order] - likely[order[0]]) * self._weights["ranking_scale"]["nearness"])
        rows = sight.rows[order]
        targets = self.twins.one_each(rows.tolist(), likely[order].tolist(), (today, period))[:k]
        best = [target[0] for target in targets]  # an earlier twin lends the shown one its place
        loudest = [min(target) for target in targets]
        hits = self._hits(rows[best], nearness[loudest] * sure, look, k, self._procedure)
        return Ranking(tuple(map(self._with_twins, hits, targets, repeat(rows))), evidence, sure)

    def sight(self, query: str, worded: str, look: Look, allowed: Mask, *, day: date) -> Sight:
        """The question beside the candidates that the fused scores bring together."""
        fused = self._fuse(query, look, allowed, "procedures")
        asked = self.siblings.cases(query)
        fused = _reweigh(
            fused,
            lambda row: self.siblings.fit(asked, *self.facts.cases[row]) * self.standing.factor(row, day),
        )
        rows = _top(fused, CONSIDERED)
        rows = rows[fused[rows] > 0]
        coverage = self.snapshot.procedures.coverage
        tokens = coverage.asked(worded)
        return Sight(
            query,
            rows,
            look,
            fused[rows],
            tokens,
            coverage.own(tokens, rows),
            [self.facts.cases[row] for row in rows],
        )

    def likely(self, sight: Sight) -> Scores:
        """How likely each candidate is the one: the logarithm of odds between them."""
        columns = features(sight, self.facts, self.siblings)
        return score(columns, self._weights["ranking"], self._weights["ranking_unmarked"], sight.query)

    def evidence(self, sight: Sight, worded: str, likely: Scores) -> Evidence:
        """What the likeliest candidate looks like beside the question."""
        titles = [str(self.snapshot.procedure_rows[row]["title"]) for row in sight.rows]
        margin, best = likelihood(likely, titles), int(likely.argmax())
        return seen(sight, worded, self.snapshot.procedures, best=best, margin=margin, names=titles)

    def passages(
        self,
        query: str,
        *,
        area: str = "",
        k: int = 10,
        day: date | None = None,
        period: Period | None = None,
    ) -> Ranking:
        today, collection, query = day or _today(), self.snapshot.passages, marked(query)
        worded = lexicon().expand(query)
        look = collection.look(worded, self.vector(query))
        fused = self._fuse(query, look, self.plans.mask(area, today, period), "passages")
        fused = self._tell_plans_apart(query, fused, today)
        rows = _top(fused, max(k, 2))
        rows = rows[fused[rows] > 0]
        if not len(rows):
            return Ranking()
        tokens = collection.coverage.asked(worded)
        best = rows[:1]
        sight = Sight(query, best, look, fused[best], tokens, collection.coverage.own(tokens, best), ())
        margin = float(fused[rows[0]] - (fused[rows[1]] if len(rows) > 1 else 0.0))
        evidence = seen(sight, worded, collection, best=0, margin=margin)
        sure = confidence(evidence, self._sureness(int(best[0])))
        return Ranking(
            self._hits(rows, fused[rows] / fused[rows[0]] * sure, look, k, self._passage), evidence, sure
        )

    def _fuse(self, query: str, look: Look, allowed: Mask, name: str) -> Scores:
        fused = fuse(look.fields, self._weights[name if has_diacritics(query) else f"{name}_unmarked"])
        return np.where(allowed, fused, np.float32(-1.0))

    def _hits(
        self, rows: Places, scores: Scores, look: Look, k: int, name: Callable[[int], tuple[str, str]]
    ) -> tuple[Hit, ...]:
        return tuple(
            Hit(
                *name(int(row)),
                round(max(float(one), LEAST), 6),
                int(row),
                {f: float(s[row]) for f, s in look.fields.items()},
            )
            for row, one in zip(rows[:k], scores, strict=False)
        )

    def _with_twins(self, hit: Hit, target: list[int], rows: Places) -> Hit:
        return replace(hit, twins=tuple(self._procedure(rows[at])[0] for at in target[1:]))

    def _procedure(self, row: int) -> tuple[str, str]:
        return self.snapshot.procedure_rows[row]["key"], self.snapshot.procedure_rows[row]["title"]

    def _passage(self, row: int) -> tuple[str, str]:
        return self.snapshot.passage_rows[row]["id"], ""

    def _bonus(self, row: int, field: str, day: date) -> float:
        """The logarithm of what a candidate's standing, and the conversation, make of its nearness."""
        same = SAME_FIELD if field and self.snapshot.procedure_rows[row]["field"] == field else 1.0
        return math.log(same * self.standing.factor(row, day))

    def held(self, code: str, *, area: str, day: date, period: Period | None = None) -> str:
        """The key of the record of `code` that may answer there and then; "" when none is held."""
        row = self.standing.of_code(code, area=area, day=day, period=period)
        return "" if row is None else str(self.snapshot.procedure_rows[row]["key"])

    def unheld(self, query: str, *, area: str = "", day: date | None = None) -> str:
        """The key of a procedure that only another place's list names, when it is clearly meant; "" for none."""
        today = day or _today()
        allowed = self.standing.mask(area, today, None)
        meant = self.outside(query, self._listed & ~allowed, allowed=allowed, day=today)
        if meant is None or meant.lead < UNHELD_LEAD or meant.said < UNHELD_SAID:
            return ""
        return self._procedure(meant.row)[0]

    def outside(self, query: str, others: Mask, *, allowed: Mask, day: date) -> Outside | None:
        """The likeliest of `others` beside all that may answer; None when none of them is near."""
        if not others.any():
            return None
        query = marked(query)
        worded = lexicon().expand(query)
        sight = self.sight(query, worded, self.look(query, worded), allowed | others, day=day)
        other = others[sight.rows]
        if not other.any():
            return None
        likely = self.likely(sight)
        at = int(np.where(other, likely, -np.inf).argmax())
        lead = math.inf if other.all() else float(likely[at] - likely[~other].max())
        return Outside(int(sight.rows[at]), lead, sight.asked.share(sight.own[at]))

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

    def _sureness(self, row: int) -> Mapping[str, float]:
        """The weights of confidence: a document's own words look less like a question than wordings made for it."""
        weights: Mapping[str, float] = self._confidence["passages"]
        own_words = self.snapshot.passage_rows[row].get("verbatim")
        return self._confidence.get("passages_verbatim", weights) if own_words else weights

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


def _listed_only(rows: Sequence[dict[str, Any]]) -> Mask:
    """One row of each code that only lists name."""
    full = {row["code"] for row in rows if not row.get("listed")}
    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        if row.get("listed") and row["code"] not in full:
            first.setdefault(row["code"], place)
    found = np.zeros(len(rows), dtype=bool)
    found[list(first.values())] = True
    return found


def _fields(look: Look, row: int) -> dict[str, float]:
    return {name: float(scores[row]) for name, scores in look.fields.items()}


def _today() -> date:
    return datetime.now(_VIETNAM).date()


def _reweigh(fused: Scores, factor: Callable[[int], float]) -> Scores:
    """The scores with those of the best rows multiplied by their factor; the others cannot come first."""
    told = fused.copy()
    for row in _top(fused, CONSIDERED):
        told[row] *= factor(int(row))
    return told


def _top(scores: Scores, k: int) -> NDArray[np.int64]:
    part = np.argpartition(-scores, min(k, len(scores) - 1))[:k] if len(scores) else np.arange(0)
    return np.asarray(part[np.argsort(-scores[part], kind="stable")])
