"""What can be done with tickets. Functions run in the caller's transaction unless they take the pool."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from desk import clock, notices, webhooks
from desk.calendar import LOCAL_TIME
from desk.database import Conn, Pool, storable
from desk.models import CITIZEN, TRANSITIONS, FiledTicket, NewReport, Route, Ticket, TicketEvent, TicketState
from desk.routing import Router
from desk.sealing import Sealer
from desk.secret import hash_secret, matches, new_secret
from knowledge.errors import BadTransition, TicketNotFound, TooManyAttempts

ATTEMPT_WINDOW = timedelta(minutes=15)
TRIES_PER_ASKER = 5
TRIES_PER_CODE = 30  # high enough that a stranger cannot easily lock the person out, far too few to guess

_COLUMNS = (
    "id, code, origin, channel, conversation_id, state, what, place, happened, area, category, category_name,"
    " unit_id, unit_name, reason, confidence, second_unit_id, second_unit_name, consent, received_at, updated_at,"
    " version, kind, latitude, longitude, assigned_to, refusals, merged_into, split_from, due_at, due_basis,"
    " answered_at, answer_public, may_publish, published_at, published_what, reopen_until, reopened, rating"
)
_SELECT = f"SELECT {_COLUMNS} FROM tickets"  # noqa: S608  # our columns


async def file_report(
    conn: Conn, report: NewReport, *, origin: str, router: Router, sealer: Sealer, now: datetime
) -> FiledTicket:
    """Make a report a ticket, once per `origin`.

    Filed again from the same origin, the ticket is the same; its secret is replaced as long as nobody has
    seen it, because only its hash was kept.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", (origin,))
    if filed := await refile(conn, origin=origin):
        return filed
    report = report.model_copy(update={"area": router.area_of(report.where, area=report.area)})
    route = router.route(report.what, where=report.where, area=report.area, category=report.category)
    secret = new_secret()
    ticket = await insert(conn, report, origin=origin, route=route, now=now, secret=secret)
    if report.contact:
        await conn.execute(
            "INSERT INTO ticket_contacts (ticket_id, sealed) VALUES (%s, %s)",
            (ticket.id, sealer.seal(report.contact)),
        )
    return FiledTicket(ticket=ticket, secret=secret)


async def refile(conn: Conn, *, origin: str) -> FiledTicket | None:
    """The ticket already filed from this origin, with a new secret if the old one was never shown."""
    cursor = await conn.execute(f"{_SELECT} WHERE origin = %s FOR UPDATE", (origin,))
    row = await cursor.fetchone()
    if row is None:
        return None
    ticket = Ticket(**row)
    secret = new_secret()
    cursor = await conn.execute(
        "UPDATE tickets SET secret_hash = %s WHERE id = %s AND NOT secret_shown",
        (await hash_secret(secret), ticket.id),
    )
    return FiledTicket(ticket=ticket, secret=secret if cursor.rowcount else "", again=True)


async def secret_was_shown(conn: Conn, *, origin: str) -> None:
    """From now on the secret stays as it is: its owner has it."""
    await conn.execute("UPDATE tickets SET secret_shown = true WHERE origin = %s", (origin,))


async def insert(
    conn: Conn,
    report: NewReport,
    *,
    origin: str,
    route: Route,
    now: datetime,
    secret: str,
    ticket_id: UUID | None = None,
    split_from: UUID | None = None,
) -> Ticket:
    """A new row of the register, and the first line of its history."""
    values: dict[str, Any] = {
        "id": ticket_id or uuid4(),
        "secret_hash": await hash_secret(secret),  # slow on purpose, so before the counter is locked
        "code": await _next_code(conn, now),
        "origin": origin,
        "channel": report.channel,
        "conversation_id": report.conversation_id,
        "state": TicketState.NEW.value,
        "what": report.what,
        "place": report.where,
        "happened": report.when,
        "area": report.area,
        "category": route.category,
        "category_name": route.category_name,
        "unit_id": route.unit_id,
        "unit_name": route.unit_name,
        "reason": route.reason,
        "confidence": route.confidence,
        "second_unit_id": route.second_choice,
        "second_unit_name": route.second_name,
        "consent": Jsonb(storable(report.consent.model_dump(mode="json"))),
        "received_at": now,
        "updated_at": now,
        "split_from": split_from,
        "kind": report.kind,
        "latitude": report.latitude,
        "longitude": report.longitude,
        "may_publish": report.may_publish,
    }
    names = ", ".join(values)
    marks = ", ".join(f"%({name})s" for name in values)
    statement = f"INSERT INTO tickets ({names}) VALUES ({marks}) RETURNING {_COLUMNS}"  # noqa: S608
    row = await (await conn.execute(statement, values)).fetchone()
    assert row is not None  # noqa: S101  # RETURNING
    ticket = Ticket(**row)
    event = TicketEvent(
        at=now,
        actor=CITIZEN,
        from_state=None,
        to_state=TicketState.NEW,
        unit_id=route.unit_id,
        unit_name=route.unit_name,
    )
    return await record(conn, ticket, event)


async def _next_code(conn: Conn, now: datetime) -> str:
    """Numbers run per year without gaps: the counter's row is locked until the filing commits."""
    year = now.astimezone(LOCAL_TIME).year
    cursor = await conn.execute(
        "INSERT INTO ticket_numbers (year, last) VALUES (%s, 1)"
        " ON CONFLICT (year) DO UPDATE SET last = ticket_numbers.last + 1 RETURNING last",
        (year,),
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101  # RETURNING
    return f"PA-{year}-{row['last']:06d}"


async def find(
    pool: Pool, *, code: str, secret: str, asker: str, now: datetime
) -> tuple[Ticket, list[TicketEvent]]:
    """A ticket and its history for whoever knows its secret. `asker` is the conversation, or an address.

    Takes the pool, not a connection: a failed try must stay counted when the caller's work is rolled back.

    Raises:
        TooManyAttempts: too many wrong tries from this asker, or at this code, in the last minutes.
        TicketNotFound: no such code, or not with this secret; never says which.
    """
    code = _clean_code(code)
    async with pool.connection() as conn:
        if await _tries_left(conn, code=code, asker=asker, now=now) <= 0:
            raise TooManyAttempts
        cursor = await conn.execute(
            f"{_SELECT.replace('SELECT', 'SELECT secret_hash,')} WHERE code = %s", (code,)
        )
        row = await cursor.fetchone() or {}
        right = await matches(secret, row.pop("secret_hash", ""))
        if right:
            ticket = Ticket(**row)
            await secret_was_shown(conn, origin=ticket.origin)
            return ticket, await history(conn, ticket)
        await conn.execute(
            "INSERT INTO ticket_attempts (at, code, asker) VALUES (%s, %s, %s)", (now, code, storable(asker))
        )
        await forget_attempts(conn, now=now)
    raise TicketNotFound


def _clean_code(code: str) -> str:
    """`pa 2026 123` and `PA-2026-000123` are the same ticket to the person who types it."""
    pieces = "".join(char if char.isascii() and char.isalnum() else " " for char in code.upper()).split()
    if len(pieces) == 3 and pieces[2].isdigit():
        pieces[2] = pieces[2].zfill(6)
    return "-".join(pieces)[:40]


async def _tries_left(conn: Conn, *, code: str, asker: str, now: datetime) -> int:
    cursor = await conn.execute(
        "SELECT count(*) FILTER (WHERE asker = %(asker)s) AS by_asker,"
        " count(*) FILTER (WHERE code = %(code)s) AS at_code"
        " FROM ticket_attempts WHERE at > %(since)s AND (asker = %(asker)s OR code = %(code)s)",
        {"asker": storable(asker), "code": code, "since": now - ATTEMPT_WINDOW},
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101  # an aggregate always has a row
    return min(TRIES_PER_ASKER - int(row["by_asker"]), TRIES_PER_CODE - int(row["at_code"]))


async def forget_attempts(conn: Conn, *, now: datetime) -> int:
    """Remove tries too old to count."""
    cursor = await conn.execute("DELETE FROM ticket_attempts WHERE at < %s", (now - ATTEMPT_WINDOW,))
    return cursor.rowcount


async def get(conn: Conn, *, code: str) -> Ticket:
    """A ticket for staff, by code alone."""
    row = await (await conn.execute(f"{_SELECT} WHERE code = %s", (_clean_code(code),))).fetchone()
    if row is None:
        raise TicketNotFound
    return Ticket(**row)


async def contact_of(conn: Conn, *, code: str, sealer: Sealer, actor: str, now: datetime) -> str:
    """How the reporter can be reached; reading it is written down."""
    ticket = await get(conn, code=code)
    await audit(conn, actor=actor, action="ticket.contact_read", object_id=ticket.code, now=now)
    cursor = await conn.execute(
        "SELECT contact, sealed FROM ticket_contacts WHERE ticket_id = %s", (ticket.id,)
    )
    row = await cursor.fetchone()
    if row is None:
        return ""
    return sealer.text(row["sealed"]) or str(row["contact"] or "")


async def list_tickets(
    conn: Conn,
    *,
    state: TicketState | None = None,
    area: str = "",
    unit_id: str = "",
    limit: int = 50,
    offset: int = 0,
) -> list[Ticket]:
    """The register, newest first. `area` takes in the places below it."""
    cursor = await conn.execute(
        f"{_SELECT} WHERE (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(area)s = '' OR area = %(area)s OR starts_with(area, %(area)s || '/'))"
        " AND (%(unit)s = '' OR unit_id = %(unit)s)"
        " ORDER BY received_at DESC, code DESC LIMIT %(limit)s OFFSET %(offset)s",
        {
            "state": state.value if state else None,
            "area": area,
            "unit": unit_id,
            "limit": limit,
            "offset": offset,
        },
    )
    return [Ticket(**row) for row in await cursor.fetchall()]


async def history(conn: Conn, ticket: Ticket) -> list[TicketEvent]:
    cursor = await conn.execute(
        "SELECT at, actor, from_state, to_state, basis, note, unit_id, unit_name FROM ticket_events"
        " WHERE ticket_id = %s ORDER BY id",
        (ticket.id,),
    )
    return [TicketEvent(**row) for row in await cursor.fetchall()]


async def transition(
    conn: Conn,
    *,
    code: str,
    to: TicketState,
    actor: str,
    now: datetime,
    basis: str = "",
    note: str = "",
    unit: tuple[str, str] | None = None,
) -> Ticket:
    """Move a ticket to its next state. `unit` (id, name) hands it to another office.

    Raises:
        TicketNotFound: no such code.
        BadTransition: the state does not allow it, or a ticket is forwarded to nobody.
    """
    ticket = await locked(conn, code=code)
    return await move(conn, ticket, to=to, actor=actor, now=now, basis=basis, note=note, unit=unit)


async def locked(conn: Conn, *, code: str) -> Ticket:
    """The ticket, kept from others until the transaction ends.

    Raises:
        TicketNotFound: no such code, or none that this connection may see.
    """
    row = await (await conn.execute(f"{_SELECT} WHERE code = %s FOR UPDATE", (_clean_code(code),))).fetchone()
    if row is None:
        raise TicketNotFound
    return Ticket(**row)


async def move(
    conn: Conn,
    ticket: Ticket,
    *,
    to: TicketState,
    actor: str,
    now: datetime,
    basis: str = "",
    note: str = "",
    unit: tuple[str, str] | None = None,
) -> Ticket:
    """Move a locked ticket to its next state.

    Raises:
        BadTransition: the state does not allow it, or a ticket is forwarded to nobody.
    """
    if to not in TRANSITIONS[ticket.state]:
        raise BadTransition(f"{ticket.code}: {ticket.state} does not lead to {to}")
    if to is TicketState.FORWARDED and unit is None:
        raise BadTransition(f"{ticket.code}: forwarded to no unit")
    unit_id, unit_name = unit or (ticket.unit_id, ticket.unit_name)
    event = TicketEvent(
        at=now,
        actor=actor,
        from_state=ticket.state,
        to_state=to,
        basis=basis,
        note=note,
        unit_id=unit_id,
        unit_name=unit_name,
    )
    changes = {"state": to.value, "unit_id": unit_id, "unit_name": unit_name}
    after = await change(conn, ticket, now=now, **changes)
    return await record(conn, after, event)


async def change(conn: Conn, ticket: Ticket, *, now: datetime, **values: Any) -> Ticket:  # noqa: ANN401 - columns
    """Write columns of a locked ticket. Every change raises its version."""
    names = [*values, "updated_at", "version"]
    changed = {**values, "updated_at": now, "version": ticket.version + 1}
    marks = ", ".join(f"{name} = %({name})s" for name in names)
    await conn.execute(
        f"UPDATE tickets SET {marks} WHERE id = %(ticket)s",  # noqa: S608  # our columns
        {**changed, "ticket": ticket.id},
    )
    shown = {name: value for name, value in changed.items() if name in Ticket.model_fields}
    return Ticket.model_validate({**ticket.model_dump(), **shown})


async def record(conn: Conn, ticket: Ticket, event: TicketEvent) -> Ticket:
    """One line for the citizen's history, one for the audit; returns the ticket as its clock then stands."""
    values = {**event.model_dump(mode="json"), "ticket_id": ticket.id, "at": event.at}
    names = ", ".join(values)
    marks = ", ".join(f"%({name})s" for name in values)
    await conn.execute(
        f"INSERT INTO ticket_events ({names}) VALUES ({marks})",  # noqa: S608  # our columns
        {name: storable(value) for name, value in values.items()},
    )
    details = {"from": event.from_state, "to": event.to_state, "unit": event.unit_id, "basis": event.basis}
    action = "ticket.moved" if event.from_state else "ticket.filed"
    await audit(conn, actor=event.actor, action=action, object_id=ticket.code, now=event.at, details=details)
    ticket = await clock.follow(conn, ticket, event)
    await notices.tell(conn, ticket, event)
    await webhooks.tell(conn, ticket, event)
    return ticket


async def audit(
    conn: Conn,
    *,
    actor: str,
    action: str,
    object_id: str,
    now: datetime,
    object_kind: str = "ticket",
    details: dict[str, Any] | None = None,
) -> None:
    """Write down who did what. Never what a citizen wrote, never a contact."""
    await conn.execute(
        "INSERT INTO audit (at, actor, action, object_kind, object_id, details)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (now, storable(actor), action, object_kind, object_id, Jsonb(storable(details or {}))),
    )
