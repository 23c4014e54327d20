"""Decisions and handbooks that write procedures out, one after another → `Procedure`s, with pages and doubts.

Takes the pages of any reader (PDF, scan, DOCX). Facts are stated where the section's words leave no choice; a
procedure without a national code gets none invented, but is handed back apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from knowledge.documents import (
    CODE_PATTERN,
    Doubt,
    Procedure,
    normalise_code,
)
from knowledge.errors import BadRecord
from knowledge.parsers.decision import era
from knowledge.parsers.decision.blocks import Block, blocks_of
from knowledge.parsers.decision.fields import Context, fields_of
from knowledge.parsers.decision.labels import Label
from knowledge.parsers.decision.laws import read_day
from knowledge.parsers.decision.lines import Line, lines_of
from knowledge.parsers.decision.listing import Codes
from knowledge.reading.pages import DocumentText

_SURE = (Label.STEPS, Label.DOSSIER, Label.TIME, Label.LEGAL, Label.AGENCY, Label.MANNER)
_ENOUGH = 3  # of these labels: fewer are a mention, not a procedure


@dataclass(frozen=True)
class UncodedProcedure:
    """A procedure whose national code is not known: `fields` are those of a `Procedure`, to be completed."""

    title: str
    page: int
    local_code: str  # as printed, "" where nothing is
    fields: Mapping[str, Any]
    doubts: tuple[Doubt, ...]

    def with_code(self, code: str) -> Procedure:
        """The record once its code is known."""
        return Procedure(**{**self.fields, "code": code, "doubts": self.doubts})


@dataclass(frozen=True)
class Found:
    procedures: tuple[Procedure, ...]
    uncoded: tuple[UncodedProcedure, ...]


def _blocks(lines: Sequence[Line]) -> list[Block]:
    return [block for block in blocks_of(lines) if sum(label in block.sections for label in _SURE) >= _ENOUGH]


def looks_like(document: DocumentText) -> bool:
    """Whether a document writes out at least one procedure under its usual labels."""
    return bool(_blocks(lines_of(document)))


def _context(
    document: DocumentText,
    lines: Sequence[Line],
    blocks: Sequence[Block],
    *,
    name: str,
    area: str,
    fetched: date | None,
    titles: Mapping[str, str],
    as_of: date | None,
) -> Context:
    before = "\n".join(line.text for line in lines[: blocks[0].place])[:4000]
    effective = [day for block in blocks if (day := read_day(block.text(Label.EFFECTIVE)))]
    head = era.read_head(before)
    found = "" if area or head.ministry else era.area_of(document.text)
    return Context(
        name=name,
        area=area or found,
        area_found=bool(found),
        day=as_of or head.issued or era.made_on(document.properties) or era.latest_of(effective),
        head=head,
        fetched=fetched,
        codes=Codes(titles, document.tables),
        quality={page.number: page.quality for page in document.pages},
        methods={page.number: page.method for page in document.pages},
    )


def _told_apart(found: Sequence[dict[str, Any]]) -> None:
    """A code that stands several times in one document: the records keep apart, and say so."""
    counts = Counter(normalise_code(data["code"]) for data in found if data["code"])
    seen: Counter[str] = Counter()
    for data in found:
        code = normalise_code(data["code"])
        if not code or counts[code] < 2:
            continue
        seen[code] += 1
        page = data["provenance"].page
        reason = f"this code stands {counts[code]} times in the document"
        data["doubts"] = (*data["doubts"], Doubt(field="code", reason=reason, raw=data["title"], page=page))
        if seen[code] > 1:
            data["variant"] = f"{data['variant']}-{seen[code]}".lstrip("-")


def parse_all(
    document: DocumentText,
    *,
    name: str,
    area: str = "",
    fetched: date | None = None,
    titles: Mapping[str, str] | None = None,
    as_of: date | None = None,
) -> Found:
    """The procedures of a document, and apart from them those without a national code.

    Args:
        document: its pages, from any reader.
        name: the file's name, for the provenance.
        area: slug of the province it is about; found from the places it names when not given.
        fetched: the day the file was come by.
        titles: known titles and their codes, for procedures that print none.
        as_of: the day the document speaks of, where its own date says otherwise or nothing.

    Raises:
        BadRecord: it writes out no procedure.
    """
    lines = lines_of(document)
    blocks = _blocks(lines)
    if not blocks:
        raise BadRecord(
            "no procedure is written out here: none of the usual labels (Trình tự thực hiện, …) was found"
        )
    context = _context(
        document,
        lines,
        blocks,
        name=name,
        area=area,
        fetched=fetched,
        titles=titles or {},
        as_of=as_of,
    )
    found: list[dict[str, Any]] = []
    local: list[str] = []
    for block in blocks:
        data, own, doubts = fields_of(block, context)
        found.append({**data, "doubts": tuple(doubts)})
        local.append(own)
    _told_apart(found)
    return _records(found, local)


def _records(found: Sequence[dict[str, Any]], local: Sequence[str]) -> Found:
    procedures, uncoded = [], []
    for data, own in zip(found, local, strict=True):
        if re.match(CODE_PATTERN, normalise_code(data["code"])) and data["title"]:
            try:
                procedures.append(Procedure(**data))
            except ValidationError as error:
                first = error.errors()[0]
                raise BadRecord(f"page {data['provenance'].page}: {first['loc']}: {first['msg']}") from error
        else:
            fields = {key: value for key, value in data.items() if key not in ("code", "doubts")}
            uncoded.append(
                UncodedProcedure(data["title"], data["provenance"].page, own, fields, data["doubts"])
            )
    return Found(tuple(procedures), tuple(uncoded))


def parse(
    document: DocumentText,
    *,
    name: str,
    area: str = "",
    fetched: date | None = None,
    titles: Mapping[str, str] | None = None,
    as_of: date | None = None,
) -> list[Procedure]:
    """The procedures that have a national code: see `parse_all`.

    Raises:
        BadRecord: the document writes out no procedure.
    """
    return list(
        parse_all(document, name=name, area=area, fetched=fetched, titles=titles, as_of=as_of).procedures
    )
