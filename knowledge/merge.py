"""What we wrote (packs) laid over what was read, field by field, for the same procedure or issued text.

The pack wins wherever it states something: people reviewed it. What was read fills what the pack leaves out.
Where both state different facts the pack's is kept, and the difference is reported for review.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.documents import Doubt, How, Plan, Procedure, SubmissionChannel
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
    + ("xa", "phuong", "cua", "nam", "ve", "so")
)
_SAME = 0.7  # of all the words of title and issuer


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
    if pack.decision and crawl.decision and pack.decision != crawl.decision:
        conflicts.append(Conflict(pack.code, "decision", pack.decision, crawl.decision))
    return sorted(conflicts, key=lambda conflict: conflict.field)


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


def merge_all(packs: list[Procedure], crawled: list[Procedure]) -> tuple[list[Procedure], list[Conflict]]:
    """All procedures once each, by key; the pack's and the crawl's of one key merged."""
    known = {procedure.key: procedure for procedure in crawled}
    conflicts: list[Conflict] = []
    for pack in packs:
        crawl = known.get(pack.key)
        if crawl is None or crawl.listed_only:
            known[pack.key] = pack
            continue
        known[pack.key], found = merge(pack, crawl)
        conflicts += found
    return [known[key] for key in sorted(known)], conflicts


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
    """Whether two records are of one issued text: by number and day, else by title, issuer and year."""
    if one.key == other.key:
        return True
    if one.number and other.number:
        same_day = not (one.issued and other.issued) or one.issued == other.issued
        return _plain(one.number) == _plain(other.number) and same_day and _near_year(one, other)
    return _near_year(one, other) and _same_words(one, other)


def _near_year(one: Plan, other: Plan) -> bool:
    years = [{plan.year, plan.issued.year if plan.issued else None} - {None} for plan in (one, other)]
    return bool(years[0] & years[1]) or not (years[0] and years[1])


def _same_words(one: Plan, other: Plan) -> bool:
    """The title may name the issuer in one and not in the other: both are compared with their issuers."""
    bodies = [_words(plan.issuer) - _OFFICES for plan in (one, other)]
    if bodies[0] and bodies[1] and not (bodies[0] <= bodies[1] or bodies[1] <= bodies[0]):
        return False
    said = [(_words(plan.title) | _words(plan.issuer)) - _OFFICES for plan in (one, other)]
    common = said[0] & said[1]
    return len(common) >= _SAME * len(said[0] | said[1]) and _words(one.title) & _words(other.title) != set()


def _plain(number: str) -> str:
    return "".join(fold(number).split())


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(fold(text)) if word not in _OFFICES}


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
