"""Word documents: paragraphs and tables in their order, automatic numbers worked out.

Read from the XML itself: the portal's exports lack `w:tblGrid`, on which libraries stumble, and automatic numbers
are in no library's text. ECMA-376 part 1, section 17.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from knowledge.errors import BadFile
from knowledge.reading.clean import as_lines, cell, clean, is_layout
from knowledge.reading.legacy import repaired
from knowledge.reading.numbering import Numbering, W, numbering_of, value_of
from knowledge.reading.pages import Page, Table
from knowledge.reading.task import Found, Step, Task
from knowledge.text.quality import vietnamese_share

_DC = "{http://purl.org/dc/elements/1.1/}"
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
# Deleted text, drawings' old copies and field codes are not what a person reads.
_LEFT_OUT = {"del", "moveFrom", "instrText", "delText", "Fallback", "pPr", "rPr", "footnoteReference"}
_DEEPEST = 60  # elements within elements: no document goes so far, a hostile one would


@dataclass
class _Body:
    """What has been read so far."""

    numbering: Numbering
    lines: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def block(self, element: Element, depth: int = 0) -> None:
        _bounded(depth)
        for child in element:
            name = _name(child)
            if name == "p":
                self.lines.append(_paragraph(child, self.numbering))
            elif name == "tbl":
                self.table(child, depth)
            elif name not in _LEFT_OUT:
                self.block(child, depth + 1)  # sdt, ins, customXml: wrappers

    def table(self, element: Element, depth: int) -> None:
        rows = [_cells(found, self.numbering, depth) for found in _inside(element, "tr")]
        filled = tuple(cells for cells in rows if any(cells))
        if filled and not is_layout(filled):
            self.tables.append(Table(filled))
        self.lines.extend(as_lines(filled))


def _bounded(depth: int) -> None:
    if depth > _DEEPEST:
        raise BadFile("", "its parts are nested too deeply", advice="save it anew as .docx")


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _inside(element: Element, name: str, depth: int = 0) -> Iterator[Element]:
    """Rows of a table or cells of a row, through the wrappers that may lie around them."""
    _bounded(depth)
    for child in element:
        if _name(child) == name:
            yield child
        elif _name(child) in ("sdt", "sdtContent", "ins", "customXml", "moveTo"):
            yield from _inside(child, name, depth + 1)


def _cells(element: Element, numbering: Numbering, depth: int) -> tuple[str, ...]:
    found = []
    for child in _inside(element, "tc"):
        inner = _Body(numbering)
        inner.block(child, depth + 1)
        found.append(cell(repaired("\n".join(inner.lines))[0]))
        found.extend([""] * (_span(child) - 1))  # so that columns stay below their headings
    return tuple(found)


def _span(element: Element) -> int:
    text = value_of(element.find(f"{W}tcPr/{W}gridSpan"))
    return min(int(text), 63) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def _paragraph(element: Element, numbering: Numbering) -> str:
    text = "".join(_runs(element))
    label = numbering.label(element) if text.strip() else ""
    return f"{label} {text.lstrip()}" if label else text


def _runs(element: Element, depth: int = 0) -> Iterator[str]:
    _bounded(depth)
    for child in element:
        name = _name(child)
        if name == "t":
            yield child.text or ""
        elif name in _BREAKS:
            yield _BREAKS[name]
        elif name == "txbxContent":
            yield "\n" + "\n".join("".join(_runs(part, depth + 1)) for part in child) + "\n"
        elif name not in _LEFT_OUT:
            yield from _runs(child, depth + 1)


class _Archive:
    """The parts of the container, each parsed once, unpacked sizes counted against the limit."""

    def __init__(self, task: Task) -> None:
        self._archive = zipfile.ZipFile(task.path)
        self._limit = task.limits.unpacked

    def part(self, name: str) -> Element | None:
        """The root of one XML part, None when there is none."""
        try:
            info = self._archive.getinfo(name)
        except KeyError:
            return None
        if info.file_size > self._limit:
            raise BadFile("", "a part of it is too large", advice="split it")
        try:
            # zipfile hands out no more than the directory says the part has.
            with self._archive.open(info) as file:
                root: Element | None = parse(file, forbid_dtd=True).getroot()
                return root
        except DefusedXmlException as error:
            raise BadFile("", "its XML declares entities, as no Word document does") from error
        except (ParseError, zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise BadFile("", f"damaged: {name}: {error}", advice="save or download it again") from error


def _properties(root: Element | None) -> dict[str, str]:
    if root is None:
        return {}
    found = {"title": root.findtext(f"{_DC}title"), "author": root.findtext(f"{_DC}creator")}
    return {name: clean(text) for name, text in found.items() if text and text.strip()}


def read(task: Task) -> Iterator[Found]:
    """A Word document as one page, its tables apart and in the text.

    Raises:
        BadFile: it is damaged, or no document.
    """
    yield Step(1, 1)
    archive = _Archive(task)
    root = archive.part("word/document.xml")
    content = root.find(f"{W}body") if root is not None else None
    if content is None:
        raise BadFile(
            "", "it has no text part that is known", advice="open it in Word and save it anew as .docx"
        )
    body = _Body(numbering_of(archive.part("word/numbering.xml"), archive.part("word/styles.xml")))
    body.block(content)
    raw, encoding = repaired("\n".join(body.lines))
    text = clean(raw)
    yield _properties(archive.part("docProps/core.xml")) | ({"encoding": encoding} if encoding else {})
    yield Page(1, text, "text", vietnamese_share(text))
    yield from body.tables
