"""What may stand in no line of a model: digits, links, markup, another script."""

from __future__ import annotations

import re

from bot.answer.rephrase.tokens import TOKEN
from knowledge.text.diacritics import fold

_LINK = re.compile(r"https?|www|\.(?:vn|com|gov|org|net)\b|@", re.IGNORECASE)
_MARKUP = re.compile(r"[<>*_#`~{}\[\]|\\=^$&]")
_ALLOWED = re.compile(r"[ ,.:;()!…“”\"'’/–-]")


class Violation(Exception):  # it is what the model did, not an error of ours
    """What the model did wrong, by the name of the check."""

    def __init__(self, check: str) -> None:
        super().__init__(check)
        self.check = check


def forbid(said: str) -> None:
    """What may stand in no line: digits, links, markup, another script.

    Raises:
        Violation: one of them is there.
    """
    rest = TOKEN.sub("", said)
    if any(character.isnumeric() for character in rest):
        raise Violation("digit")
    if _LINK.search(rest):
        raise Violation("link")
    if _MARKUP.search(rest):
        raise Violation("markup")
    if not all(_vietnamese(character) for character in rest if character not in "⟦⟧"):
        raise Violation("language")


def _vietnamese(character: str) -> bool:
    return bool(_ALLOWED.match(character)) or (character.isalpha() and fold(character).isascii())
