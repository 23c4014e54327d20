"""When a time limit may be stated: the column's figure with its unit, unless the description says otherwise."""

from __future__ import annotations

import re

from knowledge.documents import Quantity, TimeUnit
from knowledge.parsers.durations import Duration, column_duration, find_durations
from knowledge.parsers.tail import is_empty

# Around a figure that is a time limit of the office: not an age, a period of validity or a citizen's deadline.
_BEFORE = re.compile(
    r"(?:thời hạn(?: giải quyết)?(?: là)?|không quá|tối đa|trong(?: vòng)?|trả kết quả|giải quyết|thời gian)"
    r"[\s:]*(?:[\w ,]{0,25})$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[,;]?\s*(?:làm việc)?[,;]?\s*(?:kể từ|tính từ|từ (?:ngày|khi|thời điểm) (?:nhận|tiếp nhận)|sau khi nhận)",
    re.IGNORECASE,
)
_PROSE_UNITS = (TimeUnit.WORKING_DAY, TimeUnit.DAY, TimeUnit.WORKING_HOUR, TimeUnit.HOUR, TimeUnit.MONTH)
# "Nếu hồ sơ chưa hợp lệ, trong 03 ngày thông báo" is not the limit of the procedure.
_ANOTHER = re.compile(
    r"bổ sung|chưa (?:đầy )?đủ|không (?:đầy )?đủ|không hợp lệ|chưa hợp lệ|trước (?:ngày|khi)|ít nhất|gia hạn thêm",
    re.IGNORECASE,
)


_CASE = re.compile(r"trường hợp|đối với", re.IGNORECASE)
_BY_PIECE = re.compile(
    r"\d\s*(?:ngày|giờ)(?:\s+làm\s+việc)?\s*/\s*(?!\s*(?:ngày|tuần|7|24))\w", re.IGNORECASE
)
_ONE_PHASE = re.compile(
    r"[\s\-+*]*(?:tiếp nhận(?:,| và) kiểm tra|kiểm tra (?:tính|thành phần)|tiếp nhận hồ sơ)"
    r"(?:[^.:;]{0,60}:|[^.:;]{0,40}ngay trong (?:ngày|buổi)[^.:;]{0,20}\.?$)",
    re.IGNORECASE,
)
_LATER_PHASE = re.compile(
    r"[\s\-+*]*(?:thẩm định|thẩm tra|xem xét|trình|phê duyệt|cấp|ban hành|trả)[^.:;]{0,80}:", re.IGNORECASE
)
_NOT_SET = re.compile(
    r"^(?:chưa|không) quy định|không quy định (?:cụ thể )?(?:về )?(?:thời (?:hạn|gian)|cụ thể)", re.IGNORECASE
)


def is_limit(text: str, duration: Duration) -> bool:
    """Whether the words around a length of time make it the office's limit."""
    before, after = text[max(0, duration.start - 60) : duration.start], text[duration.end : duration.end + 40]
    return duration.start == 0 or bool(_BEFORE.search(before) or _AFTER.match(after))


def stated_limits(text: str) -> list[Duration]:
    """The figures of a text that read as limits, in order."""
    return [found for found in find_durations(text) if found.unit in _PROSE_UNITS and is_limit(text, found)]


def _from_prose(text: str) -> Quantity | None:
    """The one figure of a text. The same figure twice may be two phases, one after "trường hợp" one case."""
    limits = stated_limits(text)
    if len(find_durations(text)) == 1 and limits and not _ANOTHER.search(text) and not _CASE.search(text):
        return limits[0].quantity()
    return None


def is_first_phase(description: str) -> bool:
    """Whether a row is about taking the dossier in and checking it, and nothing more."""
    return _ONE_PHASE.match(description) is not None and len(find_durations(description)) < 2


def is_phase(description: str) -> bool:
    """Whether a row reads as one phase, where another row of the same way of submission is the first one."""
    return bool(_ONE_PHASE.match(description) or _LATER_PHASE.match(description))


def _contradicted(column: Quantity, description: str) -> str:
    if _NOT_SET.search(description):
        return "the description says that no time limit is set"
    if _ONE_PHASE.match(description):
        return "the description states one phase only"
    if _BY_PIECE.search(description):
        return "the description counts the time by piece"
    every = find_durations(description)
    if (column.value, column.unit) in {found.figure for found in every}:
        return ""
    if any(found.value == column.value for found in every):
        return "the description gives the time limit another unit"
    limits = stated_limits(description)
    same_unit = [found.value for found in limits if found.unit == column.unit]
    if (
        len({found.figure for found in limits}) == 1
        and column.value != sum(same_unit)
        and not _ANOTHER.search(description)
    ):
        return "the description states another time limit"
    # Several figures may be phases that add up to the column's total.
    if len(limits) > 1 and column.value != sum(same_unit):
        return "the description states several other time limits"
    return ""


def read_limit(column: str, description: str) -> tuple[Quantity | None, str]:
    """The limit and, where it is unknown, why. A bare number has no unit: only the description can help."""
    stated = column_duration(column)
    if stated:
        why = _contradicted(stated, description)
        return (None, why) if why else (stated, "")
    in_words = "" if is_empty(column) or re.fullmatch(r"[\d.,]*", column) else column
    found = _from_prose(" ".join(filter(None, (in_words, description))))
    if found:
        return found, ""
    if re.fullmatch(r"\d[\d.,]*", column):
        return None, "the number has no unit"
    return None, "not stated as one figure" if in_words else "not stated"
