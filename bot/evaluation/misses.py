"""The misses worth reading: confident wrong answers first, one of each cause before a second of any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from bot.evaluation.causes import SEVERITY
from bot.evaluation.figures import Miss
from bot.evaluation.kinds import Case
from knowledge.text.personal import replaced

SHOWN = 20
Item = TypeVar("Item", Case, Miss)


def masked(text: str) -> str:
    """Without what would name a person: the questions are made up, what people write into them need not be."""
    return replaced(text, lambda _, kind: "[thư]" if kind == "email" else "[số]")


def instructive(missed: Iterable[Item], causes: Mapping[str, int] = SEVERITY) -> list[Item]:
    """The twenty, by severity of the cause, then by the confidence with which it was said."""
    groups: dict[str, list[Item]] = {}
    for one in missed:
        groups.setdefault(one.cause, []).append(one)
    ranked = sorted(groups, key=lambda cause: -causes.get(cause, 0))
    piles = [sorted(groups[cause], key=lambda one: -one.confidence) for cause in ranked]
    longest = max(map(len, piles), default=0)
    rounds = [pile[place] for place in range(longest) for pile in piles if place < len(pile)]
    # A question asked with and without diacritics is one.
    once: dict[str, Item] = {}
    for one in rounds:
        once.setdefault(one.id, one)
    return list(once.values())[:SHOWN]


def misses_of(cases: Mapping[str, Sequence[Case]], *, ours: bool) -> list[Miss]:
    """Of one set, by kind. Of sets that are not ours, ids and causes alone are kept."""
    kinds = {id(case): kind for kind, found in cases.items() for case in found}
    missed = (case for found in cases.values() for case in found if case.cause)
    return [_miss(case, kinds[id(case)], ours=ours) for case in instructive(missed)]


def _miss(case: Case, kind: str, *, ours: bool) -> Miss:
    miss = Miss(id=case.id, kind=kind, style=case.style, cause=case.cause, status=case.status)
    if not ours:
        return miss
    shown = {"q": masked(case.q), "expected": case.code, "first": case.first}
    return miss.model_copy(update={**shown, "confidence": round(case.confidence, 3)})
