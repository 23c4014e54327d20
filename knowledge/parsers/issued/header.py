"""Number, kind, issuer, place, date, title and signer of an issued text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.documents import Doubt
from knowledge.parsers.issued.lines import Paragraph
from knowledge.parsers.issued.patterns import vn
from knowledge.parsers.issued.times import day_of
from knowledge.parsers.issued.trust import reads_well
from knowledge.parsers.issued.units import leading_unit
from knowledge.parsers.issued.zones import Zones, kind_line

_NUMBER = re.compile(
    r"(?<!\w)Số\s*[:.]?\s*(\d[\d.]*[a-z]?)?\s*/\s*((?:\d{4}/)?[A-ZĐ][A-ZĐa-z0-9&]*(?:\s?-\s?[A-ZĐ][A-ZĐa-z0-9&]*)*)"
)
_DATE = vn(
    r"(?:(?P<place>[\pU][\w ]{2,40}?),\s*)?[Nn]gày\s*(?P<day>[\d.…]*)\s*tháng\s*(?P<month>[\d.…]*)"
    r"\s*năm\s*(?P<year>20\d{2})",
)
_ABOUT = re.compile(r"^(?:V/v|Về việc|Về\s)\s*:?\s*", re.IGNORECASE)
_SYMBOLS = {
    "KH": "Kế hoạch", "QĐ": "Quyết định", "TB": "Thông báo", "CT": "Chỉ thị", "NQ": "Nghị quyết", "TTr": "Tờ trình",
    "BC": "Báo cáo", "HD": "Hướng dẫn", "CTr": "Chương trình", "GM": "Giấy mời", "CĐ": "Công điện",
}  # fmt: skip
_AUTHORITY = re.compile(
    r"^(?:CHỦ TỊCH|GIÁM ĐỐC|CHÁNH|TRƯỞNG|BỘ TRƯỞNG|HỘI ĐỒNG|ỦY BAN|UBND|CỤC TRƯỞNG|THỦ TƯỚNG)\b"
)
_ISSUES = re.compile(r"\s(?:ban hành|xây dựng|triển khai|thông báo|yêu cầu|đề nghị|tổ chức|hướng dẫn)\b")
_PLACE_WORD = r"(?:tỉnh|thành phố|xã|phường|đặc khu|huyện|thị xã|thị trấn)"
_PLACE = vn(rf"{_PLACE_WORD}\s+((?:[\pU][\w']*\s?){{1,4}})")
_OPEN_END = re.compile(rf"\b({_PLACE_WORD})$", re.IGNORECASE)
_TAIL = re.compile(r"\(?(?:Kèm theo|Ban hành kèm theo|Đính kèm|Kính gửi)\b.*$", re.IGNORECASE)
_SMALL = frozenset(
    [
        "nhân",
        "dân",
        "tỉnh",
        "xã",
        "phường",
        "huyện",
        "thị",
        "trấn",
        "đặc",
        "khu",
        "và",
        "của",
        "các",
        "về",
        "việc",
        "cấp",
    ]
)
_ROLE_NAMES = re.compile(r"^(?:(KT|TM|TL|TUQ|Q|QUYỀN)\s?\.\s*)?(.*)$")
TITLE_LINES = 6


@dataclass(frozen=True)
class Header:
    number: str = ""
    symbol: str = ""  # "KH-UBND", also of a number left blank
    type: str = "Kế hoạch"
    title: str = ""
    issuer: str = ""
    signer: str = ""
    place: str = ""
    issued: date | None = None
    issued_text: str = ""
    doubts: tuple[Doubt, ...] = ()


def header(zones: Zones, *, believed: bool) -> Header:
    """What the heading states. On a text that is not `believed` only the kind is taken, the rest is doubted."""
    type_, title = _type_and_title(zones)
    if not believed:
        raw = " / ".join(paragraph.text for paragraph in zones.head[:8])
        return Header(
            type=type_,
            doubts=(Doubt(field="header", reason="the text is not read reliably", raw=raw[:400], page=1),),
        )
    number, symbol = _number(zones.head)
    if not any(map(kind_line, zones.head)):
        type_ = _SYMBOLS.get(symbol.split("-")[0], "Công văn" if symbol or title else type_)
    place, issued, issued_text = _dated(zones)
    issuer = _issuer(zones, title)
    doubts = []
    if symbol and not number:
        doubts.append(Doubt(field="number", reason="the copy leaves the number blank", raw=symbol, page=1))
    if issued is None:
        doubts.append(Doubt(field="issued", reason="the copy states no whole date", raw=issued_text, page=1))
    return Header(
        number, symbol, type_, title, issuer, signature(zones), place, issued, issued_text, tuple(doubts)
    )


def _number(head: Iterable[Paragraph]) -> tuple[str, str]:
    """("26/KH-SXD", "KH-SXD"), or ("", "KH-UBND") where the number is left blank."""
    for paragraph in head:
        found = _NUMBER.search(paragraph.text)
        if found and not re.search(r"(?:Căn cứ|theo)\b", paragraph.text[: found.start()]):
            symbol = re.sub(r"\s", "", found[2])
            return (f"{found[1]}/{symbol}" if found[1] else ""), re.sub(r"^\d{4}/", "", symbol)
    return "", ""


def _dated(zones: Zones) -> tuple[str, date | None, str]:
    """Place, day and what is printed when the day is left blank ("tháng 01 năm 2026")."""
    for paragraph in zones.head:
        found = _DATE.search(_NUMBER.sub("", paragraph.text))
        if found is None or re.match(r"\(|Căn cứ", paragraph.text):
            continue
        place = re.sub(r"^.*\d\S*\s+", "", found["place"] or "").strip()
        day, month = (re.sub(r"\D", "", found[name]) for name in ("day", "month"))
        if day and month:
            return place, day_of(f"ngày {day} tháng {month} năm {found['year']}"), ""
        return place, None, f"tháng {month} năm {found['year']}" if month else f"năm {found['year']}"
    note = " ".join(p.text for p in zones.attached if "èm theo" in p.text)
    if blank := re.search(r"ngày\s*/\s*(\d{1,2})?\s*/\s*(20\d{2})", note):
        return "", None, f"tháng {blank[1]} năm {blank[2]}" if blank[1] else f"năm {blank[2]}"
    return "", None, ""


def _type_and_title(zones: Zones) -> tuple[str, str]:
    """The kind and the lines under it; for an official letter the "V/v" line."""
    for place, paragraph in enumerate(zones.head):
        if kind := kind_line(paragraph):
            return kind, _title(zones.head[place + 1 :])
    for place, paragraph in enumerate(zones.head):
        about = re.search(r"(?:^|\s)(?:V/v|Về việc)\s*:?\s*(.+)", paragraph.text, re.IGNORECASE)
        if about:
            rest = [] if about[1].endswith(".") else _until_break(zones.head[place + 1 :])
            text = " ".join([about[1], *rest])
            return "Công văn", _clean_title(_DATE.sub("", text))
    return "Kế hoạch", ""


def _until_break(following: list[Paragraph]) -> list[str]:
    taken = []
    for paragraph in following[:2]:
        if _DATE.search(paragraph.text) or paragraph.capitals or paragraph.text.startswith("Kính gửi"):
            break
        taken.append(paragraph.text)
    return taken


def _title(following: list[Paragraph]) -> str:
    lines: list[str] = []
    for paragraph in following[:TITLE_LINES]:
        text = paragraph.text
        if (
            (lines and _AUTHORITY.match(text) and paragraph.capitals)
            or _NUMBER.match(text)
            or _DATE.match(text)
        ):
            break
        if re.match(r"\(?(?:Kèm theo|Ban hành kèm theo|Kính gửi)", text):
            break
        lines.append(text)
    return _clean_title(" ".join(lines))


def _clean_title(text: str) -> str:
    bare = _ABOUT.sub("", _TAIL.sub("", " ".join(text.split()))).strip(" .,;:-–")
    return bare[:1].upper() + bare[1:]


def _issuer(zones: Zones, title: str) -> str:
    """Who issued it: the authority a decision names, else the office in the heading, else who says "ban hành"."""
    corpus = [p.text for p in (*zones.head, *zones.body, *zones.attached)] + zones.recipients
    authority = [p.text for p in zones.head if p.capitals and _AUTHORITY.match(p.text) and not kind_line(p)]
    offices = [p.text for p in zones.office] or _offices(zones.head)
    kind_at = next((n for n, p in enumerate(zones.head) if kind_line(p)), 0)
    under_kind = [t for t in authority if any(p.text == t for p in zones.head[kind_at + 1 :])]
    if under_kind:
        name = cased(under_kind[-1].strip(" :"), corpus)
    elif offices:
        name = _office(offices, corpus)
    else:
        name = _who_issues(zones)
    return _with_place(name, [*offices, title, *_place_lines(zones), *corpus])


def _offices(head: list[Paragraph]) -> list[str]:
    """Lines in capitals before the kind of text: the office above, then the office itself."""
    found = []
    for paragraph in head:
        if kind_line(paragraph):
            break
        text = _NUMBER.sub("", paragraph.text).strip()
        if paragraph.capitals and len(text.split()) >= 2 and not text.startswith("V/v"):
            found.append(text)
    return found[:3]


def _office(lines: list[str], corpus: list[str]) -> str:
    """Of "ỦY BAN NHÂN DÂN" + "TỈNH ĐẮK LẮK" one office; of "UBND TỈNH ĐẮK LẮK" + "SỞ XÂY DỰNG" the second."""
    names: list[str] = []
    for line in lines:
        if names and re.match(r"(?:TỈNH|THÀNH PHỐ|XÃ|PHƯỜNG|ĐẶC KHU|HUYỆN|THỊ XÃ|VÀ |CỦA )", line):
            names[-1] = f"{names[-1]} {line}"
        else:
            names.append(line)
    own = cased(names[-1], corpus)
    place = _PLACE.search(cased(names[0], corpus)) if len(names) > 1 else None
    if place is None or place[1].strip() in own:
        return own
    word = place.group().split()[0]
    return f"{own.removesuffix(f' {word}')} {place.group().strip()}"


def _who_issues(zones: Zones) -> str:
    """Who "…, UBND xã Bắc Bình ban hành Kế hoạch … như sau:" names in the first paragraphs."""
    for paragraph in zones.body[:8]:
        for piece in reversed(re.split(r"[,;]\s+", paragraph.text)):
            stop = _ISSUES.search(piece)
            unit, _ = leading_unit(piece)
            if stop and unit and piece.startswith(unit) and stop.start() <= len(unit) + 1:
                return unit
    return ""


def _place_lines(zones: Zones) -> list[str]:
    _, _, _ = "", None, ""
    found = [_DATE.search(p.text) for p in zones.head]
    return [
        f"tỉnh {m['place'].strip()}" for m in found if m and m["place"] and not re.search(r"\d", m["place"])
    ]


def _with_place(name: str, texts: list[str]) -> str:
    """A name that ends in "tỉnh", with the province the text speaks of most."""
    open_end = _OPEN_END.search(name)
    if not open_end:
        return name
    word = open_end[1].lower()
    said: Counter[str] = Counter()
    for weight, text in enumerate(reversed(texts)):
        for match in vn(rf"{word}\s+((?:[\pU][\pL']+\s?){{1,3}})").finditer(text):
            said[match[1].strip()] += 1 + (weight >= len(texts) - 3) * 3
    return f"{name} {said.most_common(1)[0][0]}" if said else name


def cased(capitals: str, corpus: Iterable[str]) -> str:
    """A name in capitals as the text itself writes it elsewhere; else by the rule for names of offices."""
    wanted = capitals.strip()
    pattern = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)", re.IGNORECASE)
    for text in corpus:
        for found in pattern.finditer(text):
            if not found.group().isupper():
                return found.group()[:1].upper() + found.group()[1:]
    return _by_rule(wanted)


def _by_rule(capitals: str) -> str:
    words, named, made = capitals.split(), False, []
    for place, word in enumerate(words):
        small = word.lower()
        if word in {"UBND", "HĐND", "MTTQ"}:
            made.append(word)
        elif place == 0 or named:
            made.append(small[:1].upper() + small[1:])
        elif small in _SMALL or (
            place > 1 and words[0] in {"SỞ", "BAN", "PHÒNG", "VĂN"} and made[-1] != "và"
        ):
            made.append(small)
        elif words[0] in {"SỞ", "BAN", "PHÒNG", "BỘ", "CỤC"} or (made and made[-1] == "và"):
            made.append(small[:1].upper() + small[1:])
        else:
            made.append(small)
        named = (
            named
            or small in {"tỉnh", "xã", "phường", "huyện", "khu"}
            or (small == "phố" and words[place - 1] == "THÀNH")
        )
    return re.sub(r"\b(ủy ban|hội đồng) nhân dân", lambda m: f"{m[1].capitalize()} nhân dân", " ".join(made))


def signature(zones: Zones) -> str:
    """Who signed, as what: "Nguyễn Văn A (Phó Chủ tịch, ký thay Chủ tịch)"."""
    if not zones.signer or not reads_well(zones.signer):
        return ""
    acting, role = "", ""
    for line in zones.roles:
        found = _ROLE_NAMES.match(line)
        if found is None:
            continue
        if found[1] == "KT":
            acting = f"ký thay {_role_name(found[2])}"
        elif found[1] in {"TM", "TL", "TUQ"}:
            said = {"TM": "thay mặt", "TL": "thừa lệnh", "TUQ": "thừa ủy quyền"}[found[1]]
            acting = f"{said} {_role_name(found[2])}"
        else:
            role = role or _role_name(found[2])
    inside = ", ".join(part for part in (role, acting) if part)
    return f"{zones.signer} ({inside})" if inside else zones.signer


def _role_name(capitals: str) -> str:
    """From "PHÓ CHỦ TỊCH" to "Phó Chủ tịch", from "CHÁNH VĂN PHÒNG" to "Chánh Văn phòng"."""
    text = capitals.strip(" .:").lower()
    for plain in ("chủ tịch", "giám đốc", "văn phòng", "bộ trưởng", "cục trưởng", "ủy ban", "hội đồng"):
        text = text.replace(plain, plain.capitalize())
    return text[:1].upper() + text[1:]
