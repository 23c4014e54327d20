"""What the console may do to a ticket: each deed's fields, and how it is done by desk/work.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.gateway.console import detail
from bot.gateway.console.entry import Desk, problem_of
from bot.gateway.problems import Problem
from desk import apology, clock_extension, service, work
from desk.calendar import LOCAL_TIME
from desk.database import Conn
from desk.models import Ticket, TicketState
from desk.routing import Router
from desk.staff import Staff
from desk.work import Hand
from knowledge.documents import Unit
from knowledge.errors import TicketChanged, TicketNotFound

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
LONGEST = 366  # days off that a new date may be
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class Deed(BaseModel):
    """What a deed needs; each takes the fields it knows. `version` is the one the official looked at."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(None, ge=1)  # only a note may be added to whatever is there now
    text: Words = ""  # a note, a question, an answer, the published report, or the second matter
    private: Words = ""  # of an answer: for its reporter alone
    reason: Words = ""
    to: Name = ""  # a unit's id; of `assign` a login, "" for the unit's queue
    ground: Name = ""
    category: Name = ""
    into: Name = ""  # a ticket's code
    what: Words = ""  # of a correction: the published report as it shall be; "" leaves it
    photos: Annotated[str, StringConstraints(max_length=2000)] | None = (
        None  # ids, by commas; None: as they are
    )
    day: date | None = None  # by whose end it shall be answered instead


class Chosen(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(max_length=40)]
    version: int = Field(ge=1)


class Bulk(BaseModel):
    model_config = ConfigDict(extra="forbid")

    deed: str = Field(pattern="^(assign|forward|note)$")
    tickets: list[Chosen] = Field(min_length=1, max_length=200)
    text: Words = ""
    reason: Words = ""
    to: Name = ""


@dataclass(frozen=True, kw_only=True)
class Doing:
    """What deeds need beside the ticket."""

    router: Router
    reopen_for: timedelta

    def unit(self, unit_id: str) -> Unit:
        """The unit a ticket goes to.

        Raises:
            Problem: there is none; 422.
        """
        unit = self.router.unit(unit_id)
        if unit is None:
            raise Problem(422, "desk_no_unit")
        return unit


Act = Callable[[Hand, Deed, Doing], Awaitable[Any]]


async def _take(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.assign(hand, to=hand.staff)


async def _assign(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.assign(hand, to=await detail.colleague(hand.conn, said.to) if said.to else None)


async def _accept(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.accept(hand)


async def _note(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.note(hand, text=_needed(said.text))


async def _forward(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.forward(hand, to=doing.unit(said.to), reason=_needed(said.reason))


async def _disown(hand: Hand, said: Deed, doing: Doing) -> None:
    to = doing.unit(said.to) if said.to else None
    await work.disown(hand, reason=_needed(said.reason), router=doing.router, to=to)


async def _sort(hand: Hand, said: Deed, doing: Doing) -> None:
    known = {category.id for category in doing.router.categories}
    if said.category and said.category not in known:
        raise Problem(422, "invalid")
    await work.sort(
        hand, to=doing.unit(said.to), reason=_needed(said.reason), category=said.category, router=doing.router
    )


async def _ask(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.ask(hand, question=_needed(said.text))


async def _refuse(hand: Hand, said: Deed, doing: Doing) -> None:
    if hand.ticket.state is TicketState.IN_WORK:
        _needed(said.text)
    await work.refuse(hand, ground=said.ground, note=said.text)


async def _resolve(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.resolve(hand, public=_needed(said.text), private=said.private, reopen_for=doing.reopen_for)


async def _publish(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.publish(hand, what=_needed(said.text), photos=_photos(said) or ())


async def _correct(hand: Hand, said: Deed, doing: Doing) -> None:
    answer, reason = _needed(said.text), _needed(said.reason)
    await work.correct(hand, public=answer, what=said.what, reason=reason, photos=_photos(said))


async def _revive(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.revive(hand, reason=_needed(said.reason))


async def _extend(hand: Hand, said: Deed, doing: Doing) -> None:
    until = _until(hand.ticket, said.day, now=hand.now)
    await clock_extension.extend(hand, until=until, reason=_needed(said.reason))


async def _collect(hand: Hand, said: Deed, doing: Doing) -> None:
    await work.collect(hand, note=said.text)


async def _merge(hand: Hand, said: Deed, doing: Doing) -> None:
    into = await service.get(hand.conn, code=_needed(said.into))
    await work.merge(hand, into=into, reason=said.reason)


async def _split(hand: Hand, said: Deed, doing: Doing) -> str:
    made = await work.split(
        hand, what=_needed(said.text), to=doing.unit(said.to), reason=_needed(said.reason)
    )
    return made.code


ACTS: dict[str, Act] = {
    "take": _take, "assign": _assign, "accept": _accept, "note": _note, "forward": _forward, "disown": _disown,
    "sort": _sort, "ask": _ask, "refuse": _refuse, "resolve": _resolve, "publish": _publish, "collect": _collect,
    "merge": _merge, "split": _split, "correct": _correct, "extend": _extend, "revive": _revive,
}  # fmt: skip


def _photos(said: Deed) -> list[UUID] | None:
    return None if said.photos is None else [uuid_of(one) for one in said.photos.split(",") if one]


def _needed(text: str) -> str:
    if not text:
        raise Problem(422, "desk_text_missing")
    return text


def _until(ticket: Ticket, day: date | None, *, now: datetime) -> datetime:
    """The close of a new day for the answer.

    Raises:
        Problem: 422, without a day, for one that is over, or one further off than a year.
    """
    today = now.astimezone(LOCAL_TIME).date()
    if day is None or not today <= day <= today + timedelta(days=LONGEST):
        raise Problem(422, "desk_no_day")
    return clock_extension.close_of(ticket, day)


async def letter(desk: Desk, code: str, said: Deed) -> apology.Letter:
    """The draft of the letter of apology; that it was taken is written down.

    Raises:
        TicketNotFound, NotAllowed, BadTransition: as desk/apology.py.
    """
    now = desk.parts.clock()
    async with desk.bounded() as conn:
        ticket = await service.get(conn, code=code)
        detail.demand("apology", ticket, desk.staff)
        made = await apology.draft(conn, ticket, now=now, until=_until(ticket, said.day, now=now))
        await apology.drafted(conn, ticket, actor=desk.staff.login, now=now)
    return made


async def do(desk: Desk, code: str, name: str, said: Deed) -> dict[str, Any]:
    """Do one deed. The ticket as it then is; `ticket` is null when it went out of this official's sight.

    Raises:
        TicketNotFound, NotAllowed, BadTransition: as desk/work.py.
        Problem: 409 with who changed the ticket and what, when somebody was quicker.
    """
    if said.version is None and name != "note":
        raise Problem(422, "invalid")
    now = desk.parts.clock()
    try:
        async with desk.bounded() as conn:
            made = await _act(conn, code, name, said, desk=desk, now=now)
    except TicketChanged:
        raise await conflict(desk, code) from None
    return {"ticket": await seen(desk, code), "made": made or ""}


async def _act(conn: Conn, code: str, name: str, said: Deed, *, desk: Desk, now: datetime) -> str | None:
    hand = await work.take(conn, code=code, version=said.version, staff=desk.staff, now=now)
    detail.demand(name, hand.ticket, desk.staff)
    made: str | None = await ACTS[name](hand, said, doing_of(desk))
    return made


def doing_of(desk: Desk) -> Doing:
    days = desk.parts.settings.reopen_days
    return Doing(router=desk.parts.tickets.router, reopen_for=timedelta(days=days))


async def seen(desk: Desk, code: str) -> dict[str, Any] | None:
    """The ticket, in a transaction of its own: what was held in sight while it was changed no longer is."""
    async with desk.bounded() as conn:
        try:
            return await detail.ticket_of(conn, code, staff=desk.staff, now=desk.parts.clock())
        except TicketNotFound:
            return None


async def conflict(desk: Desk, code: str) -> Problem:
    """Somebody was quicker: who, and what they did."""
    async with desk.bounded() as conn:
        ticket = await service.get(conn, code=code)
        change = await detail.last_change(conn, ticket.code)
    facts = {"field": "version", "error": "changed", "version": str(ticket.version), **change}
    return Problem(409, "ticket_changed", errors=[facts], who=change["who"], what=change["what"])


async def in_bulk(desk: Desk, asked: Bulk) -> dict[str, dict[str, str] | None]:
    """One deed on many tickets: for each code None, or `code` and `detail` of what kept it from being done."""
    now, doing = desk.parts.clock(), doing_of(desk)
    said = Deed(version=None, text=asked.text, reason=asked.reason, to=asked.to)

    async def one(hand: Hand) -> None:
        detail.demand(_bulk_deed(asked, desk.staff), hand.ticket, desk.staff)
        await ACTS[asked.deed](hand, said, doing)

    async with desk.bounded() as conn:
        chosen = [(item.code, item.version) for item in asked.tickets]
        outcome = await work.in_bulk(conn, chosen, one, staff=desk.staff, now=now)
    told: dict[str, dict[str, str] | None] = {}
    for code, error in outcome.items():
        problem = problem_of(error) if error else None
        body = problem.body("") if problem else None
        told[code] = {"code": body.code, "detail": body.detail} if body else None
    return told


def _bulk_deed(asked: Bulk, staff: Staff) -> str:
    """To assign many to oneself is to take them."""
    return "take" if asked.deed == "assign" and asked.to == staff.login else asked.deed


def uuid_of(text: str) -> UUID:
    """An id of the address.

    Raises:
        Problem: 404, when it is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise Problem(404, "not_found") from None
