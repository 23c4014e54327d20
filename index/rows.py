"""What search knows of a target besides its texts: written into the snapshot, read back as plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.passages import Passage
from index.siblings import Siblings, cases_of
from knowledge.documents import Procedure, Validity


def procedure_row(record: Procedure, *, siblings: Siblings, entries: Sequence[str]) -> dict[str, Any]:
    return {
        "key": record.key,
        "code": record.code,
        "title": record.title,
        "area": record.area,
        "levels": list(record.levels),
        "field": record.field,
        "cases": sorted(siblings.cases(record.title)),
        "wording_cases": sorted(cases_of(siblings, entries)),
        "variant": record.variant,
        "listed": record.listed_only,
        "validity": _validity(record.validity),
    }


def passage_row(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "area": passage.area,
        "year": passage.year,
        "live": passage.live,
        "unit": passage.unit,
        "verbatim": passage.verbatim,
        "validity": _validity(passage.validity),
    }


def _validity(validity: Validity) -> dict[str, Any]:
    """What is needed to tell whether the record holds on a day."""
    return validity.model_dump(mode="json", include={"state", "start", "end"}, exclude_defaults=True)
