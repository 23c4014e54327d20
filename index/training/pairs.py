"""What the model learns from: what a person says beside what a procedure is called, in many spellings."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.text.diacritics import fold
from knowledge.text.informal import INFORMAL

FOLDED = 0.28  # share of questions without diacritics
INFORMAL_SHARE = 0.12
FAMILIES = 2  # of a quarter of a batch each
_LEVEL = re.compile(r"\(?cấp (?:tỉnh|xã|huyện|trung ương)\)?", re.IGNORECASE)


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


def neighbours(targets: Sequence[Target], *, count: int = 24) -> list[list[int]]:
    """For each target the places of those called most alike: the hard negatives a batch is made of.

    Targets called the same (the same procedure at another level) are left out: no question tells them apart.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    names = [" ".join((target.title, *target.aliases)) for target in targets]
    weighed = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(names)
    found = []
    for start in range(0, len(names), 256):
        near = (weighed[start : start + 256] @ weighed.T).toarray()
        for row, scores in enumerate(near, start):
            nearest = [int(i) for i in (-scores).argsort()[: 3 * count] if scores[i] > 0]
            found.append([i for i in nearest if not _same_name(targets[i], targets[row])][:count])
    return found


def _same_name(one: Target, other: Target) -> bool:
    return _LEVEL.sub("", one.title).strip().lower() == _LEVEL.sub("", other.title).strip().lower()


def batches(targets: Sequence[Target], *, size: int, steps: int, seed: int) -> list[list[Pair]]:
    """Batches of families: a procedure with those called most alike, another with its own, then anything."""
    chance = random.Random(seed)  # noqa: S311 - sampling, not a secret
    alike = neighbours(targets)
    asked = [(target, question) for target in targets for question in (*target.questions, *target.aliases)]
    made = []
    for _ in range(steps):
        chosen = []
        for _ in range(FAMILIES):
            place = chance.randrange(len(targets))
            family = [place, *chance.sample(alike[place], min(size // 4 - 1, len(alike[place])))]
            chosen += [(targets[i], _said(targets[i], chance)) for i in family]
        chosen += chance.sample(asked, size - len(chosen))
        made.append([Pair(t.code, vary(q, chance), document(t, q, chance)) for t, q in chosen])
    return made


def _said(target: Target, chance: random.Random) -> str:
    return chance.choice((*target.questions, *target.aliases))
