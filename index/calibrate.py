"""`motcua train confidence`: fit how sure is sure, on questions kept out of every index.

A question counts as right when the best procedure is one of its codes. Questions that nothing may answer count as
wrong whatever comes first. The thresholds follow from what a mistake costs: answering wrongly sends a person to the
wrong counter, asking back costs them a tap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from index.confidence import FEATURES
from index.search import Ranking, Search
from knowledge.areas import Areas

SET = Path(__file__).resolve().parent.parent / "knowledge" / "packs" / "calibration"
CONFIDENCE = Path(__file__).with_name("confidence.yml")
WRONG_COSTS = 1.0  # answers that one wrong answer outweighs
FOLDS = 5
ANY_AREA = "dak-lak"  # questions without an area are put where there are the most plans
Observed = tuple[list[float], bool, bool]


@dataclass(frozen=True)
class Fitted:
    """Logistic weights, the two thresholds, and the curve they were read from."""

    weights: dict[str, float]
    answer: float
    clarify: float
    curve: list[dict[str, float]]


def fit(search: Search, collection: str = "procedures", folder: Path = SET) -> Fitted:
    """Fit on the calibration questions as `search` ranks them now; out-of-fold, so that the curve is honest."""
    observe = _observe_procedures if collection == "procedures" else _observe_passages
    features, right, in_scope = map(np.array, zip(*observe(search, folder), strict=True))
    model = LogisticRegression(C=10.0)
    sure = cross_val_predict(model, features, right, cv=FOLDS, method="predict_proba")[:, 1]
    model.fit(features, right)
    weights = {name: round(float(w), 3) for name, w in zip(FEATURES, model.coef_[0], strict=True)}
    curve = [_point(float(t), sure, right, in_scope) for t in np.arange(0.05, 0.96, 0.05)]
    answer = max(curve, key=lambda point: point["gain"])["threshold"]
    return Fitted(
        weights={"bias": round(float(model.intercept_[0]), 3), **weights},
        answer=answer,
        clarify=_clarify(curve, answer),
        curve=curve,
    )


def _observe_procedures(search: Search, folder: Path) -> Iterator[Observed]:
    for name in ("in_scope", "out_of_scope"):
        for line in read(folder / f"{name}.jsonl"):
            ranking = search.procedures(line["q"])
            right = ranking.best is not None and ranking.best.id in line.get("codes", [])
            yield _features(ranking), right, name == "in_scope"


def _observe_passages(search: Search, folder: Path) -> Iterator[Observed]:
    """Plan and guide questions; to those on procedures and on nothing of ours, no passage is right."""
    areas = Areas.from_pack()
    for line in read(folder / "passages.jsonl"):
        ranking = search.passages(line["q"], area=line["area"] or areas.find(line["q"]) or "")
        right = ranking.best is not None and passage_id(ranking.best.id) in line["ids"]
        yield _features(ranking), right, bool(line["ids"])
    for name in ("in_scope", "out_of_scope"):
        for line in read(folder / f"{name}.jsonl"):
            yield _features(search.passages(line["q"], area=ANY_AREA)), False, False


def passage_id(hit: str) -> str:
    """A statement by its place; an event, head or guide by its record."""
    return hit if hit.startswith("statement:") else hit.rpartition(":")[0]


def _features(ranking: Ranking) -> list[float]:
    return [float(getattr(ranking.evidence, feature)) for feature in FEATURES]


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _point(
    threshold: float, sure: NDArray[Any], right: NDArray[Any], in_scope: NDArray[Any]
) -> dict[str, float]:
    answered = sure >= threshold
    good = int((answered & right).sum())
    wrong = int((answered & ~right).sum())
    return {
        "threshold": round(threshold, 2),
        "answered in scope": round(float(answered[in_scope].mean()), 3),
        "right of answered": round(good / max(1, good + wrong), 3),
        "answered out of scope": round(float(answered[~in_scope].mean()), 3),
        "gain": round((good - WRONG_COSTS * wrong) / len(sure), 4),
    }


def _clarify(curve: Sequence[dict[str, float]], answer: float) -> float:
    """Ask back down to where one in four out-of-scope questions would be asked back: below, say no."""
    low = [p["threshold"] for p in curve if p["threshold"] < answer and p["answered out of scope"] <= 0.25]
    return min(low, default=answer)


def calibrate(search: Search) -> dict[str, Any]:
    """Fit both collections, write `confidence.yml`, and return the curves to read."""
    found: dict[str, Any] = {}
    for collection in ("procedures", "passages"):
        fitted = fit(search, collection)
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
