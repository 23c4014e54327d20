"""Issued texts (kế hoạch, quyết định, thông báo, công văn, chỉ thị) as read from a file → one `Plan` record.

`parse` puts small readers in a row: lines → zones → tree → heading, statements, tables, citations, relations. What a
poor text layer says is kept to be searched and is never stated: such a record has sections and doubts, no facts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from functools import cache

from knowledge.areas import Areas
from knowledge.documents import (
    Doubt,
    Event,
    Plan,
    PlanTable,
    Provenance,
    Section,
    Statement,
    Validity,
    ValidityState,
)
from knowledge.parsers.issued.citations import citations
from knowledge.parsers.issued.header import Header, header
from knowledge.parsers.issued.lines import Paragraph, paragraphs
from knowledge.parsers.issued.relations import effective, relations
from knowledge.parsers.issued.sections import Node, sections, tree
from knowledge.parsers.issued.statements import statements
from knowledge.parsers.issued.tables import events, grids, plan_table
from knowledge.parsers.issued.times import year_of
from knowledge.parsers.issued.trust import POOR, reads_well
from knowledge.parsers.issued.zones import Zones, split
from knowledge.reading.pages import DocumentText
from knowledge.text.diacritics import fold
from knowledge.text.quality import vietnamese_share

__all__ = ["looks_like", "parse"]

_PERIOD = re.compile(r"giai đoạn\s+(20\d{2})\s*[-–]\s*(20\d{2})", re.IGNORECASE)
_OF_YEAR = re.compile(r"\bnăm\s+(20\d{2})\b", re.IGNORECASE)
_PLANS = frozenset({"Kế hoạch", "Chương trình", "Chương trình hành động", "Phương án", "Lịch"})


def parse(
    document: DocumentText, *, name: str, area: str = "", areas: Areas | None = None, sha256: str = ""
) -> Plan:
    """The record of an issued text.

    `name` is the file's name, `area` where it holds when that is known already; else it is looked for in `areas`
    (the packs', unless others are given) by the name of whoever issued it.
    """
    areas = areas or _areas()
    whole = paragraphs(document)
    quality = vietnamese_share(document.text)
    believed = min(quality, document.quality) >= POOR
    zones = split(whole)
    top = header(zones, believed=believed)
    root = tree(zones.body)
    facts = _Facts(root, document, zones, top) if believed else None
    return Plan(
        id=_identity(top, name),
        number=top.number,
        type=top.type,
        title=top.title or _stand_in(name, believed=believed),
        issuer=top.issuer,
        signer=top.signer,
        issued=top.issued,
        issued_text=top.issued_text,
        place=top.place,
        year=(year_of(top.title) or _year(top)) if believed else None,
        area=area or _area(document, top, zones, areas, believed=believed),
        sections=_with_opening(root, zones, believed=believed),
        recipients=tuple(zones.recipients) if believed else (),
        statements=facts.statements if facts else (),
        events=facts.events if facts else (),
        tables=facts.tables if facts else (),
        references=tuple(citations(p.text for p in whole if _clear(p))) if believed else (),
        relations=tuple(
            relations([(p.text, p.page) for n in root.walk() for p in n.text if _clear(p)], top.title)
        )
        if believed
        else (),
        validity=_validity(top, root) if believed else Validity(),
        doubts=(*top.doubts, *_page_doubts(document, believed=believed)),
        provenance=Provenance(
            source=name,
            sha256=sha256,
            text_quality=round(min(quality, document.quality), 4),
            method="ocr" if any(page.method == "ocr" for page in document.pages) else "text",
            page=1,
        ),
    )


@cache
def _areas() -> Areas:
    return Areas.from_pack()


def looks_like(text: str) -> bool:
    """Whether a text is an issued one: the motto, a kind in capitals, or a number, and numbered pieces."""
    start = fold(text[:3000]).lower()
    named = any(re.search(rf"^\W*{kind}\W*$", start, re.MULTILINE) for kind in ("ke hoach", "quyet dinh", "thong bao",
                "chi thi", "nghi quyet", "cong dien", "huong dan", "chuong trinh", "to trinh", "bao cao"))  # fmt: skip
    official = (
        "doc lap" in start
        or "noi nhan" in fold(text[-3000:]).lower()
        or re.search(r"s[o6b]\s*:\s*\d*\s*/", start)
    )
    return named or bool(official and re.search(r"v/v|ve viec", start))


class _Facts:
    """What may be stated of a text that reads well."""

    def __init__(self, root: Node, document: DocumentText, zones: Zones, top: Header) -> None:
        found = grids(root, document.tables)
        self.events: tuple[Event, ...] = tuple(
            event for grid in found for event in events(grid, year=year_of(top.title))
        )
        dated = {grid.section for grid in found if events(grid, year=year_of(top.title))}
        self.tables: tuple[PlanTable, ...] = tuple(map(plan_table, found))
        self.statements: tuple[Statement, ...] = tuple(
            statements(root, [grid for grid in found if grid.section not in dated])
        )


def _clear(paragraph: Paragraph) -> bool:
    return reads_well(paragraph.text, page=paragraph.quality)


def _with_opening(root: Node, zones: Zones, *, believed: bool) -> tuple[Section, ...]:
    """The tree as sections; of a poor text the heading too, so that it can be found by its office."""
    found = sections(root)
    if believed or not zones.head:
        return tuple(found)
    text = "\n".join(paragraph.text for paragraph in zones.head)
    opening = Section(
        path="Đầu văn bản", text=text, page=zones.head[0].page, text_quality=vietnamese_share(text)
    )
    return (opening, *found)


def _identity(top: Header, name: str) -> str:
    """A slug that a corrected copy of the same document shares: its number, or issuer, kind, year and title."""
    if top.number:
        year = f"-{top.issued.year}" if top.issued else ""
        return _slug(f"{top.number}{year}-{top.issuer}")[:100]
    if not top.title:
        return _slug(re.sub(r"\.\w{1,5}$", "", name))[:100] or "van-ban"
    told = hashlib.sha256(fold(f"{top.issuer}|{top.title}").lower().encode()).hexdigest()[:6]
    return f"{_slug(f'{top.type} {top.issuer} {_year(top) or str()}')[:90]}-{told}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(text).lower()).strip("-")


def _stand_in(name: str, *, believed: bool) -> str:
    stem = re.sub(r"\.\w{1,5}$", "", name)
    return f"không rõ tên (tệp {stem})" if believed else f"chưa đối chiếu (tệp {stem})"


def _year(top: Header) -> int | None:
    years = [int(year) for year in _OF_YEAR.findall(top.title)]
    if years:
        return max(years)
    return top.issued.year if top.issued else year_of(top.issued_text)


def _area(document: DocumentText, top: Header, zones: Zones, areas: Areas, *, believed: bool) -> str:
    """Where the issuer is: from its name, the title, the place of signing; of a poor text, the one place it names."""
    if not believed:
        return areas.find(fold(document.text)) or areas.find(document.text) or ""
    tries: Sequence[str] = (f"{top.issuer} {top.place}", top.issuer, top.title, top.place)
    heads = " ".join(paragraph.text for paragraph in (*zones.office, *zones.head))
    return next((found for text in (*tries, heads) if text and (found := areas.find(text))), "")


def _validity(top: Header, root: Node) -> Validity:
    """From and until when: as the text says; a plan of one year ends with it."""
    start, end = effective([p.text for node in root.walk() for p in node.text if _clear(p)], top.issued)
    if end is None and (top.type in _PLANS or re.match(r"Ban hành (?:Kế hoạch|Chương trình)", top.title)):
        end = _last_day(top.title)
    return Validity(state=ValidityState.IN_FORCE, start=start or top.issued, end=end)


def _last_day(title: str) -> date | None:
    if period := _PERIOD.search(title):
        return date(int(period[2]), 12, 31)
    years = {int(year) for year in _OF_YEAR.findall(title)}
    return date(years.pop(), 12, 31) if len(years) == 1 else None


def _page_doubts(document: DocumentText, *, believed: bool) -> list[Doubt]:
    poor = [page for page in document.pages if page.text.strip() and page.quality < POOR]
    found = [
        Doubt(field="page", reason="the page is not read reliably", raw=page.text[:200], page=page.number)
        for page in poor
    ]
    if not believed and not poor:
        found.append(
            Doubt(field="text", reason="the text is not read reliably", raw=document.text[:200], page=1)
        )
    return found
