"""Fusion and confidence: weights are data, results are shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index.collection import FIELDS
from index.confidence import FEATURES, Evidence, confidence, load_confidence
from index.fusion import fuse, load_weights

SHARE = st.floats(0, 1)
SCORES = arrays(np.float32, 5, elements=st.just(0.0) | st.floats(0.015625, 50, width=32))


def test_the_weights_name_fields_that_exist() -> None:
    weights = load_weights()
    fused = {name: one for name, one in weights.items() if not name.startswith("ranking")}
    assert {name.removesuffix("_unmarked") for name in fused} == {"procedures", "passages"}
    for fields in fused.values():
        assert set(fields) <= {*FIELDS, "entry_folded", "dense"}
        assert all(weight >= 0 for weight in fields.values())


def test_the_confidence_names_features_that_exist() -> None:
    for name, weights in load_confidence().items():
        assert set(weights) <= {"bias", "answer", "clarify", *FEATURES}, name
        assert 0 < weights["clarify"] <= weights["answer"] < 1, name


@given(first=SCORES, second=SCORES)
def test_fused_scores_are_shares(first: np.ndarray, second: np.ndarray) -> None:
    fused = fuse({"a": first, "b": second}, {"a": 1.0, "b": 2.0})
    assert float(fused.min()) >= 0
    assert float(fused.max()) <= 1 + 1e-5


def test_best_in_every_field_is_one() -> None:
    fields = {"a": np.array([1, 2], dtype=np.float32), "b": np.array([0, 9], dtype=np.float32)}
    assert fuse(fields, {"a": 1.0, "b": 1.0}).tolist() == pytest.approx([0.25, 1.0])


def test_a_field_without_weight_is_not_used() -> None:
    fields = {"a": np.array([1, 0], dtype=np.float32), "b": np.array([0, 9], dtype=np.float32)}
    assert fuse(fields, {"a": 1.0}).tolist() == [1.0, 0.0]
    assert fuse(fields, {}).tolist() == [0.0, 0.0]


def test_nothing_found_is_zero_everywhere() -> None:
    assert not fuse({"a": np.zeros(3, dtype=np.float32)}, {"a": 1.0}).any()


@given(st.fixed_dictionaries({name: SHARE for name in FEATURES}), st.sampled_from(FEATURES), SHARE)
def test_more_of_a_good_thing_never_makes_it_less_sure(values: dict, name: str, more: float) -> None:
    weights = {"bias": -3.0, name: 2.0}
    less, other = sorted((values[name], more))
    low = confidence(Evidence(**{**values, name: less}), weights)
    high = confidence(Evidence(**{**values, name: other}), weights)
    assert 0 < low <= high < 1


@given(st.fixed_dictionaries({name: SHARE for name in FEATURES}), st.sampled_from(["procedures", "passages"]))
def test_confidence_is_a_probability(values: dict, collection: str) -> None:
    assert 0 < confidence(Evidence(**values), load_confidence()[collection]) < 1
