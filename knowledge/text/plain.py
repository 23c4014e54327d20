"""What a person typed, as bare words: the form in which listed phrases are looked for."""

from __future__ import annotations

import re

from knowledge.text.diacritics import fold
from knowledge.text.informal import expand_informal
from knowledge.text.normalise import one_line

_WORD = re.compile(r"[^\W_]+")


def spoken(text: str) -> str:
    """Lower case, short spellings written out, words parted by single spaces; marks are kept."""
    return " ".join(_WORD.findall(expand_informal(one_line(text).lower())))


def plain(text: str) -> str:
    """`spoken` without its marks."""
    return fold(spoken(text))
