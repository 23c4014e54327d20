"""The official's day: what may be done to a ticket, by whom, and that nobody crosses a unit's line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import psycopg
import pytest

from desk import auditing, service, work
from desk.bounds import bounded
from desk.database import Conn, Pool
from desk.models import NewReport, Ticket, TicketState
from desk.routing import Router
from desk.sealing import Sealer, new_key
from desk.staff import Role, Staff
from desk.work import Hand
from knowledge.documents import Unit
from knowledge.errors import BadTransition, NotAllowed, TicketChanged, TicketNotFound

pytestmark = pytest.mark.postgres
S = TicketState
SEALER = Sealer([new_key()])
ROADS = "lam-dong-so-xay-dung"
SORTERS = "lam-dong-phan-loai"
COMMUNE = Unit(id="lam-dong-bac-binh-phong-kinh-te", name="Phòng Kinh tế xã Bắc Bình")
ELSEWHERE = Unit(id="dak-lak-so-y-te", name="Sở Y tế Đắk Lắk")


def official(login: str, unit: str, *roles: Role, area: str = "") -> Staff:
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    return Staff(
        id=uuid4(),
        login=login,
        name=login,
        roles=roles,
        unit_id=unit,
        area=area,
        created_at=at,
        password_set_at=at,
    )


LAN = official("lan", ROADS, Role.DESK)
BA = official("ba", COMMUNE.id, Role.DESK)
HEAD = official("truong", ROADS, Role.HEAD)
SORTER = official("loc", SORTERS, Role.TRIAGE, area="lam-dong")
READER = official("soat", "", Role.AUDITOR)


@pytest.fixture
async def ticket(pool: Pool, report: NewReport, router: Router, now: datetime) -> Ticket:
    async with pool.connection() as conn:
        for one in (LAN, BA, HEAD, SORTER, READER):
            await conn.execute(
                "INSERT INTO staff (id, login, name, password_hash, roles, unit_id, area)"
                " VALUES (%s, %s, %s, '', %s, %s, %s)",
                (one.id, one.login, one.name, [role.value for role in one.roles], one.unit_id, one.area),
            )
        filed = await service.file_report(conn, report, origin="o1", router=router, sealer=SEALER, now=now)
        return filed.ticket


@asynccontextmanager
async def held(pool: Pool, ticket: Ticket, by: Staff, now: datetime) -> AsyncIterator[Hand]:
    async with bounded(pool, by) as conn:
        yield await work.take(conn, code=ticket.code, version=None, staff=by, now=now)


async def do(
    pool: Pool, ticket: Ticket, by: Staff, now: datetime, deed: Callable[[Hand], Awaitable[Hand]]
) -> Ticket:
    async with held(pool, ticket, by, now) as hand:
        return (await deed(hand)).ticket


async def read(pool: Pool, ticket: Ticket) -> Ticket:
    async with pool.connection() as conn:
        return await service.get(conn, code=ticket.code)


async def test_an_official_takes_a_ticket_works_on_it_and_answers(
    pool: Pool, ticket: Ticket, now: datetime
) -> None:
    await do(pool, ticket, LAN, now, partial(work.assign, to=LAN))
    working = await do(pool, ticket, LAN, now, work.accept)
    assert (working.state, working.assigned_to) == (S.IN_WORK, LAN.id)
    answered = await do(
        pool, ticket, LAN, now,
        partial(work.resolve, public="Đã vá xong.", private="Cảm ơn bạn.", reopen_for=timedelta(days=15)),
    )  # fmt: skip
    assert answered == await read(pool, ticket)
    assert answered.reopen_until == now + timedelta(days=15)
    async with pool.connection() as conn:
        history = await service.history(conn, answered)
    assert [event.to_state for event in history] == [S.NEW, S.SORTING, S.OURS, S.IN_WORK, S.ANSWERED]
    assert history[-1].note == "Đã vá xong.\nCảm ơn bạn."
    assert [event.actor for event in history[1:]] == ["lan"] * 4


async def test_two_officials_never_overwrite_each_other(pool: Pool, ticket: Ticket, now: datetime) -> None:
    await do(pool, ticket, LAN, now, work.accept)
    async with bounded(pool, HEAD) as conn:
        with pytest.raises(TicketChanged):
            await work.take(conn, code=ticket.code, version=ticket.version, staff=HEAD, now=now)


async def test_a_ticket_of_another_unit_is_not_there(pool: Pool, ticket: Ticket, now: datetime) -> None:
    for stranger in (
        BA,
        official("khong", "", Role.DESK),
        official("xa", SORTERS, Role.TRIAGE, area="dak-lak"),
    ):
        async with bounded(pool, stranger) as conn:
            with pytest.raises(TicketNotFound):
                await work.take(conn, code=ticket.code, version=None, staff=stranger, now=now)
            for table in ("tickets", "ticket_events", "ticket_contacts"):
                assert await (await conn.execute(f"SELECT * FROM {table}")).fetchall() == [], table
            updated = await conn.execute("UPDATE tickets SET unit_id = %s", (BA.unit_id,))
            assert updated.rowcount == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                async with conn.transaction():
                    await conn.execute(
                        "INSERT INTO ticket_notes (id, ticket_id, at, author, text) VALUES (%s, %s, now(), 'x', 'x')",
                        (uuid4(), ticket.id),
                    )
    for sees in (LAN, SORTER, READER):
        async with bounded(pool, sees) as conn:
            assert len(await (await conn.execute("SELECT * FROM ticket_events")).fetchall()) == 1


@pytest.mark.parametrize(
    ("where", "area"),
    [
        ("chợ Thạnh Mỹ, xã Đơn Dương", "lam-dong/don-duong"),
        ("huyện Bắc Bình cũ, trước trường học", "lam-dong/bac-binh"),
        ("trước nhà tôi", "lam-dong/bac-binh"),
        (
            "phường Hồng Bàng, Hải Phòng",
            "lam-dong/bac-binh",
        ),  # nobody of ours: those who sort must still see it
    ],
)
async def test_a_report_is_of_the_place_it_names_and_seen_by_those_who_serve_it(
    pool: Pool, report: NewReport, router: Router, now: datetime, where: str, area: str
) -> None:
    typed = report.model_copy(update={"where": where})
    async with pool.connection() as conn:
        filed = await service.file_report(conn, typed, origin="o1", router=router, sealer=SEALER, now=now)
        await conn.execute("UPDATE tickets SET unit_id = 'x'")
    assert filed.ticket.area == area
    async with bounded(pool, official("y", "", Role.AUDITOR, area=area)) as conn:
        assert await tickets_seen(conn) == 1
    for elsewhere in ({"lam-dong/don-duong", "lam-dong/bac-binh"} - {area}) | {"dak-lak"}:
        async with bounded(pool, official("y", "", Role.AUDITOR, area=elsewhere)) as conn:
            assert await tickets_seen(conn) == 0


async def test_an_account_is_of_one_unit(pool: Pool, ticket: Ticket) -> None:
    """A list of units would be read as many here and as one there: the database takes none."""
    with pytest.raises(psycopg.errors.CheckViolation):
        async with pool.connection() as conn:
            await conn.execute("UPDATE staff SET unit_id = %s", (f"{ROADS},{COMMUNE.id}",))
    both = official("tham", f"{COMMUNE.id},{ROADS}", Role.DESK)
    async with bounded(pool, both) as conn:
        assert await tickets_seen(conn) == 0


async def test_the_bounds_end_with_the_transaction(pool: Pool, ticket: Ticket) -> None:
    async with pool.connection() as conn:
        for _ in range(2):  # the same connection, as a pool gives it to the next
            async with bounded_on(conn, BA):
                assert await tickets_seen(conn) == 0
            assert await tickets_seen(conn) == 1
            await conn.commit()


@asynccontextmanager
async def bounded_on(conn: Conn, staff: Staff) -> AsyncIterator[None]:
    from desk.bounds import bind

    async with conn.transaction():
        await bind(conn, staff)
        yield


async def tickets_seen(conn: Conn) -> int:
    return len(await (await conn.execute("SELECT id FROM tickets")).fetchall())


async def test_forwarded_it_leaves_one_desk_and_stands_on_the_other(
    pool: Pool, ticket: Ticket, now: datetime
) -> None:
    await do(pool, ticket, LAN, now, partial(work.assign, to=LAN))
    moved = await do(pool, ticket, LAN, now, partial(work.forward, to=COMMUNE, reason="Đường do xã quản lý."))
    assert (moved.state, moved.unit_id, moved.assigned_to) == (S.FORWARDED, COMMUNE.id, None)
    with pytest.raises(TicketNotFound):
        await do(pool, ticket, LAN, now, work.accept)
    assert (await do(pool, ticket, BA, now, work.accept)).state is S.IN_WORK


async def test_the_second_not_ours_goes_to_those_who_sort(
    pool: Pool, ticket: Ticket, router: Router, now: datetime
) -> None:
    disown = partial(work.disown, reason="Không thuộc thẩm quyền.", router=router)
    first = await do(pool, ticket, LAN, now, partial(disown, to=COMMUNE))
    assert (first.unit_id, first.refusals) == (COMMUNE.id, 1)
    second = await do(pool, ticket, BA, now, partial(disown, to=router.unit(ROADS)))
    assert (second.unit_id, second.refusals) == (SORTERS, 2)
    sort = partial(work.sort, to=COMMUNE, reason="Xã quản lý đoạn này.", category="duong", router=router)
    sorted_ = await do(pool, ticket, SORTER, now, sort)
    assert (sorted_.unit_id, sorted_.refusals, sorted_.confidence) == (COMMUNE.id, 0, "sure")


async def test_without_another_unit_not_ours_goes_to_those_who_sort(
    pool: Pool, ticket: Ticket, router: Router, now: datetime
) -> None:
    moved = await do(pool, ticket, LAN, now, partial(work.disown, reason="Không phải.", router=router))
    assert moved.unit_id == SORTERS


async def test_what_each_role_may_not(pool: Pool, ticket: Ticket, router: Router, now: datetime) -> None:
    for by, deed in (
        (LAN, partial(work.assign, to=HEAD)),
        (LAN, partial(work.publish, what="x")),
        (LAN, partial(work.sort, to=COMMUNE, reason="x")),
        (HEAD, partial(work.assign, to=BA)),
    ):
        with pytest.raises(NotAllowed):
            await do(pool, ticket, by, now, deed)
    with pytest.raises(NotAllowed):
        await do(pool, ticket, READER, now, work.accept)
    assert (await read(pool, ticket)).version == 1


async def test_nothing_is_published_without_the_reporters_word(
    pool: Pool, ticket: Ticket, now: datetime
) -> None:
    await do(pool, ticket, LAN, now, partial(work.resolve, public="Xong.", reopen_for=timedelta(days=1)))
    publish = partial(work.publish, what="Ổ gà trên tỉnh lộ")
    with pytest.raises(BadTransition):
        await do(pool, ticket, HEAD, now, publish)
    async with pool.connection() as conn:
        await conn.execute("UPDATE tickets SET may_publish = true")
    published = await do(pool, ticket, HEAD, now, publish)
    assert (published.state, published.published_what) == (S.PUBLISHED, "Ổ gà trên tỉnh lộ")


async def test_a_reporter_who_is_not_content_is_heard_by_the_head(
    pool: Pool, ticket: Ticket, now: datetime
) -> None:
    answered = await do(
        pool, ticket, LAN, now, partial(work.resolve, public="Xong.", reopen_for=timedelta(days=3))
    )
    late = now + timedelta(days=3, seconds=1)
    async with pool.connection() as conn:
        with pytest.raises(BadTransition):
            await work.reopen(conn, answered, text="Chưa xong", now=late)
        again = await work.reopen(conn, answered, text="Chưa xong, vẫn còn ổ gà", now=now)
        with pytest.raises(BadTransition):
            await work.reopen(conn, again, text="Chưa", now=now)
    assert (again.state, again.assigned_to, again.reopened) == (S.IN_WORK, HEAD.id, 1)


async def test_a_ground_to_refuse_must_be_one_the_decree_knows(
    pool: Pool, ticket: Ticket, now: datetime
) -> None:
    with pytest.raises(BadTransition):
        await do(pool, ticket, LAN, now, partial(work.refuse, ground="khong_thich", note=""))
    refused = await do(pool, ticket, LAN, now, partial(work.refuse, ground="khong_phai_tieng_viet", note=""))
    assert refused.state is S.REFUSED
    with pytest.raises(BadTransition):
        await do(pool, ticket, LAN, now, work.accept)


async def test_merged_and_split(
    pool: Pool, ticket: Ticket, report: NewReport, router: Router, now: datetime
) -> None:
    async with pool.connection() as conn:
        other = (
            await service.file_report(conn, report, origin="o2", router=router, sealer=SEALER, now=now)
        ).ticket
    merged = await do(pool, other, LAN, now, partial(work.merge, into=ticket))
    assert (merged.state, merged.merged_into) == (S.REFUSED, ticket.id)
    for wrong in (ticket, merged):
        with pytest.raises(BadTransition):
            await do(pool, ticket, LAN, now, partial(work.merge, into=wrong))
    async with held(pool, ticket, LAN, now) as hand:
        made = await work.split(hand, what="Đèn đường cũng tắt", to=COMMUNE, reason="Xã lo chiếu sáng.")
    assert (made.split_from, made.unit_id, made.place) == (ticket.id, COMMUNE.id, ticket.place)
    assert made.code not in (ticket.code, other.code)
    async with held(pool, ticket, LAN, now) as hand:
        third = await work.split(hand, what="Và rác", to=COMMUNE, reason="Xã lo rác.")
    assert third.code != made.code


async def test_what_was_begun_may_still_be_refused_or_merged_but_never_without_a_word(
    pool: Pool, ticket: Ticket, report: NewReport, router: Router, now: datetime
) -> None:
    async with pool.connection() as conn:
        other = (
            await service.file_report(conn, report, origin="o2", router=router, sealer=SEALER, now=now)
        ).ticket
    for one in (ticket, other):
        await do(pool, one, LAN, now, work.accept)
    refuse = partial(work.refuse, ground="noi_dung_khong_ro")
    with pytest.raises(BadTransition, match="why"):
        await do(pool, ticket, LAN, now, partial(refuse, note=" "))
    merged = await do(
        pool, other, LAN, now, partial(work.merge, into=ticket, reason="Cùng một ổ gà, đã xem tận nơi.")
    )
    assert (merged.state, merged.merged_into) == (S.REFUSED, ticket.id)
    refused = await do(pool, ticket, LAN, now, partial(refuse, note="Đến nơi không thấy chỗ hỏng nào."))
    assert refused.state is S.REFUSED
    async with pool.connection() as conn:
        notes = [(await service.history(conn, one))[-1].note for one in (merged, refused)]
    assert ticket.code in notes[0] and notes[0].endswith("Cùng một ổ gà, đã xem tận nơi.")
    assert notes[1].endswith("Đến nơi không thấy chỗ hỏng nào.")


async def test_a_refusal_or_a_merging_by_mistake_is_taken_back(
    pool: Pool, ticket: Ticket, report: NewReport, router: Router, now: datetime
) -> None:
    async with pool.connection() as conn:
        talk = uuid4()
        await conn.execute("INSERT INTO conversations (id, channel) VALUES (%s, 'web')", (talk,))
        other = (
            await service.file_report(conn, report, origin="o2", router=router, sealer=SEALER, now=now)
        ).ticket
        await conn.execute("UPDATE tickets SET conversation_id = %s WHERE id = %s", (talk, other.id))
    await do(pool, other, LAN, now, partial(work.merge, into=ticket))
    revive = partial(work.revive, reason="Hai chỗ khác nhau.")
    for by, deed, error in (
        (LAN, revive, NotAllowed),
        (HEAD, partial(work.revive, reason=" "), BadTransition),
    ):
        with pytest.raises(error):
            await do(pool, other, by, now, deed)
    with pytest.raises(BadTransition):
        await do(pool, ticket, HEAD, now, revive)
    again = await do(pool, other, HEAD, now, revive)
    assert (again.state, again.merged_into, again) == (S.SORTING, None, await read(pool, other))
    async with pool.connection() as conn:
        told = await (await conn.execute("SELECT text FROM messages ORDER BY created_at")).fetchall()
        clocks = await (
            await conn.execute("SELECT event FROM ticket_clock WHERE ticket_id = %s ORDER BY id", (other.id,))
        ).fetchall()
    assert any("Hai chỗ khác nhau." in row["text"] for row in told)
    assert [row["event"] for row in clocks] == ["start", "stop", "start"]
    assert (await do(pool, other, LAN, now, work.accept)).state is S.IN_WORK


async def test_what_was_begun_may_still_turn_out_to_be_anothers(
    pool: Pool, ticket: Ticket, router: Router, now: datetime
) -> None:
    await do(pool, ticket, LAN, now, work.accept)
    moved = await do(pool, ticket, LAN, now, partial(work.disown, reason="Đường của xã.", router=router))
    assert (moved.state, moved.unit_id, moved.refusals) == (S.FORWARDED, SORTERS, 1)


async def published(pool: Pool, ticket: Ticket, now: datetime) -> Ticket:
    async with pool.connection() as conn:
        talk = uuid4()
        await conn.execute("INSERT INTO conversations (id, channel) VALUES (%s, 'web')", (talk,))
        await conn.execute("UPDATE tickets SET (may_publish, conversation_id) = (true, %s)", (talk,))
    resolve = partial(work.resolve, public="Vá xong ngày 31/11.", reopen_for=timedelta(days=1))
    await do(pool, ticket, LAN, now, resolve)
    return await do(pool, ticket, HEAD, now, partial(work.publish, what="Ổ gà trước nhà ông A"))


async def test_a_head_corrects_what_was_published_and_the_reporter_hears_it_once(
    pool: Pool, ticket: Ticket, now: datetime
) -> None:
    shown = await published(pool, ticket, now)
    later = now + timedelta(hours=1)
    correct = partial(work.correct, public="Vá xong ngày 30/11.", reason="Ghi nhầm ngày.", what="Ổ gà")
    for by, error in ((LAN, NotAllowed), (READER, NotAllowed)):
        with pytest.raises(error):
            await do(pool, ticket, by, later, correct)
    after = await do(pool, ticket, HEAD, later, correct)
    assert after == await read(pool, ticket)
    assert (after.state, after.answer_public, after.published_what) == (
        S.PUBLISHED,
        "Vá xong ngày 30/11.",
        "Ổ gà",
    )
    assert after.version > shown.version and after.published_at == shown.published_at
    async with pool.connection() as conn:
        history = await service.history(conn, after)
        told = await (await conn.execute("SELECT text FROM messages ORDER BY created_at")).fetchall()
        acts = await (
            await conn.execute("SELECT action, details FROM audit ORDER BY id DESC LIMIT 1")
        ).fetchone()
        clocks = await (await conn.execute("SELECT event FROM ticket_clock ORDER BY id")).fetchall()
    assert [event.to_state for event in history[-2:]] == [S.PUBLISHED, S.PUBLISHED]
    assert "30/11" in history[-1].note and "31/11" in history[-3].note  # what was said before stays on record
    assert [row["text"] for row in told if "30/11" in row["text"]] == [told[-1]["text"]]
    assert "Ghi nhầm ngày." in told[-1]["text"]
    assert acts == {"action": "ticket.answer_corrected", "details": {"answer": True, "report": True}}
    assert [row["event"] for row in clocks] == ["start", "stop"]


async def test_only_what_is_published_and_other_words_are_corrected(
    pool: Pool, ticket: Ticket, now: datetime
) -> None:
    correct = partial(work.correct, reason="Ghi nhầm.")
    with pytest.raises(BadTransition):
        await do(pool, ticket, HEAD, now, partial(correct, public="x"))
    await published(pool, ticket, now)
    for words in ({"public": ""}, {"public": "Vá xong ngày 31/11."}, {"public": "x", "reason": " "}):
        with pytest.raises(BadTransition):
            await do(pool, ticket, HEAD, now, partial(correct, **words))


async def test_many_at_once_and_what_cannot_be_done_is_named(
    pool: Pool, ticket: Ticket, report: NewReport, router: Router, now: datetime
) -> None:
    async with pool.connection() as conn:
        other = (
            await service.file_report(conn, report, origin="o2", router=router, sealer=SEALER, now=now)
        ).ticket
    chosen = [(ticket.code, ticket.version), (other.code, 99), ("PA-2026-999999", 1)]
    async with bounded(pool, LAN) as conn:
        outcome = await work.in_bulk(conn, chosen, work.accept, staff=LAN, now=now)
    assert [type(error) for error in outcome.values()] == [type(None), TicketChanged, TicketNotFound]
    assert (await read(pool, ticket)).state is S.IN_WORK
    assert (await read(pool, other)).state is S.NEW


async def test_every_deed_is_in_the_audit_and_the_audit_cannot_be_rewritten(
    pool: Pool, ticket: Ticket, now: datetime
) -> None:
    await do(pool, ticket, LAN, now, partial(work.note, text="gọi lại chiều nay"))
    await do(pool, ticket, LAN, now, work.accept)
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT action, actor FROM audit ORDER BY id")).fetchall()
        assert [row["action"] for row in rows] == ["ticket.filed", "ticket.noted", *["ticket.moved"] * 3]
        assert await auditing.broken_lines(conn) == []
        await auditing.seal(conn, now=now)
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with pytest.raises(psycopg.errors.RaiseException):
            async with pool.connection() as conn:
                await conn.execute(statement)


@pytest.mark.parametrize(
    ("tampering", "line", "seal"),
    [
        ("UPDATE audit SET actor = 'ai khác' WHERE id = 2", [2], []),
        ("DELETE FROM audit WHERE id = 2", [3], [4]),
        ("DELETE FROM audit WHERE id = 4", [], [4]),
    ],
)
async def test_tampering_by_the_master_of_the_database_shows(
    pool: Pool, ticket: Ticket, now: datetime, tampering: str, line: list[int], seal: list[int]
) -> None:
    await do(pool, ticket, LAN, now, work.accept)
    async with pool.connection() as conn:
        await auditing.seal(conn, now=now)
        await conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_kept")
        await conn.execute(tampering.encode())
        assert await auditing.broken_lines(conn) == line
        assert await auditing.broken_seals(conn) == seal


async def test_internal_notes_are_read_in_order(pool: Pool, ticket: Ticket, now: datetime) -> None:
    for at, text in ((now, "một"), (now + timedelta(minutes=1), "hai")):
        await do(pool, ticket, LAN, at, partial(work.note, text=text))
    async with bounded(pool, HEAD) as conn:
        assert [line["text"] for line in await work.notes(conn, ticket.id)] == ["một", "hai"]


def test_a_way_passes_only_what_needs_no_decision() -> None:
    assert work.way(S.NEW, S.FORWARDED) == [S.SORTING, S.FORWARDED]
    assert work.way(S.NEW, S.ANSWERED) == [S.SORTING, S.OURS, S.IN_WORK, S.ANSWERED]
    assert work.way(S.FORWARDED, S.FORWARDED) == [S.SORTING, S.FORWARDED]
    assert work.way(S.NEW, S.REFUSED) == work.way(S.FORWARDED, S.REFUSED) == [S.SORTING, S.REFUSED]
    assert work.way(S.IN_WORK, S.REFUSED) == [S.REFUSED]
    with pytest.raises(BadTransition):  # reopening is its reporter's, and no step on another way
        work.way(S.ANSWERED, S.REFUSED)
    for ended in (S.REFUSED, S.PUBLISHED):
        with pytest.raises(BadTransition):
            work.way(ended, S.IN_WORK)
