"""The small words and equal wordings that a rephrased line may use (words.yml)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from knowledge.text.normalise import normalise

_FILE = Path(__file__).with_name("words.yml")
_ITEM = re.compile(r"⟦[A-Z]+⟧|[^\W\d_]+|\d+|[^\w\s“”\"'’‘]|_")
_STRONG = str.maketrans({"!": ".", ";": "."})
STOP = "."


@cache
def catalogue() -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def items(text: str) -> list[str]:
    """Words, tokens and marks in their order, lower case; quotation marks do not count."""
    plain = normalise(text).replace("...", "…").translate(_STRONG)
    return [item if item.startswith("⟦") else item.lower() for item in _ITEM.findall(plain)]


def joined(text: str) -> str:
    return " ".join(items(text))


@cache
def _same() -> tuple[tuple[re.Pattern[str], str], ...]:
    groups: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["same"]
    pairs = [(joined(said), meant) for meant, variants in groups.items() for said in variants]
    pairs.sort(key=lambda pair: -len(pair[0]))
    return tuple((re.compile(rf"(?<!\S){re.escape(said)}(?!\S)"), meant) for said, meant in pairs)


def canonical(text: str) -> str:
    """`text` as it is compared: items parted by single spaces, equal wordings made one."""
    found = joined(text)
    for pattern, meant in _same():
        found = pattern.sub(meant, found)
    return found


@cache
def any_of(name: str) -> str:
    """A pattern for one of the phrases of a list, longest first."""
    return alternatives(canonical(phrase) for phrase in catalogue()[name])


def alternatives(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(set(phrases), key=len, reverse=True))


@cache
def turning() -> frozenset[str]:
    return frozenset(catalogue()["turning"])
