"""What a staged version changes for people, in the words of the desk."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from bot.gateway.content.record_view import FieldView, Published, view
from bot.gateway.content.saving import on_connection
from bot.gateway.settings import Settings
from knowledge.diff import Difference, compare
from knowledge.store import KINDS, Connection, KnowledgeStore

KEPT = 4  # comparisons: versions do not change, so neither does what is between two of them
_KNOWN: OrderedDict[tuple[str, str, str], Difference] = OrderedDict()


@dataclass(frozen=True)
class FieldChange:
    """A field as it is shown before and after."""

    label: str
    before: list[str]
    after: list[str]


async def between(dsn: str, settings: Settings, *, before: str, after: str) -> Difference:
    """The difference of two versions; compared once, in a thread."""
    name = (dsn, before, after)
    if name not in _KNOWN:

        def work(conn: Connection) -> Difference:
            return compare(KnowledgeStore(conn, settings.home), before, after)

        _KNOWN[name] = await on_connection(dsn, work)
        while len(_KNOWN) > KEPT:
            _KNOWN.popitem(last=False)
    return _KNOWN[name]


def amended(old: dict[str, Any], new: dict[str, Any], kind: str) -> list[FieldChange]:
    """The fields of a record that read otherwise, from its two bodies."""
    before, after = _fields(old, kind), _fields(new, kind)
    return [
        FieldChange(
            (after.get(path) or before[path]).label,
            before[path].lines if path in before else [],
            after[path].lines if path in after else [],
        )
        for path in [*before, *(path for path in after if path not in before)]
        if path not in before or path not in after or before[path].lines != after[path].lines
    ]


def _fields(body: dict[str, Any], kind: str) -> dict[str, FieldView]:
    record: Published = KINDS[kind].model_validate(body)
    return {field.path: field for group in view(record, (), ()).groups for field in group.fields}
