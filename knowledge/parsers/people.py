"""Who a procedure is for, who handles it and at which level: short closed lists, glued by commas."""

from __future__ import annotations

import re

from knowledge.documents import Level
from knowledge.parsers.tail import clean, is_empty

_LEVELS = {
    "cấp bộ": Level.MINISTRY,
    "cấp trung ương": Level.MINISTRY,
    "cấp tỉnh": Level.PROVINCE,
    "cấp huyện": Level.DISTRICT,
    "cấp xã": Level.COMMUNE,
    "cơ quan khác": Level.OTHER,
}
# Names that hold commas of their own.
_WHOLE = ("Tổ chức (không bao gồm doanh nghiệp, HTX)", "Cán bộ, công chức, viên chức")
_MINISTRIES = {
    "bo-tai-chinh": "Bộ Tài chính",
    "bo-nong-nghiep-mt": "Bộ Nông nghiệp và Môi trường",
    "bo-xay-dung": "Bộ Xây dựng",
    "bo-cong-an": "Bộ Công an",
    "bo-tu-phap": "Bộ Tư pháp",
    "bo-quoc-phong": "Bộ Quốc phòng",
    "ngan-hang-nha-nuoc": "Ngân hàng Nhà nước Việt Nam",
    "toa-an-nhan-dan": "Tòa án nhân dân",
}


def levels(text: str) -> tuple[tuple[Level, ...], list[str]]:
    """The levels, and the words that name none we know."""
    found, unknown = [], []
    for part in filter(None, (part.strip() for part in clean(text).split(","))):
        level = _LEVELS.get(part.lower())
        if level:
            found.append(level)
        elif not is_empty(part):
            unknown.append(part)
    return tuple(dict.fromkeys(found)), unknown


def subjects(text: str) -> tuple[str, ...]:
    """`Công dân Việt Nam, Tổ chức (không bao gồm doanh nghiệp, HTX)` is two subjects, not three."""
    rest, found = clean(text), []
    for whole in _WHOLE:
        if whole in rest:
            found.append((rest.index(whole), whole))
            rest = rest.replace(whole, " " * len(whole))
    for part in re.finditer(r"[^,]+", rest):
        name = part.group().strip()
        if name and not is_empty(name):
            found.append((part.start(), name))
    return tuple(dict.fromkeys(name for _, name in sorted(found)))


def ministry(slug: str) -> str:
    """The ministry's name; a slug we do not know is kept as it is."""
    return _MINISTRIES.get(slug.strip(), slug.strip())
