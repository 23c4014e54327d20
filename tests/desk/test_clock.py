"""A ticket's clock through its life: started, paused, resumed, stopped, begun anew; its rows are the truth."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest

from desk import service, work
from desk.clock_extension import close_of, extend
from desk.database import Pool
from desk.models import NewReport, TicketState
from desk.routing import Router
from knowledge.errors import BadTransition
from tests.desk.clock_helpers import BASIS, Filing, at, events, filing_into, set_deadline
from tests.desk.test_work import BA, COMMUNE, HEAD, LAN, ROADS, SEALER, SORTER, do, read

pytestmark = pytest.mark.postgres
S = TicketState


@pytest.fixture
def filing(pool: Pool, report: NewReport, router: Router) -> Filing:
    return filing_into(pool, report, router, SEALER)


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ("2026-11-20T17:00:00", "2026-11-23T17:00"),  # a Friday's closing time
        ("2026-11-20T12:00", "2026-11-23T11:30"),  # noon: 3.5 hours on Friday, 4 on Monday
        ("2026-11-24T10:00", "2026-11-25T17:00"),  # a holiday
        ("2026-02-13T16:00", "2026-02-23T16:00"),  # before Tết
        ("2026-01-09T17:00", "2026-01-10T17:00"),  # a make-up Saturday
        ("2026-12-31T17:00", "2027-01-04T17:00"),
    ],
)
async def test_filed_at_any_hour_it_is_due_in_working_time(
    pool: Pool, filing: Filing, when: str, due: str
) -> None:
    await set_deadline(pool, working_hours="7.5")
    ticket = await filing(when)
    assert (ticket.due_at, ticket.due_basis) == (at(due), BASIS)
    assert await read(pool, ticket) == ticket


async def test_without_a_rule_there_is_no_deadline(pool: Pool, filing: Filing) -> None:
    ticket = await filing("2026-11-20T09:00")
    assert (ticket.due_at, ticket.due_basis) == (None, "")
    assert await events(pool, ticket) == [("start", ROADS, None)]


async def test_it_stands_while_the_citizen_is_waited_for(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_hours=15)
    ticket = await filing("2026-11-19T07:30")  # due on Friday at 17:00
    asked = await do(pool, ticket, LAN, at("2026-11-19T17:00"), partial(work.ask, question="Ở đâu?"))
    assert (asked.due_at, asked.due_basis) == (None, BASIS)
    async with pool.connection() as conn:
        ticket = await service.transition(
            conn, code=ticket.code, to=S.SORTING, actor="citizen", now=at("2026-11-22T20:00"), note="Chợ."
        )
    assert ticket.due_at == at("2026-11-23T17:00")
    assert [event for event, _, _ in await events(pool, ticket)] == ["start", "pause", "resume"]


async def test_what_was_late_before_the_pause_stays_late(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_hours=1)
    ticket = await filing("2026-11-19T07:30")
    await do(pool, ticket, LAN, at("2026-11-20T09:00"), partial(work.ask, question="Ở đâu?"))
    async with pool.connection() as conn:
        again = await service.transition(
            conn, code=ticket.code, to=S.SORTING, actor="citizen", now=at("2026-11-23T08:00")
        )
    assert again.due_at == at("2026-11-19T08:30")


async def test_an_answer_stops_it_and_reopening_starts_it_anew(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    ticket = await filing("2026-11-19T09:00")
    resolve = partial(work.resolve, public="Đã vá.", reopen_for=timedelta(days=15))
    answered = await do(pool, ticket, LAN, at("2026-11-19T15:00"), resolve)
    assert (answered.due_at, answered.due_basis) == (None, BASIS)
    async with pool.connection() as conn:
        locked = await service.locked(conn, code=ticket.code)
        reopened = await work.reopen(conn, locked, text="Chưa xong.", now=at("2026-11-20T09:00"))
    assert reopened.due_at == at("2026-11-23T17:00")
    due = at("2026-11-20T17:00")
    assert await events(pool, ticket) == [
        ("start", ROADS, due),
        ("stop", ROADS, due),
        ("start", ROADS, at("2026-11-23T17:00")),
    ]


async def test_another_unit_has_its_own_deadline_and_the_history_is_kept(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    await set_deadline(pool, working_days=3, unit_id=COMMUNE.id, basis="QĐ 2/2026")
    ticket = await filing("2026-11-18T09:00")
    moved = await do(
        pool, ticket, LAN, at("2026-11-19T09:00"), partial(work.forward, to=COMMUNE, reason="Đường xã.")
    )
    assert (moved.due_at, moved.due_basis) == (at("2026-11-25T17:00"), "QĐ 2/2026")
    assert [unit for _, unit, _ in await events(pool, ticket)] == [ROADS, COMMUNE.id]
    working = await do(pool, moved, BA, at("2026-11-19T10:00"), work.accept)
    assert working.due_at == moved.due_at


async def test_a_unit_without_a_rule_has_none_after_forwarding(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    ticket = await filing("2026-11-18T09:00")
    moved = await do(
        pool, ticket, LAN, at("2026-11-19T09:00"), partial(work.forward, to=COMMUNE, reason="Đường xã.")
    )
    assert (moved.due_at, moved.due_basis) == (None, "")


async def test_a_refusal_stops_a_clock_that_stands(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    ticket = await filing("2026-11-19T09:00")
    await do(pool, ticket, LAN, at("2026-11-19T10:00"), partial(work.ask, question="Ở đâu?"))
    await do(
        pool, ticket, LAN, at("2026-11-20T10:00"), partial(work.refuse, ground="noi_dung_khong_ro", note="")
    )
    assert [event for event, _, _ in await events(pool, ticket)] == ["start", "pause", "stop"]


async def test_a_ticket_from_before_the_clocks_gets_one_when_it_moves_on(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1, unit_id=COMMUNE.id)
    ticket = await filing("2026-11-19T09:00")
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM ticket_clock")
    await do(pool, ticket, LAN, at("2026-11-19T09:30"), work.accept)
    assert await events(pool, ticket) == []
    moved = await do(pool, ticket, LAN, at("2026-11-19T10:00"), partial(work.forward, to=COMMUNE, reason="x"))
    assert moved.due_at == at("2026-11-20T17:00")


async def test_a_new_date_is_given_once_and_only_a_later_one(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    ticket = await filing("2026-11-19T09:00")
    now, until = at("2026-11-20T18:00"), at("2026-11-26T17:00")
    with pytest.raises(BadTransition, match="later"):
        await do(pool, ticket, HEAD, now, partial(extend, until=now, reason="x"))
    longer = await do(pool, ticket, HEAD, now, partial(extend, until=until, reason="Mưa lớn."))
    assert longer.due_at == until
    assert longer.version == ticket.version + 1
    assert await read(pool, ticket) == longer
    with pytest.raises(BadTransition, match="before"):
        await do(pool, ticket, HEAD, now, partial(extend, until=at("2026-12-01T17:00"), reason="x"))


async def test_the_reporter_is_told_the_new_date_once(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    ticket = await filing("2026-11-19T09:00")
    talk = uuid4()
    async with pool.connection() as conn:
        await conn.execute("INSERT INTO conversations (id, channel) VALUES (%s, 'web')", (talk,))
        await conn.execute("UPDATE tickets SET conversation_id = %s", (talk,))
    until = close_of(ticket, date(2026, 11, 28))  # a Saturday: the Monday after
    assert until == at("2026-11-30T17:00")
    await do(pool, ticket, HEAD, at("2026-11-20T18:00"), partial(extend, until=until, reason="Mưa lớn."))
    async with pool.connection() as conn:
        told = await (await conn.execute("SELECT text FROM messages")).fetchall()
    assert [("17:00 ngày 30/11/2026" in row["text"], "Mưa lớn." in row["text"]) for row in told] == [
        (True, True)
    ]


async def test_without_a_deadline_no_new_date_is_given(pool: Pool, filing: Filing) -> None:
    ticket = await filing("2026-11-19T09:00")
    with pytest.raises(BadTransition, match="no deadline"):
        await do(
            pool,
            ticket,
            HEAD,
            at("2026-11-20T08:00"),
            partial(extend, until=at("2026-11-26T17:00"), reason="x"),
        )


async def test_sorters_choice_of_a_category_decides_the_deadline(
    pool: Pool, filing: Filing, router: Router
) -> None:
    await set_deadline(pool, working_days=9, unit_id=COMMUNE.id)
    await set_deadline(pool, working_days=1, unit_id=COMMUNE.id, category="rac", basis="QĐ rác")
    ticket = await filing("2026-11-18T09:00")
    sort = partial(work.sort, to=COMMUNE, reason="Rác.", category="rac", router=router)
    moved = await do(pool, ticket, SORTER, at("2026-11-19T09:00"), sort)
    assert (moved.due_basis, moved.category) == ("QĐ rác", "rac")
