"""The question inside a story: which sentences of a long message ask, and which only tell.

"Vợ chồng tôi cưới bảy năm… Trung tâm gọi… Muốn nhận con nuôi thì cần điều kiện gì?" asks one thing; its other
sentences say whose turn it is, and pull a search to whatever they mention. So a long message is searched as a whole
and by its question, with the wish before it, and what it asks for (fee, papers) is read in what asks alone.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from bot.answer.aspects import find_aspects
from bot.answer.phrases import Phrases, spoken

_FILE = Path(__file__).with_name("story.yml")
LONG = 22  # words from which a message may hold more than its question
MAX_ASKING = 2  # sentences that ask, the surest
NAMING = 16  # words from which what asks also names what it is about
ASKS = 3  # score from which a sentence asks
_ENDS = re.compile(r"(?<=[.?!…;])\s+(?=\S)|\n+")
_ABBREVIATED = re.compile(r"\b(?:\d+|[A-ZĐ]{1,3}|TP|Q|P|tp|q|p|v\.v)\.$")
_MIN_WORDS = 3  # fewer belong to the sentence before ("ạ?", "nhờ chỉ giúp")


def sentences(text: str) -> list[str]:
    """The message sentence by sentence; tags of a word or two stay with the sentence before them."""
    found: list[str] = []
    for piece in (part.strip() for part in _ENDS.split(text)):
        if not piece:
            continue
        short = len(piece.split()) < _MIN_WORDS
        if found and (short or _ABBREVIATED.search(found[-1])):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return found


def is_story(text: str) -> bool:
    """Whether a message is long enough, and in more than one sentence, for its question to stand apart."""
    return len(text.split()) >= LONG and len(sentences(text)) > 1


def asking(text: str) -> list[str]:
    """The sentences that ask, in their order; the whole text when it is one sentence or short."""
    if not is_story(text):
        return [text]
    told = sentences(text)
    scored = [(_score(sentence, last=place == len(told) - 1), place) for place, sentence in enumerate(told)]
    sure = sorted((pair for pair in scored if pair[0] >= ASKS), reverse=True)[:MAX_ASKING]
    chosen = sure or [max(scored)]
    return [told[place] for _, place in sorted(chosen, key=lambda pair: pair[1])]


def wishes(text: str) -> list[str]:
    """The sentences that tell what is wanted ("tôi muốn…", "giờ phải…"), without those that ask."""
    asked = asking(text)
    return [one for one in sentences(text) if one not in asked and _words("wants").find(spoken(one))]


def views(text: str) -> list[str]:
    """What a message is searched by: the whole; of a story also what asks.

    A short question names nothing ("giấy đó xin ở đâu?"): it is searched with what is wanted.
    """
    if not is_story(text):
        return [text]
    asked = asking(text)
    if sum(len(one.split()) for one in asked) < NAMING:
        wanted = wishes(text) or [one for one in sentences(text) if one not in asked]
        asked = [*wanted[-1:], *asked]
    return list(dict.fromkeys([text, " ".join(asked)]))


def _score(sentence: str, *, last: bool) -> int:
    said = spoken(sentence)
    score = 3 if sentence.rstrip().endswith("?") else 0
    score += 3 if _words("announces").find(said) else 0
    score += 2 if _words("asks").find(said) else 0
    score += 1 if _words("wants").find(said) else 0
    several = len(find_aspects(sentence))
    return (
        score
        + (several if several > 1 else 0)
        + (1 if last else 0)
        - (2 if _words("reports").find(said) else 0)
    )


@cache
def _words(kind: str) -> Phrases:
    listed: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return Phrases(listed[kind])
