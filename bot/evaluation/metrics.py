"""Figures with their uncertainty: recall, reciprocal rank, shares, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt

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


def wilson(hits: float, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), which stays sensible near 0 and 1."""
    if not of:
        return 0.0, 1.0
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def figure(values: Sequence[float]) -> Figure:
    """The mean of per-case values with a percentile bootstrap interval; seeded, so that runs compare.

    Where every case is 0 or every case is 1, drawing again cannot show any doubt: seven of seven is not certainty.
    The interval is Wilson's there.
    """
    if not values:
        return Figure(value=None)
    data = np.asarray(values, dtype=float)
    low, high = _interval(data)
    return Figure(
        value=round(float(data.mean()), 4), low=round(float(low), 4), high=round(float(high), 4), n=len(data)
    )


def _interval(data: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, float]:
    if np.all(data == 0) or np.all(data == 1):
        return wilson(float(data.sum()), len(data))
    draws = np.random.default_rng(SEED).choice(data, size=(DRAWS, len(data))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def pooled(figures: Iterable[Figure]) -> Figure:
    """Shares of several sets as one, with Wilson's interval: their cases are not at hand any more."""
    known = [one for one in figures if one.value is not None]
    count = sum(one.n for one in known)
    if not count:
        return Figure(value=None)
    hits = sum((one.value or 0.0) * one.n for one in known)
    low, high = wilson(hits, count)
    return Figure(value=round(hits / count, 4), low=round(low, 4), high=round(high, 4), n=count)


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
