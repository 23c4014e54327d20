"""The parts of a portal record's sheet → a `Procedure`: each value stated where the sheet leaves no choice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge.checked import first_fault
from knowledge.documents import (
    DossierCase,
    DossierItem,
    Doubt,
    Form,
    LegalBasis,
    Procedure,
    Provenance,
    SubmissionChannel,
    normalise_code,
)
from knowledge.errors import BadRecord
from knowledge.parsers import people, quoc_phong
from knowledge.parsers.cells import parse_channels
from knowledge.parsers.cross_check import distrust_free
from knowledge.parsers.deadlines import citizen_deadlines
from knowledge.parsers.decision.labels import Label
from knowledge.parsers.decision.listing import code_in
from knowledge.parsers.dossier import is_explanation, tidy
from knowledge.parsers.fees import FeeCell, read_fee
from knowledge.parsers.legal import number_in
from knowledge.parsers.portal_sheet import Piece, Sheet, counts_in, sheet_of
from knowledge.parsers.prose import paragraphs, results
from knowledge.parsers.tail import field as stated
from knowledge.parsers.tail import is_empty
from knowledge.text.diacritics import vietnamese_share
from knowledge.text.normalise import one_line

_GLUED = re.compile(r"(?:Trực tuyến|Trực tiếp|Dịch vụ bưu chính)(?=\d|Không có)")
_NAMED_FEE = re.compile(r"^(?:lệ phí|phí)\s*:", re.IGNORECASE | re.MULTILINE)
_PRICE_NOTE = re.compile(r"(?P<price>[^(]*?)\s*(?:\((?P<note>.*)\))?\s*", re.DOTALL)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_ORDINARY = 0.75  # share of words with a mark in ordinary Vietnamese prose


@dataclass(frozen=True)
class Origin:
    """Where a sheet came from."""

    source: str
    method: str = "text"
    url: str = ""
    sha256: str = ""
    fetched: date | None = None
    area: str = ""


def _paper(row: dict[str, str]) -> DossierItem | str:
    """The paper of a row, or the words of one that only explains."""
    name = one_line(stated(row.get("name", "")))
    counts = counts_in(row.get("count", ""))
    originals, copies = counts.get("chính"), counts.get("sao")
    if is_explanation(name, originals, copies):
        return tidy(name)
    if originals == 0 and not copies:  # a paper of which none is asked: the count was never filled in
        originals = copies = None
    file = one_line(stated(row.get("form", "")))
    return DossierItem(
        name=tidy(name), originals=originals, copies=copies, form=Form(file=file) if file else None
    )


def _dossier(rows: Sequence[dict[str, str]]) -> tuple[tuple[DossierCase, ...], tuple[str, ...]]:
    """The cases: a `*` row without counts heads the papers behind it."""
    cases: list[tuple[str, list[DossierItem]]] = [("", [])]
    notes = []
    for row in rows:
        name = row.get("name", "").strip()
        if not tidy(name) or is_empty(tidy(name)):
            continue
        if name.startswith("*") and not counts_in(row.get("count", "")):
            cases.append((tidy(one_line(name)), []))
            continue
        paper = _paper(row)
        if isinstance(paper, str):
            notes.append(paper)
        else:
            cases[-1][1].append(paper)
    notes += [case for case, items in cases if case and not items]
    kept = tuple(DossierCase(case=case, items=tuple(items)) for case, items in cases if items)
    return kept, tuple(dict.fromkeys(notes))


def _channels(sheet: Sheet) -> tuple[tuple[SubmissionChannel, ...], list[Doubt]]:
    glued = "".join(sheet.texts.get(Label.MANNER, []))
    if not sheet.channels and _GLUED.search(glued):
        parsed = parse_channels(glued)
        return parsed.channels, list(parsed.doubts)
    read = [_channel(row) for row in sheet.channels]
    return tuple(channel for channels, _ in read for channel in channels), [
        doubt for _, found in read for doubt in found
    ]


def _channel(row: dict[str, str]) -> tuple[tuple[SubmissionChannel, ...], list[Doubt]]:
    """One row. A price without "Phí:" before it is read as the portal's column is."""
    price = row.get("phi_le_phi", "")
    if not price or _NAMED_FEE.search(price):
        return quoc_phong.read_channels([row])
    channels, doubts = quoc_phong.read_channels([row | {"phi_le_phi": ""}])
    split = _PRICE_NOTE.fullmatch(price)
    note = one_line(split["note"] or "") if split else ""
    fees, why = read_fee(FeeCell((split["price"] if split else price).strip(), note, row.get("mo_ta", "")))
    if why and channels:
        field_name = f"channels.{channels[0].how.value}.fees"
        doubts.append(Doubt(field=field_name, reason=why, raw=price[:300]))
    return tuple(channel.model_copy(update={"fees": fees}) for channel in channels), doubts


def _checked_channels(sheet: Sheet) -> tuple[tuple[SubmissionChannel, ...], list[Doubt]]:
    channels, doubts = _channels(sheet)
    channels, contradicted = distrust_free(
        tuple(dict.fromkeys(channels)),
        steps=sheet.text(Label.STEPS),
        dossier=" ".join(row.get("name", "") for row in sheet.papers),
        conditions=sheet.text(Label.CONDITIONS),
        legal=" ".join(row.get("trich_yeu", "") for row in sheet.laws),
    )
    return channels, doubts + contradicted


def _law_dates(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Days as day-month-year, however they were printed."""
    return [
        row | {"ngay_ban_hanh": _ISO.sub(r"\3-\2-\1", row.get("ngay_ban_hanh", "")).replace("/", "-")}
        for row in rows
    ]


def _legal(sheet: Sheet) -> tuple[tuple[LegalBasis, ...], list[Doubt]]:
    return quoc_phong.read_legal(_law_dates(sheet.laws))


def _plain(sheet: Sheet, *labels: Label) -> str:
    return one_line(stated(sheet.text(*labels)))


def _results(sheet: Sheet) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(found for line in sheet.texts.get(Label.RESULTS, []) for found in results(line))
    )


def _decision(sheet: Sheet) -> str:
    text = _plain(sheet, Label.DECISION)
    return number_in(text) or text


def _code(sheet: Sheet) -> str:
    """The printed code. A sheet with two of them is not one record."""
    codes = {normalise_code(code) for line in sheet.texts.get(Label.CODE, []) if (code := code_in(line))}
    if len(codes) != 1:
        raise BadRecord(
            "no code of a procedure is printed" if not codes else "several procedures on one sheet"
        )
    return code_in(sheet.text(Label.CODE))


def _fields(sheet: Sheet) -> dict[str, Any]:
    code = _code(sheet)
    return {
        "code": code,
        "raw_code": code if normalise_code(code) != code else "",
        "title": _plain(sheet, Label.TITLE),
        "field": _plain(sheet, Label.FIELD),
        "subjects": people.subjects(", ".join(sheet.texts.get(Label.SUBJECTS, []))),
        "agency": _plain(sheet, Label.AGENCY) or _plain(sheet, Label.AUTHORITY),
        "receiving_places": paragraphs(sheet.text(Label.PLACES)),
        "steps": paragraphs(sheet.text(Label.STEPS)),
        "conditions": paragraphs(sheet.text(Label.CONDITIONS)),
        "results": _results(sheet),
        "decision": _decision(sheet),
        "related": tuple(line for line in sheet.texts.get(Label.RELATED, []) if not is_empty(line)),
        "deadlines": citizen_deadlines(sheet.text(Label.CONDITIONS), sheet.text(Label.STEPS)),
    }


_STATED = (
    "field",
    "agency",
    "dossier",
    "steps",
    "results",
    "legal_basis",
    "decision",
    "subjects",
    "levels",
    "channels",
)


def record_of(pieces: Sequence[Piece], origin: Origin) -> Procedure:
    """The record of a sheet.

    Raises:
        BadRecord: no code or no title is printed, or there are several codes.
    """
    sheet = sheet_of(pieces)
    data = _fields(sheet)
    data["channels"], doubts = _checked_channels(sheet)
    data["dossier"], data["dossier_notes"] = _dossier(sheet.papers)
    data["legal_basis"], legal_doubts = _legal(sheet)
    data["levels"], unknown = people.levels(", ".join(sheet.texts.get(Label.LEVELS, [])))
    doubts += [*legal_doubts, *sheet.open]
    doubts += [Doubt(field="levels", reason="not a known level", raw=name) for name in unknown]
    doubts += [Doubt(field=name, reason="not stated") for name in _STATED if not data[name]]
    prose = f"{data['title']} {sheet.text(Label.STEPS)}"
    provenance = {
        "source": origin.source,
        "url": origin.url,
        "fetched": origin.fetched,
        "sha256": origin.sha256,
        "method": origin.method,
        "text_quality": round(min(1.0, vietnamese_share(prose) / _ORDINARY), 3),
    }
    with first_fault():
        return Procedure(
            **data,
            portal_url=origin.url,
            area=origin.area,
            doubts=tuple(dict.fromkeys(doubts)),
            provenance=Provenance.model_validate(provenance),
        )
