"""Sister procedures: the same paper first made, made again, exchanged, extended, with a foreign element and so on.

Words and vectors see them as near twins. What tells them apart is which case the question names, and that a
question which names none means the ordinary one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from knowledge.text.plain import plain

_FILE = Path(__file__).with_name("siblings.yml")


def load_siblings(path: Path = _FILE) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


class Siblings:
    """Finds the cases a text names, and how well a target's cases fit a question's."""

    def __init__(self, path: Path = _FILE) -> None:
        loaded = load_siblings(path)
        self._missing = float(loaded["missing"])
        self._unmet = float(loaded["unmet"])
        self._exclusive = frozenset(loaded["exclusive"])
        self._ordinary = frozenset(loaded["ordinary"])
        self._other = float(loaded["other"])
        self._cases = {name: _any_of(words) for name, words in loaded["cases"].items()}
        self._alike = _any_of(loaded["alike"])

    def cases(self, text: str) -> frozenset[str]:
        """The cases a text names; "đối với" and "đề nghị", whose marks are gone, are not "đổi" and "nghỉ"."""
        words = self._alike.sub(" . ", plain(text))
        return frozenset(name for name, pattern in self._cases.items() if pattern.search(words))

    def fit(self, asked: frozenset[str], title: frozenset[str], wordings: frozenset[str]) -> float:
        """A factor of at most 1 on the target's score.

        `title` are the cases of its title, `wordings` those of everything people call it.
        """
        missing, unmet, other, _ = self.compare(asked, title, wordings)
        return float(self._missing**missing * self._unmet**unmet * (self._other if other else 1.0))

    def compare(
        self, asked: frozenset[str], title: frozenset[str], wordings: frozenset[str]
    ) -> tuple[int, int, int, int]:
        """How question and target agree.

        Cases of the title that the question lacks; of the question that the target lacks; whether the title has
        another of the exclusive ones; cases of the question that the title names.
        """
        named, held = asked & self._exclusive, title & self._exclusive
        other = bool(named and held and not named & held)
        missing = len(title - asked - self._ordinary)
        unmet = len(asked - wordings - self._exclusive)
        return missing, unmet, int(other), len(asked & title)


def cases_of(siblings: Siblings, texts: Iterable[str]) -> frozenset[str]:
    return siblings.cases(" . ".join(texts))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(plain(word)) for word in words) + r")\b")
