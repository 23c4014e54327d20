"""How a piece of an issued text is numbered: `III.`, `Điều 2.`, `7.`, `1.1.`, `b)`, `(1)`, `-`, `+`.

`RANK` is the order they nest in (Nghị định 30/2020/NĐ-CP, Phụ lục I: phần, chương, mục, điều, khoản, điểm).
"""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.parsers.issued.patterns import vn

_ROMAN = r"(?=[IVX])X{0,2}(?:IX|IV|V?I{0,3})"
_CAPITAL = r"[\pU]"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("part", rf"(?:PHẦN|Phần)\s+(thứ \w+|THỨ \w+|{_ROMAN}|\d{{1,2}})\s*(?:[.:–-]\s*|$)"),
    ("annex", rf"(?:PHỤ LỤC|Phụ lục)(?:\s+(?:số\s+)?({_ROMAN}|\d{{1,2}}))?\s*(?:[.:–-]\s*|$)"),
    ("chapter", rf"(?:CHƯƠNG|Chương)\s+({_ROMAN}|\d{{1,2}})\s*(?:[.:–-]\s*|$|(?={_CAPITAL}{{2}}))"),
    ("division", rf"(?:MỤC|Mục)\s+({_ROMAN}|\d{{1,2}})\s*(?:[.:–-]\s*|$|(?={_CAPITAL}{{2}}))"),
    ("roman", rf"({_ROMAN})\s?(?:[.)]\s*|/\s*(?={_CAPITAL})|[–-]\s+)(?=\S)"),
    ("article", r"(?:ĐIỀU|Điều)\s+(\d{1,3}[a-zđ]?)\s*(?:[.:]\s*|$)"),
    ("number3", r"(\d{1,2}\.\d{1,2}\.\d{1,2})(?:[.)]\s*|\s+)(?=\D)"),
    ("number2", r"(\d{1,2}\.\d{1,2})(?:[.)]\s*|\s+)(?=\D)"),
    ("number", rf"(\d{{1,2}})(?:[.)]\s+(?=\S)|[./)](?={_CAPITAL}))"),
    ("letter", r"(?:[-–]\s*)?([a-zđ])\)\s*(?=\S)"),
    ("paren", r"\((\d{1,2}|[a-zđ])\)\s*(?=\S)"),
    ("plus", r"(?:[-–]\s*)?\+\s*(?=\S)"),
    ("dash", r"[-–—•●▪]\s*(?=[^\s\d])|[-–—•●▪]\s+(?=\d)"),
    ("star", r"[○◦]\s*(?=\S)"),
)
_NESTING = (
    "part", "annex", "chapter", "division", "roman", "article", "number", "number2", "number3", "letter", "paren",
    "dash", "plus", "star",
)  # fmt: skip
_COMPILED = tuple((kind, vn(pattern)) for kind, pattern in _PATTERNS)
RANK = {kind: rank for rank, kind in enumerate(_NESTING)}
BULLETS = frozenset({"dash", "plus", "star"})
_WORDS = {"part": "Phần", "annex": "Phụ lục", "chapter": "Chương", "division": "Mục", "article": "Điều"}


@dataclass(frozen=True)
class Marker:
    """`kind` of RANK, `mark` as printed ("III", "b", "1.2"), `rest` the text after it."""

    kind: str
    mark: str
    rest: str

    @property
    def bullet(self) -> bool:
        return self.kind in BULLETS


def marker_of(text: str) -> Marker | None:
    """The number or sign a paragraph begins with; None for running text."""
    for kind, pattern in _COMPILED:
        if found := pattern.match(text):
            mark = next((group for group in found.groups() if group), "") if found.groups() else ""
            return Marker(kind, mark, text[found.end() :].strip())
    return None


def path_of(marker: Marker, parent: str) -> str:
    """`III.7` and `b` → `III.7.b`; `1.2` under `II.1` → `II.1.2`; what has a name of its own keeps it."""
    if marker.bullet:
        return parent
    if word := _WORDS.get(marker.kind):
        own = f"{word} {marker.mark}".strip()
        return f"{parent}, {own}" if parent and marker.kind != "article" else own
    mark = marker.mark
    if marker.kind in {"number2", "number3"}:
        first, _, tail = mark.rpartition(".")
        if parent == first or parent.endswith(f".{first}"):
            mark = tail
    joint = ", " if marker.kind == "roman" else "."
    return f"{parent}{joint}{mark}" if parent else mark
