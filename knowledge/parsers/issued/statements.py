"""Who does what, for whom, by when: each piece of the tree as statements in the document's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from knowledge.documents import Statement
from knowledge.parsers.issued.lines import Paragraph
from knowledge.parsers.issued.patterns import vn
from knowledge.parsers.issued.sections import Node
from knowledge.parsers.issued.tables import Grid
from knowledge.parsers.issued.times import deadline_of, frequency_of, schedule_of
from knowledge.parsers.issued.trust import reads_well
from knowledge.parsers.issued.units import heading_unit, leading_unit

LONG = 300  # characters from which a piece is cut into its sentences
ANNOUNCES = 200  # characters up to which what ends in a colon says nothing but that a list follows
SHORT = 12  # characters below which a piece says nothing alone

_LABEL = re.compile(
    r"^(?P<label>(?:(?:Thời gian|Thời hạn|Tiến độ)(?:\s+(?:thực hiện|hoàn thành|tổ chức))?"
    r"|(?:Đơn vị|Cơ quan|Phòng)?\s*(?:[Cc]hủ trì|[Pp]hối hợp|[Tt]hực hiện)(?:\s+thực hiện)?"
    r"|(?:Đơn vị|Cơ quan) (?:chủ trì|phối hợp|thực hiện)"
    r"|(?:Nội dung|Cách thức|Sản phẩm|Kết quả|Hình thức|Địa điểm|Đối tượng|Kinh phí)(?:\s+(?:thực hiện|đầu ra))?))"
    r"\s*:\s*(?P<value>.*)$",
    re.DOTALL,
)
_SENTENCE = vn(r"(?<=[\pL)”\"%][.])\s+(?=[\pU][\w]+[\s,])")
_ANNOUNCED = re.compile(r"^Trên đây là [^;.]*[;.]\s*")  # says only which document ends here
_PEOPLE = (
    r"(?:(?:đội ngũ\s+)?(?:cán bộ|công chức|viên chức|người lao động)|(?:các\s+)?(?:tầng lớp\s+)?[Nn]hân dân|người dân|"
    r"doanh nghiệp|hội viên|đoàn viên|nhà đầu tư|tổ chức, cá nhân|cá nhân, tổ chức|hộ nghèo|đồng bào)"
)
_FOR_WHOM = re.compile(
    rf"(?:cho|đến|tới|đối với)\s+(?:\d+%\s+)?(?P<people>{_PEOPLE}(?:,\s+{_PEOPLE})*(?:\s+và\s+{_PEOPLE})?)"
)


@dataclass(frozen=True)
class Context:
    """What a piece inherits from those it stands in: who leads, and when."""

    unit: str = ""
    schedule: str = ""


def statements(root: Node, grids: Sequence[Grid]) -> list[Statement]:
    """Every duty, target, topic and rule the text states, in its order. Poorly read pieces state nothing."""
    return list(_Reader(root, grids).read())


class _Reader:
    """Reads one document. `known` are the offices its own headings and tables name."""

    def __init__(self, root: Node, grids: Sequence[Grid]) -> None:
        self._root, self._grids = root, grids
        cells = [cell for grid in grids for row in grid.rows if (cell := grid.cell(row, "unit"))]
        headings = [name for node in root.walk() if (name := heading_unit(node.title))]
        self._known = frozenset(name for name in (*headings, *cells) if len(name.split()) > 1)

    def read(self) -> Iterator[Statement]:
        for paragraph in self._root.text:
            yield from self._piece(paragraph, self._root, Context())
        for node in self._root.children:
            if node.kind == "closing":
                node.text = [replace(one, text=_ANNOUNCED.sub("", one.text)) for one in node.text]
            yield from self._of(node, Context())
        for grid in self._grids:
            yield from _rows(grid)

    def _of(self, node: Node, given: Context) -> Iterator[Statement]:
        context, labels = self._context(node, given)
        if labels and node.title:
            yield from _summary(node, context, labels)
        for paragraph in _whole(node):
            if _label(paragraph.text) is None:
                yield from self._piece(paragraph, node, context)
        for child in node.children:
            named = _label(child.text[0].text) if child.bullet and child.text else None
            if named is None:
                yield from self._of(child, context)
            elif named[0] == "content":
                yield from self._labelled(child, named[1], context)

    def _labelled(self, node: Node, value: str, context: Context) -> Iterator[Statement]:
        """What stands beside and below "- Nội dung thực hiện:"."""
        first = node.text[0]
        pieces = [Paragraph(value, first.page, first.quality)] if value else []
        for paragraph in [*pieces, *node.text[1:]]:
            yield from self._piece(paragraph, node, context)
        for child in node.children:
            yield from self._of(child, context)

    def _context(self, node: Node, given: Context) -> tuple[Context, list[Paragraph]]:
        """What holds for everything in this piece, and the lines that say so ("- Chủ trì thực hiện: …")."""
        unit = heading_unit(node.title) or given.unit
        schedule, labels = given.schedule, []
        for paragraph in [p for child in node.children if child.bullet for p in child.text[:1]] + node.text:
            named = _label(paragraph.text)
            if named is None or named[0] == "content":
                continue
            labels.append(paragraph)
            kind, value = named
            if kind == "time":
                schedule = value
            elif kind == "unit":
                unit = leading_unit(value, self._known)[0] or value
        return Context(unit, schedule), labels

    def _piece(self, paragraph: Paragraph, node: Node, context: Context) -> Iterator[Statement]:
        """A paragraph as one statement, or as one a sentence when it is long."""
        if not _states(paragraph):
            return
        unit = context.unit
        for text in _sentences(paragraph.text):
            own, duty = leading_unit(text, self._known)
            unit = own if own and duty else unit
            whom = _FOR_WHOM.search(text)
            frequency, schedule = frequency_of(text), schedule_of(text)
            yield Statement(
                unit=unit,
                text=text,
                for_whom=whom["people"] if whom else "",
                deadline=deadline_of(text),
                schedule=schedule or ("" if frequency else context.schedule),
                frequency=frequency,
                section=node.path or "Mở đầu",
                page=paragraph.page,
                verbatim=True,
            )


def _whole(node: Node) -> list[Paragraph]:
    """Its paragraphs; one that ends in a colon is put together with what it announces, or only announces a list."""
    joined: list[Paragraph] = []
    for paragraph in node.text:
        if joined and joined[-1].text.endswith(":"):
            before = joined.pop()
            paragraph = replace(paragraph, text=f"{before.text} {paragraph.text}")
        joined.append(paragraph)
    if joined and joined[-1].text.endswith(":") and node.children and len(joined[-1].text) <= ANNOUNCES:
        joined.pop()
    return joined


def _label(text: str) -> tuple[str, str] | None:
    """("time", "Quý II/2026") of "Thời gian thực hiện: Quý II/2026."; None for running text."""
    found = _LABEL.match(text)
    if found is None:
        return None
    name, value = found["label"].lower(), found["value"].strip(" .;")
    if name.startswith(("thời", "tiến")):
        return "time", value
    if "phối hợp" in name and "chủ trì" not in name:
        return "with", value
    if "chủ trì" in name or name.startswith(("đơn vị", "cơ quan", "phòng")) or name.strip() == "thực hiện":
        return "unit", value
    return "content", value


def _summary(node: Node, context: Context, labels: list[Paragraph]) -> Iterator[Statement]:
    """One statement of a task whose lines name who, with whom and when."""
    said = [label.text.strip(" .;") for label in labels if reads_well(label.text, page=label.quality)]
    if not said or not reads_well(node.title, page=node.quality):
        return
    text = f"{node.title}. {'. '.join(said)}."
    yield Statement(
        unit=context.unit,
        text=text,
        section=node.path,
        page=node.page,
        verbatim=True,
        deadline=deadline_of(context.schedule),
        schedule=context.schedule,
        frequency=frequency_of(context.schedule),
    )


def _states(paragraph: Paragraph) -> bool:
    return len(paragraph.text) >= SHORT and reads_well(paragraph.text, page=paragraph.quality)


def _sentences(text: str) -> list[str]:
    if len(text) <= LONG:
        return [text]
    return [piece for piece in _SENTENCE.split(text) if len(piece) >= SHORT]


def _rows(grid: Grid) -> Iterator[Statement]:
    """Rows of a table of tasks. Rows without a content column state nothing alone."""
    if "content" not in grid.columns:
        return
    for row in grid.rows:
        content, unit = grid.cell(row, "content"), grid.cell(row, "unit")
        time, joined = grid.cell(row, "time"), grid.cell(row, "with")
        if len(content) < SHORT or not reads_well(content, page=grid.quality):
            continue
        own, duty = leading_unit(content)
        extra = f" (phối hợp: {joined})" if joined else ""
        product = grid.cell(row, "product")
        yield Statement(
            unit=unit or (own if duty else ""),
            text=content + extra + (f" (sản phẩm: {product})" if product else ""),
            section=grid.section,
            page=grid.page,
            verbatim=True,
            deadline=deadline_of(time),
            schedule=time,
            frequency=frequency_of(time),
        )
