"""When the citizen must act: taken only from a sentence that names a citizen, a duty and a period at once."""

from __future__ import annotations

import re

from knowledge.parsers.tail import field

_PERIOD = re.compile(
    r"(?:trong (?:thời hạn|vòng)|chậm nhất(?: là)?)\s+(?:không quá\s+)?\d{1,3}(?:\s*\([^()]{1,30}\))?\s*"
    r"(?:ngày(?: làm việc)?|giờ|tháng|năm)[\s,]+(?:kể từ|tính từ|từ khi|từ ngày)",
    re.IGNORECASE,
)
_PERSON = (
    r"(?:cha|mẹ|vợ|chồng|người thân thích|công dân|người dân|người yêu cầu|người đi đăng ký|chủ xe|chủ hộ|"
    r"người sử dụng đất|người được cấp|người có (?:trách nhiệm|nghĩa vụ)|người lái xe|chủ sở hữu|hộ gia đình|"
    r"cá nhân|doanh nhân)"
)
_DUTY = re.compile(rf"\b{_PERSON}\b[^.;]{{0,80}}\b(?:có trách nhiệm|phải|có nghĩa vụ)\b", re.IGNORECASE)
_OFFICE = re.compile(
    r"\b(?:cơ quan|sở|cục|chi cục|bộ|ủy ban|uỷ ban|ubnd|phòng|công an|ngân hàng|công chức|cán bộ|bộ phận|"
    r"trung tâm|tòa án|chủ tịch|giám đốc|hội đồng|văn phòng|tổ chức|doanh nghiệp|thủ trưởng|tổ công tác)\b",
    re.IGNORECASE,
)
_LONGEST = 320


def _of(sentence: str) -> bool:
    period, duty = _PERIOD.search(sentence), _DUTY.search(sentence)
    if not period or not duty or len(sentence) > _LONGEST:
        return False
    # No office may be the one who acts: neither between period and duty nor before both.
    return not _OFFICE.search(sentence[: max(duty.end(), period.start())])


def citizen_deadlines(*texts: str) -> tuple[str, ...]:
    """Sentences that tell a citizen by when to act; none is better than a wrong one."""
    found = []
    for text in texts:
        if not _PERIOD.search(text):
            continue
        for sentence in re.split(r"(?<=[.;])\s+|\n", field(text)):
            line = re.sub(r"^[\s\-–+*•]+", "", sentence.strip())
            if _of(line):
                found.append(line.rstrip(";"))
    return tuple(dict.fromkeys(found))
