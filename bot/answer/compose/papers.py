"""Papers and forms of a dossier: the nearest case first, each paper with its copies, each form with its code."""

from __future__ import annotations

import re

from bot.answer.compose.composed import Composed
from bot.answer.compose.excerpt import sentences
from bot.answer.compose.fields import item_text, shorten, tidy
from bot.answer.messages import message
from bot.answer.phrases import Phrases, plain, spoken
from knowledge.documents import DossierCase, DossierItem, Procedure

MAX_ITEMS = 14
SHARED = 0.25  # of a case's own words, below which chance brings them together
# Words of any case, which bring none nearer to a question.
_CHANCE = frozenset(
    ("giay", "to", "cac", "mot", "trong", "so", "nhung", "cua", "cho", "co", "va", "hoac", "khi", "thi", "la",
     "truong", "hop", "doi", "voi", "them", "phai", "nop", "ho", "o", "do", "bi", "duoc", "neu")
)  # fmt: skip
NAMED = 5  # papers named in an overview
_FORM = re.compile(
    r"[Mm]ẫu\s+(?:(?:đơn|tờ khai|phiếu)\s+)?(?:số:?\s+)?(?=[\w./-]*\d)([A-ZĐ0-9][\w./-]*)(?!\s*(?:cm|bản|bộ))"
)
_FILLED_IN = re.compile(
    r"(?:tờ khai|đơn|phiếu|bản khai|bản kê khai|bản đăng ký|giấy đề nghị|giấy đăng ký|văn bản đề nghị|thông báo)\b",
    re.I,
)
_LACKS = Phrases(
    (
        "không có",
        "chưa có",
        "hổng có",
        "không còn",
        "thiếu",
        "gì thay",
        "thay bằng",
        "thay thế",
        "chưa làm",
        "bị mất",
    )
)
_FOR_WHO_LACKS = re.compile(
    r"(?:trường hợp|nếu)\s+(?:\w+\s+){0,4}?(?:không có|chưa có|không còn)\b", re.IGNORECASE
)
_SETS = re.compile(r"\d+\s*(?:\([^)]*\)\s*)?(?:\(?bộ\)?)(?:\s|[.,;)]|$)")
_ASKS_SETS = Phrases(("mấy bộ", "bao nhiêu bộ", "mấy bản", "bao nhiêu bản", "số lượng"))


def documents(record: Procedure, question: str) -> Composed:
    lines: list[str] = []
    left = MAX_ITEMS
    dropped = 0
    for case in nearest_cases(record, question):
        if case.case and left > 0 and case.items and not _says_the_same(case):
            lines.append(message("case_label", case=shorten(tidy(case.case), 160).rstrip(":")))
        for item in case.items:
            if left > 0:
                lines.append(f"• {item_text(item)}")
                left -= 1
            else:
                dropped += 1
    if dropped:
        lines.append(message("more_items", count=dropped))
    if lines:
        lines += _without_one(record, question) + _sets(record, question)
    return Composed(lines, bool(lines))


def _without_one(record: Procedure, question: str) -> list[str]:
    """What the notes say of who lacks a paper, where that is asked."""
    if not _LACKS.find(spoken(question)):
        return []
    found = [note for note in record.dossier_notes if _FOR_WHO_LACKS.match(tidy(note))]
    return [f"• {shorten(tidy(note), 320)}" for note in found[:2]]


def _says_the_same(case: DossierCase) -> bool:
    """Whether a case is named by its only paper."""
    return len(case.items) == 1 and plain(tidy(case.items[0].name)) in plain(case.case)


def _sets(record: Procedure, question: str) -> list[str]:
    """How many sets to hand in, where a note says so, or a step and it is asked."""
    for note in record.dossier_notes:
        if _SETS.search(note) and "số lượng" in note.lower():
            return [f"• {shorten(tidy(note), 160)}"]
    if not _ASKS_SETS.find(spoken(question)):
        return []
    found = (one for one in sentences(record) if _SETS.search(one) and "hồ sơ" in one.lower())
    return [message("quote_lead", quote=shorten(one, 200)) for one in list(found)[:1]]


def form(record: Procedure, question: str) -> Composed:
    """The forms of the dossier; papers to fill in whose form has no code are named, with that said."""
    items = [item for case in nearest_cases(record, question) for item in case.items]
    lines = [line for item in items if (line := _form_line(item))]
    if lines:
        return Composed(list(dict.fromkeys(lines))[:MAX_ITEMS], stated=True)
    lines = [f"• {shorten(tidy(item.name), 180)}" for item in items if _FILLED_IN.match(tidy(item.name))]
    if lines:
        return Composed(list(dict.fromkeys(lines))[:NAMED], stated=False, lack="lack_form_code")
    quotes = [one for one in sentences(record) if form_code(one)][:2]
    return Composed([message("quote_lead", quote=shorten(one, 320)) for one in quotes], stated=False)


def _form_line(item: DossierItem) -> str:
    code = item.form.code if item.form and item.form.code else form_code(item.name)
    if not code and item.form is None:
        return ""
    name = shorten(tidy(item.name), 180)
    if code:
        return f"• {name}" if _all_in(code, name) else f"• {name}: mẫu {_numbered(code)}"
    return f"• {name}" + (f" (tệp {item.form.file})" if item.form and item.form.file else "")


def _all_in(codes: str, name: str) -> bool:
    """Whether a name holds every code of a list: "TK01, TK01a"."""
    return all(code.strip() in name for code in codes.split(","))


def _numbered(code: str) -> str:
    return f"số {code}" if code[:1].isdigit() else code


def form_code(name: str) -> str:
    """The code of the form a text names, as printed: `04/HTK/GSQL`, `25.NT`, `TP-CC-08`; "" without one."""
    found = _FORM.search(name)
    return found.group(1).rstrip("./-") if found else ""


def paper_lines(record: Procedure, question: str) -> list[str]:
    """The papers in short: the few of the nearest case by name, the rest counted."""
    papers = sum(len(case.items) for case in record.dossier)
    if not papers:
        return []
    nearest = nearest_cases(record, question)[0].items[:NAMED]
    names = "; ".join(shorten(tidy(item.name), 110).rstrip(" .;") for item in nearest)
    more = papers - len(nearest)
    return [f"• Giấy tờ: {names}" + (f"; và {more} loại khác theo từng trường hợp" if more else "")]


def nearest_cases(record: Procedure, question: str) -> list[DossierCase]:
    """Cases whose name the question holds a good part of first; the order published otherwise."""
    asked = set(plain(question).split())

    def overlap(case: DossierCase) -> float:
        words = set(plain(case.case).split()) - _CHANCE
        share = len(words & asked) / len(words) if words else 0.0
        return share if share >= SHARED else 0.0

    return sorted(record.dossier, key=overlap, reverse=True)
