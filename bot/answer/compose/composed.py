"""What one aspect's composer returns, and the order in which several values are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from bot.answer.phrases import plain
from knowledge.documents import Procedure


class Composed(NamedTuple):
    """Lines, whether the record states what was asked, and the message that names what is lacking.

    `lack` "" is the aspect's own `lack_…`.
    """

    lines: list[str]
    stated: bool
    lack: str = ""


_BACK = re.compile(r"\b(?:mức|nêu|như|nói) trên\b", re.IGNORECASE)
Aspect = Callable[[Procedure, str], Composed]


def asked_first(lines: Iterable[str], question: str) -> list[str]:
    """Values with what the question names of them (channel, case) first; else in the order published."""
    asked = set(plain(question).split())

    def overlap(line: str) -> float:
        words = {word for word in plain(line).split() if not word.isdigit()}
        return len(words & asked) / len(words) if words else 0.0

    every = list(lines)
    if any(_BACK.search(line) for line in every):
        return every  # "bằng 50% mức trên" speaks of the line before it
    shared = [set(plain(line).split()) for line in every]
    common = set.intersection(*shared) if shared else set()
    asked -= common  # what stands in all of them tells none apart
    return sorted(every, key=overlap, reverse=True)
