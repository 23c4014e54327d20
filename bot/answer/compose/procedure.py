"""One function an aspect: the asked field of a procedure, its conditions, and what is lacking.

Each returns lines and whether the record states what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from bot.answer.compose.excerpt import excerpts, sentences
from bot.answer.compose.fields import fee_text, how_text, item_text, quantity_text, shorten
from bot.answer.messages import message
from bot.answer.phrases import Phrases, plain, spoken
from knowledge.documents import DossierCase, How, Level, Procedure

MAX_ITEMS = 14
NAMED = 5  # papers named in an overview
MAX_STEPS = 8
MAX_LEGAL = 8
MAX_FEES = 4  # where fees are not what was asked
_FORM = re.compile(r"[Mm]ẫu\s+(?:số\s+)?([A-ZĐ0-9][\w./-]{0,14}\d\w{0,3}|[A-ZĐ]{1,4}\d{1,3}\w?)")
_CLAUSES = re.compile(r"(?<=[.;])\s+|\n+|\s(?=[+•–]\s)|\s(?=-\s)")
_DURATION = re.compile(r"\d+\s*(?:\([^)]*\)\s*)?(?:giờ|ngày|tuần|tháng|năm)(?! \d)(?!/)", re.IGNORECASE)
# What is waited for: the time an office takes is asked, not the time a person has.
_RECEIVES = Phrases(
    ("có giấy", "có kết quả", "giải quyết", "xong", "nhận", "lấy", "trả kết quả", "chờ", "đợi", "cấp", "có thẻ",
     "có sổ", "được giải quyết", "thì có", "là có", "mới có", "ngày có", "lâu có", "giờ có", "nào có", "mất bao lâu")
)  # fmt: skip
MAX_PROXY = 320
_PROXY = Phrases(("ủy quyền", "uỷ quyền", "nộp thay", "làm thay", "khai thay", "thay mặt", "người đại diện"))
_LEVELS = {Level.COMMUNE: "cấp xã", Level.PROVINCE: "cấp tỉnh", Level.MINISTRY: "cấp bộ"}


class Composed(NamedTuple):
    lines: list[str]
    stated: bool


Aspect = Callable[[Procedure, str], Composed]


def documents(record: Procedure, question: str) -> Composed:
    lines: list[str] = []
    left = MAX_ITEMS
    dropped = 0
    for case in _nearest_cases(record, question):
        if case.case and left > 0 and case.items:
            lines.append(message("case_label", case=shorten(case.case, 160)))
        for item in case.items:
            if left > 0:
                lines.append(f"• {item_text(item)}")
                left -= 1
            else:
                dropped += 1
    if dropped:
        lines.append(message("more_items", count=dropped))
    return Composed(lines, bool(lines))


def time_limit(record: Procedure, question: str) -> Composed:
    by_text: dict[str, list[str]] = {}
    stated = False
    for channel in record.channels:
        text = quantity_text(channel.time_limit) if channel.time_limit else ""
        said_of_time = durations(channel.note)
        stated = stated or bool(text or said_of_time)
        note = shorten(said_of_time if said_of_time and not text else channel.note, 320 if not text else 200)
        said = f"{text} ({note})" if text and note else text or note
        if said:
            by_text.setdefault(said, []).append(how_text(channel.how))
    lines = [f"• {', '.join(dict.fromkeys(hows))}: {text}" for text, hows in by_text.items()]
    if not stated:
        lines += _without_unit(record)
    if not _RECEIVES.find(spoken(question)):
        lines += [message("deadline_too", deadline=shorten(one)) for one in record.deadlines[:2]]
    return Composed(lines, stated)


def durations(note: str) -> str:
    """The sentences of a note that give a length of time; "" when none does."""
    parts = [part.strip(" -+•–;") for part in _CLAUSES.split(note)]
    return "; ".join(part for part in parts if _DURATION.search(part))


def _without_unit(record: Procedure) -> list[str]:
    """A number is published without its unit: the number is told, the unit not guessed."""
    raws = [channel.time_limit.raw for channel in record.channels if channel.time_limit]
    raws += [doubt.raw for doubt in record.doubts if doubt.field.endswith("time_limit")]
    bare = {raw.strip(" |") for raw in raws}
    number = bare.pop() if len(bare) == 1 else ""
    return [message("number_only", number=number)] if number.isdigit() else []


def fee(record: Procedure, question: str) -> Composed:
    by_fee: dict[str, list[str]] = {}
    stated = False
    for channel in record.channels:
        for one in channel.fees:
            stated = stated or one.amount is not None or bool(one.basis)
            by_fee.setdefault(fee_text(one), []).append(how_text(channel.how))
    everywhere = {how_text(channel.how) for channel in record.channels}
    lines = [
        f"• {text}" if set(hows) == everywhere else f"• {', '.join(dict.fromkeys(hows))}: {text}"
        for text, hows in by_fee.items()
    ]
    return Composed(lines[:MAX_ITEMS], stated)


def steps(record: Procedure, question: str) -> Composed:
    shown = [shorten(step) for step in record.steps[:MAX_STEPS]]
    return Composed([f"{number}. {step}" for number, step in enumerate(shown, 1)], bool(shown))


def where(record: Procedure, question: str) -> Composed:
    lines = []
    if record.agency:
        lines.append(f"• Cơ quan giải quyết: {shorten(record.agency)}")
    lines += [f"• Nơi nhận: {shorten(place)}" for place in record.receiving_places[:3]]
    levels = [_LEVELS[level] for level in record.levels if level in _LEVELS]
    if levels:
        lines.append(f"• Cấp thực hiện: {', '.join(levels)}")
    hows = dict.fromkeys(how_text(channel.how) for channel in record.channels)
    if hows:
        lines.append(f"• Cách nộp: {', '.join(hows)}")
    hint = [] if record.agency and record.receiving_places else _place_sentence(record)
    lines += [message("quote_lead", quote=quote) for quote in hint]
    return Composed(lines, bool(record.agency or record.receiving_places or hint))


def contact(record: Procedure, question: str) -> Composed:
    return where(record, question)


def online(record: Procedure, question: str) -> Composed:
    channels = [channel for channel in record.channels if channel.how is How.ONLINE]
    if not channels:
        hows = dict.fromkeys(how_text(channel.how) for channel in record.channels)
        return Composed([f"• Cách nộp được công bố: {', '.join(hows)}"] if hows else [], False)
    lines = ["• Có thể nộp trực tuyến trên Cổng Dịch vụ công quốc gia (đăng nhập bằng VNeID)."]
    limits = {quantity_text(channel.time_limit) for channel in channels if channel.time_limit} - {""}
    if len(limits) == 1:
        lines.append(f"• Thời hạn: {limits.pop()}")
    elif limits:  # one a case, each with its words
        only = record.model_copy(update={"channels": tuple(channels)})
        return Composed([*lines, *_limit_lines(only, question), *_fee_lines(only, question)], True)
    fees = dict.fromkeys(fee_text(one) for channel in channels for one in channel.fees)
    lines += _first(f"• Phí, lệ phí: {text}" for text in fees)
    lines += [f"• {shorten(note)}" for note in dict.fromkeys(channel.note for channel in channels) if note]
    return Composed(lines, True)


def _first(lines: Iterable[str]) -> list[str]:
    """The first lines on fees, and that there are more."""
    every = list(lines)
    return every if len(every) <= MAX_FEES else [*every[:MAX_FEES], message("more_fees")]


def _limit_lines(record: Procedure, question: str) -> list[str]:
    return [
        f"• Thời hạn: {line.removeprefix('• ')}" for line in time_limit(record, question).lines[:MAX_FEES]
    ]


def _fee_lines(record: Procedure, question: str) -> list[str]:
    return _first(f"• Phí, lệ phí: {line.removeprefix('• ')}" for line in fee(record, question).lines)


def payment(record: Procedure, question: str) -> Composed:
    lines = []
    if record.payment.online is not None:
        lines.append("• Thanh toán trực tuyến: " + ("có" if record.payment.online else "không"))
    if record.payment.note:
        lines.append(f"• {shorten(record.payment.note)}")
    lines += _first(fee(record, question).lines)
    return Composed(lines, record.payment.online is not None)


def result(record: Procedure, question: str) -> Composed:
    return Composed([f"• {shorten(one)}" for one in record.results[:6]], bool(record.results))


def legal(record: Procedure, question: str) -> Composed:
    lines = [
        f"• {basis.number}" + (f": {shorten(basis.title, 140)}" if basis.title else "")
        for basis in record.legal_basis[:MAX_LEGAL]
    ]
    if len(record.legal_basis) > MAX_LEGAL:
        lines.append(f"… và {len(record.legal_basis) - MAX_LEGAL} văn bản khác.")
    return Composed(lines, bool(lines))


def form(record: Procedure, question: str) -> Composed:
    lines = []
    for case in _nearest_cases(record, question):
        for item in case.items:
            code = item.form.code if item.form and item.form.code else _form_code(item.name)
            if code or item.form:
                where_file = f" (tệp {item.form.file})" if item.form and item.form.file and not code else ""
                lines.append(f"• {shorten(item.name, 180)}" + (f": mẫu {code}" if code else where_file))
    return Composed(list(dict.fromkeys(lines))[:MAX_ITEMS], bool(lines))


def conditions(record: Procedure, question: str) -> Composed:
    return Composed([f"• {shorten(one)}" for one in record.conditions[:6]], bool(record.conditions))


def deadline(record: Procedure, question: str) -> Composed:
    lines = [f"• {shorten(one)}" for one in record.deadlines]
    if not lines:
        quotes = excerpts(record, question, figures=True, hints="trong thời hạn ngày kể từ ngày", limit=2)
        lines = [message("quote_lead", quote=quote) for quote in quotes]
    return Composed(lines, bool(lines))


def proxy(record: Procedure, question: str) -> Composed:
    """Whether somebody else may do it: the sentences on authority, as published."""
    papers = (item.name for case in record.dossier for item in case.items)
    found = [one for one in (*sentences(record), *papers) if _PROXY.find(spoken(one))]
    return Composed([f"• {shorten(one, MAX_PROXY)}" for one in dict.fromkeys(found)][:3], bool(found))


def overview(record: Procedure, question: str) -> Composed:
    lines = where(record, question).lines[:2]
    lines += _paper_lines(record, question)
    lines += _limit_lines(record, question)
    lines += _fee_lines(record, question)
    lines += [f"• Bạn cần làm: {shorten(one)}" for one in record.deadlines[:2]]
    return Composed(lines, bool(lines))


def _paper_lines(record: Procedure, question: str) -> list[str]:
    """The papers in short: the few of the nearest case by name, the rest counted."""
    papers = sum(len(case.items) for case in record.dossier)
    if not papers:
        return []
    nearest = _nearest_cases(record, question)[0].items[:NAMED]
    names = "; ".join(shorten(item.name, 110).rstrip(" .;") for item in nearest)
    more = papers - len(nearest)
    return [f"• Giấy tờ: {names}" + (f"; và {more} loại khác theo từng trường hợp" if more else "")]


ASPECTS: dict[str, Aspect] = {
    "overview": overview, "documents": documents, "time_limit": time_limit, "fee": fee, "steps": steps,
    "where": where, "contact": contact, "online": online, "payment": payment, "result": result, "legal": legal,
    "form": form, "conditions": conditions, "deadline": deadline, "proxy": proxy,
}  # fmt: skip


def _form_code(name: str) -> str:
    found = _FORM.search(name)
    return found.group(1).rstrip(".") if found else ""


def _nearest_cases(record: Procedure, question: str) -> list[DossierCase]:
    """Cases in the order of how much of their name the question holds; the order published otherwise."""
    asked = set(plain(question).split())

    def overlap(case: DossierCase) -> float:
        words = set(plain(case.case).split())
        return len(words & asked) / len(words) if words else 0.0

    return sorted(record.dossier, key=overlap, reverse=True)


def _place_sentence(record: Procedure) -> list[str]:
    places = ("trung tam phuc vu hanh chinh cong", "cap xa", "cong an", "bo phan mot cua", "co quan dang ky")
    for step in record.steps:
        text = plain(step)
        if "nop" in text.split() and any(place in text for place in places):
            return [shorten(step, 320)]
    return []
