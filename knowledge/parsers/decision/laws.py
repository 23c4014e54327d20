"""The legal basis written as a list: one document an entry, its own number, date and issuer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from knowledge.documents import Doubt, LegalBasis
from knowledge.parsers.decision.lines import Line
from knowledge.parsers.decision.words import bare, says_nothing
from knowledge.parsers.legal import issuer_of

_KIND = (
    r"(?:bộ luật|luật|pháp lệnh|nghị định|nghị quyết liên tịch|nghị quyết|thông tư liên tịch|thông tư|quyết định"
    r"|chỉ thị|văn bản hợp nhất|hiến pháp)"
)
_NUMBER = re.compile(
    r"(?<![\w/])(?P<number>\d{1,5}[a-zđ]?/(?:\d{4}/)?(?:QH\d{1,2}|UBTVQH\d{1,2}|(?:[A-ZĐ][A-ZĐa-z]{0,7}(?:-[A-ZĐ][\wĐ&]*)+)))(?![\w/])"
)
_DAY = re.compile(
    r"(?:ngày\s*)(?P<d>\d{1,2})\s*(?:/|-|\.|\s*tháng\s*)\s*(?P<m>\d{1,2})\s*(?:/|-|\.|\s*năm\s*)\s*(?P<y>\d{4})",
    re.IGNORECASE,
)
_ISO = re.compile(r"(?P<y>\d{4})-\s?(?P<m>\d{1,2})-\s?(?P<d>\d{1,2})")
# "…; Luật …", and "Nghị định số 1/…, Nghị định số 2/…"
_NEXT = re.compile(rf";\s+(?={_KIND}\b)|(?<=[A-ZĐ\d]),\s+(?={_KIND}\s+(?:số\s+)?\d+/)", re.IGNORECASE)
_FIELDS = re.compile(r"(Số ký hiệu|Trích yếu|Ngày ban hành|Cơ quan ban hành)\s*:\s*", re.IGNORECASE)
_AMENDS = re.compile(r"sửa đổi|bổ sung|thay thế|hướng dẫn|quy định chi tiết", re.IGNORECASE)
_LEAD = re.compile(r"^(?:căn cứ\s+)?", re.IGNORECASE)


def _day(match: re.Match[str] | None) -> date | None:
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"])) if match else None
    except ValueError:
        return None


def read_day(text: str) -> date | None:
    """The one date of a short text, in any of the ways offices write one."""
    plain = re.search(r"(?P<d>\d{1,2})[/-](?P<m>\d{1,2})[/-](?P<y>\d{4})", text)
    return _day(_ISO.search(text)) or _day(_DAY.search(text)) or _day(plain)


def _labelled(text: str) -> LegalBasis | None:
    """`Số ký hiệu: …, Trích yếu: …, Ngày ban hành: …, Cơ quan ban hành: …`."""
    parts = _FIELDS.split(text)
    fields = {name.lower(): value.strip(" ,;") for name, value in zip(parts[1::2], parts[2::2], strict=False)}
    number = _NUMBER.search(fields.get("số ký hiệu", ""))
    if not number:
        return None
    return LegalBasis(
        number=number["number"],
        title=fields.get("trích yếu", ""),
        issued=read_day(fields.get("ngày ban hành", "")),
        issuer=fields.get("cơ quan ban hành", "") or issuer_of(number["number"]),
    )


def _is_its_own(text: str, start: int) -> bool:
    """Whether a number is the entry's own, and not that of a document it amends."""
    before = text[:start]
    kinds = re.findall(rf"\b{_KIND}\b", before, re.IGNORECASE)
    return len(kinds) <= 1 or not _AMENDS.search(before)


def _entry(text: str) -> LegalBasis | None:
    if _FIELDS.match(text):
        return _labelled(text)
    match = _NUMBER.search(text)
    if not match or not _is_its_own(text, match.start()):
        return None
    behind = text[match.end() :]
    dated = re.match(rf"[\s,(]*(?:{_DAY.pattern})", behind, re.IGNORECASE)
    alone = [found for found in _DAY.finditer(behind)]
    return LegalBasis(
        number=match["number"],
        title=_LEAD.sub("", text).strip(" .;,"),
        issued=_day(dated)
        or (_day(alone[0]) if len(alone) == 1 and not _AMENDS.search(behind[: alone[0].start()]) else None),
        issuer=issuer_of(match["number"]),
    )


def _row_starts(text: str) -> list[int]:
    """Where the rows of a table that lost its lines begin: at numbers that no kind of document stands before."""
    if not _NUMBER.match(text):
        return []
    lead = re.compile(rf"(?:{_KIND}|số|sung|của|và|,)\s*$", re.IGNORECASE)
    return [match.start() for match in _NUMBER.finditer(text) if not lead.search(text[: match.start()])]


def _parts(text: str) -> list[str]:
    """The documents that one line names one after another."""
    starts = _row_starts(text)
    if len(starts) > 1:
        ends = [*starts[1:], len(text)]
        return [text[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return [part.strip() for part in _NEXT.split(text) if part.strip()]


def _entries(lines: Sequence[Line]) -> list[tuple[str, int]]:
    """One text for each document, with its page. A line of a labelled entry's field goes to the entry above."""
    found: list[tuple[str, int]] = []
    for line in lines:
        text = bare(line.text)
        field = _FIELDS.match(text)
        if field and not text.lower().startswith("số ký hiệu") and found:
            found[-1] = (f"{found[-1][0]}, {text}", found[-1][1])
            continue
        found += [(part, line.page) for part in _parts(text)]
    return found


def read_laws(lines: Sequence[Line]) -> tuple[tuple[LegalBasis, ...], list[Doubt]]:
    """The documents named, each once; an entry without a number of its own is a doubt."""
    bases: dict[str, LegalBasis] = {}
    doubts = []
    for text, page in _entries(lines):
        if says_nothing(text) or text.startswith("http") or len(text) < 6:
            continue
        basis = _entry(text)
        if basis:
            bases.setdefault(basis.number, basis)
        else:
            doubts.append(
                Doubt(field="legal_basis", reason="no number that can be read", raw=text[:200], page=page)
            )
    return tuple(bases.values()), doubts


def decision_number(text: str) -> str:
    """The number of the decision that publishes a procedure, as printed: `Quyết định số 1866/QĐ-UBND ngày …`."""
    match = re.search(r"\d{1,5}[a-z]?/(?:\d{4}/)?QĐ-[A-ZĐ][\wĐ&]*(?:-[A-ZĐ]+)*", text)
    return match.group().strip() if match else ""
