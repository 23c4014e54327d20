"""What people asked the assistant in a period: counts, the procedures asked most, and what found no answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from desk.database import Conn
from desk.report_period import Period

MOST = 15
COUNTED = ("answered", "partial", "clarify", "no_information", "out_of_scope", "out_of_area")
# Replies to questions in the period. A clarifying one is left without follow-up when the person said no more.
REPLIES = """
SELECT m.id, m.inbox_id, m.conversation_id, m.status, m.created_at,
       coalesce(nullif(i.body->'asked'->>'area', ''), c.area) AS area,
       m.body->'procedure'->>'code' AS code, m.body->'procedure'->>'title' AS title, f.useful,
       m.status IN ('no_information', 'out_of_scope') OR f.useful IS FALSE OR (m.status = 'clarify' AND NOT EXISTS (
           SELECT FROM inbox later WHERE later.conversation_id = m.conversation_id AND later.seq > i.seq
       )) AS unanswered
FROM messages m
JOIN inbox i ON i.id = m.inbox_id
JOIN conversations c ON c.id = m.conversation_id
LEFT JOIN feedback f ON f.message_id = m.id
WHERE m.direction = 'out' AND m.created_at >= %(start)s AND m.created_at < %(end)s AND m.status = ANY (%(counted)s)
"""
_COUNTS = f"""
SELECT count(*) AS asked,
       count(*) FILTER (WHERE status IN ('answered', 'partial')) AS answered,
       count(*) FILTER (WHERE status = 'clarify') AS clarify,
       count(*) FILTER (WHERE status = 'no_information') AS no_information,
       count(*) FILTER (WHERE status = 'out_of_scope') AS out_of_scope,
       count(*) FILTER (WHERE status = 'out_of_area') AS out_of_area,
       count(useful) AS judged,
       count(*) FILTER (WHERE useful IS FALSE) AS not_useful,
       count(*) FILTER (WHERE unanswered) AS unanswered
FROM ({REPLIES}) AS r WHERE %(area)s = '' OR area = %(area)s OR starts_with(area, %(area)s || '/')
"""  # noqa: S608  # our own words
_MOST = f"""
SELECT code, max(title) AS title, count(*) AS asked, count(*) FILTER (WHERE useful IS FALSE) AS not_useful
FROM ({REPLIES}) AS r
WHERE code IS NOT NULL AND status IN ('answered', 'partial')
      AND (%(area)s = '' OR area = %(area)s OR starts_with(area, %(area)s || '/'))
GROUP BY code ORDER BY asked DESC, code LIMIT %(most)s
"""  # noqa: S608  # our own words
_ITEMS = """
SELECT title, asked, procedure_code, procedure_title, unit_name, state FROM unanswered_items
WHERE last_at >= %(start)s AND first_at < %(end)s
      AND (%(area)s = '' OR area = %(area)s OR starts_with(area, %(area)s || '/'))
      AND (%(unit)s = '' OR unit_id = %(unit)s)
ORDER BY asked DESC, first_at, id LIMIT %(most)s
"""


@dataclass(frozen=True)
class Questions:
    """`most`: {code, title, asked, not_useful}; `items`: rows of the work list that were asked in the period."""

    counts: dict[str, int] = field(default_factory=dict)
    most: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)


async def asked(conn: Conn, period: Period, *, area: str) -> Questions:
    """What was asked from an area: counts, and the procedures asked most. Questions belong to no unit.

    Runs outside the desk's role: it counts over all conversations and shows no word of any.
    """
    values = {"start": period.start, "end": period.end, "area": area, "most": MOST, "counted": list(COUNTED)}
    counts = await (await conn.execute(_COUNTS.encode(), values)).fetchone()
    most = await (await conn.execute(_MOST.encode(), values)).fetchall()
    return Questions(counts or {}, most)


async def open_items(conn: Conn, period: Period, *, area: str = "", unit: str = "") -> list[dict[str, Any]]:
    """The work list's rows that were asked in the period, among those this connection may see."""
    values = {"start": period.start, "end": period.end, "area": area, "unit": unit, "most": MOST}
    return await (await conn.execute(_ITEMS.encode(), values)).fetchall()
