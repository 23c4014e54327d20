"""What became of a rephrasing, kept with the reply and counted. No label holds what a person wrote."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from bot.answer.reply import Rephrasing

TRIED = Counter(
    "motcua_rephrase", "Replies handed to the language model, by what became of them.", ["outcome", "why"]
)
SECONDS = Histogram(
    "motcua_rephrase_seconds",
    "Time a reply waited for the language model.",
    buckets=(0.25, 0.5, 1, 2, 3, 4, 6, 8, 12),
)


def counted(rephrasing: Rephrasing, *, seconds: float) -> Rephrasing:
    TRIED.labels(rephrasing.outcome, rephrasing.why).inc()
    SECONDS.observe(seconds)
    return rephrasing
