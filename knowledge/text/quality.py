"""How much of a text reads as Vietnamese: the measure by which a bad scan, a legacy font or another language shows.

A Vietnamese word is one syllable: an onset, a rhyme and a tone, and the orthography allows only some of each
together (no word list is needed to know that "nwéc" and "ctia" are none). Text whose marks were lost is made of
syllables that are mostly valid but bare, so the share of words that carry a mark counts as well.

Runs on Python 3.10 inside Rasa too, and imports nothing heavy.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WINDOW = 40  # words judged together: a page half of which is English comes out near a half
FOREIGN = 0.08  # this share of unmarked words that are no syllables ("video", "Zalo", names) is ordinary
MARKED = 0.5  # ordinary prose marks 0.75–0.85 of its words, headings and lists of names somewhat fewer
_PRIOR = 3  # words of ordinary prose added before the marks of a few words are judged
_TONES = "\u0300\u0301\u0303\u0309\u0323"  # grave, acute, tilde, hook, dot below
_STOPPED = ("c", "ch", "k", "p", "t")  # these take the acute or the dot below, never another tone or none
_ONSETS = tuple(
    onset
    for first in ("b c ch d đ g gh gi h k", "kh l m n ng ngh nh p ph", "qu r s t th tr v x")
    for onset in first.split()
)
_FRONT = frozenset("eêiy")
# Nucleus (with its glide) → codas it takes; "-" is none. From the rules of spelling, not from a list of words.
_RHYMES = {
    "a": "- c ch m n ng nh p t i o u y",
    "ă": "c k m n ng p t",
    "â": "c m n ng p t u y",
    "e": "- c m n ng p t o",
    "ê": "- ch m n nh p t u",
    "i": "- a ch m n nh p t u",
    "o": "- c m n ng p t i",
    "ô": "- c m n ng p t i",
    "ơ": "- m n p t i",
    "u": "- a c k m n ng p t i",
    "ư": "- a c m n ng t i u",
    "y": "- t nh ch n",
    "iê": "c m n ng p t u",
    "yê": "m n ng t u",
    "oa": "- c ch m n ng nh p t i o y",
    "oă": "c m n ng t",
    "oe": "- n t o m",
    "oo": "c ng",
    "uâ": "n ng t y",
    "ue": "-",
    "uê": "- ch nh n",
    "uô": "c m n ng t i",
    "uơ": "- n i",
    "uy": "- ch n nh p t u a",
    "uyê": "n t",
    "ươ": "c m n ng p t i u",
}
_AFTER_QU = "a ă â e ê i y o ô ơ yê oa"
_VALID = frozenset(
    nucleus + ("" if coda == "-" else coda) for nucleus, codas in _RHYMES.items() for coda in codas.split()
)
_ENDING = re.compile(r"(ch|ng|nh|[ckmnpt])$")
_WORD = re.compile(r"[^\W\d_]+")
_LETTERS = "".join(filter(str.isalpha, map(chr, [*range(0x41, 0x250), *range(0x1EA0, 0x1EFA)])))
_LOWER, _UPPER = ("".join(filter(case, _LETTERS)) for case in (str.islower, str.isupper))
_GLUED = re.compile(f"(?<=[{_LOWER}])(?=[{_UPPER}][{_LOWER}])")  # "khaiSố": table cells run together
_ADDRESS = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+[.,;:)]?")
_SHORT = re.compile(r"[A-ZĐ]{2,8}[a-z]?")  # UBND, TTHC, TTg
_NO_WORD = re.compile(r"[IVXL]+|UB[A-Z]+|[^AEIOU]+")  # Roman numerals, and what no reader takes for a word
_MARKED = re.compile(r"[\u0102\u0103\u0110\u0111\u01a0\u01a1\u01af\u01b0\u00c0-\u00ff\u1ea0-\u1ef9]")


def _split_tone(word: str) -> tuple[str, str]:
    """The lower-case word without its tone, and the tone ("" when level, more than one character when wrong)."""
    parts = unicodedata.normalize("NFD", word.lower())
    tone = "".join(char for char in parts if char in _TONES)
    return unicodedata.normalize("NFC", "".join(char for char in parts if char not in _TONES)), tone


def _rhyme_is_valid(rhyme: str, tone: str) -> bool:
    if rhyme not in _VALID:
        return False
    coda = _ENDING.search(rhyme)
    return not (coda and coda.group() in _STOPPED and tone not in ("\u0301", "\u0323"))


def _fits(onset: str, rhyme: str, tone: str) -> bool:
    if not rhyme:
        return onset == "gi"  # "gì"
    first = rhyme[0]
    if onset == "qu":
        return any(_rhyme_is_valid(glide + rhyme, tone) for glide in ("u", "o", "")) and first in "aăâeêiyoôơ"
    if onset in ("k", "gh", "ngh"):
        return first in _FRONT and _rhyme_is_valid(rhyme, tone)
    if onset in ("c", "g", "ng"):
        return first not in _FRONT and _rhyme_is_valid(rhyme, tone)
    return _rhyme_is_valid(rhyme, tone)


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """Whether the orthography of Vietnamese allows this word as one syllable."""
    if len(word) > 7:  # "nghiêng" is the longest
        return False
    base, tone = _split_tone(word)
    if len(tone) > 1:
        return False
    onsets = [onset for onset in _ONSETS if base.startswith(onset)]
    return _rhyme_is_valid(base, tone) or any(_fits(onset, base[len(onset) :], tone) for onset in onsets)


def _says_nothing(token: str) -> bool:
    """Numbers, document numbers (26/KH-UBND), addresses. No search within: a page may be one token of a megabyte."""
    if any(char.isdigit() for char in token) or "@" in token or "://" in token or token.startswith("www."):
        return True
    return "." in token and _ADDRESS.fullmatch(token) is not None


def _words(text: str) -> list[str]:
    """The words that can be judged; single letters say nothing either."""
    tokens = unicodedata.normalize("NFC", text).split()
    plain = " ".join(token for token in tokens if not _says_nothing(token))
    return [word for word in _WORD.findall(_GLUED.sub(" ", plain)) if len(word) > 1]


def _is_abbreviation(word: str, *, heading: bool) -> bool:
    """`QĐ`, `UBND`; in a heading, where all is in capitals, only what has no vowel can be told from a word."""
    if not _SHORT.fullmatch(word) or is_syllable(word):
        return False
    return not heading or _NO_WORD.fullmatch(word) is not None


def _share(words: list[str]) -> tuple[float, int]:
    """Of one window: how far it reads as Vietnamese, and how many words say so."""
    heading = 2 * sum(word.isupper() for word in words) > len(words)
    judged = [word for word in words if not _is_abbreviation(word, heading=heading)]
    if not judged:
        return 0.0, 0
    marked = [_MARKED.search(word) is not None for word in judged]
    wrong = [not is_syllable(word) for word in judged]
    damaged = sum(bad and mark for bad, mark in zip(wrong, marked, strict=True)) / len(judged)
    foreign = sum(wrong) / len(judged) - damaged
    valid = max(0.0, 1 - 2 * damaged - 2 * max(0.0, foreign - FOREIGN))
    carrying = (sum(marked) + 0.75 * _PRIOR) / (len(judged) + _PRIOR)
    return valid * min(1.0, carrying / MARKED), len(judged)


def vietnamese_share(text: str) -> float:
    """How much of the text reads as Vietnamese, 0–1.

    Good prose has at least 0.95; text without marks, English and a text layer made by a program that knew no
    Vietnamese have less than 0.6. Figures, document numbers, addresses and abbreviations count neither way.
    A text of nothing else has 0.5 (it cannot be told), a text without letters and digits 0.
    """
    words = _words(text)
    shares = [_share(words[start : start + WINDOW]) for start in range(0, len(words), WINDOW)]
    judged = sum(count for _, count in shares)
    if judged:
        return round(sum(share * count for share, count in shares) / judged, 4)
    return 0.5 if any(char.isalnum() for char in text) else 0.0
