"""Reads the content we wrote (`knowledge/packs`) into validated records.

A pack is part of the program: one damaged record stops the load and names its file and place, so that a
slip is seen by whoever edits content, not by a citizen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from knowledge.documents import Area, Plan, Procedure, Record, Unit, normalise_code
from knowledge.errors import BadRecord

PACKS = Path(__file__).resolve().parent / "packs"

R = TypeVar("R", bound=Record)
Questions = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


def load_procedures(packs: Path = PACKS) -> list[Procedure]:
    """Procedures of `procedures/*.json`, by file name, then in the file's order. Codes are unique."""
    return _load(Procedure, _json_rows(packs / "procedures"), key=lambda procedure: procedure.code)


def load_plans(packs: Path = PACKS) -> list[Plan]:
    """Plans of `plans/*.json`, one a file. Ids are unique."""
    return _load(Plan, _single_rows(packs / "plans"), key=lambda plan: plan.id)


def load_units(packs: Path = PACKS) -> list[Unit]:
    """Units of `units/*.json`. Ids are unique across areas."""
    return _load(Unit, _json_rows(packs / "units"), key=lambda unit: unit.id)


def load_areas(packs: Path = PACKS) -> list[Area]:
    """Areas of `areas.json`. Slugs are unique."""
    path = packs / "areas.json"
    return _load(Area, _rows_of(path) if path.is_file() else iter(()), key=lambda area: area.slug)


def load_questions(packs: Path = PACKS, *, without: str = "") -> Questions:
    """What people ask, of `questions/`: code → (aliases, questions); lines of one code are joined.

    A line is of one `code`, or of several `codes` that carry one title, so that nobody's words tell them apart. Files
    in a folder are of another author, named as the folder (`portal`: former names, and asked as at the national
    portal); `without` leaves one author out, so that what a model makes of words it never saw can be measured.
    """
    folder = packs / "questions"
    found: Questions = {}
    for path in sorted(folder.rglob("*.jsonl")):
        if without and path.parent.name == without and path.parent != folder:
            continue
        for place, line in enumerate(_read(path).splitlines()):
            if not line.strip():
                continue
            codes, aliases, questions = _question_line(path, place, line)
            for code in codes:
                before = found.get(code, ((), ()))
                found[code] = (_unique(before[0] + aliases), _unique(before[1] + questions))
    return found


def _load(kind: type[R], rows: Iterator[tuple[Path, int, Any]], key: Callable[[R], str]) -> list[R]:
    records: list[R] = []
    seen: dict[str, str] = {}
    for path, place, data in rows:
        record = _record(kind, path, place, data)
        first = seen.setdefault(key(record), _where(path, place))
        if first != _where(path, place):
            raise BadRecord(f"{_where(path, place)}: {key(record)} is already in {first}")
        records.append(record)
    return records


def _record(kind: type[R], path: Path, place: int, data: object) -> R:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise BadRecord(f"{_where(path, place)}: {error}") from error


def _json_rows(folder: Path) -> Iterator[tuple[Path, int, Any]]:
    for path in sorted(folder.glob("*.json")):
        yield from _rows_of(path)


def _rows_of(path: Path) -> Iterator[tuple[Path, int, Any]]:
    rows = _parse(path, 0, _read(path))
    if not isinstance(rows, list):
        raise BadRecord(f"{path.name}: a JSON array of records is expected")
    for place, row in enumerate(rows):
        yield path, place, row


def _single_rows(folder: Path) -> Iterator[tuple[Path, int, Any]]:
    for path in sorted(folder.glob("*.json")):
        yield path, 0, _parse(path, 0, _read(path))


def _question_line(
    path: Path, place: int, line: str
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    row = _parse(path, place, line)
    codes = (row.get("codes") or [row.get("code")]) if isinstance(row, dict) else []
    if not isinstance(codes, list) or not codes or not all(isinstance(code, str) for code in codes):
        raise BadRecord(f"{_where(path, place)}: an object with a code, or with codes, is expected")
    return (
        tuple(map(normalise_code, codes)),
        _texts(path, place, row.get("aliases", [])),
        _texts(path, place, row.get("questions", [])),
    )


def _texts(path: Path, place: int, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise BadRecord(f"{_where(path, place)}: aliases and questions are lists of texts")
    return tuple(text.strip() for text in value if text.strip())


def _parse(path: Path, place: int, text: str) -> Any:  # noqa: ANN401 - JSON is checked by the caller
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRecord(f"{_where(path, place)}: not JSON: {error}") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadRecord(f"{path.name}: not UTF-8: {error}") from error


def _where(path: Path, place: int) -> str:
    return f"{path.parent.name}/{path.name}[{place}]"


def _unique(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
