"""Fitting what orders the procedures and how sure is sure, to the snapshot that serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.gateway.settings import Settings
from bot.gateway.wiring import load_search
from index.snapshot import current
from knowledge.errors import SnapshotError


def fit_ranking(settings: Settings, *, ablate: bool = False) -> dict[str, Any]:
    """Fit the ranking, and confidence on what it ranks. Both take effect with the next publication.

    Raises:
        SnapshotError: nothing is published yet.
    """
    from index.calibrate import SET
    from index.ranking_fit import train

    search = load_search(settings)
    found = train(search, _folder(settings), SET, ablate=ablate)
    return {"ranking": found, "confidence": fit_confidence(settings)}


def fit_confidence(settings: Settings) -> dict[str, Any]:
    from index.calibrate import calibrate
    from index.fusion import load_weights

    search = load_search(settings)
    search.weigh_by(load_weights())  # those of today: the snapshot may have been built with others
    return calibrate(search, _folder(settings))


def _folder(settings: Settings) -> Path:
    folder = current(settings.home)
    if folder is None:
        raise SnapshotError
    return folder
