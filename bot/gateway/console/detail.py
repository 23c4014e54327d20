"""One ticket as an official sees it: everything about it but the contact, and what may be done with it now."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from bot.gateway.console.listing import CLOSED
from bot.gateway.console.words import words
from desk import apology, clock_extension, service, work
from desk import clock as clocks
from desk import names as names_of_people
from desk.calendar import LOCAL_TIME
from desk.clock import Clock
from desk.database import Conn
from desk.models import CITIZEN, TRANSITIONS, Ticket, TicketState
from desk.staff import COLUMNS, Role, Staff
from desk.texts import texts
from knowledge.errors import BadTransition, NotAllowed
from knowledge.text.personal import masked

_S = TicketState
_ALL = ", ".join(COLUMNS)
# Deeds on an open ticket, with the state each leads to; None leads nowhere.
_OPEN_DEEDS: dict[str, TicketState | None] = {
    "accept": _S.IN_WORK, "ask": _S.INCOMPLETE, "resolve": _S.ANSWERED, "forward": _S.FORWARDED,
    "disown": _S.FORWARDED, "refuse": _S.REFUSED, "merge": _S.REFUSED, "split": None,
}  # fmt: skip
_BY_CLOCK = ("apology", "extend")
_OF_TICKET = {
    "history": "SELECT at, actor, from_state, to_state, basis, note, unit_name FROM ticket_events"
    " WHERE ticket_id = %s ORDER BY id",
    "clock": "SELECT at, event, due_at, basis, note FROM ticket_clock WHERE ticket_id = %s ORDER BY id",
    "voices": "SELECT at, text FROM ticket_voices WHERE ticket_id = %s ORDER BY at LIMIT 100",
    "files": "SELECT id, at, author, name, media_type, bytes, flags, public,"
    " author <> 'citizen' AND flags = '{}' AS may_show FROM ticket_files WHERE ticket_id = %s ORDER BY at",
}


def deeds(ticket: Ticket, staff: Staff) -> list[str]:
    """What this official may do with the ticket as it stands."""
    if not staff.may(Role.DESK):
        return []
    allowed = ["note"]
    if ticket.state.value not in CLOSED:
        allowed += ["take"] if ticket.assigned_to != staff.id else []
        allowed += ["assign"] if _hands_out(staff) or ticket.assigned_to == staff.id else []
        allowed += [deed for deed, end in _OPEN_DEEDS.items() if end is None or _leads(ticket.state, end)]
        allowed += ["sort"] if staff.may(Role.TRIAGE) and _leads(ticket.state, _S.FORWARDED) else []
    if staff.may(Role.HEAD) and ticket.may_publish and _S.PUBLISHED in TRANSITIONS[ticket.state]:
        allowed.append("publish")
    if staff.may(Role.HEAD) and ticket.state is _S.PUBLISHED:
        allowed.append("correct")
    if _hands_out(staff) and ticket.state is _S.REFUSED:
        allowed.append("revive")
    if ticket.state is _S.ANSWERED:
        allowed.append("collect")
    return allowed


def clock_deeds(rows: list[Clock], ticket: Ticket, staff: Staff) -> list[str]:
    """What may be done about a deadline that cannot be kept: the letter, and by the unit's head the new date."""
    if not staff.may(Role.DESK) or ticket.state.value in CLOSED or not clock_extension.runs(rows):
        return []
    return [
        "apology",
        *(["extend"] if staff.may(Role.HEAD) and not clock_extension.was_extended(rows) else []),
    ]


def demand(deed: str, ticket: Ticket, staff: Staff) -> None:
    """Refuse what the page would not offer.

    Raises:
        NotAllowed: the role does not go so far.
        BadTransition: the ticket is not in a state for it.
    """
    if deed in deeds(ticket, staff):
        return
    for_others = {"sort": Role.TRIAGE, "publish": Role.HEAD, "correct": Role.HEAD, "extend": Role.HEAD}
    if deed == "revive" and not _hands_out(staff):
        raise NotAllowed
    if not staff.may(for_others.get(deed, Role.DESK)):
        raise NotAllowed
    if deed in _BY_CLOCK and ticket.state.value not in CLOSED:
        return  # whether a deadline runs is asked by the deed itself
    raise BadTransition(f"{ticket.code}: no {deed} in {ticket.state}")


def _leads(start: TicketState, end: TicketState) -> bool:
    try:
        return bool(work.way(start, end))
    except BadTransition:
        return False


def _oversees(staff: Staff) -> bool:
    return staff.may(Role.HEAD) or staff.may(Role.AUDITOR)


def _hands_out(staff: Staff) -> bool:
    return staff.may(Role.HEAD) or staff.may(Role.TRIAGE)


async def ticket_of(conn: Conn, code: str, *, staff: Staff, now: datetime) -> dict[str, Any]:
    """The whole ticket.

    Raises:
        TicketNotFound: none that this official may see.
    """
    ticket = await service.get(conn, code=code)
    parts = {name: await _rows(conn, sql, ticket.id) for name, sql in _OF_TICKET.items()}
    notes, ran = await work.notes(conn, ticket.id), await clocks.rows(conn, ticket.id)
    by_clock = clock_deeds(ran, ticket, staff)
    logins = {row["actor"] for row in parts["history"]} | {row["author"] for row in [*notes, *parts["files"]]}
    names = await _names(conn, logins)
    told = ticket.model_dump(mode="json", exclude={"origin", "consent", "conversation_id"})
    return {
        **told,
        **parts,
        "history": [_event(row, names) for row in parts["history"]],
        "files": [{**row, "author": names[row["author"]]} for row in parts["files"]],
        "notes": [{**row, "author": names[row["author"]]} for row in notes],
        "consented_at": ticket.consent.get("at", ""),
        "chat": ticket.conversation_id is not None,
        "closed": ticket.state.value in CLOSED,
        "overdue": bool(ticket.due_at and ticket.due_at < now and ticket.state.value not in CLOSED),
        "assigned": await _assigned(conn, ticket),
        "related": await _related(conn, ticket),
        "colleagues": await colleagues(conn, ticket.unit_id) if _hands_out(staff) else [],
        "masked": names_of_people.masked(masked(ticket.what)),
        "log": await _log(conn, ticket) if _oversees(staff) else [],
        "deeds": [*deeds(ticket, staff), *by_clock],
        "new_day": await _new_day(conn, ticket, now) if by_clock else "",
    }


async def _new_day(conn: Conn, ticket: Ticket, now: datetime) -> str:
    """The day to which a late answer might be put off, as ISO 8601: as long again as the deadline gave."""
    clock = await clocks.standing(conn, ticket.id)
    until = await apology.proposed(conn, ticket, clock, now=now) if clock else None
    return until.astimezone(LOCAL_TIME).date().isoformat() if until else ""


async def _rows(conn: Conn, sql: str, ticket_id: UUID) -> list[dict[str, Any]]:
    return await (await conn.execute(sql.encode(), (ticket_id,))).fetchall()


def _event(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    by_citizen = row["actor"] == CITIZEN
    return {**row, "actor": names[row["actor"]], "by_citizen": by_citizen and row["from_state"] is not None}


async def _names(conn: Conn, logins: set[str]) -> dict[str, str]:
    """How the people of a history are called."""
    cursor = await conn.execute("SELECT login, name FROM staff WHERE login = ANY (%s)", (list(logins),))
    known = {row["login"]: row["name"] for row in await cursor.fetchall()}
    return {**{login: login for login in logins}, **words()["roles_of"], **known}


async def _assigned(conn: Conn, ticket: Ticket) -> dict[str, str] | None:
    cursor = await conn.execute("SELECT login, name FROM staff WHERE id = %s", (ticket.assigned_to,))
    return await cursor.fetchone()


async def _related(conn: Conn, ticket: Ticket) -> list[dict[str, Any]]:
    """Tickets this one was merged with or split from, as far as this official sees them."""
    cursor = await conn.execute(
        "SELECT code, state, left(what, 120) AS what, CASE"
        " WHEN id = %(into)s THEN 'merged_into'"
        " WHEN id = %(origin)s THEN 'split_from' WHEN split_from = %(me)s THEN 'split_into'"
        " ELSE 'merged_here' END AS how"
        " FROM tickets WHERE id IN (%(into)s, %(origin)s) OR merged_into = %(me)s OR split_from = %(me)s"
        " ORDER BY code LIMIT 50",
        {"into": ticket.merged_into, "origin": ticket.split_from, "me": ticket.id},
    )
    return await cursor.fetchall()


async def colleagues(conn: Conn, unit: str) -> list[dict[str, Any]]:
    """Whom a ticket of this unit may be given to."""
    cursor = await conn.execute(
        "SELECT login, name FROM staff WHERE active AND unit_id = %s AND unit_id <> ''"
        " AND roles && ARRAY['desk', 'head', 'triage'] ORDER BY name LIMIT 200",
        (unit,),
    )
    return await cursor.fetchall()


async def colleague(conn: Conn, login: str) -> Staff:
    """The official who is to get a ticket.

    Raises:
        NotAllowed: nobody of that name works here.
    """
    cursor = await conn.execute(f"SELECT {_ALL} FROM staff WHERE login = %s AND active", (login,))  # noqa: S608
    row = await cursor.fetchone()
    if row is None:
        raise NotAllowed(f"nobody to assign to: {login}")
    return Staff(**row)


_ACTS = "SELECT at, actor, action, details FROM audit WHERE object_kind = 'ticket' AND object_id = %s"


async def last_change(conn: Conn, code: str) -> dict[str, str]:
    """Who changed a ticket last (`who`), and how (`what`), in words; `at` as ISO 8601."""
    cursor = await conn.execute(
        f"{_ACTS} AND action NOT IN ('ticket.contact_read', 'ticket.noted', 'clock.apology_drafted')"
        " ORDER BY id DESC LIMIT 1",
        (code,),
    )
    told = await _in_words(conn, await cursor.fetchall())
    return told[0] if told else {"who": words()["system"], "what": words()["changed"]["other"], "at": ""}


async def _log(conn: Conn, ticket: Ticket) -> list[dict[str, str]]:
    """What the history does not show: who was given the ticket, and who looked at the contact. Newest first."""
    cursor = await conn.execute(
        f"{_ACTS} AND action NOT IN ('ticket.moved', 'ticket.filed', 'ticket.reply', 'ticket.noted')"
        " ORDER BY id DESC LIMIT 100",
        (ticket.code,),
    )
    return await _in_words(conn, await cursor.fetchall())


async def _in_words(conn: Conn, rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Lines of the audit as {who, what, at}."""
    logins = {row["actor"] for row in rows} | {str(row["details"].get("to") or "") for row in rows}
    names = await _names(conn, logins)
    return [
        {"who": names[row["actor"]], "what": _what(row, names), "at": row["at"].isoformat()} for row in rows
    ]


def _what(row: dict[str, Any], names: dict[str, str]) -> str:
    details, action = row["details"], row["action"]
    to = str(details.get("to") or "")
    if action == "ticket.assigned" and not to:
        action = "ticket.unassigned"
    said: str = words()["changed"].get(action, words()["changed"]["other"])
    return said.format(
        state=texts()["states"].get(to, ""), to=names.get(to, ""), into=details.get("into", "")
    )
