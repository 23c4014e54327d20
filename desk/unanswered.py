"""Closing the loop: what people asked and found no answer to becomes a work list for the unit whose matter it is.

A reply of ours belongs to at most one item, so collecting again adds only what is new. The question's words stay in the
conversation and are erased with it; an item has one masked wording as its title, and takes another when that one goes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID, uuid4

from desk import service
from desk.database import Conn, storable
from desk.report_period import Period
from desk.report_questions import COUNTED, REPLIES
from desk.routing import Router
from desk.staff import Staff
from desk.unanswered_groups import Asked, Encode, grouped, most_common
from desk.unanswered_owner import settings, sorters, unit_of
from knowledge.errors import TicketChanged, TicketNotFound

log = logging.getLogger(__name__)
State: TypeAlias = Literal["open", "done", "wont"]
AT_ONCE = 3000  # questions of one collecting: distances are between all of them; the next goes on
_TITLE = 300
_EXAMPLES = 5
_NOTE = 2000
_NEW = f"""
SELECT r.id, r.status, r.area, r.created_at AS at, i.text, i.payload, coalesce(r.code, '') AS code, r.title
FROM ({REPLIES}) AS r JOIN inbox i ON i.id = r.inbox_id
WHERE r.unanswered AND i.text <> '' AND NOT EXISTS (SELECT FROM unanswered_messages u WHERE u.message_id = r.id)
ORDER BY r.created_at, r.id LIMIT %(most)s
"""  # noqa: S608  # our own words


@dataclass(frozen=True)
class Nearest:
    """The procedure of the knowledge that is nearest to a question, and whose it is."""

    code: str = ""
    title: str = ""
    agency: str = ""


# (question, area, code of the procedure the reply was about or "") → the nearest one.
Near: TypeAlias = Callable[[str, str, str], Awaitable[Nearest]]
Mask: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What the desk does not know itself: how to mask, to measure likeness (None: by words), to find a procedure."""

    mask: Mask
    near: Near
    router: Router
    encode: Encode | None = None


async def waiting(conn: Conn, period: Period) -> int:
    """How many of the period's questions are on no item yet, as far as one collecting goes."""
    return len(await _new(conn, period, AT_ONCE))


async def collect(conn: Conn, period: Period, tools: Tools, *, most: int = AT_ONCE) -> int:
    """Put the period's new unanswered questions onto the list, the oldest `most`; returns how many there were.

    While another is at it, nothing is done. Runs outside the desk's role: it reads all conversations.
    """
    cursor = await conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('unanswered', 12)) AS mine"
    )
    lock = await cursor.fetchone()
    if lock is None or not lock["mine"]:
        return 0
    await renew_titles(conn, tools.mask)
    asked = [_asked(row, tools.mask) for row in await _new(conn, period, most)]
    for province in sorted({one.area.split("/")[0] for one in asked}):
        here = [one for one in asked if one.area.split("/")[0] == province]
        await _place(conn, province, here, tools)
    return len(asked)


async def renew_titles(conn: Conn, mask: Mask) -> int:
    """Give items whose title was erased with its conversation the words of another question, if one is left."""
    cursor = await conn.execute(
        "SELECT i.id, (SELECT m.id FROM unanswered_messages u JOIN messages m ON m.id = u.message_id"
        "   WHERE u.item_id = i.id ORDER BY u.at DESC, u.message_id LIMIT 1) AS other"
        " FROM unanswered_items i WHERE i.title_of IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM unanswered_messages u WHERE u.message_id = i.title_of)"
    )
    erased = {row["id"]: row["other"] for row in await cursor.fetchall()}
    said = await wordings(conn, list(erased), mask)
    for item, other in erased.items():
        title = said.get(item, [settings()["erased"]])[0]
        await conn.execute(
            "UPDATE unanswered_items SET title = %s, title_of = %s WHERE id = %s",
            (storable(title), other, item),
        )
    return len(erased)


async def _new(conn: Conn, period: Period, most: int) -> list[dict[str, Any]]:
    values = {"start": period.start, "end": period.end, "counted": list(COUNTED), "most": most}
    return await (await conn.execute(_NEW.encode(), values)).fetchall()


def _asked(row: dict[str, Any], mask: Mask) -> Asked:
    """A button's words say little alone: what it was about is said with them."""
    text = " ".join(str(row["text"]).split())
    if row["payload"] and row["title"]:
        text = f"{text} ({row['title']})"
    return Asked(row["id"], mask(text)[:_TITLE], row["area"], row["at"], row["status"], row["code"])


async def _place(conn: Conn, province: str, asked: Sequence[Asked], tools: Tools) -> None:
    cursor = await conn.execute(
        "SELECT id, title FROM unanswered_items WHERE split_part(area, '/', 1) = %s ORDER BY first_at, id",
        (province,),
    )
    items = await cursor.fetchall()
    titles = [row["title"] for row in items]
    groups = await asyncio.to_thread(grouped, asked, titles, tools.encode)
    for place, questions in sorted(groups.joined.items()):
        await _add(conn, items[place]["id"], questions)
        moments = [one.at for one in questions]
        await conn.execute(
            "UPDATE unanswered_items SET asked = asked + %s, first_at = least(first_at, %s),"
            " last_at = greatest(last_at, %s) WHERE id = %s",
            (len(questions), min(moments), max(moments), items[place]["id"]),
        )
    for questions in groups.new:
        await _make(conn, questions, tools)


async def _make(conn: Conn, questions: Sequence[Asked], tools: Tools) -> None:
    title, area = questions[0].text, most_common([one.area for one in questions])
    outside = sum(one.status == "out_of_scope" for one in questions) * 2 > len(questions)
    about = most_common([one.about for one in questions if one.about])
    near = Nearest() if outside else await tools.near(title, area, about)
    unit = unit_of(near.agency, area, tools.router)
    unit_id, unit_name = (unit.id, unit.name) if unit else sorters(area, tools.router)
    item = uuid4()
    moments = [one.at for one in questions]
    await conn.execute(
        "INSERT INTO unanswered_items (id, title, title_of, area, procedure_code, procedure_title, unit_id, unit_name,"
        " asked, first_at, last_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            item,
            storable(title),
            questions[0].id,
            area,
            near.code,
            near.title,
            unit_id,
            unit_name,
            len(questions),
            min(moments),
            max(moments),
        ),
    )
    await _add(conn, item, questions)


async def _add(conn: Conn, item: UUID, questions: Sequence[Asked]) -> None:
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO unanswered_messages (message_id, item_id, at) VALUES (%s, %s, %s)",
            [(one.id, item, one.at) for one in questions],
        )


# ------------------------------------------------------------------ the work list


_ITEMS = """
SELECT u.*, count(*) OVER () AS found FROM (
    SELECT i.*, (SELECT count(*) FROM unanswered_messages m WHERE m.item_id = i.id AND m.at > i.changed_at) AS again
    FROM unanswered_items i WHERE %(state)s::text IS NULL OR i.state = %(state)s
) AS u ORDER BY again DESC, asked DESC, last_at DESC, id LIMIT %(limit)s OFFSET %(offset)s
"""


async def items(
    conn: Conn, *, state: State | None = "open", page: int = 1, per_page: int = 50
) -> tuple[list[dict[str, Any]], int]:
    """One page of the list and how many there are: what was asked again after it was marked first, then by how often.

    `again` counts questions that came after the state was last set.
    """
    values = {"state": state, "limit": per_page, "offset": (page - 1) * per_page}
    rows = await (await conn.execute(_ITEMS.encode(), values)).fetchall()
    return rows, int(rows[0]["found"]) if rows else 0


async def counts(conn: Conn) -> dict[str, int]:
    """How many items are in each state, among those this connection may see."""
    cursor = await conn.execute("SELECT state, count(*) AS n FROM unanswered_items GROUP BY state")
    found = {row["state"]: int(row["n"]) for row in await cursor.fetchall()}
    return {state: found.get(state, 0) for state in ("open", "done", "wont")}


async def wordings(conn: Conn, item_ids: Sequence[UUID], mask: Mask) -> dict[UUID, list[str]]:
    """In what other words the items were asked, newest first, masked; empty where conversations were erased.

    Runs outside the desk's role, for items that were read under it.
    """
    cursor = await conn.execute(
        "SELECT u.item_id, i.text FROM unanswered_messages u JOIN messages m ON m.id = u.message_id"
        " JOIN inbox i ON i.id = m.inbox_id WHERE u.item_id = ANY (%s) ORDER BY u.at DESC, u.message_id",
        (list(item_ids),),
    )
    found: dict[UUID, dict[str, None]] = {}
    for row in await cursor.fetchall():
        found.setdefault(row["item_id"], {})[mask(" ".join(row["text"].split()))[:_TITLE]] = None
    return {item: list(texts)[:_EXAMPLES] for item, texts in found.items()}


async def mark(
    conn: Conn, item_id: UUID, *, state: State, note: str, version: int, staff: Staff, now: datetime
) -> None:
    """Say what became of an item.

    Raises:
        TicketNotFound: none that this official may see.
        TicketChanged: somebody was quicker.
    """
    cursor = await conn.execute("SELECT version FROM unanswered_items WHERE id = %s FOR UPDATE", (item_id,))
    row = await cursor.fetchone()
    if row is None:
        raise TicketNotFound(f"no unanswered item {item_id}")
    if row["version"] != version:
        raise TicketChanged(f"item {item_id}: version {version} was read, {row['version']} is there")
    await conn.execute(
        "UPDATE unanswered_items SET state = %s, note = %s, actor = %s, changed_at = %s, version = version + 1"
        " WHERE id = %s",
        (state, storable(note.strip())[:_NOTE], staff.login, now, item_id),
    )
    await service.audit(
        conn, actor=staff.login, action=f"unanswered.{state}", object_kind="unanswered", object_id=str(item_id), now=now
    )  # fmt: skip
