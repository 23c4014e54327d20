"""Personal data in what people write: numbers of papers, telephones, cards, accounts, plates, addresses of mail.

A number counts by its form where the form is its own (a telephone, a citizen's number, a card), else by the word
before it ("stk …"). Sums of money, codes of procedures, dossiers, tickets and documents, dates and parcels do not:
they are taken out first. Sources of the forms: Thông tư 59/2021/TT-BCA (12 digits: province, century and sex, year),
ISO/IEC 7812 (Luhn), Thông tư 24/2023/TT-BCA (plates), the numbering plan of Thông tư 25/2014/TT-BTTTT.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from knowledge.text.diacritics import fold

Kind = Literal[
    "cccd", "cmnd", "phone", "card", "account", "plate", "email", "passport", "bhxh", "tax"
]  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Where in the text (`text[start:end]`) data of a kind stands."""

    kind: Kind
    start: int
    end: int


SHORTEST, LONGEST = 8, 19  # digits of a number that may be personal
KEPT = 3  # last characters left to be recognised by; two of short ones
_SEP = r"[ .\-\u00a0]"
_CUE_REACH = 40  # characters before a number in which its cue may stand

_PROVINCES = frozenset(
    f"{code:03}"
    for code in (
        *(1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38),
        *(40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80),
        *(82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96),
    )
)
# Words that say what the number after them is. Folded; the nearest one decides.
_CUES: dict[Kind, str] = {
    "cmnd": r"cmnd|cmt|cmtnd|chung minh(?: nhan dan| thu)?(?: nhan dan)?",
    "cccd": r"cccd|can cuoc(?: cong dan)?|dinh danh|so dd",
    "passport": r"ho chieu|passport",
    "bhxh": r"bhxh|bhyt|(?:ma(?: so)?|so|the|sach) bao hiem(?: xa hoi| y te)?|bao hiem xa hoi|bao hiem y te",
    "tax": r"mst|ma so thue|ma thue|so thue",
    "account": r"stk|so tai khoan|tai khoan|so tk|tk|account",
    "phone": r"sdt|dt|dien thoai|phone|zalo|alo|goi|so may|may ban|lien he|lien lac|call|sim|hotline|nhan|nha rieng",
    "card": r"the|card|visa|master|atm",
    "plate": r"bien so(?: xe)?|bks|bien kiem soat|bien(?: xe)?|xe",
}
_CUE = {kind: re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])") for kind, words in _CUES.items()}

# What only looks like it: cut out before anything is looked for, so that no part of it is.
_INNOCENT = re.compile(
    "|".join(
        (
            r"\b(?:PA|XD|SD)[ -]?\d{4}[ -]?\d{6}\b",  # tickets and receipts of ours
            r"\b[A-Z]{1,3}\d{0,2}(?:\.\d{1,3}){0,6}-\d{6,8}-[A-Z0-9]{3,8}\b",  # dossiers: H29.12.34-240101-0001
            r"\b(?:\d{3}\.)(?:\d{2,3}\.){1,4}[A-Z]\d{2}(?:-\d{6}-[A-Z0-9]+)?\b",  # 000.00.12.H29-…
            r"\b\d\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2})?(?:\.H\d+)?\b",  # procedures: 1.001193
            r"\b\d{1,8}/(?:\d{4}/)?[A-ZĐ]{2,}[\w-]*",  # documents: 118/2025/NĐ-CP
            r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?(?:[+-]\d{2}:\d{2})?",
            r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)\d{2}\b(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?",
            r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",  # UUIDs
            r"(?<![\d.])[12]?\d{1,2}(?:\.[12]?\d{1,2}){3}(?![\d.])",  # addresses of machines
            r"\b\d{1,3}(?:([.,])\d{3})(?:\1\d{3}){1,5}(?=\s*(?:đ|dong|đồng|vn[dđ]|m2|m²|ha|người|nguoi|đ/))",
            r"(?<![\d.,])\d[\d., ]{0,24}(?:đồng|dong|đ|vnđ|vnd|k|m2|m²|ha|km|triệu|tỷ|tỉ|nghìn|ngàn)\b",
        )
    ),
    re.IGNORECASE,
)
_PARCEL = re.compile(
    r"\b(?:thua|to|ban do|tieu khu|khoanh|gcn|vao so|toa do|ma vach|ma loi)(?: dat)?(?: so)? *$"
)
_HOTLINE = re.compile(r"^(?:1900|1800)\d{4,6}$|^1(?:11|12|13|14|15|022|080)$")

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?<![.-])")
_NUMBER = re.compile(rf"(?<![\w])\(?\+?\(?\+?\d(?:\)?{_SEP}?\(?\d){{5,60}}(?![\w])")
_PIECE = re.compile(r"[^ \u00a0]+")
_SPOKEN_ZERO = re.compile(r"(?<!\w)[o0]9[o0]\d{7}(?!\w)", re.IGNORECASE)  # "o9o5123456"
_PLATE = re.compile(
    r"(?<![\w.])\d{2}[ -]?"
    r"(?:LD|DA|MK|MĐ|TĐ|RM|HC|NG|NN|QT|CD|KT|[A-HK-NPS-VX-Z]{1,2})\d?[ -]{0,2}\d{3}[. ]?\d{1,2}(?![\w/])"
)
_PLATE_SPACED = re.compile(r"(?<![\w.])\d{2}[ -]?[A-Z]{1,2}\d? ?[ .-] ?\d{3}[. ]?\d{1,2}(?![\w/])")
_LETTERED = re.compile(r"(?<![\w/.])[A-Z]{1,2} ?\d{7,8}(?![\w/])")
_INSURANCE = re.compile(r"(?<![\w/.])[A-Z]{2}\d{13}(?![\w/])")
_MIXED_ACCOUNT = re.compile(r"(?<![\w/.-])\d{2,4}[A-Z]{1,2}\d{6,12}(?![\w/])")
_WITH_LETTERS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_INSURANCE, "bhxh"),
    (_LETTERED, "passport"),
    (_MIXED_ACCOUNT, "account"),
)


def find(text: str) -> list[Found]:
    """Everything personal in the text, in its order; no two overlap."""
    if not any(character.isdigit() or character == "@" for character in text):
        return []
    found = [Found("email", *match.span()) for match in _EMAIL.finditer(text)]
    rest = _blanked(text, ((one.start, one.end) for one in found))
    innocent = [match.span() for match in _INNOCENT.finditer(rest) if not _is_persons(match)]
    rest = _blanked(rest, innocent)
    folded = _folded(rest)
    for look in (_lettered, _plates, _numbers):
        new = list(look(rest, folded))
        found += new
        rest = _blanked(rest, ((one.start, one.end) for one in new))
    return sorted(found, key=lambda one: one.start)


def masked(text: str) -> str:
    """The text with all but the last characters of what is personal as dots; lengths stay."""
    return replaced(text, _dots)


def replaced(text: str, by: Callable[[str, Kind], str]) -> str:
    """The text with each value that is personal put as `by` says."""
    for one in reversed(find(text)):
        text = text[: one.start] + by(text[one.start : one.end], one.kind) + text[one.end :]
    return text


def _dots(value: str, kind: Kind) -> str:
    if kind == "email":
        name, _, domain = value.partition("@")
        return f"{'•' * len(name)}@{domain}"
    signs = sum(character.isalnum() for character in value)
    kept = KEPT if signs >= 9 else 2
    out, left = [], signs - kept
    for character in value:
        out.append("•" if character.isalnum() and left > 0 else character)
        left -= character.isalnum()
    return "".join(out)


def _blanked(text: str, spans: Iterator[tuple[int, int]] | list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def _folded(text: str) -> str:
    """Lower case without marks, one character for one, so that places stay."""
    return "".join((fold(character).lower() or " ")[0] for character in text)


def _is_persons(match: re.Match[str]) -> bool:
    """Whether what looks like a sum or a date is a person's number: "0905123456 k gọi được", "cccd 045.188.003.377"."""
    value = re.match(r"[\d., ]*", match.group())
    digits = re.sub(r"\D", "", value.group()) if value else ""
    if digits[:1] == "0" and "," not in match.group() and "/" not in match.group():
        grouped = match.group().lower().endswith(("đồng", "dong", "vnd", "vnđ")) and "." in match.group()
        return not grouped and (_is_phone(digits, digits) or _is_cccd(digits))
    return False


@lru_cache(maxsize=64)
def _cues(before: str) -> tuple[Kind, ...]:
    """What the words before a number say that it is, the last of them first, of those that end alike the longest."""
    said = [
        (match.end(), match.end() - match.start(), kind)
        for kind, pattern in _CUE.items()
        for match in pattern.finditer(before)
    ]
    return tuple(kind for *_, kind in sorted(said, reverse=True))


def _before(folded: str, start: int) -> str:
    """The words that may speak of what stands at `start`: not those before another number or a full stop."""
    reach = folded[max(0, start - _CUE_REACH) : start]
    return re.split(r"[;\n]|\.\s|\d{4,}", reach)[-1]


def _lettered(text: str, folded: str) -> Iterator[Found]:
    for pattern, kind in _WITH_LETTERS:
        for match in pattern.finditer(text):
            if pattern is _INSURANCE or kind in _cues(_before(folded, match.start())):
                yield Found(kind, *match.span())


def _plates(text: str, folded: str) -> Iterator[Found]:
    ends: list[int] = []
    for match in _PLATE.finditer(text):
        if 11 <= int(match.group()[:2]) <= 99:
            ends.append(match.end())
            yield Found("plate", *match.span())
    for match in _PLATE_SPACED.finditer(text):
        if match.end() not in ends and "plate" in _cues(_before(folded, match.start())):
            yield Found("plate", *match.span())


def _numbers(text: str, folded: str) -> Iterator[Found]:
    for match in _SPOKEN_ZERO.finditer(text):
        if not match.group().isdigit():
            yield Found("phone", *match.span())
    for match in _NUMBER.finditer(text):
        yield from _in_row(match, folded)


def _in_row(match: re.Match[str], folded: str) -> Iterator[Found]:
    """The numbers in a row of digits and separators: two may stand beside each other ("20251231 0905123456")."""
    pieces = [
        (match.start() + piece.start(), match.start() + piece.end())
        for piece in _PIECE.finditer(match.group())
    ]
    first = 0
    while first < len(pieces):
        start, step = pieces[first][0], 1
        before = _before(folded, start)
        for last in range(len(pieces), first, -1):
            value = match.string[start : pieces[last - 1][1]]
            opened = 1 if value.startswith("(") and ")" not in value else 0
            if kind := _kind_of(value, before=before):
                yield Found(kind, start + opened, pieces[last - 1][1])
                step = last - first
                break
        first += step


def _kind_of(value: str, *, before: str) -> Kind | None:
    digits = re.sub(r"\D", "", value)
    if not SHORTEST <= len(digits) <= LONGEST or _HOTLINE.match(digits) or _PARCEL.search(before):
        return None
    cued = next((cue for cue in _cues(before) if cue in _BY_CUE and _BY_CUE[cue](digits)), None)
    if cued:
        return "cccd" if cued == "cmnd" and _is_cccd(digits) else cued
    return next((kind for kind, is_one in _BY_FORM if is_one(digits, value)), None)


def _is_cccd(digits: str) -> bool:
    return len(digits) == 12 and digits[:3] in _PROVINCES and digits[3] in "0123"


def _is_card(digits: str) -> bool:
    if not 14 <= len(digits) <= 19 or digits[0] not in "34569" or len(set(digits)) < 2:
        return False
    doubled = [int(sign) * (1 + place % 2) for place, sign in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0


_MOBILE = re.compile(r"^0(?:3[2-9]|5[25689]|7[06-9]|8\d|9\d)\d{7}$")
_LANDLINE = re.compile(
    r"^02(?:0[3-9]|1[0-689]|2[0-25-9]|3[2-9]|4|5[124-9]|6[0-39]|7[0-7]|8|9[0-479])\d{7,8}$"
)


def _is_phone(digits: str, value: str) -> bool:
    local = re.sub(r"^(?:0084|84)(?=\d{9,10}$)", "0", digits)
    if value.lstrip("(").startswith("+") and not digits.startswith("84"):
        return False
    return bool(_MOBILE.match(local)) or (bool(_LANDLINE.match(local)) and len(local) in (10, 11))


_BY_CUE: dict[Kind, Callable[[str], bool]] = {
    "cmnd": lambda digits: len(digits) in (9, 12),
    "cccd": lambda digits: len(digits) == 12,
    "bhxh": lambda digits: len(digits) == 10,
    "tax": lambda digits: len(digits) in (10, 12, 13),
    "account": lambda digits: 8 <= len(digits) <= 16,
    "phone": lambda digits: _is_phone(digits, digits),
    "card": _is_card,
}
_BY_FORM: tuple[tuple[Kind, Callable[[str, str], bool]], ...] = (
    ("cccd", lambda digits, value: _is_cccd(digits)),
    ("card", lambda digits, value: _is_card(digits)),
    ("phone", _is_phone),
)
