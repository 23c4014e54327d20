"""What changes for people between two versions: what is added, gone, amended field by field, newly doubtful.

Only records whose content differs are compared. Provenance is left out: a text read again says nothing new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from knowledge.documents import Doubt, Plan, Procedure, ValidityState
from knowledge.store import KnowledgeStore

Record: TypeAlias = Procedure | Plan
SHORT = 120  # letters shown of a value
_ENDED = (ValidityState.SUPERSEDED, ValidityState.REPEALED)
_HIDDEN = ("provenance", "doubts", "raw_code", "kind")
# What names an element of a list, so that the same one is compared even when it moved.
_NAMES = ("how", "case", "name", "number", "path", "title", "condition", "section", "start")
# Which answers a field goes into (bot/answer/aspects.yml), what costs people most first.
_ASPECTS = {
    "fees": ("fee",),
    "payment": ("payment", "fee"),
    "time_limit": ("time_limit",),
    "dossier": ("documents", "form"),
    "dossier_notes": ("documents",),
    "validity": ("overview",),
    "deadlines": ("deadline",),
    "statements": ("responsibility", "schedule"),
    "events": ("schedule",),
    "conditions": ("conditions",),
    "channels": ("online", "where", "fee", "time_limit"),
    "online_level": ("online",),
    "receiving_places": ("where",),
    "agency": ("where", "contact"),
    "steps": ("steps",),
    "results": ("result",),
    "legal_basis": ("legal",),
    "references": ("legal",),
    "decision": ("legal",),
}
_ORDER = {name: place for place, name in enumerate(_ASPECTS)}


@dataclass(frozen=True)
class Change:
    """One value. `field` is its path, elements of lists by name: `channels.online.fees`."""

    field: str
    before: str
    after: str

    @property
    def part(self) -> str:
        """The most telling name in the path: `fees` of `channels.online.fees`."""
        names = [name for name in self.field.split(".") if name in _ASPECTS]
        return min(names, key=lambda name: _ORDER[name], default=self.field.split(".")[0])


@dataclass(frozen=True)
class Entry:
    """A record that came, went or ended; `note` says how it stands."""

    kind: str
    key: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Amended:
    """A record that says something else, the changes that cost people most first."""

    kind: str
    key: str
    title: str
    changes: tuple[Change, ...]
    aspects: tuple[str, ...]


@dataclass(frozen=True)
class Doubted:
    kind: str
    key: str
    title: str
    field: str
    reason: str


@dataclass(frozen=True)
class Touched:
    """A saved question whose answer may change, and the record it rests on."""

    question: str
    key: str
    aspect: str = ""
    id: str = ""


@dataclass(frozen=True)
class Difference:
    before: str
    after: str
    added: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    ended: tuple[Entry, ...] = ()
    amended: tuple[Amended, ...] = ()
    newly_doubtful: tuple[Doubted, ...] = ()
    no_longer_doubtful: tuple[Doubted, ...] = ()
    questions: tuple[Touched, ...] = ()
    reread: int = 0  # records that say the same as before, from another reading

    def __bool__(self) -> bool:
        parts = (
            self.added,
            self.removed,
            self.ended,
            self.amended,
            self.newly_doubtful,
            self.no_longer_doubtful,
        )
        return any(parts)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class SavedQuestion:
    """A question kept for measuring or searching. Without a key it asks about issued texts of its area."""

    text: str
    keys: tuple[str, ...] = ()
    area: str = ""
    aspect: str = ""
    id: str = ""


def compare(
    store: KnowledgeStore, before: str, after: str, *, questions: Iterable[SavedQuestion] = ()
) -> Difference:
    """The difference between two versions of a store; "" stands for nothing, before the first.

    Raises:
        UnknownVersion: there is no such version.
        SnapshotError: a record that differs is damaged.
    """
    old = store.hashes(before) if before else {}
    new = store.hashes(after)
    differs = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    loaded = store.records.load(side[name] for side in (old, new) for name in sorted(differs) if name in side)
    return difference(
        {name: loaded[old[name]] for name in differs if name in old},
        {name: loaded[new[name]] for name in differs if name in new},
        names=(before, after),
        questions=questions,
    )


def difference(
    old: Mapping[tuple[str, str], Record],
    new: Mapping[tuple[str, str], Record],
    *,
    names: tuple[str, str] = ("", ""),
    questions: Iterable[SavedQuestion] = (),
) -> Difference:
    """The difference between records by kind and key; those that are the same on both sides may be left out."""
    both = sorted(old.keys() & new.keys())
    ended = [name for name in both if _ends(old[name], new[name])]
    amended = [found for name in both if name not in ended and (found := _amended(old[name], new[name]))]
    doubts = [(new[name], *_doubts(old[name], new[name])) for name in both]
    doubts += [(new[name], list(new[name].doubts), []) for name in sorted(new.keys() - old.keys())]
    touched = {name: None for name in (old.keys() | new.keys()) - set(both)}
    aspects = {(found.kind, found.key): found.aspects for found in amended}
    return Difference(
        *names,
        added=tuple(_entry(new[name]) for name in sorted(new.keys() - old.keys())),
        removed=tuple(_entry(old[name]) for name in sorted(old.keys() - new.keys())),
        ended=tuple(_entry(new[name]) for name in ended),
        amended=tuple(sorted(amended, key=_cost)),
        newly_doubtful=tuple(_doubted(record, doubt) for record, came, _ in doubts for doubt in came),
        no_longer_doubtful=tuple(_doubted(record, doubt) for record, _, went in doubts for doubt in went),
        questions=tuple(_touched(questions, {**touched, **dict.fromkeys(ended)} | aspects, {**old, **new})),
        reread=len(both) - len(ended) - len(amended),
    )


def _ends(old: Record, new: Record) -> bool:
    return new.validity.state in _ENDED and old.validity.state not in _ENDED


def _entry(record: Record) -> Entry:
    state, validity = record.validity.state, record.validity
    notes = [state.value] if state in _ENDED else []
    notes += [f"by {validity.by}"] if validity.by and state in _ENDED else []
    notes += [f"until {validity.end:%d/%m/%Y}"] if validity.end else []
    notes += ["title only"] if isinstance(record, Procedure) and record.listed_only else []
    return Entry(record.kind, record.key, record.title, ", ".join(notes))


def _amended(old: Record, new: Record) -> Amended | None:
    changes = sorted(changes_of(old, new), key=lambda change: (_place(change), change.field))
    if not changes:
        return None
    aspects = [aspect for change in changes for aspect in _ASPECTS.get(change.part, ("overview",))]
    return Amended(new.kind, new.key, new.title, tuple(changes), tuple(dict.fromkeys(aspects)))


def changes_of(old: Record, new: Record) -> list[Change]:
    """Every value that differs between two records of one key."""
    before, after = (record.model_dump(mode="json", exclude=set(_HIDDEN)) for record in (old, new))
    return list(_changes("", before, after))


def _changes(path: str, before: Any, after: Any) -> Iterator[Change]:  # noqa: ANN401  # any JSON value
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and not _is_value(path):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _changes(f"{path}.{name}" if path else name, before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(path, before, after)
    else:
        yield Change(path, short(before), short(after))


def _is_value(path: str) -> bool:
    """A length of time is read as one value, not as its parts."""
    return path.endswith("time_limit")


def _list_changes(path: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    old, new = _named(before), _named(after)
    for name in [*old, *(name for name in new if name not in old)]:
        if name in old and name in new:
            yield from _changes(f"{path}.{name}" if name else path, old[name], new[name])
        elif old.get(name) or new.get(name):
            yield Change(path, short(old.get(name)), short(new.get(name)))


def _named(items: Sequence[Any]) -> dict[str, Any]:
    """Elements by what names them; the second of one name is told apart by its number."""
    seen: Counter[str] = Counter()
    found = {}
    for item in items:
        name = _name(item)
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} #{seen[name]}"] = item
    return found


def _name(item: Any) -> str:  # noqa: ANN401
    if not isinstance(item, dict):
        return short(item)
    text = next((str(item[name]) for name in _NAMES if item.get(name)), "")
    return text.replace(".", "·")[:60]


def short(value: Any) -> str:  # noqa: ANN401
    """A value as people read it in one line; "" for nothing."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, dict):
        text = _said(value)
    elif isinstance(value, list):
        text = "; ".join(filter(None, map(short, value)))
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def _said(value: dict[str, Any]) -> str:
    """A fee, a length of time, a paper: its figures first, and the source's words when it has none."""
    if value.get("unit") and value.get("value") is not None:
        return f"{value['value']:g} {value['unit']}"
    if value.get("amount") is not None:
        return " ".join(
            map(str, filter(None, (f"{value['amount']:,}", value["currency"], value.get("condition"))))
        )
    if value.get("raw"):
        return str(value["raw"])
    return "; ".join(
        filter(None, (short(part) for name, part in value.items() if name not in ("raw", "currency")))
    )


def _place(change: Change) -> int:
    return _ORDER.get(change.part, len(_ORDER))


def _cost(found: Amended) -> tuple[int, str]:
    return _place(found.changes[0]), found.key


def _doubts(old: Record, new: Record) -> tuple[list[Doubt], list[Doubt]]:
    """Doubts that came and went, by field and reason: the words around them may move."""
    before = {(doubt.field, doubt.reason) for doubt in old.doubts}
    after = {(doubt.field, doubt.reason) for doubt in new.doubts}
    came = [doubt for doubt in new.doubts if (doubt.field, doubt.reason) not in before]
    return came, [doubt for doubt in old.doubts if (doubt.field, doubt.reason) not in after]


def _doubted(record: Record, doubt: Doubt) -> Doubted:
    return Doubted(record.kind, record.key, record.title, doubt.field, doubt.reason)


def _touched(
    questions: Iterable[SavedQuestion],
    changed: Mapping[tuple[str, str], tuple[str, ...] | None],
    records: Mapping[tuple[str, str], Record],
) -> Iterator[Touched]:
    """Saved questions about a changed record; of an amended one those that ask for what was amended."""
    by_code: dict[str, list[tuple[str, str]]] = {}
    plans_of: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(changed):
        record = records[name]
        if isinstance(record, Plan):
            plans_of.setdefault(record.area, []).append(name)
        elif not record.variant:
            by_code.setdefault(record.code, []).append(name)
    for question in questions:
        names = [name for key in question.keys for name in by_code.get(key, [])]
        if not question.keys and question.area:
            names = plans_of.get(question.area, [])
        for name in names:
            aspects = changed[name]
            if aspects is None or not question.aspect or question.aspect in aspects or "overview" in aspects:
                yield Touched(question.text, name[1], question.aspect, question.id)
                break
