"""A list of procedures in Excel (code, name, field, decision) → records known by title only, row by row.

The header row is found by its words wherever it stands; rows of a test, without a national code or with a formula
whose value was never saved are named and left out. What such a list says is that a procedure exists.
"""

from __future__ import annotations

import hashlib
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from python_calamine import CalamineError, CalamineWorkbook

from knowledge.documents import CODE_PATTERN, Doubt, Level, Procedure, Provenance, normalise_code
from knowledge.parsers import people
from knowledge.parsers.decision import era
from knowledge.parsers.decision.laws import decision_number
from knowledge.parsers.decision.listing import title_key
from knowledge.parsers.tail import is_empty
from knowledge.problems import Problem
from knowledge.text.normalise import one_line

_COLUMNS: Mapping[str, re.Pattern[str]] = {
    "code": re.compile(
        r"mã(?: số)?(?: của)?(?: tthc| thủ tục(?: hành chính)?| hồ sơ| dvc)?(?: \(.*\))?", re.IGNORECASE
    ),
    "title": re.compile(
        r"tên (?:tthc|thủ tục(?: hành chính)?|dịch vụ công).*|thủ tục hành chính|tên thủ tục.*", re.IGNORECASE
    ),
    "field": re.compile(r"(?:tên )?lĩnh vực.*", re.IGNORECASE),
    "decision": re.compile(r"(?:số )?(?:quyết định|qđ)(?: công bố)?.*|căn cứ công bố", re.IGNORECASE),
    "level": re.compile(r"cấp (?:thực hiện|giải quyết|chính quyền).*|cấp", re.IGNORECASE),
    "online": re.compile(
        r"mức(?: độ)?(?: dvc(?:tt)?| trực tuyến| cung cấp.*| dịch vụ công.*)?", re.IGNORECASE
    ),
    "agency": re.compile(r"(?:cơ quan|đơn vị)(?: thực hiện| giải quyết| chủ trì).*", re.IGNORECASE),
}
_NUMBER = re.compile(r"(?:số )?(?:stt|tt|thứ tự)", re.IGNORECASE)
_TEST = re.compile(r"(?<!\w)(?:test|demo|kiểm thử|chạy thử|thử nghiệm hệ thống)(?!\w)", re.IGNORECASE)
_TEST_CODE = re.compile(r"test|demo", re.IGNORECASE)
_SUFFIXED = re.compile(r"(\d\.\d{6})(?:\.000\.00\.00(?:\.H[\dH.]*)?|\.H[\d.]+)?")
_ERROR = re.compile(r"#(?:REF|N/A|VALUE|NAME\?|DIV/0|NULL|NUM)!?", re.IGNORECASE)
_GROUP = re.compile(
    r"^(?:[IVXA-E]+|\d+)?\s*[.)]?\s*(?P<what>lĩnh vực\s*:?\s*(?P<field>.+)|.*\bcấp (?P<level>tỉnh|huyện|xã)\b.*)$",
    re.I,
)
_ONLINE: Mapping[str, Literal["full", "partial"]] = {"toàn trình": "full", "một phần": "partial"}
_FARTHEST = 60  # rows: a header stands above that
_MANY = 200_000  # rows of one sheet: a list of procedures is a hundredth of it

Found = tuple[int, Procedure | Problem]


@dataclass
class _Head:
    row: int
    columns: dict[str, int]


@dataclass
class _Group:
    """What a heading between the rows says of those below it."""

    field: str = ""
    level: str = ""


@dataclass(frozen=True)
class _List:
    """What holds for every row of a file."""

    name: str
    sha256: str
    area: str
    area_found: bool
    fetched: date | None
    made: date | None


@dataclass
class _Seen:
    """Codes already listed: the row, and the title that stood there."""

    rows: dict[str, tuple[int, str]] = field(default_factory=dict)
    others: dict[int, list[str]] = field(default_factory=dict)  # other titles under the code of a row


def _cell(value: object) -> str:
    """A cell as a person sees it. A code kept as a number (2.000815) has its six decimals back."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.6f}"
    text = one_line(str(value))
    return "" if _ERROR.fullmatch(text) else text


def _columns(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        for name, pattern in _COLUMNS.items():
            if name not in found and pattern.fullmatch(cell.strip(" :.")):
                found[name] = place
                break
    return found


def _head(rows: Sequence[Sequence[str]]) -> _Head | None:
    """The header: the row that names a code and a title, or two rows that do so together."""
    for place, cells in enumerate(rows[:_FARTHEST]):
        found = _columns(cells)
        if {"code", "title"} <= found.keys():
            return _Head(place, found)
        below = rows[place + 1] if place + 1 < len(rows) else ()
        both = {**_columns(below), **found}
        if found and {"code", "title"} <= both.keys() and any(_NUMBER.fullmatch(cell) for cell in cells):
            return _Head(place + 1, both)
    return None


def _code_of(text: str) -> str:
    """The national code of a cell, "" when it has none. Stray spaces are no part of it."""
    tight = re.sub(r"\s+", "", text)
    match = _SUFFIXED.fullmatch(tight)
    code = match[1] if match else normalise_code(tight)
    return code if re.match(CODE_PATTERN, code) else ""


def _formulas(path: Path, sheet: str) -> frozenset[tuple[int, int]]:
    """Where formulas stand (row and column from 1): looked for only when a needed cell is empty."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and pictures, which are not read
            book = load_workbook(path, read_only=True, data_only=False)
            try:
                cells = (cell for row in book[sheet].iter_rows() for cell in row)
                return frozenset((cell.row or 0, cell.column or 0) for cell in cells if cell.data_type == "f")
            finally:
                book.close()
    except (InvalidFileException, KeyError, ValueError, OSError, zipfile.BadZipFile):
        return frozenset()


def _made(path: Path) -> date | None:
    """The day the workbook says it was made (docProps/core.xml)."""
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo("docProps/core.xml")
            text = archive.read(info).decode("utf-8", "replace") if info.file_size < 100_000 else ""
    except (KeyError, OSError, zipfile.BadZipFile):
        return None
    stamp = re.search(r"<dcterms:created[^>]*>([^<]{10,40})<", text)
    return era.made_on({"created": stamp[1]}) if stamp else None


def _is_test(code: str, title: str) -> bool:
    return bool(_TEST.search(title) or _TEST_CODE.search(code))


def _levels(text: str, group: _Group) -> tuple[tuple[Level, ...], list[str]]:
    stated = re.sub(r"\s*(?:[;/+]|\bvà\b)\s*", ", ", text) or (f"cấp {group.level}" if group.level else "")
    parts = [
        part if part.lower().startswith(("cấp", "cơ quan")) else f"Cấp {part}"
        for part in stated.split(", ")
        if part
    ]
    return people.levels(", ".join(parts))


def _record(values: Mapping[str, str], code: str, row: str, about: _List, group: _Group) -> Procedure:
    online, raw = values.get("online", ""), values.get("code", "")
    level = _ONLINE.get(online.lower())
    levels, unknown = _levels(values.get("level", ""), group)
    decision = values.get("decision", "")
    title = values["title"].strip(" .;")
    district = era.names_district(title) or ("cấp huyện" if Level.DISTRICT in levels else "")
    past = bool(about.area and district and not (about.made and about.made >= era.CHANGE))
    validity, variant = era.validity_of(
        area=about.area if past else "", start=None, document=about.made, district=past, stated_in_force=False
    )
    doubts = [Doubt(field="levels", reason="not a known level", raw=name) for name in unknown]
    if online and level is None:
        doubts.append(Doubt(field="online_level", reason="a level of the rules before 2022", raw=online))
    if about.area_found:
        doubts.append(Doubt(field="area", reason="found from the places the list names", raw=about.area))
    if district:
        doubts.append(Doubt(field="title", reason="names an office abolished on 2025-07-01", raw=district))
    return Procedure(
        code=code,
        raw_code=raw if raw != code else "",
        variant=variant,
        listed_only=True,
        title=title,
        levels=levels,
        field=group.field if is_empty(values.get("field", "")) else values["field"],
        agency=values.get("agency", ""),
        decision=decision_number(decision) or ("" if is_empty(decision) else decision.strip()),
        online_level=level,
        area=about.area,
        doubts=tuple(doubts),
        provenance=Provenance(
            source=about.name, fetched=about.fetched, sha256=about.sha256, section=row, method="table"
        ),
        validity=validity,
    )


def _why_not(values: Mapping[str, str], code: str) -> str:
    """Why a row is left out, or ""."""
    raw, title = values.get("code", ""), values.get("title", "")
    if _is_test(raw, title):
        return f"a test row: {raw} {title}".strip()
    if not title:
        return f"no title beside the code {raw}"
    if not raw:
        return f"no code beside the title {title!r}"
    return "" if code else f"no national code (N.NNNNNN): {raw!r} {title!r}"


def _repeats(seen: _Seen, key: str, place: int, title: str) -> str:
    if key not in seen.rows:
        seen.rows[key] = (place, title)
        return ""
    row, before = seen.rows[key]
    if title_key(before) == title_key(title):
        return f"repeats row {row}"
    seen.others.setdefault(row, []).append(title)
    return f"has the code of row {row}, with another title: {title!r}"


def _with_others(record: Procedure, titles: Sequence[str]) -> Procedure:
    """A record whose code the list gives to other titles too."""
    others = (
        Doubt(field="title", reason="the list gives this code another title too", raw=title)
        for title in titles
    )
    return record.model_copy(update={"doubts": (*record.doubts, *others)})


def _group_of(cells: Sequence[str], group: _Group) -> _Group:
    """The heading a row without a code is, or the group as it was."""
    filled = [cell for cell in cells if cell]
    match = _GROUP.match(" ".join(filled)) if 0 < len(filled) <= 2 else None
    if not match:
        return group
    if match["field"]:
        return _Group(match["field"].strip(" :.").capitalize(), group.level)
    return _Group(group.field, (match["level"] or "").lower())


class _Sheet:
    """One sheet under its header."""

    def __init__(self, path: Path, name: str, rows: Sequence[Sequence[str]], head: _Head) -> None:
        self.path, self.name, self.rows, self.head = path, name, rows, head
        self._formulas: frozenset[tuple[int, int]] | None = None

    def is_formula(self, place: int, column: str) -> bool:
        if self._formulas is None:
            self._formulas = _formulas(self.path, self.name)
        return (place, self.head.columns[column] + 1) in self._formulas

    def values(self, cells: Sequence[str]) -> dict[str, str]:
        return {name: cells[place] for name, place in self.head.columns.items() if place < len(cells)}


def _of_sheet(sheet: _Sheet, about: _List, seen: _Seen) -> Iterator[Found]:
    group = _Group()
    for place, cells in enumerate(sheet.rows[sheet.head.row + 1 :], start=sheet.head.row + 2):
        values = sheet.values(cells)
        if not values.get("code") and not values.get("title"):
            if any(cells) and any(sheet.is_formula(place, column) for column in ("code", "title")):
                yield (
                    place,
                    Problem(about.name, place, "a formula whose value was not saved: open and save in Excel"),
                )
            else:
                group = _group_of(cells, group)
            continue
        yield from _of_row(sheet, place, cells, about, seen, group)
        group = group if values.get("code") else _group_of(cells, group)


def _of_row(
    sheet: _Sheet, place: int, cells: Sequence[str], about: _List, seen: _Seen, group: _Group
) -> Iterator[Found]:
    values = sheet.values(cells)
    code = _code_of(values.get("code", ""))
    missing = next((name for name in ("code", "title") if not values.get(name)), "")
    if missing and sheet.is_formula(place, missing):
        yield place, Problem(about.name, place, "a formula whose value was not saved: open and save in Excel")
        return
    if missing == "code" and _group_of(cells, _Group()) != _Group():
        return  # a heading between the rows
    why = _why_not(values, code)
    if not why:
        record = _record(values, code, f"{sheet.name}, row {place}", about, group)
        why = _repeats(seen, record.key, place, record.title)
        if not why:
            yield place, record
            return
    yield place, Problem(about.name, place, why)


def _sheets(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height > _MANY:
            raise ValueError(f"sheet {name!r} has {sheet.total_height} rows: no list of procedures")
        # Without the empty area above, places would not be those that Excel shows.
        yield name, [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]


def _about(path: Path, lists: Sequence[_Sheet], *, name: str, area: str, fetched: date | None) -> _List:
    titles = [" ".join(cell for row in sheet.rows[: sheet.head.row] for cell in row) for sheet in lists]
    said = " ".join([*titles, *(sheet.name for sheet in lists), re.sub(r"[_\-.]+", " ", path.stem)])
    found = "" if area else era.area_of(said)
    return _List(
        name=name or path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        area=area or found,
        area_found=bool(found),
        fetched=fetched,
        made=_made(path),
    )


def parse(path: Path, *, name: str = "", area: str = "", fetched: date | None = None) -> Iterator[Found]:
    """The rows of a workbook with their numbers as Excel shows them: records known by title, or what is wrong.

    Args:
        path: the workbook.
        name: what people call it, for problems and provenance; the file's name when not given.
        area: slug of the province whose list it is; found from its heading or name when not given.
        fetched: the day the file was come by.
    """
    name = name or path.name
    try:
        sheets = list(_sheets(path))
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        yield 0, Problem(name, 0, f"cannot be read as a workbook: {error}")
        return
    heads = ((title, rows, _head(rows)) for title, rows in sheets)
    lists = [_Sheet(path, title, rows, head) for title, rows, head in heads if head]
    if not lists:
        yield 0, Problem(name, 0, "no sheet has a row that heads a code (Mã TTHC) and a title (Tên TTHC)")
        return
    about = _about(path, lists, name=name, area=area, fetched=fetched)
    seen = _Seen()
    for sheet in lists:
        found = list(_of_sheet(sheet, about, seen))
        for place, record in found:
            if isinstance(record, Procedure) and place in seen.others:
                record = _with_others(record, seen.others[place])
            yield place, record
        seen.others.clear()
