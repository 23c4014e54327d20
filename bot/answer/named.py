"""Whether a message says a procedure's own name: then it is meant, however unsure the ranking is.

"Căn cứ pháp lý của thủ tục tách hộ" is near a dozen titles by its other words, and says one of them in full.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.answer.aspects import content
from bot.answer.phrases import Phrases, spoken
from index.search import Hit
from knowledge.text.diacritics import fold, has_diacritics

LOOKED_AT = 5  # hits whose names are looked for
NEAR = 0.9  # share of the best score a named one must have
MAX_LEFT = 2  # words said besides, up to which the name is all that is meant
_OFFICES = Phrases(
    ("ủy ban nhân dân", "uỷ ban nhân dân", "ubnd", "ủy ban", "cấp xã", "cấp tỉnh", "ở xã", "ở phường", "công an xã",
     "công an phường", "tại xã", "tại phường", "làm việc", "trực tiếp", "trực tuyến", "văn bản", "mức",
     "bị mất", "của", "những")
)  # fmt: skip
LEAST_MARKED, LEAST_BARE = 2, 3  # words of a name, typed with marks and without


def said_in_full(text: str, hits: Sequence[Hit], names: Sequence[str]) -> int:
    """The place of the hit whose name (`names`, as titles without level) the text says in full; -1 for none.

    The longest name said counts. It does not when the text also says what tells another of the hits apart: "đăng ký
    khai sinh có yếu tố nước ngoài" says the plain registration's name too.
    """
    marked = has_diacritics(text)
    asked = _words(text, marked=marked)
    least = LEAST_MARKED if marked else LEAST_BARE
    listed = [_words(name, marked=marked) for name in names[:LOOKED_AT]]
    found = [
        (len(name), -place)
        for place, name in enumerate(listed)
        if len(name) >= least
        and hits[place].score >= NEAR * hits[0].score
        and f" {' '.join(name)} " in f" {' '.join(asked)} "
    ]
    if not found:
        return -1
    place = -max(found)[1]
    if len(_left(asked, listed[place])) > MAX_LEFT:
        return -1
    own, said = _pairs(listed[place]), _pairs(asked)
    others = set().union(*(_pairs(name) for name in listed if name != listed[place]))
    return -1 if said & others - own else place


def _left(asked: Sequence[str], name: Sequence[str]) -> list[str]:
    """What else the text says, besides asking, politeness and the usual offices."""
    rest = f" {' '.join(asked)} ".replace(f" {' '.join(name)} ", " ", 1)
    return content(_OFFICES.remove(rest)).split()


def _words(text: str, *, marked: bool) -> list[str]:
    said = spoken(text)
    return (said if marked else fold(said)).split()


def _pairs(words: Sequence[str]) -> set[tuple[str, str]]:
    return set(zip(words, words[1:], strict=False))
