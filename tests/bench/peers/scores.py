"""What each peer found to figures: recall and reciprocal rank by set and style, and ratios to ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bot.evaluation.metrics import DRAWS, SEED, Figure, rank_of, ranking_figures
from tests.bench.figures import percentile
from tests.bench.peers.sets import Asked

Found = Mapping[str, Sequence[str]]  # codes by text asked
Ranks = list[int | None]
FORMS = ("written", "unmarked")
ALL = "all"


def ranks(questions: Sequence[Asked], found: Found, form: str) -> Ranks:
    return [rank_of(found[getattr(asked, form)], asked.codes) for asked in questions]


def groups(questions: Sequence[Asked]) -> dict[str, list[Asked]]:
    """All of them, then each set, then each style over all sets."""
    made = {ALL: list(questions)}
    for asked in questions:
        made.setdefault(f"set: {asked.set}", []).append(asked)
    for asked in questions:
        made.setdefault(f"style: {asked.style}", []).append(asked)
    for asked in questions:
        made.setdefault(f"set: {asked.set}, style: {asked.style}", []).append(asked)
    return made


def scored(questions: Sequence[Asked], found: Found) -> dict[str, dict[str, dict[str, Figure]]]:
    """Figures by group and form."""
    return {
        name: {form: ranking_figures(ranks(group, found, form)) for form in FORMS}
        for name, group in groups(questions).items()
    }


def ratio(questions: Sequence[Asked], peer: Found, ours: Found, form: str = "written") -> Figure:
    """R@1 of a peer as a share of ours; the interval by drawing the same questions for both."""
    hits = [np.array([rank == 0 for rank in ranks(questions, found, form)]) for found in (peer, ours)]
    if not hits[1].any():
        return Figure(value=None, n=len(questions))
    draws = np.random.default_rng(SEED).integers(len(questions), size=(DRAWS, len(questions)))
    of_peer, of_ours = (hit[draws].mean(axis=1) for hit in hits)
    low, high = np.percentile(of_peer / np.maximum(of_ours, 1 / len(questions)), [2.5, 97.5])
    value = float(hits[0].mean() / hits[1].mean())
    return Figure(
        value=round(value, 4), low=round(float(low), 4), high=round(float(high), 4), n=len(questions)
    )


def timings(result: Mapping[str, Any]) -> dict[str, float]:
    """Milliseconds a question at the median and at 95 of 100: of the encoding, the rest, both, and the processor."""
    whole = [a + b for a, b in zip(result["encode_ms"], result["search_ms"], strict=True)]
    parts = {"encode": result["encode_ms"], "search": result["search_ms"], "whole": whole}
    parts["processor"] = result["cpu_ms"]
    shares = {"p50": 0.5, "p95": 0.95}
    return {
        f"{part} {name}": round(percentile(values, share), 2)
        for part, values in parts.items()
        for name, share in shares.items()
    }
