"""The fields of one written-out procedure, each read by the rule for its kind of section."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import Any, cast

from knowledge.documents import (
    Doubt,
    How,
    Level,
    Provenance,
    SubmissionChannel,
    ValidityState,
    normalise_code,
)
from knowledge.parsers import people
from knowledge.parsers.cross_check import distrust_free
from knowledge.parsers.deadlines import citizen_deadlines
from knowledge.parsers.decision import era
from knowledge.parsers.decision.blocks import Block
from knowledge.parsers.decision.costs import read_fees, read_time
from knowledge.parsers.decision.labels import Label
from knowledge.parsers.decision.laws import decision_number, read_day, read_laws
from knowledge.parsers.decision.lines import Line, is_chat
from knowledge.parsers.decision.listing import CODE_INSIDE, Codes, close, code_in, title_key
from knowledge.parsers.decision.manner import online_level, ways_of
from knowledge.parsers.decision.papers import read_papers
from knowledge.parsers.decision.words import bare, says_nothing
from knowledge.parsers.prose import paragraphs
from knowledge.text.normalise import one_line

_FIELDS = (
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
_AUTHORITY = re.compile(r"\s*(?:\(\s*|[–-]\s*)cơ quan có thẩm quyền quyết định\s*\)?", re.IGNORECASE)
_LOCAL_CODE = re.compile(r"[A-Z]{2,}[\w.-]*\d")
_AGENCY_LEVELS = (
    (
        re.compile(r"sở|ban quản lý|văn phòng đăng ký đất đai|ubnd (?:tỉnh|thành phố)|ban thi đua", re.I),
        Level.PROVINCE,
    ),
    (re.compile(r"(?:ubnd|ủy ban nhân dân) (?:các )?(?:cấp huyện|quận)", re.I), Level.DISTRICT),
    (re.compile(r"(?:ubnd|ủy ban nhân dân) (?:các )?(?:cấp xã|phường|xã)", re.I), Level.COMMUNE),
)
_LONGEST_OFFICE = 200  # characters
_BETWEEN_LEVELS = re.compile(r"\s*(?:[;,/]|\bvà\b|\s(?=Cấp\b))\s*")
_BARE_NUMBER = re.compile(r"(?:[IVX]{1,4}|\d{1,2})[.)]")  # a point without words
_TOP = re.compile(r"^[•●◦*·➢❖►]\s*")
_SUB = re.compile(r"^(?:o\s+(?=\S)|[▪■✓]\s*)")
_COUNTED_STEP = re.compile(r"^(?:\d{1,2}[.)]|[-•])\s*(?=Bước\s+\d)")


@dataclass(frozen=True)
class Context:
    name: str
    area: str
    area_found: bool
    day: date | None  # what day the document speaks of
    head: era.Head
    fetched: date | None
    codes: Codes
    quality: Mapping[int, float]
    methods: Mapping[int, str]


def _kept(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if not is_chat(line.text)]


def _prose(block: Block, *labels: Label) -> str:
    """A section as text whose bullets say which point lies under which."""
    lines = [
        _SUB.sub("+ ", _TOP.sub("- ", line.text))
        for line in block.flow(*labels)
        if not _BARE_NUMBER.fullmatch(line.text)
    ]
    text = "\n".join(_COUNTED_STEP.sub("", line) for line in lines)
    return "" if says_nothing(text) else text


def _plain(block: Block, *labels: Label) -> str:
    """A section that is one short value."""
    parts = [bare(line.text) for line in block.flow(*labels)]
    return one_line(" ".join(part for part in parts if part and not says_nothing(part))).strip(" .;,–-")


def _points(block: Block, *labels: Label) -> tuple[str, ...]:
    """A section's lines, each a value of its own."""
    points = [bare(line.text).rstrip(".;, ") for line in block.flow(*labels)]
    # "Các đối tượng bao gồm:" only leads to what follows.
    kept = [point for point in points if not point.endswith(":")] or points
    return tuple(dict.fromkeys(point for point in kept if point and not says_nothing(point)))


def _subjects(block: Block) -> tuple[str, ...]:
    points = _points(block, Label.SUBJECTS)
    if len(points) == 1 and len(points[0]) < 300:
        parts = people.subjects(points[0])
        # "Công dân Việt Nam, Doanh nghiệp" are two; "Các cơ quan, đơn vị" is one.
        return parts if all(part[:1].isupper() for part in parts) else points
    return points


def _agency(block: Block) -> str:
    """The offices, up to the first line that speaks of something else ("Yêu cầu khác: …")."""
    places = [
        one_line(bare(_AUTHORITY.sub("", line.text))).strip(" .;,") for line in block.flow(Label.AGENCY)
    ]
    kept = list(takewhile(lambda place: ":" not in place and len(place) <= _LONGEST_OFFICE, places))
    return ", ".join(dict.fromkeys(place for place in kept if place and not says_nothing(place)))


def _levels(block: Block, agency: str) -> tuple[tuple[Level, ...], list[str]]:
    """Levels as stated; else the group's; else the one that the agency's own name leaves no doubt about."""
    stated = _plain(block, Label.LEVELS)
    if stated:
        parts = _BETWEEN_LEVELS.split(stated.partition("Loại thủ tục")[0].strip())
        return people.levels(", ".join(part if " " in part else f"Cấp {part}" for part in parts if part))
    if block.group_level:
        return people.levels(f"cấp {block.group_level}")
    found = [level for pattern, level in _AGENCY_LEVELS if pattern.match(agency)]
    several = re.search(
        r"[,;/]| và (?=sở|ubnd|ủy ban)",
        re.sub(r"(?:phường|xã|quận|huyện)(?:, | )(?:phường|xã|huyện|thị trấn)", "", agency),
    )
    return ((found[0],), []) if len(found) == 1 and not several else ((), [])


def _titles(block: Block) -> tuple[str, tuple[str, ...], list[Doubt]]:
    """The title, other wordings of it, and a doubt when the heading and the name disagree."""
    heading = CODE_INSIDE.sub("", block.title).replace("()", "").strip(" .;:(-–")
    heading = re.sub(r"\(?\s*mã(?: số)?(?: thủ tục| tthc)?\s*:?$", "", heading, flags=re.IGNORECASE).strip(
        " (-–"
    )
    named = _plain(block, Label.TITLE)
    if not named or not heading or title_key(named) == title_key(heading):
        return heading or named, (), []
    if not close(named, heading):
        raw = f"{heading} | {named}"
        return (
            heading,
            (),
            [Doubt(field="title", reason="heading and name differ", raw=raw[:300], page=block.page)],
        )
    return named, (heading,), []


def _code(block: Block, title: str, codes: Codes) -> tuple[str, str, list[Doubt]]:
    """The code as printed, a local one, and doubts. A code found by the title alone says so."""
    printed = _plain(block, Label.CODE)
    code = code_in(printed) or code_in(block.title)
    if code:
        return code, "", []
    local = printed if _LOCAL_CODE.match(printed) else ""
    page = block.page_of(Label.CODE)
    several = CODE_INSIDE.findall(printed)
    if several:
        return "", "", [Doubt(field="code", reason="several codes are printed", raw=printed[:200], page=page)]
    known = codes.of(title)
    if len(known) == 1:
        return (
            known[0],
            local,
            [Doubt(field="code", reason="found by the title, not printed", raw=title, page=page)],
        )
    reason = "the title has several codes" if known else "no national code is printed"
    return "", local, [Doubt(field="code", reason=reason, raw=", ".join(known) or printed, page=page)]


def _channels(block: Block, texts: Mapping[str, str]) -> tuple[tuple[SubmissionChannel, ...], list[Doubt]]:
    ways, costs = ways_of(block), read_fees(block)
    times = read_time(block)
    page = block.page_of(Label.TIME)
    doubts = [Doubt(field="channels.time_limit", reason=times.doubt, raw=times.raw[:300], page=page)]
    doubts = doubts if times.doubt else []
    page = block.page_of(Label.CHARGE, Label.FEE, Label.FEES)
    doubts += [
        Doubt(field="channels.fees", reason=reason, raw=raw[:300], page=page) for reason, raw in costs.doubts
    ]
    note = _prose(block, Label.MANNER)
    if not ways and (times.limits or costs.fees):
        stated = "; ".join(
            raw
            for raw in (*(limit.raw for limit in times.limits.values()), *(fee.raw for fee in costs.fees))
            if raw
        )
        doubts.append(
            Doubt(field="channels", reason="no way to hand in is stated", raw=stated[:300], page=page)
        )
    channels = tuple(
        SubmissionChannel(
            how=how,
            time_limit=times.of(how),
            fees=costs.fees,
            note=note if how is not How.ONLINE or len(ways) == 1 else "",
        )
        for how in ways
    )
    checked, contradicted = distrust_free(
        channels,
        steps=texts["steps"],
        dossier=texts["dossier"],
        conditions=texts["conditions"],
        legal=texts["legal"],
    )
    return checked, doubts + contradicted


def _provenance(block: Block, context: Context, raw: str) -> Provenance:
    qualities = [context.quality[page] for page in block.pages if page in context.quality]
    method = context.methods.get(block.page, "")
    return Provenance(
        source=context.name,
        fetched=context.fetched,
        sha256=hashlib.sha256(raw.encode()).hexdigest(),
        section=block.heading,
        text_quality=round(min(qualities), 3) if qualities else None,
        method=cast(Any, method if method in ("text", "ocr", "html", "table", "json") else ""),
        page=block.page,
    )


def _talk(block: Block) -> list[Doubt]:
    """A chat assistant's sentence inside a procedure: its words are a machine's, to be held against the decision."""
    talk = [line for lines in block.sections.values() for line in lines if is_chat(line.text)]
    reason = "a chat assistant's words stand in the text: compare it with the decision"
    return [Doubt(field="text", reason=reason, raw=line.text[:200], page=line.page) for line in talk]


def _unstated(data: Mapping[str, Any]) -> list[Doubt]:
    page = data["provenance"].page
    return [Doubt(field=name, reason="not stated", page=page) for name in _FIELDS if not data[name]]


def _dates(block: Block, context: Context, whole: str) -> dict[str, Any]:
    start = read_day(_plain(block, Label.EFFECTIVE)) or read_day(_plain(block, Label.DECISION))
    state = _plain(block, Label.STATE).lower()
    validity, variant = era.validity_of(
        area=context.area,
        start=start,
        document=context.day,
        district=bool(era.names_district(whole)),
        stated_in_force="còn hiệu lực" in state,
    )
    if re.search(r"hết hiệu lực|bị bãi bỏ", state):
        validity = validity.model_copy(update={"state": ValidityState.REPEALED})
    return {"validity": validity, "variant": variant}


def fields_of(block: Block, context: Context) -> tuple[dict[str, Any], str, list[Doubt]]:
    """The fields of one procedure, its local code, and the doubts of all of them."""
    doubts = _talk(block)
    block.sections = {label: _kept(lines) for label, lines in block.sections.items()}
    whole = "\n".join([block.title, *(line.text for lines in block.sections.values() for line in lines)])
    texts = {
        "steps": _prose(block, Label.STEPS),
        "dossier": _prose(block, Label.DOSSIER),
        "conditions": _prose(block, Label.CONDITIONS),
        "legal": _prose(block, Label.LEGAL),
    }
    title, aliases, title_doubts = _titles(block)
    code, local, code_doubts = _code(block, title, context.codes)
    channels, channel_doubts = _channels(block, texts)
    papers = read_papers(block.flow(Label.DOSSIER))
    bases, legal_doubts = read_laws(block.flow(Label.LEGAL))
    agency = _agency(block)
    levels, unknown = _levels(block, agency)
    data: dict[str, Any] = {
        "code": code,
        "raw_code": code if code and normalise_code(code) != code else "",
        "title": title,
        "aliases": aliases,
        "levels": levels,
        "field": _plain(block, Label.FIELD) or block.group_field,
        "subjects": _subjects(block),
        "agency": agency,
        "receiving_places": _points(block, Label.PLACES),
        "channels": channels,
        "dossier": tuple(papers.cases),
        "dossier_notes": tuple(papers.notes),
        "steps": paragraphs(texts["steps"]),
        "conditions": paragraphs(texts["conditions"]),
        "results": _points(block, Label.RESULTS),
        "legal_basis": bases,
        "decision": decision_number(_plain(block, Label.DECISION, Label.INFO)) or context.head.decision,
        "online_level": online_level(block),
        "area": context.area,
        "ministry": context.head.ministry,
        "deadlines": citizen_deadlines(texts["conditions"], texts["steps"]),
        "provenance": _provenance(block, context, whole),
        **_dates(block, context, whole),
    }
    doubts += [*title_doubts, *code_doubts, *channel_doubts, *papers.doubts, *legal_doubts]
    doubts += [
        Doubt(field="levels", reason="not a known level", raw=name, page=block.page) for name in unknown
    ]
    if old := era.names_district(whole):
        doubts.append(
            Doubt(field="steps", reason="names an office abolished on 2025-07-01", raw=old, page=block.page)
        )
    if context.area_found:
        doubts.append(
            Doubt(
                field="area", reason="found from the places the text names", raw=context.area, page=block.page
            )
        )
    return data, local, doubts + _unstated(data)
