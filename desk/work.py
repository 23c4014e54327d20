"""What officials do to a ticket. Each function takes a `Hand`: the locked ticket and who holds it.

Two officials never overwrite each other: a change names the version it was made from, and a later one is refused
with `TicketChanged`, to be shown kindly. Every change leaves a line in the audit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from desk import files, service
from desk.bounds import hold
from desk.database import Conn, storable
from desk.models import TRANSITIONS, NewReport, Route, Ticket, TicketEvent, TicketState
from desk.routing import Router
from desk.secret import new_secret
from desk.staff import Role, Staff
from desk.texts import texts
from knowledge.documents import Unit
from knowledge.errors import BadTransition, DeskError, NotAllowed, TicketChanged

_S = TicketState
REFUSALS_TO_TRIAGE = 2  # units that said "not ours" one after the other: then people who sort decide
# States a ticket may pass through on its way, without anybody's decision.
_ON_THE_WAY = (_S.SORTING, _S.OURS, _S.IN_WORK)


@dataclass(frozen=True)
class Hand:
    """A ticket locked by an official, in the transaction `conn`."""

    conn: Conn
    ticket: Ticket
    staff: Staff
    now: datetime

    @property
    def actor(self) -> str:
        return self.staff.login


async def take(conn: Conn, *, code: str, version: int | None, staff: Staff, now: datetime) -> Hand:
    """Lock a ticket to change it. `version` is the one the official looked at; None takes it as it is.

    Raises:
        TicketNotFound: no such code among the tickets this official may see.
        TicketChanged: somebody was quicker.
        NotAllowed: this account only reads.
    """
    if not staff.may(Role.DESK):
        raise NotAllowed
    ticket = await service.locked(conn, code=code)
    if version is not None and ticket.version != version:
        raise TicketChanged(f"{ticket.code}: version {version} was read, {ticket.version} is there")
    await hold(conn, str(ticket.id))
    return Hand(conn, ticket, staff, now)


async def accept(hand: Hand) -> Hand:
    """The unit says: ours, and we work on it."""
    return await _walk(hand, _S.IN_WORK)


async def assign(hand: Hand, *, to: Staff | None) -> Hand:
    """Give the ticket to a colleague of its unit, or put it back into the unit's queue.

    Raises:
        NotAllowed: only the head and sorters hand work to others.
    """
    for_another = to is not None and to.id != hand.staff.id
    if for_another and not any(hand.staff.may(role) for role in (Role.HEAD, Role.TRIAGE)):
        raise NotAllowed
    if to is not None and to.unit_id != hand.ticket.unit_id and not to.may(Role.TRIAGE):
        raise NotAllowed(f"{to.login} is not of {hand.ticket.unit_id}")
    changed = await _change(hand, assigned_to=to.id if to else None)
    await _audit(changed, "ticket.assigned", to=to.login if to else "")
    return changed


async def note(hand: Hand, *, text: str) -> Hand:
    """An internal note, never shown to the citizen."""
    await hand.conn.execute(
        "INSERT INTO ticket_notes (id, ticket_id, at, author, text) VALUES (%s, %s, %s, %s, %s)",
        (uuid4(), hand.ticket.id, hand.now, hand.actor, storable(text)),
    )
    await _audit(hand, "ticket.noted")
    return hand


async def forward(hand: Hand, *, to: Unit, reason: str) -> Hand:
    """Hand the ticket to the unit it belongs to; `reason` is shown to the citizen."""
    moved = await _walk(hand, _S.FORWARDED, unit=(to.id, to.name), note=reason)
    return await _change(moved, assigned_to=None)


async def disown(hand: Hand, *, reason: str, router: Router, to: Unit | None = None) -> Hand:
    """Not ours ("không thuộc thẩm quyền"): on to `to`, or to those who sort; the second time always to them."""
    refusals = hand.ticket.refusals + 1
    triage = router.triage_unit(hand.ticket.area)
    unit = triage if to is None or refusals >= REFUSALS_TO_TRIAGE else to
    if unit is None:
        raise BadTransition(f"{hand.ticket.code}: {hand.ticket.area} has nobody who sorts")
    moved = await forward(hand, to=unit, reason=reason)
    return await _change(moved, refusals=refusals)


async def sort(
    hand: Hand, *, to: Unit, reason: str, category: str = "", router: Router | None = None
) -> Hand:
    """Those who sort decide: the count of refusals begins anew.

    Raises:
        NotAllowed: this account does not sort.
    """
    if not hand.staff.may(Role.TRIAGE):
        raise NotAllowed
    if category and router:  # first: the deadline goes by it
        hand = await _change(hand, category=category, category_name=router.category_name(category))
    moved = await forward(hand, to=to, reason=reason)
    return await _change(moved, refusals=0, confidence="sure")


async def ask(hand: Hand, *, question: str) -> Hand:
    """Ask the citizen for what is missing; the clock stands until the answer."""
    return await _walk(hand, _S.INCOMPLETE, note=question)


async def refuse(hand: Hand, *, ground: str, note: str) -> Hand:
    """Not taken, on one of the grounds the decree knows (texts.yml, `grounds`).

    Raises:
        BadTransition: no such ground; or work was begun, and nothing is said why.
    """
    if ground not in texts()["grounds"]:
        raise BadTransition(f"{hand.ticket.code}: {ground!r} is no ground to refuse")
    if hand.ticket.state is _S.IN_WORK and not note.strip():  # its reporter was told that it is worked on
        raise BadTransition(f"{hand.ticket.code}: refused after work began, without a word why")
    said = texts()["grounds"][ground]
    return await _walk(hand, _S.REFUSED, basis=ground, note=f"{said} {note}".strip())


async def resolve(hand: Hand, *, public: str, private: str = "", reopen_for: timedelta) -> Hand:
    """Answer. `public` may be published later; `private` is for the reporter alone."""
    if not public.strip():
        raise BadTransition(f"{hand.ticket.code}: an answer without words")
    moved = await _walk(hand, _S.ANSWERED, note="\n".join(part for part in (public, private) if part))
    return await _change(
        moved, answer_public=storable(public), answered_at=hand.now, reopen_until=hand.now + reopen_for
    )


async def publish(hand: Hand, *, what: str, photos: Sequence[UUID] = ()) -> Hand:
    """Show report and answer to everybody, `what` being the report as an official has read and masked it.

    `photos` are those of officials that are shown with it.

    Raises:
        NotAllowed: only the unit's head publishes.
        BadTransition: the person did not agree, nothing is answered, or a photo may not be shown.
    """
    if not hand.staff.may(Role.HEAD):
        raise NotAllowed
    if not hand.ticket.may_publish:
        raise BadTransition(f"{hand.ticket.code}: its reporter did not agree to publication")
    await _show(hand, photos)
    moved = await _walk(hand, _S.PUBLISHED)
    return await _change(moved, published_at=hand.now, published_what=storable(what))


async def correct(
    hand: Hand, *, public: str, reason: str, what: str = "", photos: Sequence[UUID] | None = None
) -> Hand:
    """Put right a published answer, with `what` the report shown beside it, and with `photos` the photos.

    What was said before stays in the history; the reporter, and who added a voice, hear the new answer and why.

    Raises:
        NotAllowed: only the unit's head publishes.
        BadTransition: nothing is published, nothing would change, or nothing is said why.
    """
    ticket = hand.ticket
    if not hand.staff.may(Role.HEAD):
        raise NotAllowed
    new = {"answer_public": storable(public.strip()), "published_what": storable(what.strip())}
    new = {name: text for name, text in new.items() if text and text != getattr(ticket, name)}
    if ticket.state is not _S.PUBLISHED or not new or not public.strip() or not reason.strip():
        raise BadTransition(f"{ticket.code}: nothing to correct, or no word why")
    if photos is not None:
        await _show(hand, photos)
    changed = await service.change(hand.conn, ticket, now=hand.now, **new)
    event = TicketEvent(
        at=hand.now, actor=hand.actor, from_state=_S.PUBLISHED, to_state=_S.PUBLISHED,
        note=f"{reason.strip()}\n{public.strip()}", unit_id=ticket.unit_id, unit_name=ticket.unit_name,
    )  # fmt: skip
    changed = await service.record(hand.conn, changed, event)
    details = {"answer": "answer_public" in new, "report": "published_what" in new}
    await service.audit(
        hand.conn, actor=hand.actor, action="ticket.answer_corrected", object_id=ticket.code, now=hand.now,
        details=details,
    )  # fmt: skip
    return replace(hand, ticket=changed)


async def revive(hand: Hand, *, reason: str) -> Hand:
    """A refusal or a merging was a mistake: the ticket is looked at anew, and its reporter told why.

    Raises:
        NotAllowed: only the unit's head and those who sort take a decision back.
        BadTransition: it was not refused, or nothing is said why.
    """
    ticket = hand.ticket
    if not any(hand.staff.may(role) for role in (Role.HEAD, Role.TRIAGE)):
        raise NotAllowed
    if ticket.state is not _S.REFUSED or not reason.strip():
        raise BadTransition(f"{ticket.code}: nothing to take back, or no word why")
    changed = await service.change(
        hand.conn, ticket, now=hand.now, state=_S.SORTING.value, merged_into=None, assigned_to=None
    )
    event = TicketEvent(
        at=hand.now, actor=hand.actor, from_state=_S.REFUSED, to_state=_S.SORTING, note=reason.strip(),
        unit_id=ticket.unit_id, unit_name=ticket.unit_name,
    )  # fmt: skip
    return replace(hand, ticket=await service.record(hand.conn, changed, event))


async def _show(hand: Hand, photos: Sequence[UUID]) -> None:
    if not await files.make_public(hand.conn, photos, ticket_id=hand.ticket.id):
        raise BadTransition(f"{hand.ticket.code}: a photo that may not be shown to everybody")


async def collect(hand: Hand, *, note: str = "") -> Hand:
    """Kept for study: no more can be done now (NĐ 20/2008, Điều 14)."""
    return await _walk(hand, _S.COLLECTED, note=note)


async def merge(hand: Hand, *, into: Ticket, reason: str = "") -> Hand:
    """The same matter as another ticket: its reporter follows that one from now on, and reads `reason`."""
    if into.id == hand.ticket.id or into.merged_into is not None:
        raise BadTransition(f"{hand.ticket.code}: cannot be merged into {into.code}")
    said = texts()["merged"].format(code=into.code)
    moved = await _walk(hand, _S.REFUSED, basis="trung_lap", note=f"{said} {reason}".strip())
    if hand.ticket.conversation_id:
        await hand.conn.execute(
            "INSERT INTO ticket_voices (ticket_id, conversation_id, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (into.id, hand.ticket.conversation_id, hand.now),
        )
    return await _change(moved, merged_into=into.id)


async def split(hand: Hand, *, what: str, to: Unit, reason: str) -> Ticket:
    """One report, two matters: the second becomes a ticket of its own, of the same reporter."""
    ticket = hand.ticket
    report = NewReport.model_validate({
        "what": what, "where": ticket.place, "when": ticket.happened, "area": ticket.area, "channel": ticket.channel,
        "conversation_id": ticket.conversation_id, "consent": ticket.consent,
    })  # fmt: skip
    route = Route(
        category=ticket.category, category_name=ticket.category_name, unit_id=to.id, unit_name=to.name,
        reason=reason, confidence="sure",
    )  # fmt: skip
    made_id = uuid4()
    await hold(hand.conn, str(made_id))  # it is another unit's from its first moment
    made = await service.insert(
        hand.conn, report, ticket_id=made_id, origin=f"split:{ticket.id}:{ticket.version}", route=route,
        now=hand.now, secret=new_secret(), split_from=ticket.id,
    )  # fmt: skip
    await hand.conn.execute(
        "INSERT INTO ticket_contacts (ticket_id, contact, sealed)"
        " SELECT %s, contact, sealed FROM ticket_contacts WHERE ticket_id = %s",
        (made.id, ticket.id),
    )
    await hold(hand.conn, str(ticket.id))
    await _audit(
        await _change(hand), "ticket.split", into=made.code
    )  # a new version: it may be split once more
    return made


async def reopen(conn: Conn, ticket: Ticket, *, text: str, now: datetime, actor: str = "citizen") -> Ticket:
    """The reporter is not content: the head of the unit looks at it, not the official who answered.

    Raises:
        BadTransition: nothing was answered, or the time for it is over.
    """
    if ticket.state is not _S.ANSWERED or ticket.reopen_until is None or now > ticket.reopen_until:
        raise BadTransition(f"{ticket.code}: can no longer be reopened")
    moved = await service.move(conn, ticket, to=_S.IN_WORK, actor=actor, now=now, note=text)
    head = await (
        await conn.execute(
            "SELECT id FROM staff WHERE unit_id = %s AND 'head' = ANY (roles) AND active ORDER BY login LIMIT 1",
            (ticket.unit_id,),
        )
    ).fetchone()
    return await service.change(
        conn, moved, now=now, reopened=ticket.reopened + 1, assigned_to=head["id"] if head else None,
        reopen_until=None, answered_at=None,
    )  # fmt: skip


Deed = Callable[[Hand], Awaitable[Any]]


async def in_bulk(
    conn: Conn, chosen: Iterable[tuple[str, int]], deed: Deed, *, staff: Staff, now: datetime
) -> dict[str, DeskError | None]:
    """Do one thing to many tickets (code, version). What cannot be done is named; the others are done."""
    outcome: dict[str, DeskError | None] = {}
    for code, version in chosen:
        try:
            async with conn.transaction():
                await deed(await take(conn, code=code, version=version, staff=staff, now=now))
            outcome[code] = None
        except DeskError as error:
            outcome[code] = error
    return outcome


async def notes(conn: Conn, ticket_id: UUID) -> list[dict[str, Any]]:
    """Internal notes, oldest first: {at, author, text}."""
    cursor = await conn.execute(
        "SELECT at, author, text FROM ticket_notes WHERE ticket_id = %s ORDER BY at, id", (ticket_id,)
    )
    return await cursor.fetchall()


def way(start: TicketState, end: TicketState) -> list[TicketState]:
    """The states from `start` to `end`, both left out and in; between them only what needs no decision.

    Raises:
        BadTransition: there is no such way.
    """
    ways: deque[list[TicketState]] = deque([[start]])
    seen = {start}
    while ways:
        path = ways.popleft()
        if end in TRANSITIONS[path[-1]]:
            return [*path[1:], end]
        for state in _ON_THE_WAY if path[-1] is not _S.ANSWERED else ():  # its reporter alone reopens it
            if state in TRANSITIONS[path[-1]] and state not in seen:
                seen.add(state)
                ways.append([*path, state])
    raise BadTransition(f"{start} does not lead to {end}")


async def _walk(
    hand: Hand, to: TicketState, *, unit: tuple[str, str] | None = None, note: str = "", basis: str = ""
) -> Hand:
    ticket = hand.ticket
    for state in way(ticket.state, to):
        last = state is to
        ticket = await service.move(
            hand.conn, ticket, to=state, actor=hand.actor, now=hand.now,
            unit=unit if last else None, note=note if last else "", basis=basis if last else "",
        )  # fmt: skip
    return replace(hand, ticket=ticket)


async def _change(hand: Hand, **values: Any) -> Hand:  # noqa: ANN401 - columns
    return replace(hand, ticket=await service.change(hand.conn, hand.ticket, now=hand.now, **values))


async def _audit(hand: Hand, action: str, **details: str) -> None:
    await service.audit(
        hand.conn,
        actor=hand.actor,
        action=action,
        object_id=hand.ticket.code,
        now=hand.now,
        details=dict(details),
    )
