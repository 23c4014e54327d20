"""The glued cell "Thành phần hồ sơ": cases, and for each the papers with their counts and form files.

A case is what stands before `Tên giấy tờMẫu đơn, tờ khaiSố lượng`; a paper ends with its count, glued to
the name: `Tờ khai.TK01.docx1 bản chính,2 bản sao`. Counts inside prose (": 01 bản chính;") are not ends.
Rows with "0 bản chính" that explain something are notes, not papers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from knowledge.documents import DossierCase, DossierItem, Doubt, Form
from knowledge.parsers.forms import split_form
from knowledge.parsers.tail import clean, flat, is_empty

HEADER = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
_COUNT = re.compile(r"(?P<originals>\d+) bản chính(?:,(?P<copies>\d+) bản sao)?")
_YEAR_AND_COUNT = re.compile(r"(?:19|20)\d\d(?P<count>\d)")
_NOT_AN_END = re.compile(r"[\s.,;:)/]")
# How rows begin that explain or order instead of naming a paper.
_EXPLAINS = re.compile(
    r"(?:[-+*•]|\(?[a-zđivx\d]{1,3}[.)])*\s*(?:trường hợp|lưu ý|ghi chú|đối với|theo quy định|khi |nếu |người yêu cầu|"
    r"người nộp|do |cá nhân|tổ chức, cá nhân|cơ quan đăng ký|việc |các giấy tờ|giấy tờ phải|thành phần hồ sơ|số lượng|"
    r"không quy định|bản sao (?:giấy tờ|điện tử)|tùy |ngoài |sau khi|hồ sơ (?:gồm|bao gồm|phải))",
    re.IGNORECASE,
)
_LONG = 240  # characters: names of papers are shorter, explanations are longer


@dataclass
class Dossier:
    cases: list[DossierCase] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


@dataclass(frozen=True)
class _Row:
    name: str
    originals: int | None
    copies: int | None
    uncertain: str = ""  # what ran together, when the count cannot be told from the name


def _ends_row(text: str, match: re.Match[str]) -> bool:
    """Whether a count ends a row. In prose a count has a space before it and a space or stop behind it."""
    behind = text[match.end() : match.end() + 1]
    before = text[match.start() - 1 : match.start()] if match.start() else ""
    if not behind or not _NOT_AN_END.match(behind):
        return True
    glued = bool(before) and not before.isspace() and before not in "(/:"
    return glued and behind not in ".;,)/:" and not match["originals"].startswith("0")


def _count(digits: str) -> tuple[str, int | None, bool]:
    """What of a run of digits belongs to the name, the count, and whether that is certain."""
    if len(digits) == 1:
        return "", int(digits), True
    year = _YEAR_AND_COUNT.fullmatch(digits)
    if year:
        return digits[:-1], int(year["count"]), True
    return digits[:-1], None, False


def _row(text: str, match: re.Match[str], start: int) -> _Row:
    name = text[start : match.start()]
    kept, originals, certain = _count(match["originals"])
    # "Mẫu số 1 bản chính": a lone digit after a space may end the name or be the count.
    if (
        certain
        and not kept
        and re.search(r"(?:số|mẫu|điều|khoản|mục|phụ lục|quý|năm)\s$", name, re.IGNORECASE)
    ):
        originals, certain = None, False
    copies = int(match["copies"]) if match["copies"] else None
    return _Row(name + kept, originals, copies, "" if certain else match.group())


def _rows(text: str) -> tuple[list[_Row], str]:
    """The rows of one stretch and what is left behind the last one (the title of the next case)."""
    rows, start = [], 0
    for match in _COUNT.finditer(text):
        if _ends_row(text, match):
            rows.append(_row(text, match, start))
            start = match.end()
    return rows, text[start:]


def is_explanation(name: str, originals: int | None, copies: int | None) -> bool:
    """Whether a row of the table explains or orders instead of naming a paper."""
    explains = _EXPLAINS.match(name) is not None
    if originals != 0 or copies:
        # Every row was given a count, headings ("Đối với …:") and long rules too.
        return explains and (name.endswith(":") or len(name) > 1.5 * _LONG)
    return explains or name.endswith(":") or len(name) > _LONG


def tidy(name: str) -> str:
    """A flat text without the bullet before it and the stop behind it."""
    return re.sub(r"^[\s\-–+*•.;,]+", "", name).rstrip(" ;,:")


def _add(dossier: Dossier, items: list[DossierItem], row: _Row) -> None:
    raw = flat(row.name)
    name, files = split_form(raw)
    name = tidy(name)
    # What has a file in the form column is a paper, however it reads.
    if not files and is_explanation(raw, row.originals, row.copies):
        dossier.notes.append(tidy(raw))
        return
    if not name or is_empty(name):
        return
    originals, copies = row.originals, row.copies
    if originals == 0 and not copies:  # a paper of which none is asked: the count was never filled in
        originals = copies = None
        dossier.doubts.append(Doubt(field="dossier", reason="a paper with no count", raw=name[:200]))
    if row.uncertain:
        dossier.doubts.append(
            Doubt(field="dossier", reason="name and count run together", raw=f"{raw[-80:]}{row.uncertain}")
        )
    form = Form(file=files) if files else None
    items.append(DossierItem(name=name, originals=originals, copies=copies, form=form))


def _case_title(text: str) -> str:
    title = re.sub(r"^[\s\-–*•+.]+", "", flat(text)).rstrip(" :;.,")
    return "" if is_empty(title) else title


def parse_dossier(cell: str) -> Dossier:
    """The cases and papers a cell states, its explanations as notes, and what stays open."""
    dossier = Dossier()
    pieces = cell.replace("\xa0", " ").split(HEADER)
    title = pieces[0]
    if len(pieces) == 1 and not is_empty(clean(title)):
        dossier.notes.append(tidy(flat(title)))
        dossier.doubts.append(Doubt(field="dossier", reason="no table of papers", raw=clean(title)[:200]))
    for place, piece in enumerate(pieces[1:], start=1):
        rows, rest = _rows(piece)
        items: list[DossierItem] = []
        for row in rows:
            _add(dossier, items, row)
        if items:
            dossier.cases.append(DossierCase(case=_case_title(title), items=tuple(items)))
        elif _case_title(title):
            dossier.notes.append(_case_title(title))
        if place == len(pieces) - 1 and not is_empty(clean(rest)):
            dossier.doubts.append(
                Doubt(field="dossier", reason="text behind the last count", raw=clean(rest)[:200])
            )
        title = rest
    return dossier
