"""What officials keep: reply templates of their unit, and filters under a name of their own."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.gateway.console.words import words
from bot.gateway.ports import Library
from desk.database import Conn, storable
from desk.staff import Role, Staff
from knowledge.errors import NotAllowed
from knowledge.text.diacritics import fold

_QUOTED = re.compile(r"(?<![\d.])\d\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2}\.H\d{2})?(?![\d])")
MOST_FILTERS = 30


class Template(BaseModel):
    """A saved answer. Codes of procedures in its text are quotations; `common` is for every unit."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
    common: bool = False


class Filter(BaseModel):
    """A list's query string under a name."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    query: Annotated[str, StringConstraints(max_length=600)]


def quoted(text: str) -> list[str]:
    """Codes of procedures named in a text, each once."""
    return list(dict.fromkeys(_QUOTED.findall(text)))


async def templates(conn: Conn, staff: Staff, *, library: Library, today: date) -> list[dict[str, Any]]:
    """Those of the official's unit and the common ones, each with how its quotations stand today."""
    cursor = await conn.execute(
        "SELECT id, unit_id, title, text, quotes, actor, at FROM reply_templates"
        " WHERE unit_id = '' OR unit_id = %s OR %s",
        (staff.unit_id, staff.may(Role.ADMIN)),
    )
    found = sorted(await cursor.fetchall(), key=lambda row: fold(row["title"]).lower())
    return [
        {
            **row,
            "mine": _owns(row["unit_id"], staff),
            "quotes": [standing(code, library=library, today=today) for code in row["quotes"]],
        }
        for row in found
    ]


def standing(code: str, *, library: Library, today: date) -> dict[str, str]:
    """A quoted procedure: `title`, whether it holds today, and that in words."""
    said = words()["validity"]
    found = library.procedure(code)
    if found is None:
        return {"code": code, "title": "", "validity": "missing", "validity_text": said["missing"]}
    validity = found.validity
    state = validity.on(today)
    start = validity.start.strftime("%d/%m/%Y") if validity.start else ""
    by = words()["by"].format(by=validity.by) if validity.by else ""
    text = said[state.value].format(start=start, by=by)
    return {"code": code, "title": found.title, "validity": state.value, "validity_text": text}


async def add_template(conn: Conn, new: Template, *, staff: Staff, now: datetime) -> UUID:
    unit = "" if new.common else staff.unit_id
    _demand(unit, staff)
    made = uuid4()
    await conn.execute(
        "INSERT INTO reply_templates (id, unit_id, title, text, quotes, actor, at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (made, unit, storable(new.title), storable(new.text), quoted(new.text), staff.login, now),
    )
    return made


async def change_template(conn: Conn, template: UUID, new: Template, *, staff: Staff, now: datetime) -> bool:
    """Write a template anew; False when there is none."""
    if not await _owned(conn, template, staff):
        return False
    await conn.execute(
        "UPDATE reply_templates SET (title, text, quotes, actor, at) = (%s, %s, %s, %s, %s) WHERE id = %s",
        (storable(new.title), storable(new.text), quoted(new.text), staff.login, now, template),
    )
    return True


async def drop_template(conn: Conn, template: UUID, *, staff: Staff) -> bool:
    if not await _owned(conn, template, staff):
        return False
    await conn.execute("DELETE FROM reply_templates WHERE id = %s", (template,))
    return True


async def _owned(conn: Conn, template: UUID, staff: Staff) -> bool:
    cursor = await conn.execute("SELECT unit_id FROM reply_templates WHERE id = %s", (template,))
    row = await cursor.fetchone()
    if row is None:
        return False
    _demand(row["unit_id"], staff)
    return True


def _owns(unit: str, staff: Staff) -> bool:
    return staff.may(Role.ADMIN) or (bool(unit) and staff.may(Role.DESK) and unit == staff.unit_id)


def _demand(unit: str, staff: Staff) -> None:
    """Refuse to touch what is another unit's; what is common is an administrator's."""
    if not _owns(unit, staff):
        raise NotAllowed


async def filters(conn: Conn, staff: Staff) -> list[dict[str, Any]]:
    cursor = await conn.execute(
        "SELECT name, query FROM saved_filters WHERE staff_id = %s ORDER BY name", (staff.id,)
    )
    return await cursor.fetchall()


async def keep_filter(conn: Conn, kept: Filter, staff: Staff) -> bool:
    """Keep a filter, in place of one of the same name; False when there are too many."""
    cursor = await conn.execute(
        "INSERT INTO saved_filters (staff_id, name, query) SELECT %(who)s, %(name)s, %(query)s"
        " WHERE (SELECT count(*) FROM saved_filters WHERE staff_id = %(who)s AND name <> %(name)s) < %(most)s"
        " ON CONFLICT (staff_id, name) DO UPDATE SET query = excluded.query",
        {"who": staff.id, "name": storable(kept.name), "query": storable(kept.query), "most": MOST_FILTERS},
    )
    return cursor.rowcount == 1


async def drop_filter(conn: Conn, name: str, staff: Staff) -> None:
    await conn.execute(
        "DELETE FROM saved_filters WHERE staff_id = %s AND name = %s", (staff.id, storable(name))
    )
