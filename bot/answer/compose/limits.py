"""Times: how long an office takes, when a person must act, office hours, and how long the result is good for."""

from __future__ import annotations

import re

from bot.answer.compose.composed import Composed, asked_first
from bot.answer.compose.excerpt import excerpts, of_an_office, sentences
from bot.answer.compose.fields import how_text, quantity_text, shorten, tidy
from bot.answer.messages import message
from bot.answer.phrases import Phrases, spoken
from knowledge.documents import Procedure, SubmissionChannel

_CLAUSES = re.compile(r"(?<=[.;])\s+|\n+|\s(?=[+•–]\s)|\s(?=-\s)")
_DURATION = re.compile(r"\d+\s*(?:\([^)]*\)\s*)?(?:giờ|ngày|tuần|tháng|năm)(?! \d)(?!/)", re.IGNORECASE)
_CASE = re.compile(r"đối với|trường hợp|nếu |khi ", re.IGNORECASE)
_HOLDS = re.compile(
    rf"{_DURATION.pattern}|{_CASE.pattern}|kể từ|tính từ|từ khi|không kể|không tính", re.IGNORECASE
)
_OF_FEES = re.compile(r"(?:mức )?(?:phí|lệ phí|thu phí)\b", re.IGNORECASE)
_HOURS = re.compile(
    r"giờ hành chính|\bthứ (?:2|hai|7|bảy)\b|\bsáng\b.{0,30}\d\s*(?:h|giờ|:)|từ \d{1,2}\s*(?:h|giờ|:)",
    re.IGNORECASE,
)
_LASTS = re.compile(
    r"(?:có giá trị|giá trị sử dụng|thời hạn sử dụng|có hiệu lực|hiệu lực|có thời hạn|thời hạn của)[^.;]{0,80}?"
    r"(?:\d+\s*(?:\([^)]*\)\s*)?(?:ngày|tháng|năm|tuổi)(?!\s*\d)(?!/)"
    r"|không thời hạn|vô thời hạn|không xác định thời hạn)",
    re.IGNORECASE,
)
# In a step: how long after a whole dossier the result comes, not a check of it or a call for more papers.
_OFFICE_TIME = re.compile(
    r"(?:trong (?:thời hạn|thời gian|vòng)|không quá|chậm nhất)\s*(\d+)\s*(?:\([^)]*\)\s*)?(?:giờ|ngày|tuần|tháng)"
    r"[^.;]{0,40}?(?:kể )?từ (?:ngày|khi|thời điểm)[^.;]{0,25}?(?:nhận|tiếp nhận)[^.;,]{0,30}?hồ sơ[^.;]{0,200}?"
    r"\b(?:cấp|quyết định|phê duyệt|chấp thuận|công nhận|xác nhận|trả kết quả|giải quyết)\b",
    re.IGNORECASE,
)
_NOT_THE_RESULT = re.compile(
    r"bổ sung|hoàn chỉnh hồ sơ|hoàn thiện hồ sơ|tính đầy đủ|tính hợp lệ|thông báo rõ|chuyển hồ sơ|lấy ý kiến"
    r"|chưa (?:đầy )?đủ|không hợp lệ|kiểm tra hồ sơ|chưa đạt|trình\b",
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"\b(?:phải|nộp|khai|báo|thông báo|gửi|đăng ký)\b[^.;]{0,120}"
    r"(?:chậm nhất|ít nhất|tối thiểu|trước|trong (?:thời hạn|vòng)|không quá)[^.;]{0,40}"
    r"\d+[^.;\d]{0,14}(?:giờ|ngày|tháng)",
    re.IGNORECASE,
)
# What is waited for: the time an office takes is asked, not the time a person has.
_RECEIVES = Phrases(
    ("có giấy", "có kết quả", "giải quyết", "xong", "nhận", "lấy", "trả kết quả", "chờ", "đợi", "cấp", "có thẻ",
     "có sổ", "được giải quyết", "thì có", "là có", "mới có", "ngày có", "lâu có", "giờ có", "nào có", "mất bao lâu")
)  # fmt: skip
MAX_NOTE = 320


def time_limit(record: Procedure, question: str) -> Composed:
    by_text: dict[str, list[str]] = {}
    stated, lack = False, ""
    for channel in record.channels:
        said, sure = _limit_of(record, channel)
        stated = stated or sure
        lack = lack or ("" if sure or not _DURATION.search(said) else "lack_limit_differs")
        if said:
            by_text.setdefault(said, []).append(how_text(channel.how))
    everywhere = {how_text(channel.how) for channel in record.channels}
    lines = [f"• {_led(hows, everywhere)}{text}" for text, hows in by_text.items()]
    lines = asked_first(lines, question)
    if not stated:
        number = _bare_number(record)
        quotes = _in_steps(record, number)
        lines += [message("number_only", number=number)] if number else []
        lines += [message("limit_in_steps", quote=quote) for quote in quotes]
        stated = bool(number and quotes)
    if not _RECEIVES.find(spoken(question)):
        lines += [message("deadline_too", deadline=shorten(one)) for one in record.deadlines[:2]]
    return Composed(lines, stated, lack)


def _led(hows: list[str], everywhere: set[str]) -> str:
    """The ways of handing in that a value is for; "" for all of them, when there are several."""
    if set(hows) == everywhere and len(everywhere) > 1:
        return ""
    return f"{', '.join(dict.fromkeys(hows))}: "


def _limit_of(record: Procedure, channel: SubmissionChannel) -> tuple[str, bool]:
    """What a channel says of its time limit, and whether that is one statement, not two that differ."""
    text = quantity_text(channel.time_limit) if channel.time_limit else ""
    of_time = durations(channel.note)
    if not text and (both := _both_places(record, channel)):
        cell, note = both
        said = message(
            "limit_both", cell=cell[:1].lower() + cell[1:], note=shorten(note, MAX_NOTE).rstrip(".")
        )
        return said, bool(_CASE.search(note))
    raw = channel.time_limit.raw if channel.time_limit else ""
    if not text and not of_time and _DURATION.search(raw):
        return message("limit_raw", raw=shorten(raw, MAX_NOTE)), False
    beside = _conditions(channel.note) if text else of_time or channel.note
    note = shorten(beside, MAX_NOTE).rstrip(".")
    if text and note and _begins_with(note, text):
        return note, True
    return f"{text} ({note})" if text and note else text or note, bool(text or of_time)


def _conditions(note: str) -> str:
    """Of a note beside a limit, what says when it holds: other lengths, cases, its start; not fees or places."""
    parts = [part.strip(" -+•–;") for part in _CLAUSES.split(note)]
    return "; ".join(part for part in parts if _HOLDS.search(part) and not _OF_FEES.match(part))


def _begins_with(note: str, text: str) -> bool:
    """Whether a note repeats the figure in its own first words: "07 ngày làm việc kể từ…" after "7 ngày làm việc"."""
    return note.lstrip("0").lower().startswith(text.lower())


def _both_places(record: Procedure, channel: SubmissionChannel) -> tuple[str, str] | None:
    """The limit of the cell and that of the description, where the parser found that they differ."""
    fields = {f"channels.{channel.how.value}.time_limit", "channels.time_limit"}
    for doubt in record.doubts:
        cell, _, note = doubt.raw.partition(" | ")
        if doubt.field in fields and _DURATION.search(cell) and (of_time := durations(note)):
            return tidy(cell), of_time
    return None


def durations(note: str) -> str:
    """The sentences of a note that give a length of time; "" when none does."""
    parts = [part.strip(" -+•–;") for part in _CLAUSES.split(note)]
    return "; ".join(part for part in parts if _DURATION.search(part))


def _bare_number(record: Procedure) -> str:
    """A number published without its unit: told as it is, the unit not guessed."""
    raws = [channel.time_limit.raw for channel in record.channels if channel.time_limit]
    raws += [doubt.raw for doubt in record.doubts if doubt.field.endswith("time_limit")]
    bare = {raw.strip(" |") for raw in raws}
    number = bare.pop() if len(bare) == 1 else ""
    return number if number.isdigit() else ""


def _in_steps(record: Procedure, number: str) -> list[str]:
    """What the steps say of the time from a whole dossier to its result; with `number`, where all say that number."""
    prose = [one for one in dict.fromkeys(sentences(record)) if not _NOT_THE_RESULT.search(one)]
    found = [(one, told.group(1).lstrip("0")) for one in prose if (told := _OFFICE_TIME.search(one))]
    if number and {length for _, length in found} != {number.lstrip("0")}:
        return []
    return [shorten(tidy(one), MAX_NOTE) for one, _ in found[:2]]


def deadline(record: Procedure, question: str) -> Composed:
    lines = [f"• {shorten(one)}" for one in record.deadlines]
    if not lines:
        quotes = excerpts(record, question, figures="duty", hints="trong thời hạn ngày kể từ ngày", limit=2)
        quotes = quotes or [shorten(one, MAX_NOTE) for one in _duties(record)][:2]
        lines = [message("quote_lead", quote=quote) for quote in quotes]
    return Composed(lines, bool(lines))


def _duties(record: Procedure) -> list[str]:
    """The sentences that give a person a time to come."""
    found = (one for one in dict.fromkeys(sentences(record)) if _DUTY.search(one))
    return [one for one in found if not of_an_office(one)]


def hours(record: Procedure, question: str) -> Composed:
    """Office hours, where a note or a step gives them: never how long a matter takes."""
    notes = (part for channel in record.channels for part in _CLAUSES.split(channel.note))
    found = [one for one in (*record.receiving_places, *notes, *sentences(record)) if _HOURS.search(one)]
    return Composed([f"• {shorten(tidy(one))}" for one in dict.fromkeys(found)][:2], bool(found))


def lasts(record: Procedure, question: str) -> Composed:
    """How long the result is good for, as results, conditions or steps say it."""
    prose = (*record.results, *sentences(record))
    found = [one for one in prose if _LASTS.search(one)]
    return Composed([f"• {shorten(tidy(one), MAX_NOTE)}" for one in dict.fromkeys(found)][:3], bool(found))
