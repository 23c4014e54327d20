"""Figures with their uncertainty: recall, reciprocal rank, shares, each with a bootstrap 95 % interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel

DRAWS = 2000
SEED = 20261120


class Figure(BaseModel):
    """A mean over `n` cases with its interval; NaN never hides: without cases `value` is None."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        return f"{self.value:.2f} [{self.low:.2f}–{self.high:.2f}] n={self.n}"


def figure(values: Sequence[float]) -> Figure:
    """The mean of per-case values with a percentile bootstrap interval; seeded, so that runs compare."""
    if not values:
        return Figure(value=None)
    data = np.asarray(values, dtype=float)
    draws = np.random.default_rng(SEED).choice(data, size=(DRAWS, len(data))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return Figure(
        value=round(float(data.mean()), 4), low=round(float(low), 4), high=round(float(high), 4), n=len(data)
    )


def rank_of(found: Sequence[str], right: Sequence[str]) -> int | None:
    """The 0-based place of the first right code; None when it is not there."""
    return next((place for place, code in enumerate(found) if code in right), None)


def ranking_figures(ranks: Sequence[int | None]) -> dict[str, Figure]:
    """R@1, R@5 and MRR@10 of a list of places."""
    return {
        "R@1": figure([float(rank == 0) for rank in ranks]),
        "R@5": figure([float(rank is not None and rank < 5) for rank in ranks]),
        "MRR@10": figure([1 / (rank + 1) if rank is not None and rank < 10 else 0.0 for rank in ranks]),
    }
