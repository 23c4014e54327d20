"""The kinds of reports that are kept apart at the door: about the field, the handling of dossiers, a rule itself.

Complaints and denunciations are no kinds of these: the guard turns them to their own ways before any form.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from knowledge.text.diacritics import fold

FIELD = "hien_truong"
KINDS = (FIELD, "giai_quyet", "quy_dinh")


@cache
def _words() -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = yaml.safe_load(
        Path(__file__).with_name("kinds.yml").read_text(encoding="utf-8")
    )
    return loaded


def kind_of(text: str) -> str:
    """The kind a report's words speak for; a person may correct it."""
    said = f" {' '.join(fold(text).lower().split())} "
    for kind, words in _words().items():
        if any(f" {word} " in said for word in words):
            return kind
    return FIELD
