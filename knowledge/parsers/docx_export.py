"""The Word export of one portal record: named `.doc`, OOXML inside, tables without `w:tblGrid`.

Libraries for Word stumble over such tables, so `word/document.xml` is walked itself, with a parser that takes no
entities. Quantities arrive glued ("Bản chính: 1Bản sao: 1"), cases are `*` rows (public-service facts, 1.3).
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from knowledge.documents import Procedure
from knowledge.errors import BadRecord
from knowledge.parsers import portal_sheet
from knowledge.parsers.portal_record import Origin, record_of
from knowledge.parsers.portal_sheet import Piece, Table

SOURCE = "Cổng Dịch vụ công quốc gia (bản xuất Word)"
MAX_XML = 32 * 1024 * 1024  # bytes unpacked: one record is a hundredth of it
_DEEPEST = 40
_DELETED = {"del", "moveFrom", "instrText", "delText", "Fallback", "pPr", "rPr", "tblPr", "tcPr", "sectPr"}
_BREAKS = {"br": "\n", "cr": "\n", "tab": " ", "noBreakHyphen": "-"}


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Element, depth: int = 0) -> str:
    """The text of a paragraph or a run, deleted text left out."""
    if depth > _DEEPEST:
        raise BadRecord("not a portal export: nested too deeply")
    name = _name(element)
    if name == "t":
        return element.text or ""
    if name in _DELETED:
        return ""
    return _BREAKS.get(name, "") + "".join(_text(child, depth + 1) for child in element)


def _inside(element: Element, name: str, depth: int = 0) -> Iterator[Element]:
    """Rows or cells, through the wrappers that may lie around them; never into a table within."""
    if depth > _DEEPEST:
        raise BadRecord("not a portal export: nested too deeply")
    for child in element:
        if _name(child) == name:
            yield child
        elif _name(child) not in (*_DELETED, "tbl"):
            yield from _inside(child, name, depth + 1)


def _cell(element: Element) -> str:
    return "\n".join(_text(paragraph) for paragraph in element.iter() if _name(paragraph) == "p")


def _table(element: Element) -> Table:
    return tuple(tuple(_cell(cell) for cell in _inside(row, "tc")) for row in _inside(element, "tr"))


def _pieces(element: Element, depth: int = 0) -> Iterator[Piece]:
    if depth > _DEEPEST:
        raise BadRecord("not a portal export: nested too deeply")
    for child in element:
        name = _name(child)
        if name == "p":
            yield _text(child)
        elif name == "tbl":
            yield _table(child)
        elif name not in _DELETED:
            yield from _pieces(child, depth + 1)


def _document(path: Path) -> list[Piece]:
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo("word/document.xml")
            if info.file_size > MAX_XML:
                raise BadRecord(
                    f"its text is larger than {MAX_XML // 1024 // 1024} MB: no export of one record"
                )
            root = fromstring(archive.read(info), forbid_dtd=True)
    except KeyError as error:
        raise BadRecord("no word/document.xml inside: not a Word export") from error
    except DefusedXmlException as error:
        raise BadRecord("its XML declares entities, as no Word document does") from error
    except (zipfile.BadZipFile, ParseError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise BadRecord(f"damaged or not a Word export: {error}") from error
    return list(_pieces(root))


def looks_like(path: Path) -> bool:
    """Whether a file is the export of one record, whatever its name ends in."""
    try:
        return zipfile.is_zipfile(path) and portal_sheet.looks_like(_document(path))
    except (BadRecord, OSError):
        return False


def parse(path: Path, *, area: str = "", fetched: date | None = None, url: str = "") -> Procedure:
    """The record of one export.

    Raises:
        BadRecord: it is damaged, no Word file inside, or prints no code or title.
    """
    origin = Origin(
        source=SOURCE,
        url=url,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        fetched=fetched,
        area=area,
    )
    return record_of(_document(path), origin)
