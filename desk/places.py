"""Which area of today a typed place is in: "Chợ Lầu, huyện Bắc Bình cũ" is in the commune of Bắc Bình."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from knowledge.gazetteer.names import gazetteer
from knowledge.text.diacritics import fold

_WORD = re.compile(r"[^\W_]+")
_KINDS = ("thành phố", "thị xã", "thị trấn", "đặc khu", "tỉnh", "huyện", "xã", "phường", "tp", "tx", "tt")
_FOLDED_KINDS = {fold(kind): kind for kind in _KINDS}
LONGEST = 4  # syllables of a name
# What follows these is named after something and is no commune: "đường Lê Lợi", "thôn Bình An".
_SMALLER = frozenset({"duong", "pho", "thon", "xom", "buon", "bon", "ap", "lang", "hem", "kiet", "to"})
# A name after these is a market's, a school's, a river's: it tells little of the commune.
_LANDMARKS = frozenset(
    [
        "cho",
        "truong",
        "hoc",
        "thcs",
        "thpt",
        "cau",
        "song",
        "suoi",
        "ho",
        "nui",
        "deo",
        "vien",
        "ty",
        "may",
        "chua",
        "tho",
        "ga",
        "ben",
        "xe",
        "quan",
        "bien",
        "xang",
        "gan",
        "di",
        "ve",
    ]
)


def understood(where: str, *, area: str, served: Set[str]) -> str:
    """The smallest area of today that `where` surely names; `area` when it names none or only what holds it.

    Names that several places bear are told apart by each other and by `area`. Only the provinces `served` count.
    """
    # "chợ Lương Sơn" may stand anywhere: what the conversation says of the place goes before a landmark's name.
    said = (slugs for slugs, of_landmark in _named(where) if not (of_landmark and area))
    meant = (frozenset(slug for slug in slugs if _province_of(slug) in served) for slugs in said)
    named = [slugs for slugs in meant if slugs]
    province = _province(named, area)
    if not province:
        return "" if named and not _agrees(named, area) else area
    inside = [{slug for slug in slugs if _province_of(slug) == province} for slugs in named]
    communes = {min(slugs) for slugs in inside if len(slugs) == 1} - {province}
    if len(communes) == 1:
        return communes.pop()
    # Two communes are named, or none: what the conversation says of the commune holds only if it is not contradicted.
    return area if _province_of(area) == province and not communes else province


def _agrees(named: Sequence[frozenset[str]], area: str) -> bool:
    return any(_province_of(slug) == _province_of(area) for slugs in named for slug in slugs)


def _province_of(slug: str) -> str:
    return slug.partition("/")[0]


def _province(named: Sequence[frozenset[str]], area: str) -> str:
    """The one province that all names can be in; of several, that of the conversation; "" when nobody can tell."""
    sets = [{_province_of(slug) for slug in slugs} for slugs in named]
    if not sets:
        return ""
    common = set.intersection(*sets) or set.intersection(*([one for one in sets if len(one) == 1] or [set()]))
    if len(common) > 1:
        common &= {_province_of(area)}
    return common.pop() if len(common) == 1 else ""


def _named(where: str) -> Iterator[tuple[frozenset[str], bool]]:
    """What each name in the text can be, the longest first from the left, and whether it is a landmark's."""
    words = _WORD.findall(where)
    start = 0
    while start < len(words):
        length, slugs = _name_at(words, start)
        if slugs:
            yield slugs, _follows_landmark(words, start)
        start += max(length, 1)


def _name_at(words: Sequence[str], start: int) -> tuple[int, frozenset[str]]:
    kind, skipped = _kind_at(words, start)
    first = start + skipped
    if not kind and start and fold(words[start - 1]).lower() in _SMALLER:
        return _length_of_name(words, start), frozenset()
    shortest = 1 if kind or _names_alone(words[start]) else 2
    for length in range(LONGEST, shortest - 1, -1):
        piece = words[first : first + length]
        if len(piece) == length and (slugs := gazetteer().bearing(" ".join(piece), kind)):
            return skipped + length, slugs
    return 0, frozenset()


def _follows_landmark(words: Sequence[str], start: int) -> bool:
    return not _kind_at(words, start)[0] and bool(
        {fold(word).lower() for word in words[max(0, start - 1) : start]} & _LANDMARKS
    )


def _length_of_name(words: Sequence[str], start: int) -> int:
    """How many words a name goes on for: those written with a capital, else two."""
    capitals = next((n for n, word in enumerate(words[start:]) if not word[:1].isupper()), len(words) - start)
    return capitals or 2


def _names_alone(word: str) -> bool:
    """Whether one word may be a place: "Đakrông", "BMT"; not "Lắk" or "hue"."""
    return word[:1].isupper() and (len(word) >= 6 or (len(word) >= 3 and word.isupper()))


def _kind_at(words: Sequence[str], start: int) -> tuple[str, int]:
    for length in (2, 1):
        said = fold(" ".join(words[start : start + length])).lower()
        if said in _FOLDED_KINDS:
            return _FOLDED_KINDS[said], length
    return "", 0
