"""The places served: slug paths, their names today, and the older names people still use.

Every other place of the country is known too (knowledge/gazetteer): a record may be of any area, and a question about
a place that is not served is told so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from knowledge.documents import Area, Level, area_covers
from knowledge.errors import UnknownArea
from knowledge.gazetteer import Gazetteer, Naming, gazetteer
from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.normalise import one_line

PACK = Path(__file__).parent / "packs" / "areas.json"

_SYLLABLE = re.compile(r"[^\W\d_]+")
_KIND = re.compile(r"^(?:tỉnh|thành phố|xã|phường|đặc khu) ", re.IGNORECASE)


class _Name(NamedTuple):
    slug: str
    syllables: tuple[str, ...]


class _Hit(NamedTuple):
    slug: str
    start: int
    end: int


class Areas:
    """Every area, looked up by slug or by what a person calls it."""

    def __init__(self, areas: Iterable[Area], places: Gazetteer | None = None) -> None:
        self._areas = {area.slug: area for area in areas}
        self._places = places or gazetteer()
        self._names = [
            _Name(area.slug, tuple(_syllables(_KIND.sub("", name) if index == 0 else name)))
            for area in self._areas.values()
            for index, name in enumerate((area.name, *area.old_names))
        ]

    @classmethod
    def from_pack(cls, path: Path = PACK) -> Areas:
        return cls(Area.model_validate(item) for item in json.loads(path.read_text(encoding="utf-8")))

    def __iter__(self) -> Iterator[Area]:
        return iter(self._areas.values())

    def __contains__(self, slug: object) -> bool:
        return slug in self._areas

    def get(self, slug: str) -> Area:
        """The area of a slug: one that is served, or any province or commune of the country."""
        if area := self._areas.get(slug):
            return area
        if place := self._places.by_slug.get(slug):
            return Area(slug=slug, name=place.name, level=Level.COMMUNE if "/" in slug else Level.PROVINCE)
        raise UnknownArea(f"no area {slug!r}; served: {', '.join(self._areas)}")

    def served(self, slug: str) -> bool:
        """Whether a place lies in an area that is served."""
        return any(area_covers(area, slug) for area in self._areas)

    def path(self, slug: str) -> tuple[str, ...]:
        """`lam-dong/bac-binh` → (`lam-dong`, `lam-dong/bac-binh`): the areas whose records may answer."""
        self.get(slug)
        parts = slug.split("/")
        return tuple("/".join(parts[:length]) for length in range(1, len(parts) + 1))

    def name(self, slug: str) -> str:
        """The full name, most specific first: `Xã Bắc Bình, tỉnh Lâm Đồng`."""
        first, *rest = [self.get(part).name for part in reversed(self.path(slug))]
        return ", ".join([first, *(name[:1].lower() + name[1:] for name in rest)])

    def find(self, text: str) -> str | None:
        """The served area a text names, with or without diacritics; the most specific one when it names several.

        A district or commune of before July 2025 is the area it is in today ("huyện Krông Búk" → `dak-lak`). Two
        places of which neither contains the other ("từ Đắk Lắk về Quảng Trị") are no answer: None.
        """
        slugs = {hit.slug for hit in _outermost(self._hits(_syllables(text)))}
        slugs |= {naming.slug for naming in self._places.find(text) if self.served(naming.slug)}
        deepest = max(slugs, key=lambda slug: slug.count("/"), default=None)
        if deepest is None or not all(area_covers(slug, deepest) for slug in slugs):
            return None
        return deepest

    def elsewhere(self, text: str) -> Naming | None:
        """A place the text names that is not served, when it names none that is."""
        named = [naming for naming in self._places.find(text) if naming.slug]
        if self.find(text) or any(self.served(naming.slug) for naming in named):
            return None
        return named[0] if named else None

    def _hits(self, said: list[str]) -> list[_Hit]:
        return [
            _Hit(name.slug, start, start + len(name.syllables))
            for name in self._names
            for start in range(len(said) - len(name.syllables) + 1)
            if all(map(_same, said[start:], name.syllables))
        ]


def _syllables(text: str) -> list[str]:
    return [syllable.lower() for syllable in _SYLLABLE.findall(one_line(text))]


def _same(said: str, name: str) -> bool:
    """A syllable typed with marks must carry the right ones: "làm đồng" is not Lâm Đồng, "lam dong" is."""
    return said == name or (not has_diacritics(said) and said == fold(name))


def _outermost(hits: list[_Hit]) -> list[_Hit]:
    """Drop a name that lies inside a longer one: "huyện Bắc Bình" is not the commune Bắc Bình."""
    return [hit for hit in hits if not any(_inside(hit, other) for other in hits)]


def _inside(hit: _Hit, other: _Hit) -> bool:
    longer = other.end - other.start > hit.end - hit.start
    return longer and other.start <= hit.start and hit.end <= other.end
