"""Time limits that a description states one a case: `07 ngày (đối với trường hợp cấp mới), 02 ngày (… cấp lại)`.

Stages of one procedure (check, appraise, decide) read much alike and are no cases: a clause that names a stage, or
one that names no case, leaves the whole description unread.
"""

from __future__ import annotations

import re

from knowledge.documents import Quantity
from knowledge.parsers.durations import find_durations
from knowledge.parsers.limits import is_limit

_CLAUSE = re.compile(r"\s*[;\n]\s*|\.\s+(?=\S)|(?:(?<=\s)|^)[a-zđ\d]{1,2}\)\s+")
_BRACKETED = re.compile(r"\((?:đối với|trường hợp)[^()\d]{3,200}\)", re.IGNORECASE)
_CASE = re.compile(
    r"^[\s\-+*•]*(?:(?:đối với|trường hợp)\s|cấp (?:mới|lại|đổi)|gia hạn|sửa đổi|điều chỉnh)", re.IGNORECASE
)
_STAGE = re.compile(
    r"thẩm định|kiểm tra|thẩm tra|xem xét|thông báo|tiếp nhận|trình\s|lấy ý kiến|xác minh|đánh giá|hướng dẫn|gửi\s"
    r"|bổ sung hồ sơ|không hợp lệ|chưa hợp lệ|chưa đầy đủ|không đạt|gia hạn thêm|trong đó|tổ chức họp|ký\s|ban hành",
    re.IGNORECASE,
)
_FEW = 4


def _clauses(text: str) -> list[str]:
    """The text cut into clauses of one case each, as far as punctuation tells."""
    if len(_BRACKETED.findall(text)) > 1:
        return [part for part in re.split(r"(?<=\)),\s+|(?<=\));\s+", text) if part.strip()]
    return [part for part in _CLAUSE.split(text) if part and part.strip()]


def _of_case(clause: str) -> tuple[Quantity, str] | None:
    found = find_durations(clause)
    named = _CASE.match(clause) or _BRACKETED.search(clause)
    if len(found) != 1 or not named or _STAGE.search(clause) or not is_limit(clause, found[0]):
        return None
    return found[0].quantity(), " ".join(clause.split()).strip(" .,;-+*")


def case_limits(description: str) -> list[tuple[Quantity, str]]:
    """Two or more limits, each with the words of its case; [] where any clause is something else."""
    clauses = _clauses(description)
    if not 2 <= len(clauses) <= _FEW:
        return []
    read = [_of_case(clause) for clause in clauses]
    cases = [case for case in read if case]
    words = {note.casefold() for _, note in cases}
    return cases if len(cases) == len(clauses) == len(words) else []
