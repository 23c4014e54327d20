"""Figures: means with seeded intervals; without cases there is none, and it is never NaN."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.metrics import figure, rank_of, ranking_figures


def test_without_cases_there_is_no_value() -> None:
    empty = figure([])
    assert (empty.value, empty.low, empty.high, empty.n) == (None, None, None, 0)
    assert str(empty) == "–"


def test_runs_compare_because_draws_are_seeded() -> None:
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    assert figure(values) == figure(values)
    assert str(figure(values)).startswith("0.60 [")


def test_more_cases_narrow_the_interval() -> None:
    few, many = figure([0.0, 1.0] * 5), figure([0.0, 1.0] * 200)
    assert few.low is not None and few.high is not None and many.low is not None and many.high is not None
    assert many.high - many.low < few.high - few.low


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_figure_lies_in_its_interval_and_is_never_nan(values: list[float]) -> None:
    made = figure(values)
    assert made.n == len(values)
    assert made.value is not None and made.low is not None and made.high is not None
    assert not any(map(math.isnan, (made.value, made.low, made.high)))
    assert 0 <= made.low <= made.high <= 1
    assert math.isclose(made.value, sum(values) / len(values), abs_tol=1e-4)


@pytest.mark.parametrize(
    ("found", "right", "rank"),
    [
        (["a", "b"], ["b"], 1),
        (["a", "b"], ["b", "a"], 0),
        (["a"], ["z"], None),
        ([], ["a"], None),
        (["a"], [], None),
    ],
)
def test_the_rank_is_that_of_the_first_right_code(
    found: list[str], right: list[str], rank: int | None
) -> None:
    assert rank_of(found, right) == rank


def test_recall_and_reciprocal_rank() -> None:
    figures = ranking_figures([0, 1, 4, 5, 9, 10, None])
    values = {name: made.value for name, made in figures.items()}
    assert values["R@1"] == pytest.approx(1 / 7, abs=1e-4)
    assert values["R@5"] == pytest.approx(3 / 7, abs=1e-4)
    assert values["MRR@10"] == pytest.approx((1 + 1 / 2 + 1 / 5 + 1 / 6 + 1 / 10) / 7, abs=1e-4)
    assert all(made.value is None for made in ranking_figures([]).values())
