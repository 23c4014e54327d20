"""What we wrote (packs) laid over what was crawled, field by field, for the same procedure.

The pack wins wherever it states something: people reviewed it. The crawl fills what the pack leaves out.
Where both state different facts the pack's is kept, and the difference is reported for review.
"""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.documents import Doubt, How, Procedure, SubmissionChannel

_FILLED = (
    *("raw_code", "aliases", "levels", "field", "subjects", "agency", "receiving_places", "dossier"),
    *("dossier_notes", "steps", "conditions", "results", "legal_basis", "decision", "portal_url"),
    *("online_level", "area", "ministry", "related", "deadlines"),
)


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
    """All procedures once each, by code; the pack's and the crawl's of one code merged."""
    known = {procedure.code: procedure for procedure in crawled}
    conflicts: list[Conflict] = []
    for pack in packs:
        crawl = known.get(pack.code)
        if crawl is None:
            known[pack.code] = pack
            continue
        known[pack.code], found = merge(pack, crawl)
        conflicts += found
    return [known[code] for code in sorted(known)], conflicts
