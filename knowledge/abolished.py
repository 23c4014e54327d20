"""Offices that no longer exist: named in a text, with whoever does their work today."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.documents import Doubt, Procedure
from knowledge.text.diacritics import fold
from knowledge.text.normalise import one_line

PACK = Path(__file__).parent / "packs" / "abolished_bodies.yml"
# A document is quoted with the name its issuer bore then: "Thông tư số 12/2017/TT-BGTVT … của Bộ Giao thông vận tải".
_QUOTED = re.compile(
    r"(?:luật|nghị định|thông tư|quyết định|nghị quyết|văn bản)\b[^;.]{0,160}$", re.IGNORECASE
)
_FIELDS = ("agency", "receiving_places", "steps", "results", "conditions")


@dataclass(frozen=True)
class Abolished:
    """One abolished body named in a text. `since` is the first day it no longer existed."""

    said: str
    since: date
    today: tuple[str, ...]
    note: str = ""


class AbolishedBodies:
    """The bodies of one pack, found in texts by their whole names, with all their marks or none."""

    def __init__(self, rows: Iterable[dict[str, Any]]) -> None:
        self._known = {spelt(name): row for row in rows for name in row["said"] for spelt in (_marked, _bare)}
        longest_first = sorted(self._known, key=len, reverse=True)
        self._named = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")

    @classmethod
    def from_pack(cls, path: Path = PACK) -> AbolishedBodies:
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")))

    def named(self, text: str) -> list[Abolished]:
        """Each body once, in the order of the text; not those that only issued a document quoted there."""
        line = one_line(text)
        found: dict[str, Abolished] = {}
        for match in self._named.finditer(_marked(line)):
            if not _QUOTED.search(line[: match.start()]):
                row = self._known[match.group()]
                said = line[match.start() : match.end()]
                found.setdefault(match.group(), _abolished(said, row))
        return list(found.values())

    def doubts(self, record: Procedure) -> tuple[Doubt, ...]:
        """A doubt for each field of a procedure that sends people to a body that is gone."""
        return tuple(
            Doubt(
                field=name, reason=f"names an abolished body, today: {', '.join(body.today)}", raw=body.said
            )
            for name in _FIELDS
            for body in self.named(_text(getattr(record, name)))
        )


def _abolished(said: str, row: dict[str, Any]) -> Abolished:
    return Abolished(said, row["since"], tuple(row["today"]), row.get("note", ""))


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " \n ".join(value)


def _marked(text: str) -> str:
    """Lower case, one spelling of "ủy"; as long as the text, so that places found here are places there."""
    return text.lower().replace("uỷ", "ủy").replace("oà", "òa")


def _bare(text: str) -> str:
    """As people type without marks. A name with some of its marks is another word: "Công an quản lý"."""
    return fold(text).lower()


@cache
def abolished_bodies() -> AbolishedBodies:
    """The pack's bodies, read once a process."""
    return AbolishedBodies.from_pack()
