"""Fields to one ranking, by weights that are data and written in the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml

from index.lexical import Scores

_DEFAULTS = Path(__file__).with_name("fusion.yml")


def load_weights(path: Path = _DEFAULTS) -> dict[str, dict[str, float]]:
    """Weights by collection and field. A field without a weight is not used."""
    loaded: dict[str, dict[str, float]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def fuse(fields: Mapping[str, Scores], weights: Mapping[str, float]) -> Scores:
    """The weighted sum of each field over its best score, in 0–1.

    Dividing by the best makes fields comparable within one query; how good the best itself is, is judged
    apart (`index.confidence`).
    """
    used = {name: weights[name] for name in fields if weights.get(name)}
    total = sum(used.values()) or 1.0
    fused = np.zeros_like(next(iter(fields.values())))
    for name, weight in used.items():
        best = float(fields[name].max(initial=0.0))
        if best > 0:
            fused += weight / total * fields[name] / best
    return fused
