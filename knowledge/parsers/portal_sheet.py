"""A portal record laid out as a sheet (Word export, saved page): labels with their texts, and four kinds of tables.

A sheet is a sequence of lines and tables in reading order. Where tables are lost and only the order of texts
remains, the same columns are found again by what their cells look like. Order of fields: info grid, steps,
manner, dossier, legal basis, agency, conditions, results, keywords, description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from knowledge.documents import (
    Doubt,
)
from knowledge.parsers.decision.labels import Label, read_label
from knowledge.parsers.decision.listing import code_in
from knowledge.parsers.legal import number_in
from knowledge.parsers.tail import clean, is_empty
from knowledge.text.normalise import one_line

Table = tuple[tuple[str, ...], ...]
Piece = str | Table

_CHANNELS = {
    "hình thức nộp": "hinh_thuc",
    "thời hạn giải quyết": "thoi_han_giai_quyet",
    "thời gian": "thoi_han_giai_quyet",
}
_CHANNELS |= {
    "thời hạn": "thoi_han_giai_quyet",
    "phí, lệ phí": "phi_le_phi",
    "phí/lệ phí": "phi_le_phi",
    "mô tả": "mo_ta",
}
_PAPERS = {"tên giấy tờ": "name", "loại giấy tờ": "name", "mẫu đơn, tờ khai": "form", "số lượng": "count"}
_LAWS = {
    "số ký hiệu": "so_ky_hieu",
    "mã văn bản": "so_ky_hieu",
    "trích yếu": "trich_yeu",
    "tên văn bản pháp lý": "trich_yeu",
}
_LAWS |= {"ngày ban hành": "ngay_ban_hanh", "cơ quan ban hành": "co_quan_ban_hanh"}
_KINDS = (("channels", _CHANNELS, 2), ("papers", _PAPERS, 2), ("laws", _LAWS, 2))
_HOW = re.compile(r"(?:Trực tuyến|Trực tiếp|Dịch vụ bưu chính)")
_TIME = re.compile(r"\d[\d.,]*(?: (?:ngày|giờ|tháng|năm)(?: làm việc)?)?|không có thông tin", re.IGNORECASE)
_PRICE = re.compile(
    r"(?:lệ phí|phí)\s*:.*|miễn phí.*|\d[\d.,]* ?(?:đồng|vnđ|usd)\b.*|không có thông tin",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(r"bản (?P<kind>chính|sao):\s*(?P<count>\d+)", re.IGNORECASE)
_WORDS_COUNT = re.compile(r"(?P<count>\d+)\s*bản (?P<kind>chính|sao)", re.IGNORECASE)
_FILE = re.compile(r"\.(?:docx?|xlsx?|pdf|rtf|odt|zip|rar|jpe?g|png|html?)$", re.IGNORECASE)
_LAW_NUMBER = re.compile(r"(?:[^\d\s]+ )*(?:số )?\d{1,5}[a-zđ]?/(?:\d{4}/)?[A-ZĐ][\w-]*", re.IGNORECASE)
_DAY = re.compile(r"\d{1,2}[-/]\d{1,2}[-/]\d{4}|\d{4}-\d\d-\d\d")
_STAYS = (
    Label.TIME,
    Label.FEES,
    Label.FEE,
    Label.CHARGE,
    Label.DESCRIPTION,
)  # columns of the table of channels
_TELLING = (Label.STEPS, Label.DOSSIER, Label.LEGAL, Label.MANNER, Label.AGENCY, Label.LEVELS, Label.FIELD)
_ENOUGH = 4  # of these labels


@dataclass
class Sheet:
    """The parts of one record."""

    texts: dict[Label, list[str]] = field(default_factory=dict)
    channels: list[dict[str, str]] = field(default_factory=list)
    papers: list[dict[str, str]] = field(default_factory=list)
    laws: list[dict[str, str]] = field(default_factory=list)
    open: list[Doubt] = field(default_factory=list)

    def text(self, *labels: Label) -> str:
        return "\n".join(line for label in labels for line in self.texts.get(label, []))


def _column(cell: str, names: dict[str, str]) -> str:
    return names.get(one_line(cell).lower().rstrip(" :"), "")


def _kind_of(row: Sequence[str]) -> tuple[str, list[str]]:
    """What a header row heads, and the key of each of its columns."""
    for kind, names, least in _KINDS:
        keys = [_column(cell, names) for cell in row]
        if sum(1 for key in keys if key) >= least:
            return kind, keys
    return "", []


def _labelled_cells(row: Sequence[str]) -> bool:
    """Whether a row is of the info grid: a label, its value, and so on."""
    filled = [cell for cell in row if cell.strip()]
    return bool(filled) and len(filled) <= 6 and read_label(one_line(filled[0])) is not None


def _paper_cells(name: str, cells: Sequence[str]) -> dict[str, str]:
    """A paper's cells by what they hold: exports put file and counts one column beside their headings."""
    others = [cell for cell in cells if cell and cell != name]
    name = name or (others.pop(0) if others else "")
    return {
        "name": name,
        "form": next((cell for cell in others if _FILE.search(cell)), ""),
        "count": next((cell for cell in others if counts_in(cell)), ""),
    }


class _Builder:
    def __init__(self) -> None:
        self.sheet = Sheet()
        self.current: Label | None = None

    def line(self, text: str) -> None:
        line = text.strip()
        if not line:
            return
        found = read_label(line)
        inside = self.current is Label.MANNER and found is not None and found.label in _STAYS
        forms = self.current is Label.DOSSIER and found is not None and found.label is Label.FORMS
        if found and not inside and not forms:
            self.current = found.label
            kept = self.sheet.texts.setdefault(found.label, [])
            if found.value:
                kept.append(found.value)
        elif self.current is not None:
            self.sheet.texts[self.current].append(line)

    def table(self, rows: Table) -> None:
        kind, keys = "", []
        for row in rows:
            head, columns = _kind_of(row)
            if head:
                kind, keys = head, columns
                self._open_case(head)
            elif kind:
                self._row(kind, keys, row)
            elif _labelled_cells(row):
                self._grid(row)
            else:
                self.line(" ".join(cell for cell in row if cell.strip()))

    def _open_case(self, head: str) -> None:
        """The lines before a table of papers are the title of its case."""
        lines = self.sheet.texts.get(Label.DOSSIER, [])
        if head == "papers" and lines:
            self.sheet.papers.append({"name": f"* {' '.join(lines).lstrip('*-–• ')}"})
            lines.clear()

    def _row(self, kind: str, keys: Sequence[str], row: Sequence[str]) -> None:
        values = {key: cell.strip() for key, cell in zip(keys, row, strict=False) if key}
        if kind == "papers":
            values = _paper_cells(values.get("name", ""), [cell.strip() for cell in row])
        rows: list[dict[str, str]] = getattr(self.sheet, kind)
        rows.append(values)

    def _grid(self, row: Sequence[str]) -> None:
        """Cells of an info grid: a label takes the cells behind it, up to the next label."""
        for cell in row:
            for line in cell.split("\n"):
                self.line(line)


def _by_order(sheet: Sheet) -> None:
    """Rows found again where only the order of texts remains."""
    if not sheet.channels:
        sheet.channels = list(_channel_rows(sheet.texts.get(Label.MANNER, [])))
    if not sheet.papers:
        sheet.papers = list(_paper_rows(sheet))
    if not sheet.laws:
        sheet.laws = list(_law_rows(sheet.texts.get(Label.LEGAL, [])))


def _channel_rows(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    row: dict[str, str] = {}
    for line in lines:
        if _HOW.fullmatch(line):
            if row:
                yield row
            row = {"hinh_thuc": line, "thoi_han_giai_quyet": "", "phi_le_phi": "", "mo_ta": ""}
        elif row and not row["thoi_han_giai_quyet"] and not row["phi_le_phi"] and _TIME.fullmatch(line):
            row["thoi_han_giai_quyet"] = line
        elif row and not row["mo_ta"] and _PRICE.fullmatch(line):
            row["phi_le_phi"] = f"{row['phi_le_phi']}\n{line}".strip()
        elif row:
            row["mo_ta"] = f"{row['mo_ta']}\n{line}".strip()
    if row:
        yield row


def _is_header(line: str, names: dict[str, str]) -> bool:
    return all(_column(part, names) for part in re.split(r"\t|\s{2,}", line))


def _paper_rows(sheet: Sheet) -> Iterator[dict[str, str]]:
    """A paper ends at its count. What no count ends cannot be told from the next: it stays open."""
    row = {"name": "", "form": "", "count": ""}
    for line in sheet.texts.get(Label.DOSSIER, []):
        counted = _COUNT.search(line) or (_WORDS_COUNT.fullmatch(line))
        if _is_header(line, _PAPERS):
            if row["name"]:
                yield {"name": f"* {row['name'].lstrip('* ')}", "form": "", "count": ""}
                row = {"name": "", "form": "", "count": ""}
        elif row["count"] and not counted:
            yield row
            row = {"name": line, "form": "", "count": ""}
        elif counted:
            row["count"] += f" {line}"
        elif _FILE.search(line) and row["name"]:
            row["form"] = line
        elif line.startswith("*") and not row["name"]:
            yield {"name": line, "form": "", "count": ""}
        else:
            row["name"] = f"{row['name']} {line}".strip()
    if row["count"]:
        yield row
    elif row["name"] and not is_empty(row["name"]):
        sheet.open.append(Doubt(field="dossier", reason="text behind the last count", raw=row["name"][:200]))


def _law_rows(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    row: dict[str, str] = {}
    for line in lines:
        if _is_header(line, _LAWS):
            continue
        starts = _LAW_NUMBER.fullmatch(line) is not None
        if row and (not starts or not row["trich_yeu"]):
            if _DAY.fullmatch(line):
                row["ngay_ban_hanh"] = line
            elif row["ngay_ban_hanh"] and not row["co_quan_ban_hanh"]:
                row["co_quan_ban_hanh"] = line
            else:
                row["trich_yeu"] = f"{row['trich_yeu']} {line}".strip()
        elif starts or number_in(line):
            if row:
                yield row
            row = {"so_ky_hieu": line, "trich_yeu": "", "ngay_ban_hanh": "", "co_quan_ban_hanh": ""}
    if row:
        yield row


def sheet_of(pieces: Sequence[Piece]) -> Sheet:
    """The parts of a record from its lines and tables."""
    builder = _Builder()
    for piece in pieces:
        if isinstance(piece, str):
            for line in clean(piece).split("\n"):
                builder.line(line)
        else:
            builder.table(tuple(tuple(clean(cell) for cell in row) for row in piece))
    _by_order(builder.sheet)
    return builder.sheet


def looks_like(pieces: Sequence[Piece]) -> bool:
    """Whether a sheet holds one record: a code under its label, and the labels of its parts."""
    sheet = sheet_of(pieces)
    codes = [line for line in sheet.texts.get(Label.CODE, []) if code_in(line)]
    return len(codes) == 1 and sum(label in sheet.texts for label in _TELLING) >= _ENOUGH


def counts_in(text: str) -> dict[str, int]:
    """Both counts of `Bản chính: 1Bản sao: 0`, where "1Bản sao" is no count of copies; else of `1 bản chính`."""
    found = list(_COUNT.finditer(text)) or list(_WORDS_COUNT.finditer(text))
    return {match["kind"].lower(): int(match["count"]) for match in found}
