"""What the best target looks like beside the question: the ground on which confidence is judged."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from index.collection import Collection
from index.confidence import Evidence
from index.coverage import query_tokens
from index.lexical import Scores
from index.ranking import Sight

ORDINARY = 12  # syllables of an ordinary question: shares are read as if every question had so many
MOST_LEFT = 6.0  # logarithm of the information that a long story leaves


def likelihood(likely: Scores, names: Sequence[str]) -> float:
    """How likely one of the best's name is right, if one of the candidates is."""
    odds = np.exp(likely - likely.max())
    best = names[int(likely.argmax())]
    own = sum(float(odd) for odd, name in zip(odds, names, strict=True) if name == best)
    return min(1.0, own / float(odds.sum()))


def seen(sight: Sight, worded: str, collection: Collection, *, best: int, margin: float) -> Evidence:
    """Of the candidate at `best`; `worded` is the question with the official words."""
    asked, row = sight.asked, int(sight.rows[best])
    fields = {name: float(scores[row]) for name, scores in sight.look.fields.items()}
    entry, short = collection.shares(worded, fields)
    length = len(query_tokens(sight.query))
    raised = math.sqrt(max(1, length) / ORDINARY)  # what is added to a question is mostly story
    held = sight.own[best]
    return Evidence(
        coverage=asked.share(held),
        body_coverage=asked.share(held | collection.coverage.body_of(asked, row)),
        left=min(1.0, math.log1p(float(asked.weights[~held].sum())) / MOST_LEFT),
        dense=max(0.0, fields.get("dense", 0.0)),
        margin=margin,
        entry=min(1.0, entry * raised),
        short=min(1.0, short * raised),
        brief=1 / max(1, length),
    )
