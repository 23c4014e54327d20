"""What is in force: documents and records laid beside each other, so that the newer ends the older.

`resolve` is pure and knows no today: it writes since when and until when each record holds, by what it was replaced,
and names what cannot be settled without a person. Whether a record holds on a day is `Validity.on`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.agreement import Difference, differences, withhold
from knowledge.documents import Doubt, Level, Plan, Procedure, ValidityState
from knowledge.numbering import number_key, slug
from knowledge.periods import TWO_TIERS
from knowledge.relations import Effects, effects_of
from knowledge.succession import age_of, later, office_key, same_document, settle_years

_ENDED = frozenset({ValidityState.SUPERSEDED, ValidityState.REPEALED})
_LAST_DAY_OF_DISTRICTS = date.fromordinal(TWO_TIERS.toordinal() - 1)


@dataclass(frozen=True)
class Conflict:
    """Two sources that cannot both be right, for a person to settle. `kind` is procedure or plan."""

    kind: str
    key: str
    field: str
    left: str
    right: str
    reason: str


@dataclass(frozen=True)
class Resolved:
    """Every record once, by key, with its validity; what is old stays, told apart by `variant`."""

    procedures: tuple[Procedure, ...]
    plans: tuple[Plan, ...]
    conflicts: tuple[Conflict, ...] = ()


def resolve(procedures: Iterable[Procedure], plans: Iterable[Plan]) -> Resolved:
    """Settle what is in force between all records read; the same input in any order gives the same result."""
    conflicts: list[Conflict] = []
    documents = settle_years(_documents(plans, conflicts))
    effects = effects_of(documents)
    documents = [effects.on_plan(plan) for plan in documents]
    conflicts += [
        Conflict("plan", found.key, "relations", found.left, found.right, found.reason)
        for found in effects.refused
    ]
    settled = _procedures([_ended_with_districts(record) for record in procedures], effects, conflicts)
    return Resolved(
        tuple(sorted(settled, key=lambda record: record.key)),
        tuple(sorted(documents, key=lambda plan: plan.key)),
        tuple(sorted(set(conflicts), key=lambda found: (found.kind, found.key, found.field, found.left))),
    )


def _ended_with_districts(record: Procedure) -> Procedure:
    """What only district offices did, as published before they were abolished, ended with them."""
    day = age_of(record).latest
    only_district = bool(record.levels) and set(record.levels) == {Level.DISTRICT}
    if not only_district or day is None or day >= TWO_TIERS or record.validity.state in _ENDED:
        return record
    ended = record.validity.model_copy(
        update={"state": ValidityState.SUPERSEDED, "end": record.validity.end or _LAST_DAY_OF_DISTRICTS}
    )
    return record.model_copy(update={"validity": ended})


def _procedures(records: Sequence[Procedure], effects: Effects, conflicts: list[Conflict]) -> list[Procedure]:
    groups: defaultdict[tuple[str, str], list[Procedure]] = defaultdict(list)
    for record in records:
        groups[record.code, record.area].append(record)
    settled = []
    for group in groups.values():
        touched = [effects.on_procedure(record) for record in group]
        settled += _settle(touched, conflicts)
    conflicts += [
        Conflict("procedure", found.key, "validity", found.left, found.right, found.reason)
        for found in effects.doubted
    ]
    return settled


def _settle(group: list[Procedure], conflicts: list[Conflict]) -> list[Procedure]:
    """The records of one code and area: the newest in force keeps the bare key, the others get a variant."""
    if len(group) == 1:
        return group
    full = sorted((record for record in group if not record.listed_only), key=_order)
    listed = sorted((record for record in group if record.listed_only), key=_order)
    over = [record for record in full if record.validity.state in _ENDED]
    chain, left = _chain([record for record in full if record.validity.state not in _ENDED], conflicts)
    if chain:
        chain[0] = _with_what_lists_say(chain[0], listed)
    else:  # nothing of what it says is known to hold, only that it exists
        chain = listed[-1:]
    newest = chain[0] if chain else None
    return _keyed([*chain, *left, *(_ended_by(record, newest) for record in over)])


def _chain(live: Sequence[Procedure], conflicts: list[Conflict]) -> tuple[list[Procedure], list[Procedure]]:
    """Records ordered by age, the newest first, each ended by the one before; and what could not be put in order."""
    if not live:
        return [], []
    chain, left = [], []
    nearest = live[-1]
    for other in reversed(live[:-1]):
        nearest, rest = _between(nearest, other, conflicts)
        if rest is not None and rest.validity.state is ValidityState.SUPERSEDED:
            chain.append(nearest)
            nearest = rest
        elif rest is not None:
            left.append(rest)
    return [*chain, nearest], left


def _order(record: Procedure) -> tuple[object, ...]:
    age = age_of(record)
    first = date.min
    return (
        age.day or (date(age.year, 1, 1) if age.year else first),
        age.fetched or first,
        len(record.model_dump_json()),
        record.model_dump_json(),
    )


def _between(
    newest: Procedure, other: Procedure, conflicts: list[Conflict]
) -> tuple[Procedure, Procedure | None]:
    """The one in force, and what is left of the other: nothing when both say the same."""
    found = differences(newest, other)
    same_text = number_key(newest.decision) == number_key(other.decision) != ""
    if same_text and _one_page(newest, other) and later(newest, other) is newest:
        return newest, None
    if not same_text and later(newest, other) is newest:
        return newest, _replaced(other, newest)
    if not found and (same_text or not (newest.decision and other.decision)):
        return newest, None
    conflicts += [_conflict(newest, other, difference) for difference in found]
    if not found:
        conflicts.append(_undated(newest, other))
    left = other.validity.model_copy(update={"state": ValidityState.UNKNOWN})
    return withhold(newest, found, _name(other)), other.model_copy(
        update={"validity": left, "variant": other.variant or _variant(other)}
    )


def _one_page(one: Procedure, other: Procedure) -> bool:
    """Whether both were read from one published page, at different times."""
    pages = {one.provenance.url or one.portal_url, other.provenance.url or other.portal_url}
    return len(pages) == 1 and pages != {""}


def _conflict(one: Procedure, other: Procedure, found: Difference) -> Conflict:
    return Conflict(
        "procedure", one.key, found.field, f"{_name(one)}: {found.left}", f"{_name(other)}: {found.right}",
        "two records in force state different facts; which is newer is not known",
    )  # fmt: skip


def _undated(one: Procedure, other: Procedure) -> Conflict:
    return Conflict(
        "procedure", one.key, "decision", _name(one), _name(other),
        "two decisions publish the same procedure; which is newer is not known",
    )  # fmt: skip


def _name(record: Procedure) -> str:
    """What a person knows a source by."""
    return record.decision or record.provenance.source or record.provenance.url or record.key


def _replaced(older: Procedure, newer: Procedure) -> Procedure:
    day = age_of(newer).day
    start, end = older.validity.start, older.validity.end
    before = date.fromordinal(day.toordinal() - 1) if day else None
    if before and start and before < start:
        before = None
    ends = [one for one in (before, end) if one]
    validity = older.validity.model_copy(
        update={
            "state": ValidityState.SUPERSEDED,
            "end": min(ends) if ends else None,
            "by": older.validity.by or _name(newer),
        }
    )
    return older.model_copy(update={"validity": validity, "variant": older.variant or _variant(older)})


def _variant(record: Procedure) -> str:
    age = age_of(record)
    year = age.day.year if age.day else age.year
    return str(year) if year else slug(record.decision) or "ban-cu"


def _ended_by(record: Procedure, newest: Procedure | None) -> Procedure:
    """An ended record beside one in force names it, and does not take its key."""
    if newest is None:
        return record
    by = record.validity.by or newest.decision
    return record.model_copy(
        update={
            "variant": record.variant or _variant(record),
            "validity": record.validity.model_copy(update={"by": by}),
        }
    )


def _with_what_lists_say(record: Procedure, listed: Sequence[Procedure]) -> Procedure:
    """A list adds the decision to a record that names none."""
    decision = next((one.decision for one in reversed(listed) if one.decision), "")
    return record.model_copy(update={"decision": decision}) if decision and not record.decision else record


def _keyed(records: Sequence[Procedure]) -> list[Procedure]:
    """The same record twice is one; different ones under one key are numbered."""
    taken: dict[str, Procedure] = {}
    for record in records:
        number, one = 2, record
        while one.key in taken and not _same(taken[one.key], one):
            variant = f"{record.variant or _variant(record)}-{number}"
            one, number = record.model_copy(update={"variant": variant}), number + 1
        taken.setdefault(one.key, one)
    return list(taken.values())


def _same(one: Procedure, other: Procedure) -> bool:
    bare = {"provenance": one.provenance, "variant": one.variant}
    return one == other.model_copy(update=bare)


def _documents(plans: Iterable[Plan], conflicts: list[Conflict]) -> list[Plan]:
    """Each document once, by its best reading; two that claim one number are named and lose it."""
    kept: defaultdict[tuple[object, ...], list[Plan]] = defaultdict(list)
    for plan in sorted(plans, key=_best_reading):
        near = kept[office_key(plan)]
        if not any(same_document(one, plan) for one in near):
            near.append(plan)
    return _one_number_each(_one_id_each([plan for near in kept.values() for plan in near]), conflicts)


def _best_reading(plan: Plan) -> tuple[object, ...]:
    """People's reading first, then text before recognised images, then the one that holds most."""
    made = plan.provenance
    return (
        not made.reviewed_by,
        made.method == "ocr",
        -(made.text_quality if made.text_quality is not None else 1.0),
        -len(plan.statements) - len(plan.sections),
        plan.model_dump_json(),
    )


def _one_id_each(plans: Sequence[Plan]) -> list[Plan]:
    taken: dict[str, Plan] = {}
    for plan in plans:
        number, name = 2, plan.id
        while name in taken:
            name, number = f"{plan.id}-{number}", number + 1
        taken[name] = plan if name == plan.id else plan.model_copy(update={"id": name})
    return list(taken.values())


def _one_number_each(plans: Sequence[Plan], conflicts: list[Conflict]) -> list[Plan]:
    groups: defaultdict[tuple[object, ...], list[Plan]] = defaultdict(list)
    for plan in plans:
        groups[_claim(plan)].append(plan)
    settled = []
    for claim, group in groups.items():
        if not claim[0] or len(group) == 1:
            settled += group
            continue
        first = group[0]
        for other in group[1:]:
            conflicts.append(
                Conflict("plan", first.key, "number", _place(first), _place(other),
                         f"two documents claim the number {first.number}")
            )  # fmt: skip
        settled += [_without_number(plan) for plan in group]
    return settled


def _claim(plan: Plan) -> tuple[object, ...]:
    """A number is one body's for one year."""
    year = plan.issued.year if plan.issued else plan.year
    return number_key(plan.number), plan.area, year, slug(plan.type)


def _place(plan: Plan) -> str:
    return f"{plan.title} ({plan.provenance.source or plan.provenance.url or plan.key})"


def _without_number(plan: Plan) -> Plan:
    doubt = Doubt(field="number", reason="another document claims the same number", raw=plan.number)
    return plan.model_copy(update={"number": "", "doubts": (*plan.doubts, doubt)})
