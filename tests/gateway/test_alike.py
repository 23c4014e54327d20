"""Reports compared by meaning; by words where no model is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from bot.gateway.alike import ENOUGH, Meaning
from knowledge.errors import SnapshotError

VECTORS = {"ổ gà sâu": [1.0, 0.0], "đường hỏng": [0.8, 0.6], "đèn tắt": [0.0, 1.0]}


def answerer(vector: Any) -> Any:  # as much of an answerer as is asked for
    return lambda: SimpleNamespace(search=SimpleNamespace(vector=vector))


async def test_margins_are_cosines_over_what_is_needed() -> None:
    meaning = Meaning(answerer(lambda text: np.asarray(VECTORS[text])))
    near, far = await meaning.compare("ổ gà sâu", ["đường hỏng", "đèn tắt"])
    assert (round(near, 6), round(far, 6)) == (round(0.8 - ENOUGH, 6), -ENOUGH)


async def test_without_a_model_or_a_snapshot_words_decide() -> None:
    def absent() -> Any:
        raise SnapshotError

    for meaning in (Meaning(answerer(lambda text: None)), Meaning(absent)):
        same, other = await meaning.compare("ổ gà sâu", ["có ổ gà rất sâu", "đèn tắt"])
        assert same > 0 > other
