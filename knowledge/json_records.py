"""Records that are JSON already: one a line, one a file, or an array of them; damaged ones are named and left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from knowledge.checked import first_fault
from knowledge.documents import Plan, Procedure
from knowledge.errors import BadRecord
from knowledge.parsers import portal_api, portal_crawl, quoc_phong
from knowledge.problems import Problem

MAX_LINE = 100 * 1024 * 1024  # bytes: a longer line is no record
# Modules with `looks_like(data)` and `parse(data, fetched=…)`, the surest look first.
SHAPES: tuple[Any, ...] = (portal_crawl, quoc_phong, portal_api)

Tell: TypeAlias = Callable[[int], None]
Found: TypeAlias = tuple[int, Procedure | Plan | Problem]


def record_of(data: object, fetched: date | None = None) -> Procedure | Plan:
    """The record of one JSON object, whatever format it is in.

    Raises:
        BadRecord: it is of no format we know, or damaged.
    """
    if not isinstance(data, dict):
        raise BadRecord(f"a JSON object is expected, not {type(data).__name__}")
    for shape in SHAPES:
        if shape.looks_like(data):
            found: Procedure = shape.parse(data, fetched=fetched)
            return found
    if "code" in data and "title" in data:
        return _own(Procedure, data)
    if data.get("kind") == "plan" and "id" in data:
        return _own(Plan, data)
    raise BadRecord("an object of no format that is known (neither a portal crawl nor an export nor our own)")


def _own(kind: type[Procedure] | type[Plan], data: dict[str, Any]) -> Procedure | Plan:
    with first_fault():
        return kind.model_validate(data)


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


def read_lines(path: Path, *, name: str, tell: Tell, fetched: date | None) -> Iterator[Found]:
    """A `.jsonl` file, numbered by line."""
    with path.open("rb") as file:
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


def read_whole(path: Path, *, name: str, tell: Tell, fetched: date | None) -> Iterator[Found]:
    """A `.json` file: one record, or an array of them (numbered by place)."""
    if path.stat().st_size > MAX_LINE:
        size = MAX_LINE // 1024 // 1024
        yield 0, Problem(name, 0, f"the file is larger than {size} MB: use one record a line (.jsonl)")
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
