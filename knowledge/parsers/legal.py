"""The glued cell "Căn cứ pháp lý": titles and numbers run together, split on the pattern of numbers.

`…lệ phí đăng ký cư trú85/2019/TT-BTCNghị định số 62/2021/NĐ-CP…` has two seams; one hides inside the
issuer's letters. Issuers known to end a number are matched first, so that "TT-BTCQUY ĐỊNH" is cut after BTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from knowledge.documents import Doubt, LegalBasis
from knowledge.parsers.letters import LOWER, UPPER
from knowledge.parsers.tail import clean, flat, is_empty

HEADER = "Tên văn bản pháp lýMã văn bản"
_ISSUERS = (
    "BTC|BCA|BTP|BXD|BNNMT|BTNMT|BNNPTNT|BNNPTNN|BNN|BGTVT|NHNN|BKHĐT|BYT|BNV|BLĐTBXH|BVHTTDL|BTTTT|BKHCN|"
    "BGDĐT|BGDDT|BCT|BQP|BNG|VPCP|TTCP|BHXH|UBDT|BDTTG|TANDTC|VKSNDTC|CP|TTg|TTG|CTN|HĐND|UBND|HĐTP|MTTQ|"
    "TLĐ|UBCK|TCHQ|TCT|KTNN|BTM|BTS"
)
ISSUER = "(?:" + "|".join(sorted(_ISSUERS.split("|"), key=len, reverse=True)) + ")"
_TYPE = "(?:TTLT|TT|NĐ|ND|NQLT|NQ|QĐ|QD|PL|L|CT|LB|VBHN|SL|HD|KH)"
_TERM = "(?:1[0-9]|[1-9])"  # of the National Assembly: two digits since QH10
_SIGN = rf"(?:QH{_TERM}|UBTVQH{_TERM}|{_TYPE}-(?:QH{_TERM}|UBTVQH{_TERM}|{ISSUER})(?:-{ISSUER})*|NĐ-C)"
_NUMBER = re.compile(rf"(?P<digits>\d+(?:\.\d{{1,2}})?[a-z]?)/(?:(?P<year>(?:19|20)\d\d)/)?(?P<sign>{_SIGN})")
_KIND = (
    r"(?:bộ luật|luật|pháp lệnh|nghị định|nghị quyết liên tịch|nghị quyết|thông tư liên tịch|thông tư|"
    r"quyết định|chỉ thị)"
)
# A number we cannot read, glued to a word: two entries are still in one title.
_UNREAD = re.compile(r"(?<!\d)[^\s(/\d]\d{1,4}(?:\.\d{1,2})?/(?:\d{1,2}/)?(?:19|20)\d\d")
_GLUED = re.compile(rf"[{LOWER}\d][{UPPER}][{LOWER}]")
_SHORT_KIND = re.compile(r"(?<=[.\s])(?:NĐ|TT|QĐ|NQ|TTLT)$")  # "….NĐ" + "23/2026/NĐ-CP"
_ORDINAL = re.compile(
    r"\b(?:thứ|lần|khóa|khoá|quý|kỳ|điều|khoản|mục|phần|chương|năm|tháng|loại|giai đoạn)\s$", re.IGNORECASE
)
_GLUED_BEFORE = re.compile(rf"(?:[{LOWER}{UPPER}](?<!số)(?<!Số)|[.;:)”])$")
_TITLE = re.compile(rf"\s+(?=[{LOWER}{UPPER}“\"])(?!ngày\b|của\b|và\b|quy định\b)")
_NAMED = re.compile(rf"{_KIND}\s+(?:số\s*:?\s*)?", re.IGNORECASE)
_CITING = re.compile(
    rf"\s(?:của|bởi|tại|theo|và|đổi|,)\s+{_KIND}\s+(?:[^\d.;]{{0,60}}\s)?(?:số\s+)?$", re.IGNORECASE
)
_CITED = re.compile(
    r"(?:số|luật|pháp lệnh|nghị định|nghị quyết|thông tư|thông tư liên tịch|quyết định|và|,|;|\()\s*:?\s*$",
    re.I,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST = 4  # digits of a number within its year
_LEAD = re.compile(rf"(?:(?:{_KIND})\s+số\s*:?\s*|{_KIND}\s+|số\s*:?\s*)$", re.IGNORECASE)
_DATED = re.compile(r"\s*,?\s*ngày\s*(\d{1,2})(?:/| tháng )\s*(\d{1,2})(?:/| năm )\s*(\d{4})")
_MAKERS = {"NĐ-CP": "Chính phủ", "NQ-CP": "Chính phủ", "QĐ-TTg": "Thủ tướng Chính phủ"}


def number_in(text: str) -> str | None:
    """The one document number in a short text: `Thông tư số 104/2024/TT-BQP` → `104/2024/TT-BQP`."""
    found = {match.group() for match in _NUMBER.finditer(text)}
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Legal:
    bases: tuple[LegalBasis, ...]
    doubts: tuple[Doubt, ...]


def _number(text: str, match: re.Match[str]) -> str | None:
    """The entry's number, or None when its first digits may belong to the title ("kỳ họp thứ 2" + "14/2022")."""
    run = match["digits"]
    year_before = re.fullmatch(r"(?:19|20)\d\d(?:\.?(\d{1,3}[a-z]?))", run)
    if year_before:  # "Luật … năm 2011" + "02/2011/QH13", "ngày 15/5/2026." + "55/2026/TT-BTC"
        run = year_before[1]
    elif (
        len(run.partition(".")[0]) > _LONGEST
        or (match["year"] and _YEAR.fullmatch(run))
        or _ORDINAL.search(text[: match.start()][-20:])
    ):
        return None
    year = f"{match['year']}/" if match["year"] else ""
    sign = "NĐ-CP" if match["sign"] == "NĐ-C" else match["sign"]  # misprinted for one decree in 31 records
    return f"{run}/{year}{sign}"


def _ends_title(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a number is the last words of a title: `… một số điều của Thông tư số 17/2015/TT-NHNN11/2025/TT-NHNN`."""
    following = _NUMBER.match(text, match.end())
    if (
        following is None
        or following.group() == match.group()
        or re.match(r"(?:19|20)\d{3,}", match["digits"])
    ):
        return False
    named = _CITING.search(text[start : match.start()])
    return named is not None


def _is_seam(text: str, start: int, match: re.Match[str]) -> bool:
    """A number ends an entry when the next title, or nothing, follows it without a space."""
    behind = text[match.end() : match.end() + 1]
    # In prose a number has a space before it: `hộ kinh doanh18/2026/TT-BTC Thông tư số …` is a cell and the next title.
    if behind == " " and _GLUED_BEFORE.search(text[: match.start()]) and _TITLE.match(text, match.end()):
        return True
    if _ends_title(text, start, match):
        return False
    return not behind or behind == "\t" or not re.match(r"[\s.,;:)/’”\"-]", behind)


def _issued(title: str, number: str) -> date | None:
    """The date printed right behind the entry's own number in its title."""
    place = title.find(number)
    match = _DATED.match(title[place + len(number) :]) if place >= 0 else None
    if not match:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None


def issuer_of(number: str) -> str:
    if "UBTVQH" in number:
        return "Ủy ban Thường vụ Quốc hội"
    if re.search(r"/(?:L-CTN|QH\d+)$", number):
        return "Quốc hội"
    return next((maker for sign, maker in _MAKERS.items() if number.endswith(sign)), "")


def _two_titles(title: str, number: str) -> bool:
    """Whether another number stands loose in a title, where one entry ended and the next began."""
    return any(
        match.group() != number
        and not _CITED.search(title[: match.start()])
        and re.match(rf"\s+(?:[{UPPER}]|-\s|sửa đổi,? bổ sung)", title[match.end() :])
        for match in _NUMBER.finditer(title)
    )


def _own_start(title: str, number: str) -> int:
    """Where the title of this very number begins, behind another that is glued before it."""
    places = [match.start() for match in _NAMED.finditer(title) if title[match.end() :].startswith(number)]
    glued = [place for place in places if place and not re.match(r"[\s(“\"]", title[place - 1])]
    return glued[-1] if glued else 0


def _entry(title: str, number: str) -> LegalBasis:
    lead = _LEAD.search(title)
    bare = title[: lead.start()] if lead else title
    bare = bare[_own_start(bare, number) :]
    # "Nghị định 64/2022/NĐ-CP": the title is the kind and the number, nothing more.
    title = bare if bare.strip() or not lead else f"{lead.group().strip()} {number}"
    title = re.sub(r"^[\s\-–+*•.;,:]+", "", flat(title)).rstrip(" ;,:-")
    title = _SHORT_KIND.sub("", title).rstrip()
    if _UNREAD.search(title) or _GLUED.search(title) or _two_titles(title, number):
        title = ""
    return LegalBasis(number=number, title=title, issued=_issued(title, number), issuer=issuer_of(number))


def _merge(bases: list[LegalBasis], entry: LegalBasis) -> None:
    for place, known in enumerate(bases):
        if known.number == entry.number:
            if len(entry.title) > len(known.title):
                bases[place] = entry
            return
    bases.append(entry)


def parse_legal(cell: str) -> Legal:
    """The documents a cell names, once each, in its order; what has no readable number is a doubt."""
    text = cell.replace("\xa0", " ").strip()
    if is_empty(text):
        return Legal((), ())
    if not text.startswith(HEADER):
        return Legal(
            (), (Doubt(field="legal_basis", reason="the section is displaced", raw=clean(text)[:200]),)
        )
    text = text.removeprefix(HEADER)
    bases: list[LegalBasis] = []
    doubts: list[Doubt] = []
    start = 0
    for match in _NUMBER.finditer(text):
        if not _is_seam(text, start, match):
            continue
        number = _number(text, match)
        if number is None:
            doubts.append(
                Doubt(
                    field="legal_basis",
                    reason="title and number run together",
                    raw=text[start : match.end()][-200:],
                )
            )
        else:
            title_end = match.end("digits") - len(number.split("/")[0])
            # "Nghị định 64/2022/NĐ-CP64/2022/NĐ-CP": the title itself ends in the number.
            _merge(bases, _entry(text[start:title_end], number))
        start = match.end()
    if not is_empty(clean(text[start:])):
        doubts.append(
            Doubt(field="legal_basis", reason="no number that can be read", raw=clean(text[start:])[:200])
        )
    return Legal(tuple(bases), tuple(doubts))
