"""What clocks say by themselves, once each, however many workers ring."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from desk import auditing, clock_alarms, work
from desk.clock_extension import extend
from desk.database import Pool
from desk.models import NewReport, Ticket
from desk.routing import Router
from tests.desk.clock_helpers import BASIS, Filing, at, events, filing_into, set_deadline
from tests.desk.test_work import HEAD, LAN, SEALER, do, read

pytestmark = pytest.mark.postgres
FILED = (
    "2026-11-19T09:00"  # due on Friday at 09:00, warned on Thursday at 16:30, head told on Friday at 11:00
)
WARN, DUE, LATE = at("2026-11-19T16:30"), at("2026-11-20T09:00"), at("2026-11-20T11:00")


@pytest.fixture
async def filing(pool: Pool, report: NewReport, router: Router) -> Filing:
    await set_deadline(pool, working_hours="7.5", warn_hours=2, escalate_hours=2)
    return filing_into(pool, report, router, SEALER)


async def ring(pool: Pool, when: datetime) -> dict[str, int]:
    return dict(await clock_alarms.ring(pool, now=when))


async def rows(pool: Pool, sql: str) -> list[dict[str, Any]]:
    async with pool.connection() as conn:
        return await (await conn.execute(sql.encode())).fetchall()


async def test_warned_overdue_escalated_each_once(pool: Pool, filing: Filing) -> None:
    ticket = await filing(FILED)
    assert await ring(pool, at("2026-11-19T16:29")) == {}
    for when, said in ((WARN, {"warned": 1}), (DUE, {"overdue": 1}), (LATE, {"escalated": 1})):
        assert await ring(pool, when) == said
        assert await ring(pool, when) == {}
    assert [event for event, _, _ in await events(pool, ticket)] == [
        "start",
        "warned",
        "overdue",
        "escalated",
    ]
    assert await rows(pool, "SELECT 1 FROM tickets WHERE alarm_at IS NOT NULL") == []


async def test_each_leaves_a_note_and_a_line_in_the_audit(pool: Pool, filing: Filing) -> None:
    ticket = await filing(FILED)
    for when in (WARN, DUE, LATE):
        await ring(pool, when)
    notes = await rows(pool, "SELECT text FROM ticket_notes ORDER BY at, id")
    assert [note["text"].split(" (")[0] for note in notes] == [
        "Sắp đến hạn trả lời", "Đã quá hạn trả lời", "Quá hạn trả lời",
    ]  # fmt: skip
    assert all("09:00 ngày 20/11/2026" in note["text"] and BASIS in note["text"] for note in notes)
    lines = await rows(pool, "SELECT action, actor FROM audit WHERE action LIKE 'clock.%' ORDER BY id")
    assert [(line["action"], line["actor"]) for line in lines] == [
        ("clock.warned", "clock"), ("clock.overdue", "clock"), ("clock.escalated", "clock"),
    ]  # fmt: skip
    async with pool.connection() as conn:
        assert await auditing.broken_lines(conn) == []
    assert (await read(pool, ticket)).due_at == DUE


async def test_the_head_gets_what_is_escalated_and_the_version_tells_it(pool: Pool, filing: Filing) -> None:
    ticket = await filing(FILED)
    await ring(pool, WARN)
    await ring(pool, DUE)
    assert (await read(pool, ticket)).version == ticket.version  # nobody's open page is made stale by a note
    await ring(pool, LATE)
    after = await read(pool, ticket)
    assert (after.assigned_to, after.version) == (HEAD.id, ticket.version + 1)


async def test_a_unit_without_a_head_is_told_so(pool: Pool, filing: Filing) -> None:
    ticket = await filing(FILED)
    async with pool.connection() as conn:
        await conn.execute("UPDATE staff SET active = false WHERE id = %s", (HEAD.id,))
    assert await ring(pool, LATE) == {"overdue": 1, "escalated": 1}
    assert (await read(pool, ticket)).assigned_to is None
    notes = await rows(pool, "SELECT text FROM ticket_notes")
    assert any("chưa có tài khoản lãnh đạo" in note["text"] for note in notes)


async def test_what_no_worker_said_in_time_is_not_said_late(pool: Pool, filing: Filing) -> None:
    ticket = await filing(FILED)
    assert await ring(pool, at("2026-11-27T08:00")) == {"overdue": 1, "escalated": 1}
    assert "warned" not in [event for event, _, _ in await events(pool, ticket)]


async def test_a_clock_that_stands_says_nothing(pool: Pool, filing: Filing) -> None:
    asked, answered = await filing(FILED), await filing(FILED)
    await do(pool, asked, LAN, at("2026-11-19T10:00"), partial(work.ask, question="Ở đâu?"))
    resolve = partial(work.resolve, public="Xong.", reopen_for=DUE - WARN)
    await do(pool, answered, LAN, at("2026-11-19T10:00"), resolve)
    assert await ring(pool, at("2026-12-20T08:00")) == {}


async def test_a_new_date_is_warned_of_anew(pool: Pool, filing: Filing) -> None:
    ticket = await filing(FILED)
    await ring(pool, LATE)
    longer = at("2026-11-26T17:00")
    await do(pool, ticket, HEAD, at("2026-11-20T14:00"), partial(extend, until=longer, reason="Mưa."))
    assert await ring(pool, at("2026-11-25T08:00")) == {}
    assert await ring(pool, at("2026-11-26T15:00")) == {"warned": 1}
    assert await ring(pool, at("2026-11-30T15:00")) == {"overdue": 1, "escalated": 1}


async def test_two_workers_at_once_say_everything_once(pool: Pool, filing: Filing) -> None:
    tickets = [await filing(FILED) for _ in range(6)]
    said: Counter[str] = Counter()
    for _ in range(3):  # who finds a ticket locked leaves it, so a ringing may leave some to the next
        for one in await asyncio.gather(*(clock_alarms.ring(pool, now=LATE) for _ in range(2))):
            said += one
    assert said == {"overdue": 6, "escalated": 6}
    assert await twice(pool) == []
    assert len(await rows(pool, "SELECT 1 FROM ticket_notes")) == 12
    assert all([(await read(pool, ticket)).version == ticket.version + 1 for ticket in tickets])


async def twice(pool: Pool) -> list[dict[str, Any]]:
    return await rows(
        pool, "SELECT ticket_id FROM ticket_clock GROUP BY ticket_id, event, due_at HAVING count(*) > 1"
    )


async def test_a_ticket_in_an_officials_hand_is_left_to_the_next_ringing(pool: Pool, filing: Filing) -> None:
    ticket = await filing(FILED)
    async with pool.connection() as conn:
        await conn.execute("SELECT 1 FROM tickets WHERE id = %s FOR UPDATE", (ticket.id,))
        assert await ring(pool, DUE) == {}
    assert await ring(pool, DUE) == {"overdue": 1}


async def test_one_tickets_trouble_does_not_silence_the_others(
    pool: Pool, filing: Filing, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = await filing(FILED), await filing(FILED)
    say = clock_alarms._say

    async def trouble(conn: Any, ticket: Ticket, *rest: Any) -> Any:
        if ticket.id == bad.id:
            raise ValueError("trouble")
        return await say(conn, ticket, *rest)

    monkeypatch.setattr(clock_alarms, "_say", trouble)
    assert await ring(pool, DUE) == {"overdue": 1}
    assert [event for event, _, _ in await events(pool, good)] == ["start", "overdue"]
    assert str(bad.id) in caplog.text


async def test_an_alarm_without_a_running_clock_is_put_out(pool: Pool, filing: Filing) -> None:
    await filing(FILED)
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM ticket_clock")
    assert await ring(pool, DUE) == {}
    assert await rows(pool, "SELECT 1 FROM tickets WHERE alarm_at IS NOT NULL") == []
