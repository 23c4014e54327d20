"""How alike two reports are in meaning, by the index's own model; by their words where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from desk.duplicates import WordOverlap
from knowledge.errors import SnapshotError

if TYPE_CHECKING:
    from bot.answer.service import Answerer

# Cosine. Finds 81 of 100 pairs of reports that tell the same in other words; of pairs of one field that are not the
# same, 8 of 100 are taken for it before their places are compared (docs/quality.md).
ENOUGH = 0.5


class Meaning:
    """`desk.duplicates.Similarity` over the snapshot that answers."""

    def __init__(self, answerer: Callable[[], Answerer]) -> None:
        self._answerer = answerer

    async def compare(self, text: str, others: Sequence[str]) -> list[float]:
        margins = await asyncio.to_thread(self._margins, text, others)
        return await WordOverlap().compare(text, others) if margins is None else margins

    def _margins(self, text: str, others: Sequence[str]) -> list[float] | None:
        try:
            vector = self._answerer().search.vector
        except SnapshotError:  # an office that has published nothing yet still takes reports
            return None
        vectors = [vector(one) for one in (text, *others)]
        mine, *theirs = (None if one is None else np.asarray(one) for one in vectors)
        if mine is None:
            return None
        return [-1.0 if one is None else float(mine @ one) - ENOUGH for one in theirs]
