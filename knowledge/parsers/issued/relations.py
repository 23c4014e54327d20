"""What an issued text does to others ("thay thế", "bãi bỏ", "sửa đổi, bổ sung"), and from when to when it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from knowledge.documents import Relation, RelationKind
from knowledge.parsers.issued.citations import KINDS, NUMBER
from knowledge.parsers.issued.patterns import vn
from knowledge.parsers.issued.times import day_of

_KIND = "|".join(KINDS)
_SELF = rf"(?:(?:{_KIND}|Văn bản)\s+này)"
_DOES = {
    RelationKind.REPLACES: re.compile(r"thay thế", re.IGNORECASE),
    RelationKind.REPEALS: re.compile(r"bãi bỏ|hủy bỏ|hết hiệu lực", re.IGNORECASE),
    RelationKind.AMENDS: re.compile(r"sửa đổi,?\s*(?:và\s+)?bổ sung|sửa đổi|bổ sung", re.IGNORECASE),
}
_OTHER = vn(
    rf"(?P<kind>{_KIND})(?:\s+số)?:?\s+(?P<number>{NUMBER})(?P<rest>[^;]*)"
    r"|(?P<titled>Kế hoạch|Quy chế|Quy định|Đề án)\s+(?!này)(?P<title>[\pLđ][^;.]{15,})"
)
_SCOPE = re.compile(
    r"(?:(?:điểm|khoản|Điều|Mục|Phụ lục|Chương|số thứ tự)\s+[\w., -]+?)"
    r"(?=\s+(?:của|tại|ban hành|Quyết|Kế|Nghị|Thông|Quy)\b)",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\bvề\s+(?:việc\s+)?(.{8,200})")
_BREAK = vn(r"(?<=[.;])\s+(?=[\pU])")
_CODE = re.compile(r"(?<![\d.])(\d\.\d{6})(?!\d)")
# Only what the text itself does: its own articles and title, never what it says of laws it cites.
_OWN_DEED = re.compile(
    rf"^(?:{_SELF}\b.*|Bãi bỏ\b.*|Hủy bỏ\b.*|Thay thế\b.*|Sửa đổi\b.*|Bổ sung\b.*|Kể từ ngày.*(?:hết hiệu lực|bãi bỏ).*"
    rf"|(?:Các\s+)?(?:{_KIND})\s+(?:số\s+)?{NUMBER}.*hết hiệu lực.*|(?:Ban hành|Công bố).*(?:thay thế|bãi bỏ).*)",
    re.IGNORECASE | re.DOTALL,
)
_START = re.compile(
    rf"(?:{_SELF}\s+)?có hiệu lực\s+(?:thi hành\s+)?(?:kể\s+)?từ\s+ngày\s+(?P<when>ký|\d[^;.]*)",
    re.IGNORECASE,
)
_END = re.compile(
    r"(?:có hiệu lực|áp dụng|thực hiện)[^;.]*?đến\s+(?:hết\s+)?(?:ngày\s+)?(?P<when>\d{1,2}[/ ][^;.]*)",
    re.IGNORECASE,
)


def relations(pieces: Iterable[tuple[str, int]], title: str) -> list[Relation]:
    """Relations said in the text's own articles, and in its title. `pieces` are texts with their pages."""
    found: dict[tuple[RelationKind, str, str], Relation] = {}
    for text, page in [(title, 1), *pieces]:
        for sentence in _BREAK.split(text):
            if not _OWN_DEED.match(sentence.strip()):
                continue
            for relation in _said(sentence, page):
                found.setdefault((relation.kind, relation.number, relation.title), relation)
    return list(found.values())


def _said(sentence: str, page: int) -> Iterator[Relation]:
    places = sorted((m.start(), kind) for kind, word in _DOES.items() for m in word.finditer(sentence))
    codes = tuple(dict.fromkeys(_CODE.findall(sentence)))
    for other in _OTHER.finditer(sentence):
        kind = _deed(places, other.start(), sentence)
        if kind is None:
            continue
        about = _ABOUT.search(other["rest"] or "")
        between = sentence[max((at for at, _ in places if at < other.start()), default=0) : other.start() + 3]
        scope = _SCOPE.search(between)
        yield Relation(
            kind=kind,
            number="".join((other["number"] or "").split()),
            title=(about.group(1) if about else other["title"] or "").strip(" .,;"),
            codes=codes,
            scope=scope.group().strip() if scope else "",
            page=page,
        )


def _deed(places: list[tuple[int, RelationKind]], at: int, sentence: str) -> RelationKind | None:
    """The nearest deed said before the document; "hết hiệu lực" stands after it."""
    before = [kind for place, kind in places if place < at]
    if before:
        return before[-1]
    return RelationKind.REPEALS if "hết hiệu lực" in sentence[at:].lower() else None


def effective(texts: Iterable[str], issued: date | None) -> tuple[date | None, date | None]:
    """From when and until when the text says it holds; "kể từ ngày ký" is the day of issue."""
    start = end = None
    for text in texts:
        if start is None and (found := _START.search(text)):
            when = found["when"]
            start = issued if when.lower().startswith("ký") else day_of(when)
        if end is None and (found := _END.search(text)):
            end = day_of(found["when"])
    return start, end
