"""The papers of a dossier written as a list: cases, papers with their counts and forms, and what only explains.

Bullets and numbers give the depth: a kind of mark seen before closes what lies deeper. A line that announces
papers ("Giấy tờ phải nộp:", "Đối với …:") and has lines below it is a case; other lines below a paper are part of
its name ("một trong các giấy tờ sau: …").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from knowledge.documents import DossierCase, DossierItem, Doubt, Form
from knowledge.parsers.decision.lines import Line, mark_of
from knowledge.parsers.decision.words import bare, says_nothing
from knowledge.parsers.dossier import Dossier

_LABELLED = re.compile(r"bản (?P<kind>chính|sao):\s*(?P<count>\d{1,2})(?!\d)", re.I)
_IN_WORDS = re.compile(
    r"(?<![\d/.,])(?P<count>\d{1,2})\s*(?:\([^()]{1,12}\)\s*)?bản (?P<kind>chính|gốc|sao)\b", re.I
)
_COUNTS = re.compile(
    r"[\s:;,(]*(?:số lượng\s*:?\s*)?(?:bản chính:\s*\d+[\s;,]*|bản sao:\s*\d+[\s;,]*)+\)?"
    r"|\s*\(\s*\d+ bản chính(?:[\s,;]*(?:và )?\d+ bản sao)?\s*\)|\s*\(\s*\d+ bản sao\s*\)",
    re.I,
)
_FORM = re.compile(r"\b(?:theo\s+)?(?P<code>mẫu\s+(?:số\s+)?(?=[\w.]*\d)[\w.]+(?:[-/][\w.]+)*)", re.I)
_FILE = re.compile(r"^[^/:]{1,120}\.(?:docx?|xlsx?|pdf|rtf)$", re.I)
_HEADER = re.compile(
    r"^(?:loại giấy tờ|mẫu đơn, tờ khai|tên giấy tờ|số lượng|bản chính|bản sao|thành phần hồ sơ|hồ sơ|giấy tờ"
    r"|[\s:,/-])+$",
    re.I,
)
_NO_PAPER = re.compile(
    r"^(?:loại giấy tờ|mẫu đơn, tờ khai|hồ sơ|giấy tờ)[\s:]+theo (?:quy định|yêu cầu)$", re.I
)
_INTRO = re.compile(
    r"^(?:thành phần )?hồ sơ(?: đề nghị)?(?: bao)?(?: gồm)?(?: có)?(?: các (?:giấy tờ|tài liệu)(?: sau)?)?\s*:?$",
    re.I,
)
_LEAD = re.compile(r"^(?:loại giấy tờ|tên giấy tờ|mẫu đơn, tờ khai)\s*:\s*", re.I)
_CASE = re.compile(
    r"^(?:giấy tờ (?:phải )?(?:nộp|xuất trình)|trường hợp|đối với|mẫu đơn, tờ khai"
    r"|nộp (?:hồ sơ )?(?:trực tiếp|trực tuyến|qua)|khi |nếu "
    r"|(?:thành phần )?hồ sơ\b.*(?:gồm|bao gồm|đối với|đề nghị|trường hợp))",
    re.I,
)
_OPENS = re.compile(r"^giấy tờ (?:phải )?(?:nộp|xuất trình)\s*:?$", re.I)  # heads the lines behind it
_NOTE = re.compile(
    r"^(?:lưu ý|ghi chú|chú ý|trường hợp|nếu |khi |người (?:yêu cầu|nộp)|trong trường hợp|\*)", re.I
)
_LONG = 700  # characters: no paper's name is longer


@dataclass
class _Node:
    text: str
    page: int
    depth: int
    below: list[_Node] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    counts: str = ""
    files: list[str] = field(default_factory=list)


def _kind(mark: str) -> str:
    sign = mark.strip()
    if not sign:
        return ""
    if sign[0].isdigit() or sign[0] == "(" and sign[1:2].isdigit():
        return "number" + "." * sign.strip(".()").count(".")
    if re.fullmatch(r"\(?[a-zđ][.)]", sign):
        return "letter"
    if re.fullmatch(r"[IVX]+[.)]", sign):
        return "roman"
    return {"–": "-"}.get(sign, sign)


def _is_counts(text: str) -> bool:
    return _COUNTS.fullmatch(f" {text}") is not None


def _attach(node: _Node, text: str) -> bool:
    """Counts and form files that stand on lines of their own belong to the paper above them."""
    if _is_counts(text):
        node.counts += f" {text}"
    elif _FILE.match(text):
        node.files.append(text)
    else:
        return False
    return True


def _tree(lines: Sequence[Line]) -> list[_Node]:
    roots: list[_Node] = []
    stack: list[tuple[str, _Node]] = []
    last: _Node | None = None
    for line in lines:
        kind, text = _kind(mark_of(line.text)), bare(line.text)
        if last and _attach(last, text):
            continue
        if not text or text.startswith("http") or _HEADER.match(text) and not stack:
            continue
        if not kind and last is not None and any(known for known, _ in stack):
            last.notes.append(text)
            if _NOTE.match(text) and not last.below and not text.endswith((".", ";")):
                stack, last = [], None  # "Lưu ý" alone: what follows explains
                roots.append(_Node(text, line.page, -1))
            continue
        kinds = [known for known, _ in stack]
        if kind in kinds:
            stack = stack[: kinds.index(kind)]
        last = _Node(text, line.page, len(stack))
        (stack[-1][1].below if stack else roots).append(last)
        stack.append((kind, last))
    return roots


def _numbers(text: str) -> tuple[int | None, int | None, bool]:
    """Originals and copies, and whether a text states several of either.

    In `Bản chính: 1Bản sao: 0` the glued "1Bản sao" is no count: labelled counts go before those in words.
    """
    found: dict[bool, set[int]] = {True: set(), False: set()}
    for match in list(_LABELLED.finditer(text)) or list(_IN_WORDS.finditer(text)):
        found[match["kind"].lower() == "sao"].add(int(match["count"]))
    originals, copies = (
        next(iter(counts)) if len(counts) == 1 else None for counts in (found[False], found[True])
    )
    return originals, copies, any(len(counts) > 1 for counts in found.values())


def _form(name: str, files: Sequence[str]) -> Form | None:
    codes = {match["code"].strip(" .,") for match in _FORM.finditer(name)}
    code = codes.pop() if len(codes) == 1 else ""
    code = code[:1].upper() + code[1:]
    return Form(code=code, file="; ".join(files)) if code or files else None


def _item(node: _Node, doubts: list[Doubt]) -> DossierItem | None:
    below = "; ".join(child.text for child in _deep(node))
    whole = f"{node.text.rstrip(' :')}: {below}" if below else node.text
    inline = [match.group() for match in _COUNTS.finditer(whole)]
    counts = node.counts or (" ".join(inline) if inline else "")
    name = _LEAD.sub("", _COUNTS.sub("", whole) if inline else whole).strip(" ;,:")
    originals, copies, unsure = _numbers(counts)
    if unsure:
        doubts.append(
            Doubt(field="dossier", reason="several counts for one paper", raw=counts[:200], page=node.page)
        )
    if originals == 0 and not copies:  # a paper of which none is asked: the count was never filled in
        originals = copies = None
    files = [*node.files, *(file for child in _deep(node) for file in child.files)]
    if not name or says_nothing(name) or _HEADER.match(name) or _NO_PAPER.match(name):
        return None
    return DossierItem(name=name, originals=originals, copies=copies, form=_form(name, files))


def _deep(node: _Node) -> list[_Node]:
    return [found for child in node.below for found in (child, *_deep(child))]


def _is_note(node: _Node) -> bool:
    return node.depth < 0 or (not node.below and _NOTE.match(node.text) is not None) or len(node.text) > _LONG


def _is_case(node: _Node) -> bool:
    """Whether a line announces papers: it has lines below, and reads as a heading of them."""
    return bool(node.below) and (_CASE.match(node.text) is not None or _INTRO.match(node.text) is not None)


def _close(dossier: Dossier, items: list[DossierItem], case: str) -> list[DossierItem]:
    if items:
        dossier.cases.append(DossierCase(case=case, items=tuple(items)))
    return []


def _take(dossier: Dossier, nodes: Sequence[_Node], case: str) -> None:
    items: list[DossierItem] = []
    explains = False
    for node in nodes:
        if not node.below and _OPENS.match(node.text):
            items, case = _close(dossier, items, case), node.text.rstrip(" :")
            continue
        if node.depth < 0:
            explains = True
        if explains or _is_note(node):
            dossier.notes.append(node.text)
            dossier.notes += [child.text for child in _deep(node)]
        elif _is_case(node):
            title = "" if _INTRO.match(node.text) else node.text.rstrip(" :")
            _take(dossier, node.below, " – ".join(filter(None, (case, title))))
        elif item := _item(node, dossier.doubts):
            items.append(item)
        dossier.notes += node.notes
    _close(dossier, items, case)


def read_papers(lines: Sequence[Line]) -> Dossier:
    """The cases and papers of a section whose wrapped lines are joined, its explanations as notes, and doubts."""
    dossier = Dossier()
    kept = [line for line in lines if not says_nothing(line.text)]
    _take(dossier, _tree(kept), "")
    dossier.notes = list(dict.fromkeys(note for note in dossier.notes if not _HEADER.match(note)))
    return dossier
