"""Cases to figures, and figures beside the baselines measured before this work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel

from bot.evaluation.causes import ABSTAINED
from bot.evaluation.kinds import Case
from bot.evaluation.metrics import Figure, figure, ranking_figures
from bot.evaluation.tables import tables

# R@1/R@5/MRR@10 on 2,642 procedures, measured before any work of ours landed.
BASELINES = {
    "procedures": {
        "BM25 (words, full text)": (0.24, 0.44, 0.33),
        "BM25 + multilingual-e5-small": (0.39, 0.62, 0.48),
        "bank in BM25, folded": (0.77, 0.94, 0.85),
        "bank + fine-tuned e5": (0.87, 0.97, 0.92),
    },
    "portal_faq": {
        "BM25 (words, full text)": (0.64, 0.82, 0.72),
        "BM25 + multilingual-e5-small": (0.67, 0.89, 0.76),
        "bank in BM25, folded": (0.67, 0.83, 0.74),
        "bank + fine-tuned e5": (0.79, 0.93, 0.85),
    },
}


Figures = dict[str, Figure]
LEAST_OF_FIELD = 5  # cases below which a field's share says nothing
NO_MARKS = "nodiac"


class Report(BaseModel):
    """The result of one kind over its files. `styles` and `fields` hold the same figures for each of them.

    `causes` counts the misses by why. A trap's style is what was expected of it.
    """

    kind: str
    n: int = 0
    figures: Figures
    styles: dict[str, Figures] = {}
    fields: dict[str, Figures] = {}
    causes: dict[str, int] = {}
    curve: list[dict[str, float]] = []
    latency: dict[str, float] = {}


def summarise(kind: str, cases: Sequence[Case], *, field_of: Callable[[str], str] | None = None) -> Report:
    """The figures of one kind. `field_of` gives the field of life of a procedure's code."""
    whole = [case for case in cases if case.style != NO_MARKS or kind != "portal_faq"]
    figures = figures_of(kind, whole)
    if kind == "portal_faq":
        figures |= _lost_without_marks(cases)
    known_as = tables().styles
    by_style = _grouped(
        cases, lambda case: case.expected if kind == "traps" else known_as.get(case.style, case.style)
    )
    by_field = _grouped(whole, lambda case: field_of(case.code) if field_of else "")
    return Report(
        kind=kind,
        n=len(whole),
        figures=figures,
        styles={name: figures_of(kind, group) for name, group in by_style.items()},
        fields={
            name: figures_of(kind, group)
            for name, group in by_field.items()
            if len(group) >= LEAST_OF_FIELD and kind != "traps"
        },
        causes=dict(Counter(case.cause for case in cases if case.cause).most_common()),
        curve=risk_coverage(cases),
        latency=_latency(cases),
    )


def _grouped(cases: Sequence[Case], name: Callable[[Case], str]) -> dict[str, list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(name(case), []).append(case)
    return {key: groups[key] for key in sorted(groups) if key}


def figures_of(kind: str, cases: Sequence[Case]) -> Figures:
    return {**_of_ranked(cases), **_of_facts(cases), **_of_judged(kind, cases)}


def _of_ranked(cases: Sequence[Case]) -> Figures:
    ranked = [case for case in cases if case.ranked]
    if not ranked:
        return {}
    return {
        **ranking_figures([case.rank for case in ranked]),
        # Taken for a report or an alarm is no answer either.
        "false refusals": figure([float(not case.answered and case.status != "clarify") for case in ranked]),
        "asked back": figure([float(case.status == "clarify") for case in ranked]),
    }


def _of_facts(cases: Sequence[Case]) -> Figures:
    facts = [case for case in cases if case.facts is not None]
    if not facts:
        return {}
    return {
        "facts right": figure([float(bool(case.facts)) for case in facts]),
        "facts right of answered": figure([float(bool(case.facts)) for case in facts if case.answered]),
    }


def _of_judged(kind: str, cases: Sequence[Case]) -> Figures:
    judged = [case for case in cases if case.right is not None]
    if not judged:
        return {}
    right = figure([float(bool(case.right)) for case in judged])
    if kind != "portal_faq":
        return {"right": right}
    # Beside it, without those that were only asked back: that is routed rightly, and refused by nobody.
    outright = figure([float(case.status in ABSTAINED) for case in judged])
    return {"refused rightly": right, "refused outright": outright}


def _lost_without_marks(cases: Sequence[Case]) -> Figures:
    """R@1 as written less R@1 without diacritics, question by question."""
    places = {(case.id, case.style == NO_MARKS): case.rank == 0 for case in cases if case.ranked}
    pairs = [
        float(hit) - float(places[name, True])
        for (name, bare), hit in places.items()
        if not bare and (name, True) in places
    ]
    return {"R@1 lost without marks": figure(pairs)} if pairs else {}


def risk_coverage(cases: Sequence[Case]) -> list[dict[str, float]]:
    """Share answered against share wrong, as the confidence asked for falls: ten points.

    `admitted` is the share of what no record answers that is as sure: what confidence alone would let through.
    """
    judged = sorted(((case.confidence, case.rank == 0) for case in cases if case.ranked), reverse=True)
    outside = [case.confidence for case in cases if not case.ranked and case.right is not None]
    points = []
    for tenth in range(1, 11):
        taken = judged[: max(1, round(len(judged) * tenth / 10))]
        if taken:
            wrong, least = sum(not right for _, right in taken) / len(taken), taken[-1][0]
            point = {"coverage": tenth / 10, "risk": round(wrong, 4), "confidence": round(least, 4)}
            if outside:
                point["admitted"] = round(sum(one >= least for one in outside) / len(outside), 4)
            points.append(point)
    return points


def _latency(cases: Sequence[Case]) -> dict[str, float]:
    if not cases:
        return {}
    p50, p95 = np.percentile([case.milliseconds for case in cases], [50, 95])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1)}


def rows(report: Report) -> list[tuple[str, ...]]:
    """The table as rows: name and figures of this run, each style, then the baselines."""
    names = list(report.figures)
    table: list[tuple[str, ...]] = [("", *names)]
    table.append((report.kind, *(str(report.figures[name]) for name in names)))
    for style, figures in report.styles.items():
        table.append((f"  {style}", *(str(figures.get(name, "–")) for name in names)))
    for name, values in BASELINES.get(report.kind, {}).items():
        shown: dict[str, Any] = dict(zip(("R@1", "R@5", "MRR@10"), values, strict=True))
        table.append((f"  baseline: {name}", *(f"{shown[n]:.2f}" if n in shown else "" for n in names)))
    return table
