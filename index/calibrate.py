"""`motcua train confidence`: fit how sure is sure, on questions kept out of every index.

A question counts as right when the best procedure is one of its codes. Questions that nothing may answer count as
wrong whatever comes first. Each is asked as it was written and without its marks. Questions of the bank, asked as if
the index did not hold them, say how the many procedures look that the few hundred questions do not touch; they weigh
less, and no figure or threshold is read from them. How a question is put (index/asking.py) is fitted first, on the
same questions; confidence learns from its scores out of fold.

The thresholds follow from what mistakes cost. Answering what nothing here answers sends a person to the wrong
counter: one in fourteen at most, of questions written to look as if something answered them. Saying no to what could be
answered turns them away: one in a hundred at most. Between the two, the person is asked which of a few is meant,
which costs a tap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from index import asking_fit
from index.asking import Asking
from index.asking import write as write_asking
from index.asking_fit import Put
from index.confidence import FEATURES, FEATURES_OF, Evidence
from index.ranking_data import Bank, see
from index.search import Hit, Search, code_of
from knowledge.areas import Areas
from knowledge.packs_loader import Questions, load_questions
from knowledge.text.diacritics import fold, has_diacritics

SET = Path(__file__).resolve().parent.parent / "knowledge" / "packs" / "calibration"
CONFIDENCE = Path(__file__).with_name("confidence.yml")
# Of the questions out of scope, those that may be answered. A passage is quoted as it stands, so fewer.
ANSWERED_WRONGLY = {"procedures": 0.07, "passages": 0.05}
TURNED_AWAY = 0.01  # of those in scope, those that may be refused
FOLDS = 10
OF_BANK, WEIGHT = 800, 0.1  # questions of the bank, and what each weighs
BINS = 10
IN_SCOPE, OUT_OF_SCOPE = ("in_scope", "in_scope_odd"), ("out_of_scope", "out_of_scope_faq")
SPOKEN = 3  # passages that a reply may speak from
ANY_AREA = "dak-lak"  # questions without an area are put where there are the most plans
Share = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Observed:
    """One question's features; `group` keeps those of one procedure on one side of a cross-validation."""

    features: list[float]
    right: bool
    in_scope: bool
    group: str
    weight: float = 1.0
    text: str = ""


@dataclass(frozen=True)
class Fitted:
    """Logistic weights, the two thresholds, what they were read from, and how far the figures may be trusted."""

    weights: dict[str, float]
    answer: float
    clarify: float
    curve: list[dict[str, float]]
    reliability: list[dict[str, float]]
    brier: float
    ece: float


def fit(seen: Sequence[Observed], wrongly: float, names: Sequence[str] = FEATURES) -> Fitted:
    """Fit on what was observed; figures are out of fold, and of questions of full weight.

    `wrongly` is the share of questions out of scope that may be answered; features not among `names` are left out.
    """
    features = np.array([one.features for one in seen])[:, [FEATURES.index(name) for name in names]]
    right, in_scope = (
        np.array([getattr(one, name) for one in seen], dtype=bool) for name in ("right", "in_scope")
    )
    weight = np.array([one.weight for one in seen])
    model = LogisticRegression(C=10.0, max_iter=3000)
    sure = np.zeros(len(seen))
    for train, test in GroupKFold(FOLDS).split(features, groups=[one.group for one in seen]):
        model.fit(features[train], right[train], sample_weight=weight[train])
        sure[test] = model.predict_proba(features[test])[:, 1]
    model.fit(features, right, sample_weight=weight)
    measured = weight >= 1
    sure, right, in_scope = sure[measured], right[measured], in_scope[measured]
    weights = {name: round(float(w), 3) for name, w in zip(names, model.coef_[0], strict=True)}
    curve = [_point(float(t), sure, right, in_scope) for t in np.arange(0.02, 0.99, 0.02)]
    answer, clarify = thresholds(curve, wrongly)
    reliability = reliable(sure, right)
    return Fitted(
        weights={"bias": round(float(model.intercept_[0]), 3), **weights},
        answer=answer,
        clarify=clarify,
        curve=curve,
        reliability=reliability,
        brier=round(float(np.mean((sure - right) ** 2)), 4),
        ece=round(sum(abs(b["sure"] - b["right"]) * b["questions"] for b in reliability) / len(sure), 4),
    )


def of_procedures(search: Search, snapshot: Path, folder: Path = SET) -> Iterator[Observed]:
    for name in (*IN_SCOPE, *OUT_OF_SCOPE):
        for line in read(folder / f"{name}.jsonl"):
            codes = line.get("codes", [])
            group = min(codes, default=line.get("topic") or fold(line["q"]))
            for text in _spellings(line["q"]):
                ranking = search.procedures(text)
                right = ranking.best is not None and not _codes_of(ranking.best).isdisjoint(codes)
                yield Observed(_features(ranking.evidence), right, name in IN_SCOPE, group, text=text)
    bank, today = Bank(search, snapshot, load_questions()), date.today()  # noqa: DTZ011 - any day will do
    for posed in bank.sample(OF_BANK):
        sight, worded = see(search, posed, bank, today)
        likely = search.likely(sight)
        best = search.snapshot.procedure_rows[sight.rows[likely.argmax()]]
        features = _features(search.evidence(sight, worded, likely))
        yield Observed(features, best["code"] in posed.codes, True, posed.group, WEIGHT, posed.q)


def _codes_of(hit: Hit) -> set[str]:
    """Its code, and those of the same title for which it stands."""
    return {hit.code, *map(code_of, hit.twins)}


def with_asking(seen: Sequence[Observed], questions: Questions) -> tuple[list[Observed], Asking]:
    """How a question is put, fitted; and what was observed, with that told out of fold."""
    words, bank = asking_fit.words_of(questions), asking_fit.of_bank(questions)
    lines = [Put(one.text, one.in_scope, one.group, min(1.0, one.weight)) for one in seen]
    scores = asking_fit.out_of_fold(lines, bank, words)
    at = FEATURES.index("asks")
    told = [
        replace(one, features=[*one.features[:at], float(score), *one.features[at + 1 :]])
        for one, score in zip(seen, scores, strict=True)
    ]
    return told, asking_fit.fit([*lines, *bank], words)


def of_passages(search: Search, folder: Path = SET) -> Iterator[Observed]:
    """Plan and guide questions; to those on procedures and on nothing of ours, no passage is right.

    A reply is composed of the passages near the first: it is right when one of the first three is. Questions on plans
    that ended need the time they ask about, which search is told and does not read: they are left out.
    """
    areas, today = Areas.from_pack(), date.today()  # noqa: DTZ011 - any day of the plans' year will do
    for line in read(folder / "passages.jsonl"):
        area = line["area"] or areas.find(line["q"]) or ""
        allowed = _held(search, area, today)
        if line["ids"] and not allowed & set(line["ids"]):
            continue
        for text in _spellings(line["q"]):
            ranking = search.passages(text, area=area)
            right = any(passage_id(hit.id) in line["ids"] for hit in ranking.hits[:SPOKEN])
            yield Observed(
                _features(ranking.evidence), right, bool(line["ids"]), min(line["ids"], default=fold(text))
            )
    for name in (
        IN_SCOPE[0],
        OUT_OF_SCOPE[0],
    ):  # the bias of what speaks in a document's own words rests on these
        for line in read(folder / f"{name}.jsonl"):
            for text in _spellings(line["q"]):
                ranking = search.passages(text, area=ANY_AREA)
                yield Observed(_features(ranking.evidence), right=False, in_scope=False, group=fold(text))


def _held(search: Search, area: str, day: date) -> set[str]:
    mask = search.plans.mask(area, day, None)
    rows = search.snapshot.passage_rows
    return {passage_id(row["id"]) for row, allowed in zip(rows, mask, strict=True) if allowed}


def _spellings(text: str) -> list[str]:
    return [text, fold(text)] if has_diacritics(text) else [text]


def passage_id(hit: str) -> str:
    """A statement by its place; an event, head or guide by its record."""
    return hit if hit.startswith("statement:") else hit.rpartition(":")[0]


def _features(evidence: Evidence) -> list[float]:
    return [float(getattr(evidence, feature)) for feature in FEATURES]


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _point(threshold: float, sure: Share, right: Flags, in_scope: Flags) -> dict[str, float]:
    """Risk and coverage at one threshold."""
    answered = sure >= threshold
    return {
        "threshold": round(threshold, 2),
        "answered in scope": round(float(answered[in_scope].mean()), 3),
        "right of answered in scope": round(float(right[answered & in_scope].mean()), 3)
        if (answered & in_scope).any()
        else 1.0,
        "right of answered": round(float(right[answered].mean()), 3) if answered.any() else 1.0,
        "answered out of scope": round(float(answered[~in_scope].mean()), 3),
    }


def thresholds(curve: Sequence[dict[str, float]], wrongly: float) -> tuple[float, float]:
    """Where to answer from, and where to ask back from; see the top of this module."""
    enough = [p["threshold"] for p in curve if p["answered out of scope"] <= wrongly]
    answer = min(enough, default=curve[-1]["threshold"])
    few = [
        p["threshold"]
        for p in curve
        if p["answered in scope"] >= 1 - TURNED_AWAY and p["threshold"] <= answer
    ]
    return answer, max(few, default=curve[0]["threshold"])


def reliable(sure: Share, right: Flags) -> list[dict[str, float]]:
    """What was said beside what was true, by tenths of confidence."""
    tenth = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        {
            "questions": int((tenth == one).sum()),
            "sure": round(float(sure[tenth == one].mean()), 3),
            "right": round(float(right[tenth == one].mean()), 3),
        }
        for one in range(BINS)
        if (tenth == one).any()
    ]


def calibrate(search: Search, snapshot: Path) -> dict[str, Any]:
    """Fit both collections, write what was fitted, and return the curves to read. `snapshot` is what is searched."""
    procedures, how = with_asking(list(of_procedures(search, snapshot)), load_questions())
    write_asking(how)
    found: dict[str, Any] = {}
    for collection, seen in (("procedures", procedures), ("passages", list(of_passages(search)))):
        fitted = fit(seen, ANSWERED_WRONGLY[collection], FEATURES_OF[collection])
        write(CONFIDENCE, collection, fitted)
        found[collection] = asdict(fitted)
    return found


def write(path: Path, collection: str, fitted: Fitted) -> None:
    """Put the fit of one collection into `confidence.yml`, leaving the others and the comment at the top."""
    text = path.read_text(encoding="utf-8")
    comment = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    loaded = yaml.safe_load(text)
    loaded[collection] = {**fitted.weights, "answer": fitted.answer, "clarify": fitted.clarify}
    path.write_text(f"{comment}\n{yaml.safe_dump(loaded, sort_keys=False)}", encoding="utf-8")
