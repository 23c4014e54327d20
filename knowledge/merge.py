"""What we wrote (packs) laid over what was read, field by field, for the same procedure or issued text.

The pack wins wherever it states something: people reviewed it. What was read fills what the pack leaves out.
Where both state different facts the pack's is kept, and the difference is reported for review.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.documents import Doubt, How, Plan, Procedure, SubmissionChannel
from knowledge.numbering import number_key
from knowledge.text.diacritics import fold

_FILLED = (
    *("raw_code", "aliases", "levels", "field", "subjects", "agency", "receiving_places", "dossier"),
    *("dossier_notes", "steps", "conditions", "results", "legal_basis", "decision", "portal_url"),
    *("online_level", "area", "ministry", "related", "deadlines"),
)
_FILLED_PLAN = (
    *("number", "issuer", "signer", "issued", "issued_text", "area", "year", "sections", "statements"),
    *("events", "tables", "references", "relations", "recipients", "place"),
)
_WORD = re.compile(r"\w+")
# Words of an office or of a kind of text: one source writes them out, another leaves them away.
_OFFICES = frozenset(
    (
        "ke",
        "hoach",
        "quyet",
        "dinh",
        "thong",
        "bao",
        "chu",
        "tich",
        "uy",
        "ban",
        "nhan",
        "dan",
        "ubnd",
        "tinh",
    )
    + ("xa", "phuong", "cua", "nam", "ve")
)
_SAME = 0.75  # of all the words of title and issuer


@dataclass(frozen=True)
class Conflict:
    """Both sides state a fact, and not the same one."""

    code: str
    field: str
    pack: str
    crawl: str


def _limits(channels: tuple[SubmissionChannel, ...]) -> dict[How, set[str]]:
    found: dict[How, set[str]] = {}
    for channel in channels:
        if channel.time_limit and channel.time_limit.known:
            found.setdefault(channel.how, set()).add(
                f"{channel.time_limit.value:g} {channel.time_limit.unit}"
            )
    return found


def _amounts(channels: tuple[SubmissionChannel, ...]) -> dict[How, set[str]]:
    found: dict[How, set[str]] = {}
    for channel in channels:
        for fee in channel.fees:
            if fee.amount is not None:
                found.setdefault(channel.how, set()).add(f"{fee.amount} {fee.currency}")
    return found


def _conflicts(pack: Procedure, crawl: Procedure) -> list[Conflict]:
    conflicts = []
    for name, read in (("time_limit", _limits), ("fees", _amounts)):
        ours, theirs = read(pack.channels), read(crawl.channels)
        for how in ours.keys() & theirs.keys():
            if not theirs[how] <= ours[how]:
                field = f"channels.{how.value}.{name}"
                conflicts.append(
                    Conflict(pack.code, field, " / ".join(sorted(ours[how])), " / ".join(sorted(theirs[how])))
                )
    if not same_decision(pack, crawl):
        conflicts.append(_other_decision(pack, crawl))
    return sorted(conflicts, key=lambda conflict: conflict.field)


def _other_decision(pack: Procedure, read: Procedure) -> Conflict:
    return Conflict(pack.code, "decision", pack.decision, read.decision)


def _filled(channel: SubmissionChannel, others: list[SubmissionChannel]) -> SubmissionChannel:
    # Several rows for one way (each for its own case) cannot fill a channel that stands for all cases.
    if len(others) != 1:
        return channel
    other = others[0]
    changes: dict[str, object] = {}
    if channel.time_limit is None and other.time_limit is not None:
        changes["time_limit"] = other.time_limit
    if not channel.fees and other.fees:
        changes["fees"] = other.fees
    if not channel.note and other.note:
        changes["note"] = other.note
    return channel.model_copy(update=changes) if changes else channel


def _channels(pack: Procedure, crawl: Procedure) -> tuple[SubmissionChannel, ...]:
    if not pack.channels:
        return crawl.channels
    ways = {channel.how for channel in pack.channels}
    alone = {how for how in ways if sum(1 for channel in pack.channels if channel.how is how) == 1}
    merged = [
        _filled(
            channel, [other for other in crawl.channels if other.how is channel.how and channel.how in alone]
        )
        for channel in pack.channels
    ]
    return (*merged, *(channel for channel in crawl.channels if channel.how not in ways))


def merge(pack: Procedure, crawl: Procedure) -> tuple[Procedure, list[Conflict]]:
    """The record that is answered from, and where the two disagree."""
    conflicts = _conflicts(pack, crawl)
    changes: dict[str, object] = {name: getattr(crawl, name) for name in _FILLED if not getattr(pack, name)}
    changes["channels"] = _channels(pack, crawl)
    stated = {name for name in Procedure.model_fields if name not in changes} | (
        {"channels"} if pack.channels else set()
    )
    doubts = [doubt for doubt in crawl.doubts if doubt.field.split(".")[0] not in stated]
    differs = [
        Doubt(field=found.field, reason="differs from the portal", raw=f"portal: {found.crawl}")
        for found in conflicts
    ]
    changes["doubts"] = tuple(dict.fromkeys((*pack.doubts, *differs, *doubts)))
    return pack.model_copy(update=changes), conflicts


def merge_all(packs: list[Procedure], read: list[Procedure]) -> tuple[list[Procedure], list[Conflict]]:
    """Every record that was read, under our pack where it is of the same decision; packs that met none by themselves.

    What is in force among records of one code is not for us to say (`knowledge.validity`): a pack written from
    an older decision stays a record of that decision.
    """
    records, conflicts = list(read), dict[Conflict, None]()
    places: dict[tuple[str, str], list[int]] = {}
    for number, record in enumerate(records):
        if not record.variant and not record.listed_only:
            places.setdefault((record.code, record.area), []).append(number)
    for pack in packs:
        there = places.get((pack.code, pack.area), [])
        same = [number for number in there if same_decision(pack, records[number])]
        if not same:
            conflicts.update((_other_decision(pack, records[number]), None) for number in there)
            records.append(pack)
        for number in same:
            records[number], found = merge(pack, records[number])
            conflicts.update(dict.fromkeys(found))
    return records, list(conflicts)


def same_decision(one: Procedure, other: Procedure) -> bool:
    """Whether two records of a procedure go back to one decision, as far as both say."""
    numbers = number_key(one.decision), number_key(other.decision)
    return numbers[0] == numbers[1] or not all(numbers)


def merge_plans(packs: list[Plan], read: list[Plan]) -> tuple[list[Plan], list[Conflict]]:
    """All issued texts once each, by id; a text that a pack already holds fills what the pack leaves out.

    The record keeps the pack's id, so that an answer means the same text whether its file was read or not.
    """
    known = {plan.key: plan for plan in read}
    conflicts: list[Conflict] = []
    for pack in packs:
        same = [plan for plan in known.values() if same_text(pack, plan)]
        for plan in same:
            del known[plan.key]
        whole = pack
        for plan in same:
            whole, found = _merge_plan(whole, plan)
            conflicts += found
        known[pack.key] = whole
    return [known[key] for key in sorted(known)], conflicts


def same_text(one: Plan, other: Plan) -> bool:
    """Whether two records are of one issued text: by file, by number and day, else by title, issuer and year."""
    if one.key == other.key or (one.provenance.sha256 and one.provenance.sha256 == other.provenance.sha256):
        return True
    if not _near(one, other):
        return False
    if one.number and other.number:
        same_day = not (one.issued and other.issued) or one.issued == other.issued
        return _plain(one.number) == _plain(other.number) and same_day
    return _same_words(one, other)


def _near(one: Plan, other: Plan) -> bool:
    """Of one place and one year, as far as both are known."""
    years = [{plan.year, plan.issued.year if plan.issued else None} - {None} for plan in (one, other)]
    same_year = bool(years[0] & years[1]) or not (years[0] and years[1])
    return same_year and (one.area == other.area or not (one.area and other.area))


def _same_words(one: Plan, other: Plan) -> bool:
    """The same office, whatever of its place is written out, and nearly the same words of title and issuer."""
    place = set((one.area or other.area).replace("/", "-").split("-"))
    if not (one.year and other.year) or _words(one.issuer) - place != _words(other.issuer) - place:
        return False
    said = [_words(f"{plan.title} {plan.issuer}") for plan in (one, other)]
    return len(said[0] & said[1]) >= _SAME * len(said[0] | said[1])


def _plain(number: str) -> str:
    return "".join(fold(number).lower().split())


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(text).lower())) - _OFFICES


def _merge_plan(pack: Plan, read: Plan) -> tuple[Plan, list[Conflict]]:
    """Statements, events and title stay ours; sections, tables, references and the rest fill what is empty."""
    changes = {name: getattr(read, name) for name in _FILLED_PLAN if not getattr(pack, name)}
    conflicts = [
        Conflict(pack.key, name, str(getattr(pack, name)), str(getattr(read, name)))
        for name in ("number", "issued")
        if getattr(pack, name) and getattr(read, name) and getattr(pack, name) != getattr(read, name)
    ]
    doubts = [doubt for doubt in read.doubts if doubt.field.split(".")[0] in changes]
    changes["doubts"] = tuple(dict.fromkeys((*pack.doubts, *doubts)))
    return pack.model_copy(update=changes), conflicts
