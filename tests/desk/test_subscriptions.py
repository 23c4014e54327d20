"""What people asked to be told: once each, never at night, ended with one tap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import erasure, service, subscriptions
from desk.calendar import LOCAL_TIME
from desk.database import EmbeddedPostgres, Pool, open_pool
from desk.deadlines import calendar_of
from desk.models import Consent, NewReport, Ticket, TicketState
from desk.routing import Router
from desk.sealing import Sealer, new_key
from desk.subscriptions import EVENT, TICKET, Coming
from knowledge.documents import Unit
from tests.gateway.conftest import TEMPLATE
from tests.gateway.conftest import _database as database
from tests.gateway.helpers import begin, rows

postgres = pytest.mark.postgres
S = TicketState
SEALER = Sealer([new_key()])
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=LOCAL_TIME)
NIGHT = datetime(2026, 11, 20, 22, 30, tzinfo=LOCAL_TIME)
TALK = Coming(
    key="k", area="lam-dong/bac-binh", title="Buổi đối thoại", unit="Ủy ban nhân dân xã",
    start=datetime(2026, 12, 11, 20, 15, tzinfo=LOCAL_TIME),
)  # fmt: skip


@pytest.fixture(scope="module")
def dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """One database for all of them."""
    yield from database(postgres, template=TEMPLATE)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with await open_pool(dsn, min_size=1, max_size=4) as opened:
        yield opened
        async with opened.connection() as conn:
            await conn.execute("TRUNCATE conversations, tickets, outbox, messages CASCADE")


async def filed(pool: Pool, conversation: UUID | None, *, now: datetime = MORNING) -> Ticket:
    router = Router(categories=[], rules=[], units=[Unit(id="chung-phan-loai", name="Nơi phân loại")])
    report = NewReport(
        what="Ổ gà trước chợ", area="lam-dong", conversation_id=conversation,
        consent=Consent(version="1", text_id="r", at=now),
    )  # fmt: skip
    async with pool.connection() as conn:
        made = await service.file_report(
            conn, report, origin=uuid4().hex, router=router, sealer=SEALER, now=now
        )
    return made.ticket


async def moved(pool: Pool, ticket: Ticket, *states: TicketState, now: datetime, note: str = "") -> None:
    for to in states:
        async with pool.connection() as conn:
            locked = await service.locked(conn, code=ticket.code)
            await service.move(conn, locked, to=to, actor="lan", now=now, note=note)


async def subscribed(pool: Pool, conversation: UUID, *, now: datetime = MORNING, **fields: Any) -> UUID:
    async with pool.connection() as conn:
        made = await subscriptions.begin(conn, conversation, now=now, **fields)
    assert made is not None
    return made


async def told(pool: Pool, conversation: UUID) -> list[str]:
    found = await rows(
        pool,
        "SELECT text FROM messages WHERE conversation_id = %s AND body ? 'subscription' ORDER BY seq",
        conversation,
    )
    return [row["text"] for row in found]


async def tell(pool: Pool, now: datetime, *coming: Coming) -> None:
    async with pool.connection() as conn:
        await subscriptions.mind_the_night(conn, now=now)
        await subscriptions.tell_tickets(conn, now=now)
        await subscriptions.tell_events(conn, coming, now=now, calendar_of=calendar_of)


# ------------------------------------------------------------------ the night

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001  # given a zone next
    lambda at: at.replace(tzinfo=LOCAL_TIME)
)


@given(MOMENTS)
def test_quiet_is_from_nine_in_the_evening_to_seven(at: datetime) -> None:
    assert subscriptions.is_quiet(at) == (at.hour >= 21 or at.hour < 7)


@given(MOMENTS, st.integers(0, 120))
def test_whatever_is_not_quiet_with_a_margin_stays_so_through_it(at: datetime, minutes: int) -> None:
    margin = timedelta(minutes=minutes)
    if not subscriptions.is_quiet(at, margin=margin):
        assert not any(subscriptions.is_quiet(at + margin * share / 10) for share in range(11))


@given(st.dates(datetime(2026, 1, 2).date(), datetime(2027, 12, 20).date()))  # noqa: DTZ001
def test_a_reminder_falls_on_the_last_working_day_before_and_never_in_the_night(day: Any) -> None:
    start = datetime(day.year, day.month, day.day, 7, 30, tzinfo=LOCAL_TIME)
    event = TALK.__class__(key="k", area="lam-dong", title="", unit="", start=start)
    remind, calendar = (
        subscriptions.remind_from(event, calendar_of("", "lam-dong")),
        calendar_of("", "lam-dong"),
    )
    assert remind.date() < day and not subscriptions.is_quiet(remind)
    assert calendar.next_open(remind.replace(hour=0)).date() == remind.date()
    between = [remind.date() + timedelta(days=n) for n in range(1, (day - remind.date()).days)]
    for other in between:
        at = datetime(other.year, other.month, other.day, tzinfo=LOCAL_TIME)
        assert calendar.next_open(at).date() != other


@postgres
async def test_nothing_is_told_at_any_minute_of_the_night_and_all_of_it_in_the_morning(pool: Pool) -> None:
    conversation = await begin(pool, channel="zalo")
    ticket = await filed(pool, None)
    await subscribed(pool, conversation, topic=TICKET, key=ticket.code)
    await moved(pool, ticket, S.SORTING, S.OURS, now=NIGHT)
    for minutes in range(-100, 510, 17):
        now = NIGHT + timedelta(minutes=minutes)
        await tell(pool, now, TALK)
        if subscriptions.is_quiet(now):
            assert await told(pool, conversation) == []
    await tell(pool, datetime(2026, 11, 21, 7, 0, tzinfo=LOCAL_TIME))
    assert len(await told(pool, conversation)) == 2


@postgres
async def test_what_still_waits_when_the_night_begins_goes_out_in_the_morning(pool: Pool) -> None:
    conversation = await begin(pool, channel="zalo")
    ticket = await filed(pool, None)
    await subscribed(pool, conversation, topic=TICKET, key=ticket.code)
    evening = NIGHT.replace(hour=20, minute=49)
    await moved(pool, ticket, S.SORTING, now=evening)
    await tell(pool, evening)

    async def state() -> list[tuple[str, str]]:
        return [(one["state"], one["reason"]) for one in await rows(pool, "SELECT state, reason FROM outbox")]

    assert await state() == [("pending", "")]
    await tell(pool, NIGHT.replace(hour=20, minute=55))
    assert await state() == [("parked", "quiet")]
    await tell(pool, NIGHT)
    assert await state() == [("parked", "quiet")]
    await tell(pool, datetime(2026, 11, 21, 7, 1, tzinfo=LOCAL_TIME))
    assert await state() == [("pending", "")]


# ------------------------------------------------------------------ reports


@postgres
async def test_every_change_is_told_once_whoever_looks_how_often(pool: Pool) -> None:
    conversation = await begin(pool)
    ticket = await filed(pool, None)
    await subscribed(pool, conversation, topic=TICKET, key=ticket.code, now=MORNING + timedelta(minutes=1))
    for hours, state in enumerate((S.SORTING, S.OURS, S.IN_WORK), 1):
        await moved(pool, ticket, state, now=MORNING + timedelta(hours=hours))
        for _ in range(2):
            await tell(pool, MORNING + timedelta(hours=hours, minutes=3))
    said = await told(pool, conversation)
    assert len(said) == 3
    assert all(text.startswith(f"Phản ánh {ticket.code}: ") for text in said)


@postgres
async def test_the_reporter_does_not_hear_twice_what_a_notice_says(pool: Pool) -> None:
    conversation = await begin(pool)
    ticket = await filed(pool, conversation)
    await subscribed(pool, conversation, topic=TICKET, key=ticket.code)
    later = MORNING + timedelta(hours=1)
    await moved(pool, ticket, S.SORTING, S.OURS, S.IN_WORK, S.ANSWERED, now=later, note="Đã vá xong.")
    await tell(pool, later)
    said = await rows(pool, "SELECT text FROM messages WHERE inbox_id IS NULL ORDER BY seq")
    assert len(said) == 4
    assert len(await told(pool, conversation)) == 2


@postgres
async def test_one_tap_ends_it_and_takes_back_what_waits(pool: Pool) -> None:
    conversation, other = await begin(pool, channel="zalo"), await begin(pool, channel="zalo")
    ticket = await filed(pool, None)
    mine = await subscribed(pool, conversation, topic=TICKET, key=ticket.code)
    theirs = await subscribed(pool, other, topic=TICKET, key=ticket.code)
    later = MORNING + timedelta(hours=1)
    await moved(pool, ticket, S.SORTING, now=later)
    await tell(pool, later)
    (body,) = [
        row["body"] for row in await rows(pool, "SELECT body FROM messages WHERE conversation_id = %s", other)
    ]
    assert body["choices"] == [{"title": "Dừng nhận tin", "payload": f"#MC:STOP:{theirs}"}]
    async with pool.connection() as conn:
        assert await subscriptions.end(conn, conversation, now=later, only=theirs) == 0
        assert await subscriptions.end(conn, conversation, now=later, only=mine) == 1
    assert len(await rows(pool, "SELECT 1 FROM outbox")) == 1
    await moved(pool, ticket, S.OURS, now=later + timedelta(hours=1))
    await tell(pool, later + timedelta(hours=1))
    assert (len(await told(pool, conversation)), len(await told(pool, other))) == (1, 2)


@postgres
async def test_nobody_hears_of_a_report_that_is_not_theirs(pool: Pool) -> None:
    conversation, joined = await begin(pool), await begin(pool)
    ticket = await filed(pool, None)
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO ticket_voices (ticket_id, conversation_id, at) VALUES (%s, %s, %s)",
            (ticket.id, joined, MORNING),
        )
        assert await subscriptions.may_hear(conn, conversation) == []
        assert await subscriptions.may_hear(conn, conversation, only=ticket.code) == []
        assert await subscriptions.may_hear(conn, conversation, proved=[ticket.code]) == [ticket.code]
        assert await subscriptions.may_hear(conn, joined) == [ticket.code]


@postgres
async def test_there_is_an_end_to_wishes_and_the_same_wish_is_one(pool: Pool) -> None:
    conversation = await begin(pool)
    async with pool.connection() as conn:
        for number in range(20):
            assert await subscriptions.begin(conn, conversation, topic=TICKET, key=str(number), now=MORNING)
        assert await subscriptions.begin(conn, conversation, topic=TICKET, key="0", now=MORNING)
        assert await subscriptions.begin(conn, conversation, topic=TICKET, key="x", now=MORNING) is None


@postgres
async def test_whom_no_channel_reaches_is_told_when_they_are_back(pool: Pool) -> None:
    conversation = await begin(pool, channel="zalo")
    ticket = await filed(pool, None)
    await subscribed(pool, conversation, topic=TICKET, key=ticket.code)
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO channel_people (conversation_id, last_action_at, gone_at) VALUES (%s, %s, %s)",
            (conversation, MORNING, MORNING),
        )
    await moved(pool, ticket, S.SORTING, now=MORNING + timedelta(hours=1))
    await tell(pool, MORNING + timedelta(hours=1))
    assert await told(pool, conversation) == []
    async with pool.connection() as conn:
        await conn.execute("UPDATE channel_people SET gone_at = NULL")
    await tell(pool, MORNING + timedelta(hours=2))
    assert len(await told(pool, conversation)) == 1


# ------------------------------------------------------------------ events


@postgres
async def test_people_of_the_area_are_reminded_the_working_day_before_once(pool: Pool) -> None:
    here, around, elsewhere = [await begin(pool) for _ in range(3)]
    await subscribed(pool, here, topic=EVENT, area="lam-dong/bac-binh")
    await subscribed(pool, around, topic=EVENT, area="lam-dong")
    await subscribed(pool, elsewhere, topic=EVENT, area="lam-dong/phan-ri-cua")
    day = datetime(2026, 12, 10, 7, 59, tzinfo=LOCAL_TIME)
    await tell(pool, day, TALK)
    assert await told(pool, here) == []
    for minutes in (1, 3, 600):
        await tell(pool, day + timedelta(minutes=minutes), TALK)
    assert await told(pool, here) == [
        "Nhắc bạn: Buổi đối thoại, Ủy ban nhân dân xã, lúc 20:15 ngày 11/12/2026."
    ]
    assert await told(pool, around) == await told(pool, elsewhere) == []


@postgres
async def test_an_event_put_off_is_told_again_and_one_that_is_over_not(pool: Pool) -> None:
    conversation = await begin(pool)
    await subscribed(pool, conversation, topic=EVENT, area="lam-dong/bac-binh")
    now = datetime(2026, 12, 10, 9, 0, tzinfo=LOCAL_TIME)
    later = TALK.__class__(**{**vars(TALK), "key": "k2", "start": TALK.start + timedelta(minutes=15)})
    over = TALK.__class__(**{**vars(TALK), "key": "k0", "start": now - timedelta(hours=1)})
    await tell(pool, now, TALK)
    await tell(pool, now, later, over)
    assert [text[-27:] for text in await told(pool, conversation)] == [
        "lúc 20:15 ngày 11/12/2026.".rjust(27), "lúc 20:30 ngày 11/12/2026.".rjust(27),
    ]  # fmt: skip


@postgres
async def test_wishes_go_with_the_persons_data(pool: Pool) -> None:
    conversation = await begin(pool)
    await subscribed(pool, conversation, topic=EVENT, area="lam-dong")
    async with pool.connection() as conn:
        done = await erasure.erase_all_said(conn, conversation, answering=uuid4(), now=MORNING)
    assert done is not None and done.removed["subscriptions"] == 1
    assert await rows(pool, "SELECT 1 FROM subscriptions") == []
