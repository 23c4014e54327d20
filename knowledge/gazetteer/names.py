"""Place names in a text: which place is meant, what it is called today, whether it still exists.

A name counts as a person would hear it: provinces by their bare name; districts and communes after their kind ("huyện
Krông Búk", "xã Ea Kly"), because "Tân Tiến" or "Hòa Bình" alone is anything. A name that several places bear is only
resolved by a province named beside it, or by where the conversation is.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import yaml

from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.normalise import one_line

PACK = Path(__file__).parents[1] / "packs" / "gazetteer.json"
SAID = PACK.with_name("places_said.yml")
LONGEST = 5  # syllables of the longest name, its kind not counted ("Bà Rịa - Vũng Tàu", "Thừa Thiên Huế")

Rank = Literal["province", "district", "commune"]
_RANKS: tuple[Rank, ...] = ("province", "district", "commune")
_WORD = re.compile(r"[^\W_]+")
# How a kind is written before a name, and which ranks it can announce.
_KINDS: dict[tuple[str, ...], tuple[Rank, ...]] = {
    ("tinh",): ("province",),
    ("thanh", "pho"): ("province", "district"),
    ("tp",): ("province", "district"),
    ("huyen",): ("district",),
    ("quan",): ("district",),
    ("thi", "xa"): ("district",),
    ("tx",): ("district",),
    ("xa",): ("commune",),
    ("phuong",): ("commune",),
    ("thi", "tran"): ("commune",),
    ("tt",): ("commune",),
    ("dac", "khu"): ("commune",),
}
_PREFIX = re.compile(
    r"^(tỉnh|thành phố|huyện đảo|huyện|quận|thị xã|xã|phường|thị trấn|đặc khu) ", re.IGNORECASE
)


@dataclass(frozen=True)
class Place:
    """A place of today. `slug` is its area path, `code` that of the General Statistics Office."""

    slug: str
    name: str
    code: str


@dataclass(frozen=True)
class Naming:
    """A place named in a text. `today` is what it is now, the main part first; empty when nobody can tell which."""

    said: str
    name: str  # the full official name, as it is or was
    rank: Rank
    today: tuple[Place, ...]
    exists: bool  # whether a place of this rank and name exists today
    start: int
    end: int

    @property
    def slug(self) -> str:
        """The smallest area that holds all of it today; "" when nobody can tell."""
        if len(self.today) == 1:
            return self.today[0].slug
        provinces = {place.slug.partition("/")[0] for place in self.today}
        return provinces.pop() if len(provinces) == 1 else ""


@dataclass(frozen=True)
class _Entry:
    name: str
    rank: Rank
    today: tuple[Place, ...]
    exists: bool
    inside: frozenset[str]  # folded names of what it is or was a part of, to tell namesakes apart
    words: tuple[str, ...]  # lower case, with marks


class Gazetteer:
    """The places of one pack. Looking names up costs a dictionary access a word."""

    def __init__(self, pack: dict[str, Any], said: Mapping[str, str] | None = None) -> None:
        self.since: str = pack["since"]
        self.provinces = tuple(Place(slug, name, code) for code, slug, name in pack["provinces"])
        self.communes = tuple(Place(slug, name, code) for code, slug, name in pack["communes"])
        self._entries: dict[tuple[str, ...], list[_Entry]] = defaultdict(list)
        nicknames = ((name, self.by_slug[slug]) for name, slug in (said or {}).items())
        for entry in (*_entries(pack, self.provinces, self.communes), *map(_nickname, nicknames)):
            self._entries[tuple(map(fold, entry.words))].append(entry)

    @classmethod
    def load(cls, path: Path = PACK, said: Path = SAID) -> Gazetteer:
        return cls(
            json.loads(path.read_text(encoding="utf-8")), yaml.safe_load(said.read_text(encoding="utf-8"))
        )

    @cached_property
    def by_slug(self) -> dict[str, Place]:
        return {place.slug: place for place in (*self.provinces, *self.communes)}

    def find(self, text: str, *, within: str = "") -> list[Naming]:
        """Every place the text names, in its order; `within` is the area the conversation is in, if known."""
        line = one_line(text)
        words = [(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(line)]
        candidates = list(self._candidates(words))
        wider = [found[0] for *_, found in candidates if len(found) == 1 and found[0].rank != "commune"]
        near = frozenset(name for entry in wider for name in entry.inside) or self._province_names(within)
        named, taken = [], 0
        for start, end, found in candidates:
            if start < taken:
                continue
            taken = end
            begin, stop = words[start][1], words[end - 1][2]
            named.append(_naming(line[begin:stop], _meant(found, near), start=begin, end=stop))
        return named

    def bearing(self, name: str, kind: str = "") -> frozenset[str]:
        """Areas of today that bear or bore a name, said alone or after its kind ("thị xã").

        For where places are expected, as in the field of a form. A province goes before what else has its name; what
        became several communes is given as their province.
        """
        piece = tuple(word.lower() for word in _WORD.findall(one_line(name)))
        known = [
            entry for entry in self._entries.get(tuple(map(fold, piece)), ()) if _same(piece, entry.words)
        ]
        if kind:
            ranks = _KINDS.get(tuple(map(fold, kind.lower().split())), _RANKS)
            known = [entry for entry in known if entry.rank in ranks]
            known = [
                entry for entry in known if fold(entry.name).lower().startswith(fold(kind).lower())
            ] or known
        known = [entry for entry in known if entry.rank == "province"] or known
        return frozenset(_naming("", [entry], start=0, end=0).slug for entry in known)

    def _province_names(self, slug: str) -> frozenset[str]:
        place = self.by_slug.get(slug.partition("/")[0])
        return frozenset({_plain(place.name)}) if place else frozenset()

    def _candidates(self, words: list[tuple[str, int, int]]) -> Iterator[tuple[int, int, list[_Entry]]]:
        """Names from the left, the longest first; with each, from which word to which it goes (its kind included)."""
        for start in range(len(words)):
            kind = _kind_at(words, start)
            for length in range(LONGEST, 0, -1):
                piece = tuple(word for word, _, _ in words[start + len(kind) : start + len(kind) + length])
                if len(piece) == length and (found := self._named(piece, kind)):
                    yield start, start + len(kind) + length, found
                    break

    def _named(self, piece: tuple[str, ...], kind: tuple[str, ...]) -> list[_Entry]:
        known = self._entries.get(tuple(map(fold, piece)), ())
        said = [entry for entry in known if _same(piece, entry.words)]
        if len(piece) == 1:
            said = [entry for entry in said if _heard_alone(piece, kind, entry.words)]
        ranks = _KINDS[tuple(map(fold, kind))] if kind else ("province",)
        found = [entry for entry in said if entry.rank in ranks]
        exact = [entry for entry in found if entry.name.lower().startswith(f"{' '.join(kind)} ")]
        return exact or found


def _heard_alone(piece: tuple[str, ...], kind: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether one syllable is a place: "Huế", "Pleiku", "Quận 3" are; "hue", "TT 3" are not."""
    if piece[0].isdigit():
        return tuple(map(fold, kind)) in {("quan",), ("phuong",)}
    return piece == name or any(map(has_diacritics, kind))


def _kind_at(words: list[tuple[str, int, int]], start: int) -> tuple[str, ...]:
    """The words at `start` that say what kind of place follows, () if none do."""
    for length in (2, 1):
        piece = tuple(word for word, _, _ in words[start : start + length])
        if len(piece) == length and tuple(map(fold, piece)) in _KINDS:
            return piece
    return ()


def _same(said: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """A syllable typed with marks must carry the right ones; one without may stand for any."""
    return all(
        one == other or (not has_diacritics(one) and one == fold(other))
        for one, other in zip(said, name, strict=True)
    )


def _meant(found: list[_Entry], near: frozenset[str]) -> list[_Entry]:
    """Of namesakes: those inside most of what is named nearby; then those that exist today; then the higher rank."""
    most = max(len(entry.inside & near) for entry in found)
    close = [entry for entry in found if len(entry.inside & near) == most]
    living = [entry for entry in close if entry.exists] or close
    first = min(_RANKS.index(entry.rank) for entry in living)
    return [entry for entry in living if _RANKS.index(entry.rank) == first]


def _naming(said: str, meant: list[_Entry], *, start: int, end: int) -> Naming:
    first = meant[0]
    alone = len({entry.today for entry in meant}) == 1
    return Naming(said, first.name, first.rank, first.today if alone else (), first.exists, start, end)


def _plain(name: str) -> str:
    return fold(" ".join(_words(name)))


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(_PREFIX.sub("", one_line(name))))


def _entries(
    pack: dict[str, Any], provinces: tuple[Place, ...], communes: tuple[Place, ...]
) -> Iterable[_Entry]:
    for place in provinces:
        yield _Entry(place.name, "province", (place,), True, _names(place.name), _words(place.name))
    today = {place.slug: place for place in provinces}
    for place in communes:
        inside = _names(today[_province(place)].name)
        yield _Entry(place.name, "commune", (place,), True, inside, _words(place.name))
    yield from _abolished(pack, today, communes)


def _abolished(
    pack: dict[str, Any], today: dict[str, Place], communes: tuple[Place, ...]
) -> Iterator[_Entry]:
    """Provinces, districts and communes that no longer exist; a name that goes on is today's."""
    went_to: dict[int, Place] = {}
    districts = []
    for name, number, parts in pack["old_districts"]:
        became = tuple(communes[part] for part in parts)
        now = today[_province(became[0])]
        went_to.setdefault(number, now)
        districts.append(_names(now.name, pack["old_provinces"][number]) | {fold(name).lower()})
        yield _Entry(name, "district", became, False, districts[-1], _words(name))
    names = {place.name for place in today.values()}
    for number, name in enumerate(pack["old_provinces"]):
        if name not in names:
            yield _Entry(name, "province", (went_to[number],), False, _names(name), _words(name))
    for name, district, parts in pack["old_communes"]:
        became = tuple(communes[part] for part in parts)
        yield _Entry(name, "commune", became, False, districts[district], _words(name))


def _nickname(known: tuple[str, Place]) -> _Entry:
    said, place = known
    return _Entry(place.name, "province", (place,), True, _names(place.name), _words(said))


def _names(*provinces: str) -> frozenset[str]:
    return frozenset(map(_plain, provinces))


def _province(place: Place) -> str:
    return place.slug.partition("/")[0]


@cache
def gazetteer() -> Gazetteer:
    """The pack's gazetteer, read once a process."""
    return Gazetteer.load()
