"""What the model learns from: what a person says beside what a procedure is called, in many spellings."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.text.diacritics import fold
from knowledge.text.informal import INFORMAL

FOLDED = 0.28  # share of questions without diacritics
INFORMAL_SHARE = 0.12


@dataclass(frozen=True)
class Target:
    """One procedure as training sees it."""

    code: str
    field: str
    title: str
    aliases: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    code: str
    query: str
    document: str


_SHORT = {long: short for short, long in INFORMAL.items() if len(short) <= 4}


def informal(text: str, chance: random.Random) -> str:
    """Some words shortened the way people type them."""
    out = text.lower()
    for long, short in _SHORT.items():
        if f" {long} " in out and chance.random() < 0.5:
            out = out.replace(f" {long} ", f" {short} ")
    return out


def vary(question: str, chance: random.Random) -> str:
    roll = chance.random()
    if roll < FOLDED:
        return fold(question)
    return informal(question, chance) if roll < FOLDED + INFORMAL_SHARE else question


def document(target: Target, question: str, chance: random.Random) -> str:
    """The other side of a pair: title with its field, an alias, or another question of the same procedure."""
    others = [other for other in target.questions if other != question]
    roll = chance.random()
    if roll < 0.25 and target.aliases:
        return chance.choice(target.aliases)
    if roll < 0.55 and others:
        return chance.choice(others)
    return f"{target.title}. {target.field}"


def batches(targets: Sequence[Target], *, size: int, steps: int, seed: int) -> list[list[Pair]]:
    """Batches of which half comes from one field: siblings are the hard negatives."""
    chance = random.Random(seed)  # noqa: S311 - sampling, not a secret
    asked = [(target, question) for target in targets for question in (*target.questions, *target.aliases)]
    by_field: dict[str, list[tuple[Target, str]]] = {}
    for one in asked:
        by_field.setdefault(one[0].field, []).append(one)
    fields = list(by_field)
    weights = [len(by_field[name]) for name in fields]
    made = []
    for _ in range(steps):
        same = by_field[chance.choices(fields, weights)[0]]
        chosen = chance.sample(same, min(size // 2, len(same)))
        chosen += chance.sample(asked, size - len(chosen))
        made.append([Pair(t.code, vary(q, chance), document(t, q, chance)) for t, q in chosen])
    return made
