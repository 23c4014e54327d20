"""People's words and the official ones they stand for (`packs/lexicon.yml`), applied to a question for searching."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.informal import expand_informal
from knowledge.text.normalise import one_line

_FILE = Path(__file__).resolve().parent / "packs" / "lexicon.yml"


class Lexicon:
    """Finds people's words and gives the official ones.

    A question typed with marks is matched with its marks: "báo tử" is not "bảo tú". One typed without any is matched
    without.
    """

    def __init__(self, entries: list[tuple[list[str], str]]) -> None:
        self._marked = [(_pattern(said), official) for said, official in entries]
        self._folded = [(_pattern([fold(word) for word in said]), official) for said, official in entries]

    def official(self, question: str) -> list[str]:
        """The official words for what `question` says, each once; without those it holds already."""
        line = one_line(question).lower()
        text, table = expand_informal(line), self._marked
        if not has_diacritics(line):  # asked of what was typed: writing "lam" out gives it marks
            text, table = fold(text), self._folded
        plain = fold(text)
        return [words for pattern, words in table if pattern.search(text) and fold(words) not in plain]

    def expand(self, question: str) -> str:
        """The question with the official words behind it."""
        added = self.official(question)
        return f"{question} . {' . '.join(added)}" if added else question


def _pattern(said: list[str]) -> re.Pattern[str]:
    ordered = sorted((expand_informal(word.lower()) for word in said), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, ordered)) + r")\b")


@cache
def lexicon() -> Lexicon:
    loaded: list[tuple[list[str], str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return Lexicon([(said, official) for said, official in loaded])
