"""What a file is, by its content and not by its name; what is refused, why, and what to do about it.

Nothing is unpacked here and little is read (the head, the tail, a zip's directory), so that a hostile or huge
file costs nothing before it is refused.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from knowledge.errors import BadFile
from knowledge.reading.limits import MB, Limits

HEAD = 64 * 1024
_TAIL = 66 * 1024  # a zip's end record may be followed by a comment of up to 64 kB
_DIRECTORY = 4 * MB  # of a zip: as much as 10,000 members can need
_SMALL = 20 * MB  # a container that unpacks to less is harmless whatever its ratio


class Kind(StrEnum):
    """What a file can be read as."""

    JSONL = "jsonl"
    JSON = "json"
    HTML = "html"
    DOCX = "docx"
    XLSX = "xlsx"
    PDF = "pdf"
    IMAGE = "image"
    TEXT = "text"


ENDINGS: dict[Kind, tuple[str, ...]] = {
    Kind.JSONL: (".jsonl", ".ndjson"),
    Kind.JSON: (".json",),
    Kind.HTML: (".html", ".htm", ".xhtml"),
    Kind.DOCX: (".docx",),
    Kind.XLSX: (".xlsx",),
    Kind.PDF: (".pdf",),
    Kind.IMAGE: (".png", ".jpg", ".jpeg", ".tif", ".tiff"),
    Kind.TEXT: (".txt", ".text", ".md", ".csv"),
}
ALL_ENDINGS = tuple(ending for endings in ENDINGS.values() for ending in endings)
_PROMISING = (".doc", ".xls", ".docm", ".xlsm", ".rtf", ".ppt", ".pptx")  # what a text is not
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER = {  # what people bring by mistake, by its first bytes
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"MZ": "a Windows program",
    b"\x7fELF": "a Linux program",
    b"GIF8": "a GIF image",
    b"RIFF": "a WebP image, sound or film",
    b"{\\rtf": "an RTF document",
    b"AT&TFORM": "a DjVu document",
}
_ARCHIVES = (".zip", ".rar", ".7z", ".gz", ".docx", ".xlsx", ".docm", ".xlsm", ".jar")
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)


@dataclass(frozen=True)
class Sniffed:
    """What a file is. `note` says what is odd about it, such as a name that promises something else."""

    kind: Kind
    note: str = ""


def sniff(path: Path, limits: Limits | None = None) -> Sniffed:
    """The kind of a file.

    Raises:
        BadFile: it is of no kind that is read, damaged, protected or too large.
    """
    bounds = limits or Limits()
    try:
        kind = _kind_of(path, bounds)
    except OSError as error:
        raise BadFile(str(path), f"cannot be opened: {error.strerror or error}") from error
    return Sniffed(kind, _name_note(path, kind))


def _name_note(path: Path, kind: Kind) -> str:
    ending = path.suffix.lower()
    if ending in ENDINGS[kind] or (not ending and kind is Kind.TEXT):
        return ""
    if kind is Kind.TEXT and ending not in (*ALL_ENDINGS, *_PROMISING):
        return ""  # any name will do for plain text
    return f"named '{ending or path.name}' but by its content a {kind} file: read as {kind}"


def _kind_of(path: Path, limits: Limits) -> Kind:
    if not path.is_file():
        raise BadFile(str(path), "there is no such file" if not path.exists() else "not a regular file")
    size = path.stat().st_size
    if not size:
        raise BadFile(str(path), "the file is empty", advice="save or download it again")
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, size - _TAIL))
        tail = file.read(_TAIL)
    kind = _by_content(path, head, tail, limits)
    # Lines of records are read one by one, so that a file of them may be as long as it likes.
    if size > limits.size and kind is not Kind.JSONL:
        raise BadFile(
            str(path),
            f"the file has {size // MB} MB, more than the {limits.size // MB} MB that are read",
            advice="split it, or save it with smaller images",
        )
    return kind


def _by_content(path: Path, head: bytes, tail: bytes, limits: Limits) -> Kind:
    if b"%PDF-" in head[:1024]:
        return _pdf(path, tail)
    if head.startswith(b"PK\x03\x04"):
        return _container(path, tail, limits)
    if head.startswith(_IMAGES):
        return _image(path, head, tail)
    if head.startswith(_OLE):
        raise _old_office(path, head + tail)
    for magic, words in _OTHER.items():
        if head.startswith(magic):
            raise BadFile(str(path), f"{words}, which is not read", advice="save it as PDF, DOCX or text")
    return _texts(path, head)


def _pdf(path: Path, tail: bytes) -> Kind:
    if b"startxref" not in tail and b"%%EOF" not in tail:
        raise BadFile(str(path), "the PDF is cut off: its end is missing", advice="download it again")
    return Kind.PDF


def _image(path: Path, head: bytes, tail: bytes) -> Kind:
    """Decoders fill up what is missing with grey in silence, so the end is looked for here."""
    whole = True
    if head.startswith(b"\x89PNG"):
        whole = b"IEND" in tail
    elif head.startswith(b"\xff\xd8"):
        whole = tail.rfind(b"\xff\xd9") > tail.rfind(b"\xff\xda")  # the end after the last start of a scan
    if not whole:
        raise BadFile(
            str(path), "the image is cut off: its end is missing", advice="scan or download it again"
        )
    return Kind.IMAGE


def _old_office(path: Path, bytes_: bytes) -> BadFile:
    """Word and Excel before 2007 and every encrypted document of today share this container."""
    if "EncryptedPackage".encode("utf-16-le") in bytes_ or "EncryptionInfo".encode("utf-16-le") in bytes_:
        return BadFile(str(path), "protected by a password", advice="save it without a password")
    words = (
        "an Excel 97–2003 workbook"
        if "Workbook".encode("utf-16-le") in bytes_
        else "a Word or Excel 97–2003 file"
    )
    return BadFile(str(path), f"{words}, which is not read", advice="open it and save it as .docx or .xlsx")


def _directory_of(path: Path, tail: bytes, limits: Limits) -> zipfile.ZipFile:
    """The zip's directory, after what it says of its own size has been believed to be harmless."""
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22:
        raise BadFile(str(path), "the file is cut off: its end is missing", advice="download it again")
    members, length = struct.unpack("<HL", tail[place + 10 : place + 16])
    if members > limits.members or length > _DIRECTORY:
        raise BadFile(
            str(path), f"a container of more than {limits.members} parts", advice="no document has so many"
        )
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise BadFile(str(path), f"damaged: {error}", advice="download it again") from error


def _container(path: Path, tail: bytes, limits: Limits) -> Kind:
    with _directory_of(path, tail, limits) as archive:
        members = archive.infolist()
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise BadFile(str(path), "protected by a password", advice="save it without a password")
    _refuse_bomb(path, members, limits)
    if "[Content_Types].xml" not in names:
        raise BadFile(str(path), "a zip archive, not a document", advice="unpack it and give its files")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise BadFile(
            str(path), "it holds macros (programs)", advice="save it as .docx or .xlsx without macros"
        )
    if "word/document.xml" in names:
        return Kind.DOCX
    if "xl/workbook.xml" in names:
        return Kind.XLSX
    raise BadFile(
        str(path), "an Office file that is neither Word nor Excel", advice="save it as PDF or .docx"
    )


def _refuse_bomb(path: Path, members: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Judged by what the directory says; the unpacking reader counts again, for a directory can lie."""
    unpacked = sum(member.file_size for member in members)
    packed = max(1, min(path.stat().st_size, sum(member.compress_size for member in members)))
    if unpacked > limits.unpacked or (unpacked > _SMALL and unpacked // packed > limits.ratio):
        raise BadFile(
            str(path),
            f"it unpacks to {unpacked // MB} MB, {unpacked // packed} times its size: a zip bomb is refused",
            advice="ask the sender for the document itself",
        )
    inner = [
        member.filename
        for member in members
        if member.filename.lower().endswith(_ARCHIVES) and "/embeddings/" not in member.filename
    ]
    if inner:
        raise BadFile(
            str(path), f"an archive inside the archive ({inner[0]})", advice="unpack it and give its files"
        )


def _texts(path: Path, head: bytes) -> Kind:
    if _is_binary(head):
        raise BadFile(str(path), "binary data of no kind that is read", advice="save it as PDF, DOCX or text")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _HTML.search(start[:4096]):
        return Kind.HTML
    if start[:1] in (b"{", b"["):
        return _json(path, start)
    return Kind.TEXT


def _json(path: Path, start: bytes) -> Kind:
    if path.suffix.lower() in ENDINGS[Kind.JSONL]:
        return Kind.JSONL  # its damaged lines are named one by one
    line, _, rest = start.partition(b"\n")
    if rest.lstrip()[:1] == b"{" and line.startswith(b"{") and _is_json(line):
        return Kind.JSONL
    return (
        Kind.JSON
        if path.suffix.lower() == ".json" or re.match(rb'[\[{]\s*(["{\[\]}]|$)', start)
        else Kind.TEXT
    )


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _is_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False  # UTF-16 text
    if b"\0" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        return (
            max(even, odd) < len(head) // 8 or min(even, odd) > len(head) // 50
        )  # not UTF-16 without its mark
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return controls * 50 > len(head)
