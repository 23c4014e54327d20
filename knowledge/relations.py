"""What issued texts do to each other and to procedures: replace, repeal, amend (thay thế, bãi bỏ, sửa đổi, bổ sung).

Numbers repeat: every province has a 26/KH-UBND each year. A text reaches another by number only within its own area,
and never a later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from knowledge.documents import (
    Plan,
    Procedure,
    Relation,
    RelationKind,
    Validity,
    ValidityState,
    area_covers,
)
from knowledge.numbering import day_in, number_key
from knowledge.succession import age_of

_ENDS = {RelationKind.REPLACES: ValidityState.SUPERSEDED, RelationKind.REPEALS: ValidityState.REPEALED}


@dataclass(frozen=True)
class Refused:
    """A relation that cannot be as it is written, or meets a record that says otherwise."""

    key: str
    left: str
    right: str
    reason: str


@dataclass(frozen=True)
class _Effect:
    by: Plan
    relation: Relation

    @property
    def start(self) -> date | None:
        return self.by.validity.start or self.by.issued

    @property
    def name(self) -> str:
        return self.by.number or f"{self.by.type} {self.by.title}"

    @property
    def ends(self) -> ValidityState | None:
        """How what it reaches stands afterwards; None when only a part is touched."""
        return None if self.relation.scope else _ENDS.get(self.relation.kind)

    def change(self, validity: Validity) -> Validity:
        ends = self.ends
        if ends is None:
            by = (*validity.amended_by, self.name)
            return validity.model_copy(update={"amended_by": tuple(dict.fromkeys(by))})
        last = date.fromordinal(self.start.toordinal() - 1) if self.start else None
        days = [day for day in (last, validity.end) if day]
        return validity.model_copy(
            update={"state": ends, "end": min(days) if days else None, "by": self.name}
        )


@dataclass
class Effects:
    """Everything the documents say of others. `refused` and `doubted` are for people."""

    effects: list[_Effect] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    doubted: list[Refused] = field(default_factory=list)

    def on_plan(self, plan: Plan) -> Plan:
        validity = plan.validity
        for effect in self.effects:
            if not _names_plan(effect, plan):
                continue
            if _starts_before(effect, plan.validity.start or plan.issued):
                self.refused.append(
                    Refused(effect.by.key, effect.name, plan.number, "a text cannot end a later one")
                )
                continue
            validity = effect.change(validity)
        return plan if validity is plan.validity else plan.model_copy(update={"validity": validity})

    def on_procedure(self, record: Procedure) -> Procedure:
        validity = record.validity
        for effect in self.effects:
            if not _names_procedure(effect, record) or _starts_before(effect, age_of(record).latest):
                continue
            if _published_since(effect, record):
                self.doubted.append(_still_published(effect, record))
                validity = validity.model_copy(update={"state": ValidityState.UNKNOWN, "by": effect.name})
            else:
                validity = effect.change(validity)
        return record if validity is record.validity else record.model_copy(update={"validity": validity})


def effects_of(plans: Sequence[Plan]) -> Effects:
    """The effects, oldest document first, so that of two that end a text the first does."""
    found = Effects()
    for plan in sorted(plans, key=lambda one: (one.validity.start or one.issued or date.max, one.key)):
        found.effects += [_Effect(plan, relation) for relation in plan.relations]
    return found


def _starts_before(effect: _Effect, day: date | None) -> bool:
    """Whether what it would reach is later than the text itself."""
    return effect.start is not None and day is not None and effect.start < day


def _names_plan(effect: _Effect, plan: Plan) -> bool:
    relation, key = effect.relation, number_key(effect.relation.number)
    if plan.key == effect.by.key or not key or relation.codes or key != number_key(plan.number):
        return False
    said = day_in(relation.number) or day_in(relation.title)
    if said and plan.issued and said != plan.issued:
        return False
    return area_covers(effect.by.area, plan.area) and (effect.by.area != "" or plan.area == "")


def _names_procedure(effect: _Effect, record: Procedure) -> bool:
    """By its code, or by the decision that published it."""
    relation, decision = effect.relation, number_key(record.decision)
    if not area_covers(effect.by.area, record.area) or decision == number_key(effect.by.number) != "":
        return False
    if relation.codes:
        return record.code in relation.codes
    return bool(decision) and decision == number_key(relation.number) and effect.by.area == record.area


def _published_since(effect: _Effect, record: Procedure) -> bool:
    """Whether it still stood where it is published after the day it should have ended."""
    fetched, start = record.provenance.fetched, effect.start
    return effect.ends is not None and fetched is not None and start is not None and fetched > start


def _still_published(effect: _Effect, record: Procedure) -> Refused:
    return Refused(
        record.key, f"{effect.name} ends it on {effect.start}",
        f"{record.provenance.source or record.portal_url or record.key} still shows it on {record.provenance.fetched}",
        "a decision ends a procedure that was still published afterwards",
    )  # fmt: skip
