"""A document cut into its procedures, and each of them into its labelled sections.

A procedure begins at a heading ("THỦ TỤC 7: …", "1. Thủ tục …", a numbered title) that is followed by one of the
labels a procedure begins with, or, where there is no heading, at its code or name. A table of contents has
headings without labels, and so holds no procedure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.parsers.decision.labels import Label, Labelled, read_label
from knowledge.parsers.decision.lines import Line, flow, mark_of
from knowledge.parsers.letters import UPPER

_NAMED = re.compile(
    r"(?:[IVX]+[.)]\s*)?(?:THỦ TỤC|Thủ tục|TTHC)(?: HÀNH CHÍNH| hành chính)?\s*(?:số\s*)?\d{1,3}\s*[.:\-–]\s*",
)
_NUMBERED = re.compile(rf"(?:[IVX]+\.\s?)?\d{{1,3}}(?:\.\d{{1,3}}){{0,2}}[.)]?\s+(?=[{UPPER}\"“])")
# "Thủ tục: Cấp thẻ", "Thủ tục Cấp thẻ"; in "Thủ tục đăng ký …" the words are part of the name.
_LEAD = re.compile(
    rf"(?:Tên )?(?:[Tt]hủ tục|THỦ TỤC|TTHC)(?: hành chính| HÀNH CHÍNH)?(?:\s*:\s*|\s+(?=[{UPPER}]))"
)
_GROUP = re.compile(
    rf"(?:[IVX]{{1,4}}|[A-E]|\d{{1,2}})[.)]\s+(?:LĨNH VỰC|Lĩnh vực)\s*:?\s+(?P<field>.+)"
    rf"|(?:PHẦN\s+|Phần\s+)?(?:[IVX]{{1,4}}|[A-E])[.)]?\s+(?:CÁC\s+)?(?:DANH MỤC\s+|NỘI DUNG\s+)?"
    rf"(?:CỤ THỂ\s+(?:CỦA\s+)?)?(?:TỪNG\s+)?(?:TTHC|THỦ TỤC HÀNH CHÍNH)[{UPPER}\s,]*"
    rf"(?:CẤP\s+(?P<level>TỈNH|HUYỆN|XÃ))?[{UPPER}\s,]*"
)
_BEGINS = (Label.CODE, Label.TITLE, Label.STEPS, Label.FIELD, Label.LEVELS, Label.DECISION, Label.INFO)
_TITLE_LINES = 16  # a title is not longer


@dataclass
class Block:
    """One procedure as it stands in the document: its heading, and lines under each label."""

    title: str
    page: int
    place: int = 0  # its first line in the document
    heading: str = ""
    group_field: str = ""
    group_level: str = ""
    sections: dict[Label, list[Line]] = field(default_factory=dict)

    def lines(self, *labels: Label) -> list[Line]:
        return [line for label in labels for line in self.sections.get(label, [])]

    def flow(self, *labels: Label) -> list[Line]:
        return [line for label in labels for line in flow(self.sections.get(label, []))]

    def text(self, *labels: Label) -> str:
        return "\n".join(line.text for line in self.flow(*labels))

    def page_of(self, *labels: Label) -> int:
        lines = self.lines(*labels)
        return lines[0].page if lines else self.page

    @property
    def pages(self) -> range:
        last = max((line.page for lines in self.sections.values() for line in lines), default=self.page)
        return range(self.page, last + 1)


@dataclass(frozen=True)
class _Start:
    place: int
    body: int  # the first line behind the title
    title: str
    heading: str


def _first_label(
    lines: Sequence[Line], place: int, stop: re.Pattern[str] | None
) -> tuple[int, Labelled] | None:
    """The first label in the lines behind a heading, unless another heading or a list comes before it."""
    for ahead in range(place + 1, min(place + 1 + _TITLE_LINES, len(lines))):
        found = read_label(lines[ahead].text)
        if found:
            return ahead, found
        if (stop and stop.match(lines[ahead].text)) or mark_of(lines[ahead].text):
            return None
    return None


def _bare_title(text: str) -> str:
    return re.sub(r"\s+", " ", _LEAD.sub("", text.strip(), count=1)).strip(" .:;")


def _start(lines: Sequence[Line], place: int, pattern: re.Pattern[str]) -> _Start | None:
    match = pattern.match(lines[place].text)
    if not match or read_label(lines[place].text):
        return None
    found = _first_label(lines, place, pattern)
    if found is None or found[1].label not in _BEGINS:
        return None
    first = lines[place].text[match.end() :]
    title = " ".join([first, *(line.text for line in lines[place + 1 : found[0]])])
    return _Start(place, found[0], _bare_title(title), match.group().strip(" .:-–"))


def _by_labels(lines: Sequence[Line]) -> list[_Start]:
    """Without headings: where a code or a name stands again, the next procedure begins."""
    starts: list[_Start] = []
    seen: set[Label] = set()
    for place, line in enumerate(lines):
        found = read_label(line.text)
        if found is None:
            continue
        opens = found.label in (Label.CODE, Label.TITLE)
        if opens and (not starts or found.label in seen):
            starts.append(_Start(place, place, "", ""))
            seen = set()
        seen.add(found.label)
    return starts


def _starts(lines: Sequence[Line]) -> list[_Start]:
    for pattern in (_NAMED, _NUMBERED):
        found = [start for place in range(len(lines)) if (start := _start(lines, place, pattern))]
        if found:
            return found
    return _by_labels(lines)


def _keeps(current: Label | None, found: Labelled) -> bool:
    """Whether a labelled line belongs to the section it stands in: a dossier lists its forms itself."""
    return current is Label.DOSSIER and found.label is Label.FORMS and not found.words.startswith("tên")


def _fill(block: Block, lines: Sequence[Line]) -> None:
    current: Label | None = None
    for line in lines:
        found = read_label(line.text)
        if found and not _keeps(current, found):
            current = found.label
            kept = block.sections.setdefault(current, [])
            if found.value:
                kept.append(Line(found.value, line.page, line.width))
        elif current is not None:
            block.sections[current].append(line)


def _groups(lines: Sequence[Line]) -> list[tuple[int, str, str]]:
    """Headings over several procedures: where they stand, the field and the level they name."""
    return [
        (place, (match["field"] or "").strip().capitalize(), (match["level"] or "").lower())
        for place, line in enumerate(lines)
        if (match := _GROUP.fullmatch(line.text)) and not read_label(line.text)
    ]


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """The procedures of a document, in order."""
    starts = _starts(lines)
    groups = _groups(lines)
    ends = [*[start.place for start in starts[1:]], *([len(lines)] if starts else [])]
    blocks = []
    for start, end in zip(starts, ends, strict=True):
        over = [group for group in groups if group[0] < start.place]
        cut = min([place for place, *_ in groups if start.body < place < end], default=end)
        block = Block(
            title=start.title,
            page=lines[start.place].page,
            place=start.place,
            heading=start.heading,
            group_field=next((name for _, name, _ in reversed(over) if name), ""),
            group_level=next((level for _, _, level in reversed(over) if level), ""),
        )
        _fill(block, lines[start.body : cut])
        blocks.append(block)
    return blocks
