"""One canonical form for every text that enters: what people type, and what offices publish.

Published and typed Vietnamese arrives as NFD, with non-breaking spaces, hidden Unicode (zero-width marks,
bidi overrides, tag characters) and two spellings of the same tone ("hoà" / "hòa"). Everything downstream
assumes the form made here, so that two equal texts compare equal.
"""

from __future__ import annotations

import re
import unicodedata

# Zero-width, joiners, soft hyphen, bidi controls, BOM, variation selectors, tag characters, and halves of a pair of
# surrogates, which no encoding can write.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")

# The old tone placement on open oa/oe/uy, moved to the new one when no letter follows: hoà → hòa.
_TONES = {
    "oà": "òa",
    "oá": "óa",
    "oả": "ỏa",
    "oã": "õa",
    "oạ": "ọa",
    "oè": "òe",
    "oé": "óe",
    "oẻ": "ỏe",
    "oẽ": "õe",
    "oẹ": "ọe",
    "uỳ": "ùy",
    "uý": "úy",
    "uỷ": "ủy",
    "uỹ": "ũy",
    "uỵ": "ụy",
}
_OLD_TONE = re.compile(r"(?<![qQ])(" + "|".join(_TONES) + r")(?![a-zà-ỹđ])", re.IGNORECASE)


def _move_tone(match: re.Match[str]) -> str:
    old = match.group(1)
    new = _TONES[old.lower()]
    return "".join(n.upper() if o.isupper() else n for o, n in zip(old, new, strict=False))


def strip_hidden(text: str) -> str:
    """Remove characters a person cannot see: they carry no meaning and can carry instructions."""
    return _HIDDEN.sub("", _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def normalise(text: str) -> str:
    """NFC, no hidden characters, single spaces, new-style tone marks. Line breaks are kept."""
    clean = strip_hidden(unicodedata.normalize("NFC", text))
    clean = _LINES.sub("\n", _SPACES.sub(" ", clean)).strip()
    return _OLD_TONE.sub(_move_tone, clean)


def one_line(text: str) -> str:
    """`normalise` with line breaks as spaces: the form that is searched and classified."""
    return _SPACES.sub(" ", normalise(text).replace("\n", " "))
