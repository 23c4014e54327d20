"""Vietnamese written before Unicode: TCVN3 (".VnTime" fonts), VNI ("VNI-Times") and Windows-1258.

Old documents store the letters of another alphabet and a font that draws them as Vietnamese. Which encoding it
was is decided by measure: the reading that is Vietnamese by far, or none. TCVN 5712:1993 (VN3); VNI as its
Windows fonts have it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from knowledge.text.quality import vietnamese_share

GOOD = 0.85  # a reading is believed from this quality on
UNKNOWN = "unknown: no encoding makes it Vietnamese"
_SURE = 0.3  # and when it is better than the text as it stands by this much

_VN3_FROM = {  # the first character of a run (as Latin-1) → the letters of the run
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
_VN3 = {first + place: letter for first, letters in _VN3_FROM.items() for place, letter in enumerate(letters)}
_VN3[0x3BC] = "à"  # the micro sign, which some programs turn into the Greek letter

_TONES = "\u0301\u0300\u0309\u0303\u0323"  # acute, grave, hook, tilde, dot below
_HAT, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def _vni() -> dict[str, str]:
    """What each letter with its mark after it stands for: "aù" → "á", "oä" → "ộ", "öõ" → "ữ"."""
    pairs = {
        base + mark: letter + tone
        for base, letter in {**dict(zip("aeouy", "aeouy", strict=True)), "ô": "ơ", "ö": "ư"}.items()
        for mark, tone in zip("ùøûõï", _TONES, strict=True)
    }
    pairs |= {b + m: b + _HAT + tone for b in "aeo" for m, tone in zip("âáàåãä", ("", *_TONES), strict=True)}
    pairs |= {"a" + m: "a" + _BREVE + tone for m, tone in zip("êéèúüë", ("", *_TONES), strict=True)}
    pairs |= _VNI_ALONE
    both = pairs | {old.upper(): new.upper() for old, new in pairs.items()}
    both |= {old.capitalize(): new.capitalize() for old, new in pairs.items()}
    return {old: unicodedata.normalize("NFC", new) for old, new in both.items()}


_VNI = _vni()
_VNI_SIGNS = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))


def from_tcvn3(text: str) -> str:
    return text.translate(_VN3)


def from_vni(text: str) -> str:
    return _VNI_SIGNS.sub(lambda found: _VNI[found.group()], text)


_FONTS: dict[str, Callable[[str], str]] = {"TCVN3": from_tcvn3, "VNI": from_vni}


def repaired(text: str) -> tuple[str, str]:
    """The text in Unicode, and the encoding it was in ("" when it was Unicode or cannot be told).

    Call it before hidden characters are dropped: TCVN3 writes "ư" where Unicode has the soft hyphen. Lines that
    are right as they stand are kept, for old and new fonts are mixed in one document.
    """
    text = unicodedata.normalize("NFC", text)
    before = vietnamese_share(text)
    if before >= GOOD or text.isascii():
        return text, ""
    readings = {
        name: "\n".join(_better(line, font) for line in text.split("\n")) for name, font in _FONTS.items()
    }
    name = max(readings, key=lambda found: vietnamese_share(readings[found]))
    after = vietnamese_share(readings[name])
    return (readings[name], name) if after >= GOOD and after - before >= _SURE else (text, "")


def _better(line: str, font: Callable[[str], str]) -> str:
    made = font(line)
    return made if vietnamese_share(made) > vietnamese_share(line) else line


def decodings(raw: bytes) -> list[tuple[str, str]]:
    """What a file's bytes may say, each with the name of its encoding: one reading when that is certain."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return [(raw.decode(name, "replace"), name)]
    if b"\0" in raw:
        name = "utf-16-le" if raw[1::2].count(0) > raw[0::2].count(0) else "utf-16-be"
        return [(raw.decode(name, "replace"), name)]
    try:
        return [(raw.decode("utf-8"), "utf-8")]
    except UnicodeDecodeError:
        return [(raw.decode("cp1258", "replace"), "cp1258"), (raw.decode("latin-1"), "")]


def decoded(raw: bytes, shown: Callable[[str], str] = str) -> tuple[str, str]:
    """What a file shows, and its encoding; "" when no encoding makes it Vietnamese for certain.

    `shown` takes what people see out of the decoded text (of a web page, what is no markup).
    """
    readings = []
    for text, name in decodings(raw):
        # Bytes of an old font are Latin-1; read as Windows-1258 they would come out half right.
        fixed, font = (
            repaired(shown(text)) if name != "cp1258" else (unicodedata.normalize("NFC", shown(text)), "")
        )
        readings.append((fixed, font or name))
        if font or vietnamese_share(fixed) >= GOOD:
            return fixed, font or name
    sure = len(readings) == 1
    return (readings[0][0], readings[0][1]) if sure else (readings[-1][0], "")
