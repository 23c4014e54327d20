"""What the best target looks like beside the question: the ground on which confidence is judged."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from index.asking import asking
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


def apart(sight: Sight, names: Sequence[str], best: int) -> float:
    """How much nearer in meaning the candidate at `best` is than the nearest of another name; a half is as near."""
    cosines = sight.look.fields.get("dense")
    if cosines is None:
        return 0.5
    others = (float(cosines[row]) for row, name in zip(sight.rows, names, strict=True) if name != names[best])
    return 0.5 + (float(cosines[sight.rows[best]]) - max(others, default=0.0)) / 2


def seen(
    sight: Sight, worded: str, collection: Collection, *, best: int, margin: float, names: Sequence[str] = ()
) -> Evidence:
    """Of the candidate at `best`; `worded` is the question with the official words, `names` those of the candidates."""
    asked, row = sight.asked, int(sight.rows[best])
    fields = {name: float(scores[row]) for name, scores in sight.look.fields.items()}
    entry, short = collection.shares(worded, fields)
    length = len(query_tokens(sight.query))
    raised = math.sqrt(max(1, length) / ORDINARY)  # what is added to a question is mostly story
    held = sight.own[best]
    whole = held | collection.coverage.body_of(asked, row)
    return Evidence(
        coverage=asked.share(held),
        body_coverage=asked.share(whole),
        left=min(1.0, math.log1p(float(asked.weights[~held].sum())) / MOST_LEFT),
        dense=max(0.0, fields.get("dense", 0.0)),
        margin=margin,
        entry=min(1.0, entry * raised),
        short=min(1.0, short * raised),
        brief=1 / max(1, length),
        asks=asking()(sight.query),
        pairs=collection.share_of_pairs(sight.query, row),
        unsaid=asked.unsaid(whole, collection.coverage.rarest),
        apart=apart(sight, names, best) if names else 0.0,
    )
