"""What a person wrote, without what tells who they are. Only this form of a question may leave the house.

Rather too much than too little: the words serve the model for tone, no fact depends on them.
"""

from __future__ import annotations

import re

from knowledge.text.normalise import one_line
from knowledge.text.personal import replaced

MAX_CHARS = 300
_SURNAMES = (
    "nguyễn|nguyen|trần|tran|lê|le|phạm|pham|hoàng|hoang|huỳnh|huynh|phan|vũ|vu|võ|vo|đặng|dang|bùi|bui|đỗ|do|hồ|ho|ngô|ngo"
    "|dương|duong|lý|ly|đinh|dinh|trương|truong|đoàn|doan|mai|tô|to|trịnh|trinh|lương|luong|cao|châu|chau|tạ|ta|hà|ha"
)
_WHOSE = "là|la|tôi|toi|em|mình|minh|cháu|chau|con|vợ|chồng|bố|mẹ"
_PLACE = "số nhà|nhà số|ngõ|ngách|hẻm|đường|phố|thôn|xóm|ấp|tổ dân phố|khu phố"
_UPPER = r"[A-ZĐÀ-ÖØ-ÞĂĨŨƠƯẠ-Ỹ]"
_LOWER = r"[^\W\d_A-ZĐ]"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, flags), label)
    for pattern, flags, label in (
        (r"https?://\S+|www\.\S+", re.I, "[liên kết]"),
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.I, "[thư điện tử]"),
        (r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}", 0, "[ngày]"),
        (r"\+?\d(?:[ .-]?\d){5,}", 0, "[số]"),
        (r"\b[A-Z]{1,3}\d{5,}\b|\b\d{2}[A-Z]\d?[- ]?\d{3}[.]?\d{2}\b", 0, "[số]"),
        (rf"\b(?:tên|ten)(?: (?:{_WHOSE}))*:? (?:\w+ ?){{1,4}}", re.I, "[tên]"),
        (rf"\b(?:{_SURNAMES}) (?:văn|thị|van|thi|hữu|đức|ngọc|minh|quốc|thanh) \w+(?: \w+)?", re.I, "[tên]"),
        (rf"\b{_UPPER}{_LOWER}*(?: {_UPPER}{_LOWER}*){{1,4}}", 0, "[tên]"),
        (rf"\b(?:{_PLACE})(?: [\w/]+){{1,3}}", re.I, "[nơi ở]"),
    )
)  # fmt: skip


def masked(text: str) -> str:
    """The text in one line, cut, with numbers, names, dates and addresses of people replaced by what they are."""
    said = one_line(text).replace("⟦", " ").replace("⟧", " ")
    said = replaced(said, lambda _, kind: "[thư điện tử]" if kind == "email" else "[số]")
    for pattern, label in _RULES:
        said = pattern.sub(label, said)
    return said[:MAX_CHARS]
