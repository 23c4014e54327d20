"""When a document speaks, of which place, and whether it is of the time before 2025-07-01.

On that day the district level was abolished and provinces were merged (Nghị quyết 202/2025/QH15, Luật 72/2025/QH15):
what a province had published before is of the past, and is kept as a record of its time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from knowledge.documents import Validity, ValidityState
from knowledge.gazetteer import gazetteer
from knowledge.parsers.decision.laws import decision_number, read_day

CHANGE = date(2025, 7, 1)
BY = "sắp xếp đơn vị hành chính từ 01/07/2025"
VARIANT = "truoc-2025-07"
_SHARE = 0.7  # of the provinces named in a text: below that it is not about one of them
_SEVERAL = 3  # procedures with a date of their own
_ANNOUNCED = re.compile(r"\b(?:tỉnh|thành phố|tp)\b\.?\s", re.IGNORECASE)
_SHORT = 20_000  # characters
_NEAR = 24  # characters: the longest name of a province
_SAMPLE = 600  # of a long handbook's places
_DISTRICT = re.compile(
    r"cấp huyện|(?:ubnd|ủy ban nhân dân) (?:các )?(?:quận|huyện|thị xã)|phòng tư pháp\b|phòng tài nguyên và môi trường",
    re.IGNORECASE,
)
_STAMP = re.compile(r"(?:D:)?(?P<y>(?:19|20)\d\d)-?(?P<m>\d\d)-?(?P<d>\d\d)")
_HEAD_NUMBER = re.compile(r"^Số\s*:\s*(?P<number>\d[^\n]{0,40})", re.MULTILINE | re.IGNORECASE)
_HEAD_DAY = re.compile(r"ngày\s+\d{1,2}\s+tháng\s+\d{1,2}\s+năm\s+\d{4}", re.IGNORECASE)
_MINISTRY = re.compile(r"^BỘ [A-ZĐÀ-Ỹ ,]{4,60}$", re.MULTILINE)


@dataclass(frozen=True)
class Head:
    """What stands before the first procedure: the decision that publishes them."""

    decision: str = ""
    issued: date | None = None
    ministry: str = ""


def read_head(text: str) -> Head:
    number = _HEAD_NUMBER.search(text)
    day = _HEAD_DAY.search(text)
    ministry = _MINISTRY.search(text)
    name = ministry.group().strip() if ministry else ""
    return Head(
        decision=decision_number(number["number"]) if number else "",
        issued=read_day(day.group()) if day else None,
        ministry=name[:1] + name[1:].lower() if name else "",
    )


def made_on(properties: Mapping[str, str]) -> date | None:
    """The day a file says it was made; a later change of it says nothing about its content."""
    for name in sorted(properties):
        if "creat" in name.lower() and (match := _STAMP.search(properties[name])):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                continue
    return None


def latest_of(days: Sequence[date]) -> date | None:
    """The day a handbook was made, at the earliest: the last of the days its procedures took effect."""
    return max(days) if len(days) >= _SEVERAL else None


def area_of(text: str) -> str:
    """The province (slug) that a text is about: the one it names by far the most, "" when there is none."""
    if len(text) > _SHORT:  # names are looked for where they are announced
        places = islice(_ANNOUNCED.finditer(text), _SAMPLE)
        text = " . ".join(text[match.start() : match.end() + _NEAR] for match in places)
    named = [naming for naming in gazetteer().find(text) if naming.rank == "province" and naming.slug]
    counts = Counter(naming.slug.partition("/")[0] for naming in named)
    if not counts:
        return ""
    slug, count = counts.most_common(1)[0]
    return slug if count >= _SHARE * counts.total() else ""


def names_district(text: str) -> str:
    """The words that name the district level, or ""."""
    match = _DISTRICT.search(text)
    return match.group() if match else ""


def validity_of(
    *, area: str, start: date | None, document: date | None, district: bool, stated_in_force: bool
) -> tuple[Validity, str]:
    """A record's validity and, when it is of the past, its variant.

    Args:
        area: slug of its province, "" for a national record, which no change of provinces touches.
        start: the day the record itself says it took effect.
        document: the day its document speaks of, as far as known.
        district: whether its text names the district level.
        stated_in_force: it says "Còn hiệu lực"; believed only from a document of today's provinces.
    """
    past = bool(area) and (
        (document is not None and document < CHANGE and not (start and start >= CHANGE))
        or (start is not None and start < CHANGE and (document is None or document < CHANGE or district))
        or (document is None and start is None and district)
    )
    if past:
        end = CHANGE - timedelta(days=1)
        return Validity(state=ValidityState.SUPERSEDED, start=start, end=end, by=BY), VARIANT
    latest = max((day for day in (start, document) if day), default=None)
    sure = stated_in_force and latest is not None and latest >= CHANGE
    return Validity(state=ValidityState.IN_FORCE if sure else ValidityState.UNKNOWN, start=start), ""
