"""Where two records of one procedure state different facts, and a record that states only what both agree on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.documents import Doubt, How, Procedure, SubmissionChannel
from knowledge.text.diacritics import fold

DISAGREE = "two sources in force disagree"
_WORDS = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Difference:
    """`field` is `channels.online.fees`, `channels.direct.time_limit` or `dossier`."""

    field: str
    left: str
    right: str


def _limits(channel: SubmissionChannel) -> set[str]:
    limit = channel.time_limit
    return {f"{limit.value:g} {limit.unit}"} if limit and limit.known else set()


def _amounts(channel: SubmissionChannel) -> set[str]:
    return {f"{fee.amount} {fee.currency}" for fee in channel.fees if fee.amount is not None}


_READ: dict[str, Callable[[SubmissionChannel], set[str]]] = {"time_limit": _limits, "fees": _amounts}


def _papers(record: Procedure) -> set[str]:
    return {
        " ".join(_WORDS.findall(fold(item.name).lower())) for case in record.dossier for item in case.items
    }


def _of_way(record: Procedure, how: How, read: Callable[[SubmissionChannel], set[str]]) -> set[str]:
    return {value for channel in record.channels if channel.how is how for value in read(channel)}


def differences(one: Procedure, other: Procedure) -> list[Difference]:
    """Facts that both state and not alike. What only one states is no disagreement."""
    found = []
    for how in How:
        for name, read in _READ.items():
            left, right = _of_way(one, how, read), _of_way(other, how, read)
            if left and right and left != right:
                found.append(_difference(f"channels.{how.value}.{name}", left, right))
    left, right = _papers(one), _papers(other)
    if left and right and left != right:
        found.append(_difference("dossier", left - right, right - left))
    return found


def _difference(field: str, left: set[str], right: set[str]) -> Difference:
    return Difference(field, " / ".join(sorted(left)), " / ".join(sorted(right)))


def withhold(record: Procedure, found: Sequence[Difference], other: str) -> Procedure:
    """The record without what another contradicts; each such field becomes a doubt. `other` names the source."""
    if not found:
        return record
    fields = {difference.field for difference in found}
    changes: dict[str, object] = {
        "channels": tuple(_without(channel, fields) for channel in record.channels),
        "doubts": (*record.doubts, *(_doubt(difference, other) for difference in found)),
    }
    if "dossier" in fields:
        changes |= {"dossier": (), "dossier_notes": ()}
    return record.model_copy(update=changes)


def _without(channel: SubmissionChannel, fields: set[str]) -> SubmissionChannel:
    """A note may repeat what is withheld, so it goes too."""
    changes: dict[str, object] = {}
    if f"channels.{channel.how.value}.time_limit" in fields:
        changes |= {"time_limit": None, "note": ""}
    if f"channels.{channel.how.value}.fees" in fields:
        changes |= {"fees": (), "note": ""}
    return channel.model_copy(update=changes) if changes else channel


def _doubt(found: Difference, other: str) -> Doubt:
    return Doubt(field=found.field, reason=DISAGREE, raw=f"{found.left} | {other}: {found.right}")
