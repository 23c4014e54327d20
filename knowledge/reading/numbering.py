"""Word's automatic numbers ("1.", "a)", "Điều 3."), which are drawn and in no text: worked out from the styles.

ECMA-376 part 1, 17.9: a paragraph names a list (`numId`) and a level (`ilvl`), itself or through its style; the
list takes its levels from an abstract one; a level's text is a pattern such as "%1.%2".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)
_PLAIN_BULLETS = "-–—+*•"
_MAX_LEVEL = 9


@dataclass(frozen=True)
class Level:
    """One level of a list: how its numbers look and where they start."""

    shape: str = "decimal"
    pattern: str = ""
    start: int = 1
    style: str = ""


@dataclass
class Numbering:
    """Counts the lists of one document while its paragraphs pass in order."""

    lists: dict[str, tuple[str, dict[int, Level]]] = field(
        default_factory=dict
    )  # numId → abstract list, levels
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)  # style → numId, level
    _counts: defaultdict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def label(self, paragraph: Element) -> str:
        """The number before this paragraph, "" when it has none or one that cannot be told."""
        number, depth = self._place(paragraph)
        abstract, levels = self.lists.get(number, ("", {}))
        level = levels.get(depth)
        if level is None:
            return ""
        counts = self._counts[abstract]
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [found for found in counts if found > depth]:
            del counts[deeper]
        return _drawn(levels, counts, depth)

    def _place(self, paragraph: Element) -> tuple[str, int]:
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return "", 0
        named = properties.find(f"{W}pStyle")
        number, depth = self.styles.get(value_of(named), ("", 0))
        own = properties.find(f"{W}numPr")
        if own is None:
            return number, depth
        return value_of(own.find(f"{W}numId")) or number, _whole(own.find(f"{W}ilvl"), depth)


def _drawn(levels: dict[int, Level], counts: dict[int, int], depth: int) -> str:
    level = levels[depth]
    if level.shape == "bullet":
        return (
            level.pattern if level.pattern in _PLAIN_BULLETS else "-"
        )  # symbol fonts draw a letter as a dot
    if level.shape == "none":
        return ""
    text = level.pattern
    for place in range(depth + 1):
        part = levels.get(place, Level())
        text = text.replace(f"%{place + 1}", _figure(counts.get(place, part.start), part.shape))
    return text.strip()


def _figure(number: int, shape: str) -> str:
    if number < 1:
        return str(number)
    if shape in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if shape == "upperLetter" else letter
    if shape in ("lowerRoman", "upperRoman"):
        return _roman(number).upper() if shape == "upperRoman" else _roman(number)
    return f"{number:02d}" if shape == "decimalZero" else str(number)


def _roman(number: int) -> str:
    text, left = "", min(number, 3999)
    for value, sign in _ROMAN:
        text += sign * (left // value)
        left %= value
    return text


def value_of(element: Element | None) -> str:
    return element.get(f"{W}val", "") if element is not None else ""


def _whole(element: Element | None, default: int) -> int:
    text = value_of(element)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else default


def _level(element: Element) -> Level:
    return Level(
        value_of(element.find(f"{W}numFmt")) or "decimal",
        value_of(element.find(f"{W}lvlText")),
        _whole(element.find(f"{W}start"), 1),
        value_of(element.find(f"{W}pStyle")),
    )


def _levels(element: Element) -> dict[int, Level]:
    found = {}
    for level in element.findall(f"{W}lvl"):
        depth = int(level.get(f"{W}ilvl", "0") or 0)
        if 0 <= depth < _MAX_LEVEL:
            found[depth] = _level(level)
    return found


def numbering_of(numbering: Element | None, styles: Element | None) -> Numbering:
    """What `word/numbering.xml` and `word/styles.xml` say together; either may be missing."""
    made = Numbering()
    if numbering is None:
        return made
    abstract = {
        element.get(f"{W}abstractNumId", ""): _levels(element)
        for element in numbering.findall(f"{W}abstractNum")
    }
    for element in numbering.findall(f"{W}num"):
        name, source = element.get(f"{W}numId", ""), value_of(element.find(f"{W}abstractNumId"))
        levels = _overridden(dict(abstract.get(source, {})), element)
        # A list that starts anew counts for itself; others of one abstract list go on counting together.
        own = f"{source}/{name}" if element.find(f"{W}lvlOverride/{W}startOverride") is not None else source
        made.lists[name] = (own, levels)
        for depth, level in levels.items():
            made.styles.setdefault(level.style, (name, depth))
    made.styles |= _of_styles(styles)
    made.styles.pop("", None)
    return made


def _overridden(levels: dict[int, Level], element: Element) -> dict[int, Level]:
    for change in element.findall(f"{W}lvlOverride"):
        depth = int(change.get(f"{W}ilvl", "0") or 0)
        whole, start = change.find(f"{W}lvl"), change.find(f"{W}startOverride")
        if whole is not None:
            levels[depth] = _level(whole)
        if start is not None:
            levels[depth] = replace(levels.get(depth, Level()), start=_whole(start, 1))
    return levels


def _of_styles(styles: Element | None) -> dict[str, tuple[str, int]]:
    found = {}
    for style in styles.findall(f"{W}style") if styles is not None else ():
        place = style.find(f"{W}pPr/{W}numPr")
        if place is not None and (number := value_of(place.find(f"{W}numId"))):
            found[style.get(f"{W}styleId", "")] = (number, _whole(place.find(f"{W}ilvl"), 0))
    return found
