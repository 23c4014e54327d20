"""Splitting Vietnamese into what is indexed: syllables, syllable bigrams and underthesea's words."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge.text.diacritics import fold
from knowledge.text.normalise import one_line

_SYLLABLE = re.compile(r"[^\W_]+(?:[./-][^\W_]+)*", re.UNICODE)


def syllables(text: str) -> list[str]:
    """Lower-case syllables; codes and numbers such as `1.001193` or `118/2025` stay whole."""
    return _SYLLABLE.findall(one_line(text).lower())


def bigrams(tokens: list[str]) -> list[str]:
    return [f"{left}_{right}" for left, right in zip(tokens, tokens[1:], strict=False)]


def folded_tokens(text: str) -> list[str]:
    """Folded syllables and their bigrams: the tokens that match text typed without marks."""
    tokens = [fold(token) for token in syllables(text)]
    return tokens + bigrams(tokens)


@lru_cache(maxsize=4096)
def _segment(text: str) -> tuple[str, ...]:
    # underthesea imports torch where it is installed: only on first use.
    from underthesea import word_tokenize

    return tuple(word_tokenize(text)) if text else ()


def words(text: str) -> list[str]:
    """Words as underthesea finds them, lower case, syllables joined by `_`: `đăng_ký khai_sinh`.

    Not thread-safe on its first call: call `warm_up` once in the main thread.
    """
    found = _segment(one_line(text).lower())
    return ["_".join(parts) for word in found if (parts := _SYLLABLE.findall(word))]


def warm_up() -> None:
    words("đăng ký khai sinh")
