"""Documents an issued text names: "Căn cứ Quyết định số 282/QĐ-TTg ngày 12/02/2026 của Thủ tướng Chính phủ về …"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from knowledge.documents import LegalBasis
from knowledge.parsers.issued.patterns import vn
from knowledge.parsers.issued.times import day_of

KINDS = (
    "Bộ luật", "Luật", "Nghị quyết", "Nghị định", "Quyết định", "Chỉ thị", "Thông tư liên tịch", "Thông tư", "Kế hoạch",
    "Thông báo", "Công văn", "Tờ trình", "Báo cáo", "Chương trình hành động", "Chương trình", "Hướng dẫn", "Công điện",
    "Kết luận", "Quy định", "Đề án", "Pháp lệnh", "Văn bản", "Quy chế",
)  # fmt: skip
NUMBER = r"\d+[a-z]?(?:/\d{4})?\s?[/-]\s?[A-ZĐa-zđ0-9]+(?:[-/][A-ZĐa-zđ&0-9]+)*"
_KIND = "|".join(KINDS)
_NUMBERED = re.compile(
    rf"(?P<kind>{_KIND})(?:\s+số)?:?\s+(?P<number>{NUMBER})(?P<rest>[^;]*?)(?=;|$|(?:{_KIND})(?:\s+số)?:?\s+{NUMBER})"
)
_FOLLOWING = re.compile(
    rf"\bsố:?\s+(?P<number>{NUMBER})\s+ngày\s+(?P<day>\d{{1,2}}/\d{{1,2}}/\d{{4}})", re.IGNORECASE
)
_LAW = vn(
    r"(?P<title>(?:Bộ luật|Luật)\s+[\pU][^;,]*?)\s+(?:số\s+\S+\s+)?ngày\s+(?P<day>\d{1,2}/\d{1,2}/\d{4})"
)
_ISSUER = re.compile(
    r"\bcủa\s+(?P<issuer>(?:Ban [Cc]hấp hành|Chính phủ|Thủ tướng|Quốc hội|Bộ|UBND|Ủy ban|HĐND|Hội đồng|Chủ tịch|"
    r"Tỉnh ủy|Sở|Giám đốc|"
    r"Ban|Hội nghị|Văn phòng|Phòng|Bộ trưởng|Trung ương)[^,;.]*?)"
    r"(?=\s+(?:về|ban hành|quy định|phê duyệt|hướng dẫn|công bố|sửa đổi|thực hiện|triển khai|đẩy mạnh|chấn chỉnh|nhằm|"
    r"và\s+(?:các\s+)?[A-ZĐ]|và$|tiếp tục)|[,;.]|\s+và\s*$|\s*$)"
)
_ABOUT = re.compile(
    r"\b(?:(?:về\s+việc|về|v/v)\s+)?(?P<about>"
    r"(?:ban hành|phê duyệt|quy định|hướng dẫn|công bố|sửa đổi|thực hiện|triển khai"
    r"|đẩy mạnh)\b.*|(?<=về việc ).*|(?<=về ).*)"
)
_TITLE_ENDS = vn(
    r"\.\s+(?=[\pU])|,\s+(?=(?:UBND|Ủy ban|Sở|Văn phòng|Phòng|Ban)\b)|\s+(?:của|và|theo|tại)\s*$"
)
_LONGEST = 300


def citations(texts: Iterable[str]) -> list[LegalBasis]:
    """Every document cited, once, the fullest mention of each."""
    found: dict[str, LegalBasis] = {}
    for text in texts:
        for basis in _in(text):
            before = found.get(basis.number.lower())
            if before is None or _fullness(basis) > _fullness(before):
                found[basis.number.lower()] = basis
    return list(found.values())


def _in(text: str) -> Iterable[LegalBasis]:
    for law in _LAW.finditer(text):
        title = law["title"].strip()
        yield LegalBasis(number=title, title=title, issued=day_of(law["day"]))
    named = set()
    for match in _NUMBERED.finditer(text):
        number = "".join(match["number"].split())
        if not re.search(r"[A-ZĐ]{2}", number):
            continue
        named.add(number)
        rest = match["rest"]
        issuer = _ISSUER.search(rest)
        yield LegalBasis(
            number=number,
            title=_title(match["kind"], rest[issuer.end() :] if issuer else rest),
            issued=_issued(rest),
            issuer=issuer["issuer"].strip() if issuer else "",
        )
    for match in _FOLLOWING.finditer(
        text
    ):  # "Số 13/KH-SXD ngày …; số 12/KH-SXD ngày …" after the kind was said once
        number = "".join(match["number"].split())
        if number not in named and re.search(r"[A-ZĐ]{2}", number):
            yield LegalBasis(number=number, issued=day_of(match["day"]))


def _issued(rest: str) -> date | None:
    """The date right after the number; a date further on is another document's."""
    return day_of(rest) if re.match(r"\s*,?\s*(?:ngày\s+)?\d{1,2}[/ ]", rest) else None


def _title(kind: str, rest: str) -> str:
    about = _ABOUT.search(rest)
    if about is None:
        return ""
    text = re.sub(r"^(?:về\s+việc|về|v/v)\s+", "", about["about"].strip())
    text = _TITLE_ENDS.split(text)[0].strip(" ,;.”“\"'")
    return text[:1].upper() + text[1:_LONGEST] if len(text.split()) > 3 else ""


def _fullness(basis: LegalBasis) -> tuple[bool, bool, bool]:
    return (basis.issued is not None, bool(basis.issuer), bool(basis.title))
