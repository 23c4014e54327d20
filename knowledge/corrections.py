"""People's word over the source's: corrections of single values, laid over records whenever they are read anew.

A correction remembers what the source said when it was made. While the source says the same (or has come to
say what people said), the correction holds in silence; when it says something else, it still holds, and the
disagreement is shown to people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from knowledge.documents import Doubt, Plan, Procedure
from knowledge.errors import BadRecord

_FIXED = (
    "kind",
    "code",
    "id",
    "variant",
    "area",
    "provenance",
    "doubts",
)  # what a record is, not what it says
_PLACE = re.compile(r"^\d+$")


@dataclass(frozen=True)
class Correction:
    """One value that a person set. `field` is its path in the record's JSON: `channels.0.time_limit`."""

    kind: str
    key: str
    field: str
    before: Any
    after: Any
    actor: str
    at: datetime
    reason: str = ""
    id: str = ""


@dataclass(frozen=True)
class Disagreement:
    """The source now says something else than when it was corrected, or the record is not there any more."""

    correction: Correction
    source_says: Any
    reason: str

    @property
    def text(self) -> str:
        says = json.dumps(self.source_says, ensure_ascii=False)
        ours = json.dumps(self.correction.after, ensure_ascii=False)
        return f"{self.reason}: corrected to {ours} by {self.correction.actor}, source {says}"


@dataclass(frozen=True)
class Corrected:
    """Records after people's word, and where the two disagree."""

    records: list[Procedure | Plan]
    disagreements: list[Disagreement] = field(default_factory=list)


def value_at(record: Procedure | Plan, path: str) -> Any:  # noqa: ANN401  # any JSON value
    """What the record's JSON holds at a path.

    Raises:
        BadRecord: there is no such place.
    """
    return _get(record.model_dump(mode="json"), _steps(path))


def corrected(record: Procedure | Plan, correction: Correction) -> Procedure | Plan:
    """The record with one value set; the doubts about it are settled, and who reviewed it is noted.

    Raises:
        BadRecord: there is no such place, or the record would not be valid.
    """
    steps = _steps(correction.field)
    if steps[0] in _FIXED:
        raise BadRecord(f"{correction.field}: this says what the record is and cannot be corrected")
    data = record.model_dump(mode="json")
    _set(data, steps, correction.after)
    data["doubts"] = [
        doubt.model_dump(mode="json") for doubt in record.doubts if not _settles(record, steps, doubt)
    ]
    data["provenance"] |= {"reviewed_by": correction.actor, "reviewed_at": correction.at.date().isoformat()}
    try:
        return type(record).model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRecord(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def apply(records: Sequence[Procedure | Plan], corrections: Iterable[Correction]) -> Corrected:
    """The records with every correction laid over them, in the order they were made."""
    places: dict[tuple[str, str], int] = {
        (record.kind, record.key): number for number, record in enumerate(records)
    }
    made = list(records)
    disagreements = []
    for correction in sorted(corrections, key=lambda correction: (correction.at, correction.id)):
        number = places.get((correction.kind, correction.key))
        if number is None:
            disagreements.append(Disagreement(correction, None, "the record is not published any more"))
            continue
        made[number], disagreement = _laid(made[number], correction)
        disagreements += [disagreement] if disagreement else []
    return Corrected(made, disagreements)


def _laid(record: Procedure | Plan, correction: Correction) -> tuple[Procedure | Plan, Disagreement | None]:
    """The source's word is read under the corrections made before this one: it was made seeing them."""
    try:
        says = value_at(record, correction.field)
        done = corrected(record, correction)
    except BadRecord as error:
        return record, Disagreement(correction, None, f"it does not fit any more ({error})")
    if says in (correction.before, correction.after):
        return done, None
    return done, Disagreement(correction, says, "the source has changed since")


def _settles(record: Procedure | Plan, steps: list[str], doubt: Doubt) -> bool:
    """Whether setting this value answers a doubt: one about the value or a part of it.

    Parsers name a channel by how it works: `channels.2.fees` answers `channels.online.fees`, and the
    `channels.fees` that is said of all of them.
    """
    named = doubt.field.split(".")
    if steps[0] != "channels" or len(steps) < 3:
        return named[: len(steps)] == steps
    return named in (["channels", _how(record, steps[1]), steps[2]], ["channels", steps[2]])


def _how(record: Procedure | Plan, step: str) -> str:
    if isinstance(record, Procedure) and _PLACE.match(step) and int(step) < len(record.channels):
        return record.channels[int(step)].how.value
    return step


def _steps(path: str) -> list[str]:
    steps = path.split(".")
    if not all(steps):
        raise BadRecord(f"{path!r} is no path of a field")
    return steps


def _get(data: Any, steps: list[str]) -> Any:  # noqa: ANN401
    for step in steps:
        data = _inside(data, step)
    return data


def _inside(data: Any, step: str) -> Any:  # noqa: ANN401
    if isinstance(data, dict) and step in data:
        return data[step]
    if isinstance(data, list) and _PLACE.match(step) and int(step) < len(data):
        return data[int(step)]
    raise BadRecord(f"there is no {step!r} in this record any more")


def _set(data: Any, steps: list[str], value: Any) -> None:  # noqa: ANN401
    inside = _get(data, steps[:-1])
    _inside(inside, steps[-1])
    inside[int(steps[-1]) if isinstance(inside, list) else steps[-1]] = value
