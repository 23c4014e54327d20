"""Reports of others that seem to be of the same thing, so that a person may add their voice instead of filing again."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from desk.calendar import LOCAL_TIME
from desk.database import Conn, storable
from desk.erasure import ERASED, without_person
from desk.models import NewReport, TicketState
from desk.texts import texts
from knowledge.text.diacritics import fold

WITHIN = timedelta(days=30)
NEAR_M = 300.0
SHOWN = 3
_LOOKED_THROUGH = 200  # newest first
_COMPARED = 20  # a text costs a model some 20 ms
_EARTH_M = 6_371_000.0
_SAME_PLACE = 0.6  # of the words of the shorter of two places
_OPEN = (
    TicketState.NEW, TicketState.SORTING, TicketState.INCOMPLETE, TicketState.FORWARDED, TicketState.OURS,
    TicketState.IN_WORK,
)  # fmt: skip
# Every place has these: alone they name none.
_COMMON_WORDS = (
    "duong pho ngo hem kiet so nha thon xom ap to khu cho truoc sau gan tai o doan nga ba tu dau cuoi "
    "canh doi dien phuong xa thi tran thanh tinh ngay va cua cong truong cau tren duoi vi tri da danh "
    "dau ban"
)
_COMMON = frozenset(_COMMON_WORDS.split())
# Words that say nothing of the matter itself.
_FILLERS_WORDS = (
    "la va co bi thi ma o tai cua cho toi em minh da dang rat qua lam nay roi khong duoc voi cac nhung "
    "mot hai ba den di lai nua nhieu cung hay ai gi vay ca tu hom ngay tuan thang kinh de nghi mong xin "
    "cam on"
)
_FILLERS = frozenset(_FILLERS_WORDS.split())


class Similarity(Protocol):
    """How alike texts are in meaning."""

    async def compare(self, text: str, others: Sequence[str]) -> list[float]:
        """For each of `others`, by how much it is liker than two reports of the same must be; below 0: another."""
        ...


class WordOverlap:
    """Shared words, marks aside, as a share of the shorter text: what is left when there is no model.

    `ENOUGH` finds 44 of 100 pairs of reports that tell the same in other words, and takes 2 of 100 pairs of one
    field for the same that are not (docs/quality.md).
    """

    ENOUGH = 0.3

    async def compare(self, text: str, others: Sequence[str]) -> list[float]:
        return [overlap(_words(text) - _FILLERS, _words(other) - _FILLERS) - self.ENOUGH for other in others]


@dataclass(frozen=True)
class Similar:
    """Another's report as a stranger may see it."""

    code: str
    summary: str


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", fold(text).lower()))


def overlap(one: set[str], other: set[str]) -> float:
    """The share of the smaller set that is in the other; 0 when either is empty."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance between two (latitude, longitude), by the haversine formula."""
    a, b, c, d = (math.radians(angle) for angle in (*one, *other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def same_place(report: NewReport, row: dict[str, Any]) -> bool:
    """Within NEAR_M when both are on the map, else named with the same words."""
    if None not in (report.latitude, report.longitude, row["latitude"], row["longitude"]):
        here, there = (report.latitude, report.longitude), (row["latitude"], row["longitude"])
        return metres(here, there) <= NEAR_M  # type: ignore[arg-type]  # None was looked for above
    named = [_words(place) - _COMMON for place in (report.where, row["place"])]
    return overlap(*named) >= _SAME_PLACE


async def find(
    conn: Conn, report: NewReport, *, category: str, now: datetime, similarity: Similarity | None = None
) -> list[Similar]:
    """Open reports of the last 30 days, of the same area, category and place, that say much the same."""
    if not report.area or not category:
        return []
    cursor = await conn.execute(
        "SELECT code, what, place, category_name, received_at, latitude, longitude FROM tickets"
        " WHERE area = %s AND category = %s AND received_at > %s AND merged_into IS NULL AND state = ANY(%s)"
        " AND (conversation_id IS NULL OR conversation_id IS DISTINCT FROM %s)"
        " ORDER BY received_at DESC LIMIT %s",
        (report.area, category, now - WITHIN, list(_OPEN), report.conversation_id, _LOOKED_THROUGH),
    )
    near = [row for row in await cursor.fetchall() if same_place(report, row)][:_COMPARED]
    if not near:
        return []
    margins = await (similarity or WordOverlap()).compare(report.what, [row["what"] for row in near])
    ranked = sorted(zip(margins, near, strict=True), key=lambda pair: -pair[0])
    return [Similar(row["code"], summary(row)) for margin, row in ranked if margin >= 0][:SHOWN]


def summary(row: dict[str, Any]) -> str:
    """What a stranger is told: the field, the place without its house number, the day. Never the words themselves."""
    day = row["received_at"].astimezone(LOCAL_TIME).strftime("%d/%m/%Y")
    place = without_person(row["place"]).replace(ERASED, " ")
    place = re.sub(r"\s*(?:số\s+)?\d[\w/.-]*\s*", " ", place, flags=re.IGNORECASE)
    place = " ".join(re.sub(r"\s+,", ",", place).split()).strip(" ,")[:80]
    said: str = texts()["similar"].format(category=row["category_name"], place=place, day=day)
    return said


async def add_voice(conn: Conn, *, code: str, conversation_id: UUID, text: str, now: datetime) -> bool:
    """Add a conversation's voice to an open report, once; False when it is not open."""
    cursor = await conn.execute(
        "SELECT id FROM tickets WHERE code = %s AND merged_into IS NULL AND state = ANY(%s) FOR SHARE",
        (code, list(_OPEN)),
    )
    row = await cursor.fetchone()
    if row is None:
        return False
    await conn.execute(
        "INSERT INTO ticket_voices (ticket_id, conversation_id, at, text) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (row["id"], conversation_id, now, storable(text)),
    )
    return True
