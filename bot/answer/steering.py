"""Words that steer a conversation ("quay lại cái…", "à mà…"), told apart from what is asked.

"quay lại chuyện khai tử" would otherwise find "đăng ký lại khai tử".
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from bot.answer.phrases import Phrases, spoken
from knowledge.text.diacritics import fold, has_diacritics

_FILE = Path(__file__).with_name("turns.yml")


def goes_back(text: str) -> bool:
    """Whether the person returns to something spoken of before."""
    said, marked = text.lower().strip(), has_diacritics(text)
    return bool(_pattern("back", marked).search(said) or _pattern("back_first", marked).match(said))


def points_at_other(text: str) -> bool:
    """Whether the other of two things just answered is meant: "phí cái thứ hai"."""
    return bool(_pattern("other", has_diacritics(text)).search(text.lower()))


def without_steering(text: str) -> str:
    """The text without steering words; as it was when nothing else would be left."""
    marked = has_diacritics(text)
    left = text
    for kind in ("back", "aside"):
        left = _pattern(kind, marked).sub(" ", left)
    left = " ".join(left.split())
    return left if any(character.isalnum() for character in left) else text


@cache
def handling(*, phrases_only: bool = False) -> Phrases:
    """What is said of handling any procedure ("tận nơi", "mỗi bản"): it names none."""
    return Phrases(one for one in _listed()["handling"] if " " in one or not phrases_only)


@cache
def handling_words() -> frozenset[str]:
    """The same, as they are spelled, those of one word."""
    return frozenset(spoken(one) for one in _listed()["handling"] if " " not in one)


def made_again() -> list[str]:
    """How people say that a paper is lost, torn or worn, besides the words of titles."""
    return _listed()["made_again"]


@cache
def _listed() -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def _pattern(kind: str, marked: bool) -> re.Pattern[str]:
    listed = _listed()[kind]
    words = listed if marked else [fold(word) for word in listed]
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, ordered)) + r")\b", re.IGNORECASE)
