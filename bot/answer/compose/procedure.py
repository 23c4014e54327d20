"""One function an aspect: the asked field of a procedure, its conditions, and what is lacking.

Each returns lines and whether the record states what was asked. Papers are in `papers`, times in `limits`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.answer.compose.composed import Aspect, Composed, asked_first
from bot.answer.compose.excerpt import clauses, nearest, sentences
from bot.answer.compose.fields import fee_text, how_text, level_text, quantity_text, shorten, tidy
from bot.answer.compose.limits import deadline, hours, lasts, time_limit
from bot.answer.compose.papers import documents, form, paper_lines
from bot.answer.messages import message
from bot.answer.phrases import Phrases, spoken
from knowledge.documents import How, Level, Procedure

MAX_STEPS = 8
MAX_LEGAL = 8
MAX_FEES = 4  # where fees are not what was asked
ALL_FEES = 10  # where they are
MAX_CONDITIONS = 10
MAX_PROXY = 320
MAX_PLACE = 320
BEFORE_PLACE = 200  # letters between what is handed in and where
_OFFICE = re.compile(
    r"(?:tại|đến|tới|cho|về|gửi|qua)\s+(?:Trung tâm phục vụ hành chính công|Bộ phận (?:một cửa|tiếp nhận)"
    r"|(?:Ủy|Uỷ) ban nhân dân|UBND|Công an|Sở|Phòng|Chi cục|Cục|cơ quan đăng ký|Văn phòng đăng ký|Bảo hiểm xã hội)\b",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.;,](?:\s|$)|\n")
_PROXY = Phrases(("ủy quyền", "uỷ quyền", "nộp thay", "làm thay", "khai thay", "thay mặt", "người đại diện"))
_OF_OFFICES = re.compile(
    r"thừa (?:ủy|uỷ) quyền|(?:ủy|uỷ) quyền ký|thừa lệnh", re.IGNORECASE
)  # who signs, not who comes
_STEP_MARK = re.compile(r"^(?:bước\s*\d+\s*[:.)]?|\d+[.)])\s*", re.IGNORECASE)
_NO_STEP = re.compile(
    r"(?:\d+[.)]\s*)?(?:trình tự thực hiện|các bước thực hiện|cách thức thực hiện)\s*[:.]?$", re.IGNORECASE
)
_BY_POST = Phrases(("bưu điện", "bưu chính", "gửi thư", "chuyển phát"))
_WHO = Phrases(("ai", "đối tượng", "những ai", "diện nào", "người nào"))


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
    if len(lines) > ALL_FEES:
        lines = [*asked_first(lines, question)[:ALL_FEES], message("more_fees_page")]
    else:
        lines = asked_first(lines, question)
    return Composed(lines, stated, "lack_fee_quoted" if any("“" in text for text in by_fee) else "")


def steps(record: Procedure, question: str) -> Composed:
    told = [_STEP_MARK.sub("", tidy(step)) for step in record.steps if not _NO_STEP.match(tidy(step))]
    shown = [shorten(step[:1].upper() + step[1:]) for step in told if step][:MAX_STEPS]
    return Composed([f"{number}. {step}" for number, step in enumerate(shown, 1)], bool(shown))


def where(record: Procedure, question: str) -> Composed:
    lines = []
    if record.agency:
        lines.append(f"• Cơ quan giải quyết: {shorten(record.agency)}")
    places = [place for place in record.receiving_places if place != record.agency]
    lines += [f"• Nơi nhận: {shorten(place)}" for place in places[:3]]
    levels = [
        level_text(level) for level in record.levels if level is not Level.DISTRICT and level_text(level)
    ]
    if levels:
        lines.append(f"• Cấp thực hiện: {', '.join(levels)}")
    hows = dict.fromkeys(how_text(channel.how) for channel in record.channels)
    if hows:
        lines.append(f"• Cách nộp: {', '.join(hows)}")
    hint = [] if record.agency and record.receiving_places else _place_sentence(record)
    lines += [message("quote_lead", quote=quote) for quote in hint]
    return Composed(lines, bool(record.agency or record.receiving_places or hint))


def ways(record: Procedure, question: str) -> Composed:
    """The ways to hand in; whether by post is one of them, where that is asked."""
    hows = list(dict.fromkeys(channel.how for channel in record.channels))
    lines = []
    if hows and _BY_POST.find(spoken(question)):
        lines.append(message("by_post" if How.POST in hows else "by_post_unsaid"))
    lines += [f"• Cách nộp: {', '.join(map(how_text, hows))}"] if hows else []
    places = list(dict.fromkeys([*record.receiving_places, *([record.agency] if record.agency else [])]))
    lines += [f"• Nơi nhận: {shorten(place)}" for place in places[:2]] if hows else []
    return Composed(lines, bool(hows))


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


def conditions(record: Procedure, question: str) -> Composed:
    """The conditions; who may ask, where that is asked or all there is."""
    parts = [part for one in record.conditions for part in clauses(one)]
    shown = nearest(parts, question, record.title, MAX_CONDITIONS)
    lines = [f"• {shorten(tidy(part))}" for part in shown]
    lines += [message("more_conditions")] if len(parts) > len(shown) else []
    whose = [message("subjects", subjects=shorten("; ".join(record.subjects)))] if record.subjects else []
    asked = bool(_WHO.find(spoken(question)))
    return Composed([*whose, *lines] if asked else lines, bool(lines or (asked and whose)))


def proxy(record: Procedure, question: str) -> Composed:
    """Whether somebody else may do it: the sentences on authority, as published."""
    papers = (item.name for case in record.dossier for item in case.items)
    prose = (one for one in (*sentences(record), *papers) if not _OF_OFFICES.search(one))
    found = [one for one in prose if _PROXY.find(spoken(one))]
    return Composed([f"• {shorten(one, MAX_PROXY)}" for one in dict.fromkeys(found)][:3], bool(found))


def overview(record: Procedure, question: str) -> Composed:
    lines = where(record, question).lines[:2]
    lines += paper_lines(record, question)
    lines += _limit_lines(record, question)
    lines += _fee_lines(record, question)
    lines += [f"• Bạn cần làm: {shorten(one)}" for one in record.deadlines[:2]]
    return Composed(lines, bool(lines))


ASPECTS: dict[str, Aspect] = {
    "overview": overview, "documents": documents, "time_limit": time_limit, "fee": fee, "steps": steps,
    "where": where, "contact": contact, "online": online, "payment": payment, "result": result, "legal": legal,
    "form": form, "conditions": conditions, "deadline": deadline, "proxy": proxy,
    "hours": hours, "lasts": lasts, "ways": ways,
}  # fmt: skip


def _place_sentence(record: Procedure) -> list[str]:
    """The step that says where to hand in, cut to the words about the place where it is long."""
    for step in record.steps:
        for found in _OFFICE.finditer(step):
            began = step.rfind("nộp", max(0, found.start() - BEFORE_PLACE), found.start())
            if began >= 0:
                if len(step) <= MAX_PLACE:
                    return [shorten(step, MAX_PLACE)]
                ended = _STOP.search(step, found.end())
                return [shorten(f"…{step[began : ended.start() if ended else None]}", MAX_PLACE)]
    return []
