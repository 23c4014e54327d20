"""Cases to figures, and figures beside the baselines measured before this work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel

from bot.evaluation.kinds import ABSTAINED, Case
from bot.evaluation.metrics import Figure, figure, ranking_figures

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


class Report(BaseModel):
    """The result of one kind over its files. `styles` holds the same figures for each style."""

    kind: str
    figures: dict[str, Figure]
    styles: dict[str, dict[str, Figure]] = {}
    curve: list[dict[str, float]] = []
    latency: dict[str, float] = {}


def summarise(kind: str, cases: Sequence[Case]) -> Report:
    styles = sorted({case.style for case in cases if case.style})
    return Report(
        kind=kind,
        figures=_figures(kind, [case for case in cases if case.style != "nodiac" or kind != "portal_faq"]),
        styles={style: _figures(kind, [case for case in cases if case.style == style]) for style in styles},
        curve=risk_coverage(cases),
        latency=_latency(cases),
    )


def _figures(kind: str, cases: Sequence[Case]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    if ranked := [case.rank for case in cases if case.ranked]:
        figures.update(ranking_figures(ranked))
        refused = [float(case.status in ABSTAINED) for case in cases if case.ranked]
        figures["false refusals"] = figure(refused)
    if facts := [case for case in cases if case.facts is not None]:
        figures["facts right"] = figure([float(bool(case.facts)) for case in facts])
        figures["facts right of answered"] = figure([float(bool(c.facts)) for c in facts if c.answered])
    if judged := [float(case.right) for case in cases if case.right is not None]:
        figures["refused rightly" if kind == "portal_faq" else "right"] = figure(judged)
    return figures


def risk_coverage(cases: Sequence[Case]) -> list[dict[str, float]]:
    """Share answered against share wrong, as the confidence asked for falls: ten points."""
    judged = [(case.confidence, case.rank == 0) for case in cases if case.ranked]
    judged.sort(reverse=True)
    points = []
    for tenth in range(1, 11):
        taken = judged[: max(1, round(len(judged) * tenth / 10))]
        if taken:
            wrong = sum(not right for _, right in taken) / len(taken)
            points.append(
                {"coverage": tenth / 10, "risk": round(wrong, 4), "confidence": round(taken[-1][0], 4)}
            )
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
