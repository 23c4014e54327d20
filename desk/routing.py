"""Which office a report goes to. The rules are data (`knowledge/packs/routing/`); this only reads them.

A wrong office costs a person weeks, so anything unsure goes to people who sort: every route names its
reason, and how sure it is.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from desk.models import Confidence, Route
from desk.places import understood
from desk.texts import texts
from knowledge.documents import Unit
from knowledge.errors import BadRecord
from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.words import syllables

PACKS = Path(__file__).resolve().parents[1] / "knowledge" / "packs"
COMMON = "chung"  # the prefix of units that serve wherever a place has none of its own
TRIAGE_ROLE = "phan-loai"
# Roads as people abbreviate them; a telephone ("ĐT 0905…") has more digits.
_ROADS = (
    (re.compile(r"\bql\s?\.?\s?(?=\d{1,2}[a-z]?\b)", re.IGNORECASE), "quốc lộ "),
    (re.compile(r"\b(?:đt|dt|tl)\s?\.?\s?(?=\d{1,3}[a-z]?\b(?!\s?\d))", re.IGNORECASE), "tỉnh lộ "),
    (re.compile(r"\bhcm(?= nhánh\b| nhanh\b)", re.IGNORECASE), "hồ chí minh"),
)
_STREET = re.compile(
    r"\b(?:[Đđ]ường|[Pp]hố) (?:\d{1,2}[/-]\d{1,2}\b|[A-ZĐÀ-ÖØ-ÞĂĨŨƠƯẠ-Ỹ]\w* [A-ZĐÀ-ÖØ-ÞĂĨŨƠƯẠ-Ỹ]\w*)"
)
_NEAR = tuple(
    f" {word}" for word in ("gan", "canh", "sat", "giap", "doi dien", "nga ba", "nga tu", "ra toi", "ve phia")
)


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(_Data):
    id: str
    name: str
    examples: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


class When(_Data):
    """Phrases of what happened; with `also`, one of these too, in what happened or where ("quốc lộ")."""

    any: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def holds(self, said: Said, everything: Said) -> bool:
        return bool(said.count(self.any)) and (not self.also or bool(everything.count(self.also)))


class Owner(_Data):
    """Whose a thing is, by the words that tell: the class of its road, the pole that it hangs on."""

    id: str
    of: tuple[str, ...]  # categories
    words: tuple[str, ...] = ()
    named_street: bool = False  # a street with a name tells too ("đường Nguyễn Huệ")
    unit_role: str
    reason: str
    second_role: str = ""
    confidence: Confidence = "likely"

    def told(self, said: Said) -> bool:
        return any(said.owns(word) for word in self.words) or (self.named_street and said.names_a_street)


class Rule(_Data):
    """A phrase that decides. Without phrases it holds for its whole category; without a role the owner decides."""

    category: str
    when: When = When()
    unit_role: str = ""
    reason: str = ""
    second_role: str = ""
    confidence: Confidence = "likely"


class Said:
    """A report's words, ready to be searched for phrases as whole words.

    A single word must carry the same marks when the report's word carries any: `đèn` is not `đến`, but `den` may be
    `đèn`. In a phrase only the tones must agree ("đuờng" is "đường", "xe độ" no "xe đò"), and hỏi is as ngã.
    """

    def __init__(self, text: str) -> None:
        text = _spelled_out(text)
        self.names_a_street = bool(_STREET.search(text))
        self._words = syllables(text)
        self._folded = f" {' '.join(fold(word) for word in self._words)} "

    def has(self, phrase: str) -> bool:
        wanted, folded = _phrase(phrase)
        if not wanted or folded not in self._folded:
            return False
        starts = range(len(self._words) - len(wanted) + 1)
        return any(
            all(
                (_alike if len(wanted) > 1 else _same)(word, want)
                for word, want in zip(self._words[start:], wanted, strict=False)
            )
            for start in starts
        )

    def owns(self, phrase: str) -> bool:
        """Whether the phrase is said of the thing itself, not of what it is near ("gần quốc lộ 1")."""
        if not self.has(phrase):
            return False
        folded = _phrase(phrase)[1]
        return any(not before.endswith(_NEAR) for before in _befores(self._folded, folded))

    def count(self, phrases: Iterable[str]) -> int:
        """How many words of phrases are found: a longer phrase says more."""
        return sum(len(_phrase(phrase)[0]) for phrase in phrases if self.has(phrase))


@lru_cache(maxsize=16384)
def _phrase(phrase: str) -> tuple[tuple[str, ...], str]:
    """Its words; and without marks, between spaces. Rules ask for the same ones at every report."""
    words = tuple(syllables(phrase))
    return words, f" {' '.join(fold(word) for word in words)} "


def _same(word: str, wanted: str) -> bool:
    return word == wanted if has_diacritics(word) else word == fold(wanted)


def _alike(word: str, wanted: str) -> bool:
    """The same letters, and the same tone where the word carries one."""
    tone = _tone(word)
    return fold(word) == fold(wanted) and (not tone or tone == _tone(wanted))


@lru_cache(maxsize=8192)
def _tone(word: str) -> str:
    """Its tone's mark, hỏi as ngã; "" for none."""
    marks = unicodedata.normalize("NFD", word).replace("\u0309", "\u0303")
    return next((mark for mark in marks if mark in "\u0300\u0301\u0303\u0323"), "")


def _befores(text: str, phrase: str) -> Iterator[str]:
    start = text.find(phrase)
    while start >= 0:
        yield text[:start]
        start = text.find(phrase, start + 1)


def _spelled_out(text: str) -> str:
    for pattern, full in _ROADS:
        text = pattern.sub(full, text)
    return text


class Router:
    """Rules, categories, owners and units, read once."""

    def __init__(
        self,
        *,
        categories: Sequence[Category],
        rules: Sequence[Rule],
        units: Iterable[Unit],
        owners: Sequence[Owner] = (),
    ) -> None:
        self._categories = {category.id: category for category in categories}
        self._rules = tuple(rules)
        self._owners = tuple(owners)
        self._units = {unit.id: unit for unit in units}
        self._served = frozenset(unit.area.partition("/")[0] for unit in self._units.values() if unit.area)

    @classmethod
    def from_packs(cls, packs: Path = PACKS) -> Router:
        """Read the packs.

        Raises:
            BadRecord: a file is damaged; the message names it.
        """
        owners = packs / "routing" / "owners.yml"
        return cls(
            owners=_read(owners, Owner) if owners.exists() else (),
            categories=_read(packs / "routing" / "categories.yml", Category),
            rules=_read(packs / "routing" / "rules.yml", Rule),
            units=[unit for path in sorted((packs / "units").glob("*.json")) for unit in _read(path, Unit)],
        )

    @property
    def categories(self) -> tuple[Category, ...]:
        return tuple(self._categories.values())

    @property
    def units(self) -> tuple[Unit, ...]:
        return tuple(self._units.values())

    @property
    def triage_units(self) -> tuple[str, ...]:
        """Ids of all who sort."""
        return tuple(unit_id for unit_id in self._units if unit_id.endswith(f"-{TRIAGE_ROLE}"))

    def unit(self, unit_id: str) -> Unit | None:
        return self._units.get(unit_id)

    def triage_unit(self, area: str) -> Unit | None:
        """Who sorts what is unsure, for this place."""
        return self.unit_for(TRIAGE_ROLE, area)

    def category_name(self, category: str) -> str:
        return self._name(category)

    def area_of(self, where: str, *, area: str) -> str:
        """Where a report is from, by which it is seen: what its place names, else where the conversation is."""
        return understood(where, area=area, served=self._served) or area

    def route(self, what: str, *, where: str = "", area: str = "", category: str = "") -> Route:
        """Choose the office. The place is looked at only when what happened decides nothing.

        A place that `where` names, by its old or its new name, goes before `area`, where the conversation is.
        """
        area = understood(where, area=area, served=self._served)
        candidates = [rule for rule in self._rules if category in ("", rule.category)]
        everything = Said(f"{what}\n{where}")
        for said in (Said(what), everything):
            rule = next((rule for rule in candidates if rule.when.holds(said, everything)), None)
            rule = rule or self._by_keywords(said, candidates)
            if rule:
                return self._owned(rule, everything, area)
        general = [rule for rule in candidates if not rule.when.any]
        if category and general:
            return self._owned(general[0], everything, area)
        return self._triage(area, category=category)

    def _owned(self, rule: Rule, said: Said, area: str) -> Route:
        """By whose it is, when the rule leaves that open or says only what is usual."""
        if rule.unit_role and rule.when.any:
            return self._apply(rule, area)
        owner = next((one for one in self._owners if rule.category in one.of and one.told(said)), None)
        if owner:
            return self._apply(_rule_of(owner, rule.category), area)
        usual = next((one for one in self._rules if one.category == rule.category and not one.when.any), rule)
        if usual.unit_role:
            return self._apply(usual, area)
        return self._triage(area, category=rule.category, reason=texts()["triage"]["owner_unknown"])

    def _by_keywords(self, said: Said, candidates: Sequence[Rule]) -> Rule | None:
        """The general rule of the category most spoken of; None when two are spoken of alike."""
        general = {rule.category: rule for rule in reversed(candidates) if not rule.when.any}
        scores = sorted(
            (
                (said.count(self._categories[name].keywords), name)
                for name in general
                if name in self._categories
            ),
            reverse=True,
        )
        if not scores or scores[0][0] == 0 or (len(scores) > 1 and scores[0][0] == scores[1][0]):
            return None
        return general[scores[0][1]]

    def _apply(self, rule: Rule, area: str) -> Route:
        unit = self.unit_for(rule.unit_role, area)
        if unit is None or rule.confidence == "triage":
            return self._triage(area, category=rule.category, reason=rule.reason)
        second = self.unit_for(rule.second_role, area) if rule.second_role else None
        if self._is_anywhere(unit):
            # An office without a place is nobody's desk; the second one will do where the province is known.
            if second is None or self._is_anywhere(second) or second.level != "province":
                return self._triage(area, category=rule.category, reason=self._why_nobody(area))
            unit = second
        return Route(
            category=rule.category,
            category_name=self._name(rule.category),
            unit_id=unit.id,
            unit_name=unit.name,
            reason=rule.reason,
            confidence=rule.confidence,
            second_choice=second.id if second and second.id != unit.id else "",
            second_name=second.name if second and second.id != unit.id else "",
        )

    def _is_anywhere(self, unit: Unit) -> bool:
        """Whether it is a province's office, and not said of which."""
        return unit.level == "province" and not unit.area and bool(self._served)

    def _why_nobody(self, area: str) -> str:
        known = area.partition("/")[0] in self._served
        reason: str = texts()["triage"]["reason" if known else "province_unknown"]
        return reason

    def _triage(self, area: str, *, category: str, reason: str = "") -> Route:
        words = texts()["triage"]
        unit = self.unit_for(TRIAGE_ROLE, area)
        known = category in self._categories
        return Route(
            category=category if known else words["category"],
            category_name=self._name(category) if known else words["category_name"],
            unit_id=unit.id if unit else words["unit_id"],
            unit_name=unit.name if unit else words["unit_name"],
            reason=reason or words["reason"],
            confidence="triage",
        )

    def _name(self, category: str) -> str:
        found = self._categories.get(category)
        return found.name if found else category

    def unit_for(self, role: str, area: str) -> Unit | None:
        """The place's own office for a role, else that of the place above, else the common one."""
        steps = [step for step in area.split("/") if step]
        prefixes = ["-".join(steps[:length]) for length in range(len(steps), 0, -1)]
        ids = (f"{prefix}-{role}" for prefix in [*prefixes, COMMON])
        return next((self._units[unit_id] for unit_id in ids if unit_id in self._units), None)


def _rule_of(owner: Owner, category: str) -> Rule:
    shared = owner.model_dump(include={"unit_role", "second_role", "reason", "confidence"})
    return Rule(category=category, **shared)


def _read(path: Path, model: type[Any]) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8")
        rows = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        return [model.model_validate(row) for row in rows or []]
    except (OSError, ValueError, TypeError, yaml.YAMLError, ValidationError) as error:
        raise BadRecord(f"{path}: {error}") from error
