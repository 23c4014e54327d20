"""How sure a ranking is, from 0 to 1: the fused score alone says which hit is best, not whether it is right."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

OF_ANY = (
    "coverage", "body_coverage", "left", "dense", "margin", "entry", "short", "brief",
)  # fmt: skip
FEATURES = (*OF_ANY, "asks", "pairs", "unsaid", "apart")
# What tells a procedure from what no procedure answers says nothing of a passage.
FEATURES_OF = {"procedures": FEATURES, "passages": OF_ANY}
_DEFAULTS = Path(__file__).with_name("confidence.yml")


@dataclass(frozen=True)
class Evidence:
    """What the best hit looks like beside the question. All in 0–1.

    coverage: share of the question's information (inverse document frequency) found in the hit's own wordings;
    body_coverage: the same over its whole text; left: how much information the wordings leave, on a logarithm;
    dense: the best cosine;
    margin: of a procedure how likely it is among those found, of a passage its fused lead over the next;
    entry, short: what its best single wording, and all its wordings, score of the most the question could score,
    raised for long questions: a story holds much that no title holds;
    brief: one over the number of different syllables;
    asks: how much it is put like questions on procedures (index/asking.py);
    pairs: share of information of the question's pairs of syllables found in the hit's body;
    unsaid: how rare the second rarest syllable is that the hit has nowhere (the rarest may be a name or a slip);
    apart: the best cosine beside the next title's, a half being equal: what is held has sisters near.
    """

    coverage: float = 0.0
    body_coverage: float = 0.0
    left: float = 0.0
    dense: float = 0.0
    margin: float = 0.0
    entry: float = 0.0
    short: float = 0.0
    brief: float = 0.0
    asks: float = 0.0
    pairs: float = 0.0
    unsaid: float = 0.0
    apart: float = 0.0


def load_confidence(path: Path = _DEFAULTS) -> dict[str, dict[str, float]]:
    loaded: dict[str, dict[str, float]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def confidence(evidence: Evidence, weights: Mapping[str, float]) -> float:
    total = weights.get("bias", 0.0) + sum(
        weights.get(name, 0.0) * float(getattr(evidence, name)) for name in FEATURES
    )
    return 1 / (1 + math.exp(-total))
