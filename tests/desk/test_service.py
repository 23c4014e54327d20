from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk import replies, service
from desk.database import Conn, Pool
from desk.models import TRANSITIONS, FiledTicket, NewReport, TicketState
from desk.routing import Router
from desk.sealing import Sealer, new_key
from desk.secret import ALPHABET, clean, hash_secret, matches
from desk.views import history_line
from knowledge.errors import BadTransition, TicketNotFound, TooManyAttempts

pytestmark = pytest.mark.postgres
S = TicketState
SEALER = Sealer([new_key()])


async def file(
    pool: Pool, report: NewReport, router: Router, now: datetime, origin: str = "o1"
) -> FiledTicket:
    async with pool.connection() as conn:
        return await service.file_report(conn, report, origin=origin, router=router, sealer=SEALER, now=now)


async def count(conn: Conn, table: str) -> int:
    row = await (await conn.execute(f"SELECT count(*) AS n FROM {table}")).fetchone()
    assert row is not None
    return int(row["n"])


async def rows(pool: Pool, sql: str) -> list[dict[str, Any]]:
    async with pool.connection() as conn:
        return await (await conn.execute(sql)).fetchall()


async def test_a_report_becomes_a_routed_ticket(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    ticket = filed.ticket
    assert ticket.code == "PA-2026-000001"
    assert len(filed.secret) == 8
    assert set(filed.secret) <= set(ALPHABET)
    assert ticket.state is S.NEW
    assert ticket.what == report.what  # word for word
    assert (ticket.unit_id, ticket.second_unit_id) == (
        "lam-dong-so-xay-dung",
        "lam-dong-bac-binh-phong-kinh-te",
    )
    assert ticket.consent["text_id"] == "report"
    assert not filed.again


async def test_the_contact_is_kept_apart_and_reading_it_is_written_down(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    kept = await rows(pool, "SELECT t::text AS t FROM tickets t UNION ALL SELECT a::text FROM audit a")
    assert not [row for row in kept if "0900" in row["t"]]
    async with pool.connection() as conn:
        assert (
            await service.contact_of(conn, code=filed.ticket.code, sealer=SEALER, actor="can-bo", now=now)
            == report.contact
        )
    audit = await rows(pool, "SELECT actor, action FROM audit ORDER BY id")
    assert audit == [
        {"actor": "citizen", "action": "ticket.filed"},
        {"actor": "can-bo", "action": "ticket.contact_read"},
    ]


async def test_a_report_without_contact_has_none(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report.model_copy(update={"contact": ""}), router, now)
    async with pool.connection() as conn:
        assert await count(conn, "ticket_contacts") == 0
        assert await service.contact_of(conn, code=filed.ticket.code, sealer=SEALER, actor="x", now=now) == ""


async def test_only_a_hash_of_the_secret_is_kept(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    stored = await rows(
        pool, "SELECT t::text AS t FROM tickets t UNION ALL SELECT e::text FROM ticket_events e"
    )
    assert not [row for row in stored if filed.secret in row["t"]]


async def test_the_same_origin_is_one_ticket_with_a_fresh_secret_until_shown(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    first = await file(pool, report, router, now)
    second = await file(pool, report, router, now)
    assert second.again
    assert second.ticket.code == first.ticket.code
    assert second.secret not in ("", first.secret)
    async with pool.connection() as conn:
        await service.secret_was_shown(conn, origin="o1")
    third = await file(pool, report, router, now)
    assert third.secret == ""
    found, _ = await service.find(pool, code=first.ticket.code, secret=second.secret, asker="a", now=now)
    assert found.code == first.ticket.code
    async with pool.connection() as conn:
        assert await count(conn, "tickets") == 1
        assert await count(conn, "ticket_events") == 1


async def test_reports_filed_at_once_get_numbers_without_gaps(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    origins = [f"o{number % 8}" for number in range(16)]  # each twice
    filed = await asyncio.gather(*(file(pool, report, router, now, origin) for origin in origins))
    assert sorted({item.ticket.code for item in filed}) == [f"PA-2026-{n:06d}" for n in range(1, 9)]


async def test_numbers_begin_anew_with_the_local_year(pool: Pool, report: NewReport, router: Router) -> None:
    eve = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
    assert (await file(pool, report, router, eve, "a")).ticket.code == "PA-2026-000001"
    later = eve + timedelta(minutes=2)  # past midnight in Viet Nam
    assert (await file(pool, report, router, later, "b")).ticket.code == "PA-2027-000001"


async def test_a_filing_rolled_back_leaves_no_gap(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    with pytest.raises(RuntimeError):
        async with pool.connection() as conn:
            await service.file_report(conn, report, origin="lost", router=router, sealer=SEALER, now=now)
            raise RuntimeError
    assert (await file(pool, report, router, now)).ticket.code == "PA-2026-000001"


@pytest.mark.parametrize("typed", ["PA-2026-000001", "pa 2026 1", " pa-2026-000001.", "PA–2026–1"])
async def test_code_and_secret_are_read_as_people_type_them(
    pool: Pool, report: NewReport, router: Router, now: datetime, typed: str
) -> None:
    filed = await file(pool, report, router, now)
    secret = f"{filed.secret[:4].lower()} {filed.secret[4:]}"
    ticket, events = await service.find(pool, code=typed, secret=secret, asker="a", now=now)
    assert ticket == filed.ticket
    assert [event.to_state for event in events] == [S.NEW]


async def test_a_wrong_secret_and_an_unknown_code_are_told_alike(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    said = []
    for code in (filed.ticket.code, "PA-2026-999999", "", "'; DROP TABLE tickets; --", "\x00"):
        with pytest.raises(TicketNotFound) as error:
            await service.find(pool, code=code, secret="WRONG234", asker=code, now=now)
        said.append(str(error.value))
    assert len(set(said)) == 1


async def test_tries_are_limited_for_an_asker_and_come_back(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)

    async def ask(secret: str, asker: str = "a", at: datetime = now) -> str:
        ticket, _ = await service.find(pool, code=filed.ticket.code, secret=secret, asker=asker, now=at)
        return ticket.code

    for _ in range(service.TRIES_PER_ASKER):
        with pytest.raises(TicketNotFound):
            await ask("WRONG234")
    with pytest.raises(TooManyAttempts):
        await ask(filed.secret)
    assert await ask(filed.secret, asker="b") == filed.ticket.code
    assert await ask(filed.secret, at=now + service.ATTEMPT_WINDOW) == filed.ticket.code
    with pytest.raises(TicketNotFound):  # a later try forgets those too old to count
        await ask("WRONG234", at=now + timedelta(days=1))
    assert len(await rows(pool, "SELECT 1 FROM ticket_attempts")) == 1


async def test_tries_are_limited_at_a_code_whoever_asks(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO ticket_attempts (at, code, asker)"
            " SELECT %s, %s, 'asker ' || n FROM generate_series(1, %s) n",
            (now, filed.ticket.code, service.TRIES_PER_CODE),
        )
    with pytest.raises(TooManyAttempts):
        await service.find(pool, code=filed.ticket.code, secret=filed.secret, asker="new", now=now)


async def walk(conn: Conn, code: str, *states: TicketState, now: datetime) -> None:
    for state in states:
        unit = ("dien-luc", "Công ty Điện lực") if state is S.FORWARDED else None
        await service.transition(conn, code=code, to=state, actor="can-bo", now=now, unit=unit)


async def test_a_ticket_is_followed_through_its_history(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    async with pool.connection() as conn:
        code = filed.ticket.code
        await walk(conn, code, S.SORTING, S.FORWARDED, S.IN_WORK, now=now)
        moved = await service.transition(
            conn, code=code, to=S.ANSWERED, actor="can-bo", now=now, basis="CV 12", note="Đã vá xong."
        )
        assert moved == await service.get(conn, code=code)
        events = await service.history(conn, moved)
    assert (moved.state, moved.unit_name) == (S.ANSWERED, "Công ty Điện lực")
    assert [event.to_state for event in events] == [S.NEW, S.SORTING, S.FORWARDED, S.IN_WORK, S.ANSWERED]
    assert (events[-1].note, events[-1].basis, events[-1].from_state) == ("Đã vá xong.", "CV 12", S.IN_WORK)
    audit = await rows(pool, "SELECT details FROM audit WHERE action = 'ticket.moved' ORDER BY id")
    assert len(audit) == 4
    assert "Đã vá xong." not in str(audit)


async def test_only_drawn_transitions_are_taken(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    code = filed.ticket.code
    for state in S:
        async with pool.connection() as conn:
            await conn.execute("UPDATE tickets SET state = %s", (state.value,))
        for to in set(S) - TRANSITIONS[state]:
            async with pool.connection() as conn:
                with pytest.raises(BadTransition):
                    await service.transition(conn, code=code, to=to, actor="x", now=now, unit=("u", "U"))
    assert len(await rows(pool, "SELECT 1 FROM ticket_events")) == 1


async def test_forwarding_needs_someone_and_an_unknown_code_is_told(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    async with pool.connection() as conn:
        await walk(conn, filed.ticket.code, S.SORTING, now=now)
        with pytest.raises(BadTransition):
            await service.transition(conn, code=filed.ticket.code, to=S.FORWARDED, actor="x", now=now)
        with pytest.raises(TicketNotFound):
            await service.transition(conn, code="PA-1-1", to=S.SORTING, actor="x", now=now)
        with pytest.raises(TicketNotFound):
            await service.get(conn, code="PA-1-1")


async def test_the_register_is_listed_newest_first_and_filtered(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    for number, area in enumerate(["lam-dong", "lam-dong/bac-binh", "lam-dong-khac", "dak-lak"]):
        place = report.model_copy(update={"area": area, "where": ""})  # a place typed would name the area
        await file(pool, place, router, now + timedelta(minutes=number), f"o{number}")
    async with pool.connection() as conn:
        everything = await service.list_tickets(conn)
        assert [ticket.area for ticket in everything] == [
            "dak-lak",
            "lam-dong-khac",
            "lam-dong/bac-binh",
            "lam-dong",
        ]
        below = await service.list_tickets(conn, area="lam-dong")
        assert [ticket.area for ticket in below] == ["lam-dong/bac-binh", "lam-dong"]
        await walk(conn, everything[0].code, S.SORTING, now=now)
        assert len(await service.list_tickets(conn, state=S.NEW)) == 3
        assert len(await service.list_tickets(conn, limit=2, offset=3)) == 1
        assert len(await service.list_tickets(conn, unit_id="lam-dong-so-xay-dung")) == 2


async def test_secrets_are_salted_and_forgiving() -> None:
    first, second = await hash_secret("ABCD2345"), await hash_secret("ABCD2345")
    assert first != second
    assert await matches("abcd-2345", first)
    assert not await matches("ABCD2346", first)
    assert not await matches("", "")
    assert not await matches("ABCD2345", "")
    assert clean(" ab-cd ") == "ABCD"


async def test_what_the_reporter_adds_is_in_the_history(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    filed = await file(pool, report, router, now)
    async with pool.connection() as conn:
        await replies.add(conn, filed.ticket, text="gần cột số\x00 5", now=now)
        await walk(conn, filed.ticket.code, S.SORTING, S.INCOMPLETE, now=now)
        waiting = await service.get(conn, code=filed.ticket.code)
        await replies.add(conn, waiting, text="phía chợ", now=now)
        sorted_again = await service.get(conn, code=filed.ticket.code)
        lines = [history_line(event) for event in await service.history(conn, sorted_again)]
        assert sorted_again.state is S.SORTING
        await walk(conn, filed.ticket.code, S.REFUSED, now=now)
        with pytest.raises(BadTransition):
            await replies.add(conn, await service.get(conn, code=filed.ticket.code), text="nữa", now=now)
    assert lines[1].endswith("Bạn bổ sung: gần cột số 5")
    assert lines[4].endswith("Bạn bổ sung: phía chợ")
