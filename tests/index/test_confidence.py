"""How sure is sure: fitted out of fold, read from thresholds that follow from what mistakes cost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.calibrate import (
    TURNED_AWAY,
    Observed,
    fit,
    passage_id,
    reliable,
    thresholds,
    write,
)
from index.confidence import FEATURES, load_confidence

WRONGLY = 0.05


def invented(count: int = 400) -> list[Observed]:
    """Questions in scope score high on the first feature, nearly always."""
    dice = np.random.default_rng(3)
    made = []
    for number in range(count):
        in_scope = number % 2 == 0
        strong = float(dice.normal(0.7 if in_scope else 0.3, 0.1))
        features = [strong, *dice.random(len(FEATURES) - 1)]
        made.append(Observed(features, in_scope, in_scope, f"group {number % 50}"))
    return made


def test_the_thresholds_keep_what_they_promise() -> None:
    found = fit(invented(), WRONGLY)
    assert 0 < found.clarify <= found.answer < 1
    at = {point["threshold"]: point for point in found.curve}
    assert at[found.answer]["answered out of scope"] <= WRONGLY
    assert at[found.clarify]["answered in scope"] >= 1 - TURNED_AWAY
    assert found.weights["coverage"] == max(found.weights[name] for name in FEATURES)


def test_confidence_is_calibrated_out_of_fold() -> None:
    found = fit(invented(2000), WRONGLY)
    assert found.brier < 0.05
    assert found.ece < 0.05
    assert sum(one["questions"] for one in found.reliability) == 2000


def test_lighter_questions_are_learnt_from_and_not_measured() -> None:
    light = [Observed([0.0] * len(FEATURES), True, True, "light", 0.1)] * 50
    assert sum(one["questions"] for one in fit([*invented(), *light], WRONGLY).reliability) == 400


def test_where_no_threshold_is_good_enough_hardly_anything_is_answered() -> None:
    curve = [
        {"threshold": t, "answered in scope": 1.0, "answered out of scope": 1.0} for t in (0.2, 0.5, 0.9)
    ]
    assert thresholds(curve, WRONGLY) == (0.9, 0.9)


def test_reliability_sets_what_was_said_beside_what_was_true() -> None:
    sure, right = np.array([0.05, 0.05, 0.95, 1.0]), np.array([False, True, True, True])
    assert reliable(sure, right) == [
        {"questions": 2, "sure": 0.05, "right": 0.5},
        {"questions": 2, "sure": 0.975, "right": 1.0},
    ]


def test_writing_one_fit_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "confidence.yml"
    path.write_text("# why\nother: {bias: 1.0}\n", "utf-8")
    write(path, "procedures", fit(invented(), WRONGLY))
    loaded = load_confidence(path)
    assert loaded["other"] == {"bias": 1.0}
    assert set(loaded["procedures"]) == {"bias", "answer", "clarify", *FEATURES}
    assert path.read_text("utf-8").startswith("# why\n")


@pytest.mark.parametrize(
    ("hit", "name"),
    [("statement:a-2026:3", "statement:a-2026:3"), ("guide:x:0", "guide:x"), ("event:a:1", "event:a")],
)
def test_a_passage_is_named_by_what_a_question_is_about(hit: str, name: str) -> None:
    assert passage_id(hit) == name
