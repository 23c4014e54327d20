"""Files and folders of published records, read line by line; whatever is damaged is named and left out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from knowledge.documents import Procedure
from knowledge.errors import BadRecord
from knowledge.parsers import portal_crawl, quoc_phong

MAX_LINE = 100 * 1024 * 1024  # bytes: a longer line is no record
ENDINGS = (".jsonl", ".json")
Tell = Callable[[int], None]


@dataclass(frozen=True)
class Problem:
    """Something that was left out, and why, in words for whoever brought the file. `line` 0: the whole file."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


def find_files(paths: Iterable[Path]) -> tuple[list[Path], list[Problem]]:
    """The files to read, folders opened in name order, each file once."""
    files: dict[Path, Path] = {}
    problems = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                found for found in path.rglob("*") if found.suffix.lower() in ENDINGS and found.is_file()
            )
            files.update((found.resolve(), found) for found in inside)
            if not inside:
                problems.append(Problem(str(path), 0, f"no {' or '.join(ENDINGS)} file in this folder"))
        elif not path.exists():
            problems.append(Problem(str(path), 0, "there is no such file or folder"))
        elif path.suffix.lower() not in ENDINGS:
            problems.append(
                Problem(str(path), 0, f"'{path.suffix}' files are not read yet, only {' and '.join(ENDINGS)}")
            )
        else:
            files[path.resolve()] = path
    return list(files.values()), problems


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record_of(data: object, fetched: date | None = None) -> Procedure:
    """The record of one JSON object, whatever format it is in.

    Raises:
        BadRecord: it is of no format we know, or damaged.
    """
    if not isinstance(data, dict):
        raise BadRecord(f"a JSON object is expected, not {type(data).__name__}")
    if portal_crawl.looks_like(data):
        return portal_crawl.parse(data, fetched=fetched)
    if quoc_phong.looks_like(data):
        return quoc_phong.parse(data, fetched=fetched)
    if "code" in data and "title" in data:
        return _own(data)
    raise BadRecord("an object of no format that is known (neither a portal crawl nor an export nor our own)")


def _own(data: dict[str, Any]) -> Procedure:
    try:
        return Procedure.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRecord(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _decode(raw: bytes) -> object:
    try:
        return json.loads(raw.decode("utf-8-sig").strip())
    except UnicodeDecodeError as error:
        raise BadRecord(f"not UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise BadRecord(f"not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise BadRecord("not JSON: nested too deeply") from error


def _skip_line(file: BinaryIO) -> None:
    while (piece := file.readline(MAX_LINE)) and not piece.endswith(b"\n"):
        pass


def _lines(file: BinaryIO, tell: Tell) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; None for one that is too long."""
    number = 0
    while piece := file.readline(MAX_LINE + 1):
        number += 1
        if len(piece) > MAX_LINE and not piece.endswith(b"\n"):
            _skip_line(file)
            yield number, None
        else:
            yield number, piece
        tell(file.tell())


def _read_lines(
    file: BinaryIO, name: str, tell: Tell, fetched: date | None
) -> Iterator[tuple[int, Procedure | Problem]]:
    for number, raw in _lines(file, tell):
        if raw is None:
            yield number, Problem(name, number, f"the line is longer than {MAX_LINE // 1024 // 1024} MB")
            continue
        if not raw.strip():
            continue
        try:
            yield number, record_of(_decode(raw), fetched)
        except BadRecord as error:
            yield number, Problem(name, number, str(error))


def _read_whole(
    path: Path, name: str, tell: Tell, fetched: date | None
) -> Iterator[tuple[int, Procedure | Problem]]:
    """A `.json` file: one record, or an array of them (numbered by place)."""
    if path.stat().st_size > MAX_LINE:
        yield (
            0,
            Problem(
                name,
                0,
                f"the file is larger than {MAX_LINE // 1024 // 1024} MB: use one record a line (.jsonl)",
            ),
        )
        return
    try:
        data = _decode(path.read_bytes())
    except BadRecord as error:
        yield 0, Problem(name, 0, str(error))
        return
    rows = data if isinstance(data, list) else [data]
    for place, row in enumerate(rows, start=1):
        try:
            yield place, record_of(row, fetched)
        except BadRecord as error:
            yield place, Problem(name, place if isinstance(data, list) else 0, str(error))
    tell(path.stat().st_size)


def read_file(
    path: Path, tell: Tell = lambda _: None, *, fetched: date | None = None
) -> Iterator[tuple[int, Procedure | Problem]]:
    """The records of one file with their places, or what is wrong there. `tell` gets the bytes read so far."""
    name = str(path)
    try:
        with path.open("rb") as file:
            if b"\0" in file.read(8192):
                yield 0, Problem(name, 0, "a binary file, not text")
                return
            file.seek(0)
            if path.suffix.lower() == ".jsonl":
                yield from _read_lines(file, name, tell, fetched)
                return
        yield from _read_whole(path, name, tell, fetched)
    except OSError as error:
        yield 0, Problem(name, 0, f"cannot be read: {error.strerror or error}")
