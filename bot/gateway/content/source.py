"""What a source file says, as the file has it: the raw text of a field, a row of a sheet, the text of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bot.gateway.staff_pages import words
from knowledge.text.diacritics import fold

MAX_SHOWN = 40_000  # characters of one piece: more is cut, and said to be cut
MAX_LINE = 8 * 1024 * 1024
WITH_IMAGES = frozenset({"pdf", "image"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WITH_LINES = frozenset({"json", "jsonl"})


@dataclass(frozen=True)
class Piece:
    """One named part of a source. `about` is whether it speaks of the field that is looked at."""

    name: str
    text: str
    about: bool = False
    cut: bool = False


def stored_file(home: Path, sha: str) -> Path | None:
    """Our copy of a file that was read."""
    if not _SHA256.fullmatch(sha):
        return None
    return next(iter(sorted((home / "knowledge" / "files").glob(f"{sha}*"))), None)


def raw_pieces(path: Path, *, kind: str, place: str, field: str) -> list[Piece]:
    """What the file has at a place (line of JSON lines, number of an array or sheet row), by its own names.

    Those that speak of `field` come first. [] when the file has nothing there, or is of another kind.
    """
    if kind == "xlsx":
        return _sheet_row(path, place)
    if kind not in _WITH_LINES:
        return []
    found = _json_at(path, kind=kind, place=place)
    first = field.split(".")[0]
    keys = {first, *words()["source_keys"].get(first, ())}
    pieces = [_piece(name, text, about=_speaks_of(name, keys)) for name, text in _flat(found)]
    return sorted(pieces, key=lambda piece: not piece.about)


def _piece(name: str, text: str, *, about: bool = False) -> Piece:
    return Piece(name, text[:MAX_SHOWN], about, len(text) > MAX_SHOWN)


def _speaks_of(name: str, keys: set[str]) -> bool:
    return any(_key_of(part) in keys for part in name.split("/"))


def _key_of(name: str) -> str:
    """`Trình_tự_thực_hiện` and `trinh_tu_thuc_hien` are one key."""
    return fold(name).lower()


def _json_at(path: Path, *, kind: str, place: str) -> Any:  # noqa: ANN401  # whatever the file holds
    try:
        number = max(1, int(place))
        if kind == "jsonl":
            with path.open("rb") as file:
                line = next(islice(file, number - 1, number), b"")
            return json.loads(line[:MAX_LINE].decode("utf-8-sig"))
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        return data[number - 1] if isinstance(data, list) else data
    except (OSError, ValueError, IndexError):
        return None


def _flat(data: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Named texts of a JSON object; what is nested below its second level stays JSON."""
    if not isinstance(data, Mapping):
        return
    for key, value in data.items():
        path = f"{name}/{key}" if name else str(key)
        if isinstance(value, Mapping) and not name:
            yield from _flat(value, path)
        elif isinstance(value, str):
            yield path, value
        elif value not in (None, [], {}):
            yield path, json.dumps(value, ensure_ascii=False, indent=1)


def _sheet_row(path: Path, place: str) -> list[Piece]:
    """One row of an Excel list under the heads of its columns. `place` is its row number in the first sheet."""
    from python_calamine import CalamineError, load_workbook

    try:
        book = load_workbook(str(path))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        row = rows[int(place) - 1]
    except (CalamineError, OSError, ValueError, IndexError):
        return []
    return [
        Piece(_column(number), str(cell)[:MAX_SHOWN]) for number, cell in enumerate(row) if str(cell).strip()
    ]


def _column(number: int) -> str:
    """A, B, … AA, as Excel names them."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(65 + letter) + name
    return name
