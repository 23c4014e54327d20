"""Paragraphs → the tree a document is written in: I, 1, a, -, + or Điều, khoản, điểm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from knowledge.documents import Section
from knowledge.parsers.issued.lines import Paragraph
from knowledge.parsers.issued.markers import RANK, marker_of, path_of
from knowledge.parsers.issued.patterns import vn
from knowledge.parsers.issued.units import heading_unit
from knowledge.text.quality import vietnamese_share

CLOSING = "Phần kết"
HEADING = 200  # characters: a longer piece is text, whatever stands below it
_CAPITALS_THEN_TEXT = vn(r"^([^\pL]{6,}?)[\s\]\[|:.]+(?=[\pU][\pL]+\s+[\pL])")
_COLON = re.compile(r"^([^:.;]{3,140}):\s+(?=\S{2,}.{10,})")
_OPEN_ENDED = frozenset({"như", "gồm", "sau", "là", "trong", "với", "về", "cho", "rằng", "đó", "khẩu", "rõ"})
_CLOSING = re.compile(
    r"^(?:Trên đây là|(?:Trong )?[Qq]uá trình (?:triển khai |tổ chức )*thực hiện.{0,40}(?:nếu|có ))"
)


@dataclass
class Node:
    """One piece with everything below it. `title` is its heading, `text` what stands beside or right under it."""

    kind: str = "root"
    path: str = ""
    title: str = ""
    text: list[Paragraph] = field(default_factory=list)
    rows: list[Paragraph] = field(default_factory=list)  # rows of a table under it
    children: list[Node] = field(default_factory=list)
    page: int = 1
    quality: float = 1.0
    parent: Node | None = field(default=None, repr=False)

    @property
    def bullet(self) -> bool:
        return RANK.get(self.kind, -1) >= RANK["dash"]

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()

    def above(self) -> Iterator[Node]:
        """Itself, then each piece it stands in."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent


def tree(paragraphs: Iterable[Paragraph]) -> Node:
    """The tree. Text before the first number stands at the root."""
    root = Node()
    at = root
    for paragraph in paragraphs:
        marker = None if paragraph.cells else marker_of(paragraph.text)
        if marker is None and _CLOSING.match(paragraph.text):
            at = Node("closing", CLOSING, page=paragraph.page, quality=paragraph.quality, parent=root)
            at.text.append(paragraph)
            root.children.append(at)
            continue
        if marker is None:
            (at.rows if paragraph.cells else _owner(at, paragraph).text).append(paragraph)
            continue
        parent = at
        while parent.parent is not None and RANK.get(parent.kind, 99) >= RANK[marker.kind]:
            parent = parent.parent
        at = Node(
            marker.kind, path_of(marker, parent.path), page=paragraph.page, quality=paragraph.quality,
            parent=parent,
        )  # fmt: skip
        parent.children.append(at)
        if marker.rest:
            at.text.append(Paragraph(marker.rest, paragraph.page, paragraph.quality))
    for node in root.walk():
        _entitle(node)
    return root


def _owner(at: Node, paragraph: Paragraph) -> Node:
    """Text without a sign after a list belongs to what the list stands in, not to its last item."""
    node = at
    if node.bullet and node.text and node.text[-1].text[-1:] in ".;" and paragraph.text[:1].isupper():
        while node.bullet and node.parent is not None:
            node = node.parent
    return node


def _entitle(node: Node) -> None:
    """Take the heading out of the text: a line of its own, capitals, or what stands before a colon."""
    if node.kind in {"root", "closing"} or node.bullet or not node.text:
        return
    first = node.text[0]
    if glued := _CAPITALS_THEN_TEXT.match(first.text):
        node.title = glued.group(1).strip(" .:[]|")
        node.text[0] = Paragraph(first.text[glued.end() :].strip(), first.page, first.quality)
    elif (colon := _COLON.match(first.text)) and _is_heading(colon.group(1)):
        node.title = colon.group(1).strip()
        node.text[0] = Paragraph(first.text[colon.end() :].strip(), first.page, first.quality)
    elif len(first.text) <= HEADING and (
        first.capitals or (_stands_alone(first.text) and (len(node.text) > 1 or node.children or node.rows))
    ):
        node.title = first.text.strip(" .:;")
        del node.text[0]


def _is_heading(before_colon: str) -> bool:
    """Whether a heading: "Phòng Kinh tế: …" has one, "… các phương tiện như: …" is a sentence."""
    words = before_colon.split()
    return before_colon[:1].isupper() and len(words) <= 14 and words[-1].lower() not in _OPEN_ENDED


def _stands_alone(text: str) -> bool:
    """A heading ends without a full stop, unless it is nothing but the name of an office."""
    return text[-1:] not in ".;" or bool(heading_unit(text))


def contents(node: Node) -> list[Paragraph]:
    """Its own text and the bullets below it, without the numbered pieces inside, which are sections themselves."""
    found = list(node.text)
    for child in node.children:
        if child.bullet:
            found += contents(child)
    return found + node.rows


def sections(root: Node) -> list[Section]:
    """Every numbered piece, and the text before the first one as "Mở đầu"."""
    found = []
    for node in root.walk():
        if node.bullet:
            continue
        parts = contents(node)
        text = "\n".join(part.text for part in parts) or node.title
        if not text.strip():
            continue
        found.append(
            Section(
                path=node.path or "Mở đầu",
                title=node.title,
                text=text,
                page=parts[0].page if parts and not node.title else node.page,
                text_quality=vietnamese_share(f"{node.title}\n{text}"),
            )
        )
    return found
