"""The reporter hears of the report where it came from, answers, judges, reopens; and speaks with an official."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from bot.gateway import citizen_desk
from bot.gateway.turn import run_turn
from desk import handovers, service, work
from desk.bounds import bounded
from desk.database import Pool
from desk.models import Consent, NewReport, Ticket, TicketState
from desk.routing import Router
from desk.sealing import Sealer, new_key
from desk.staff import Role, Staff
from knowledge.documents import Unit
from knowledge.errors import HandoverGone
from tests.gateway.helpers import EchoDialogue, begin, clock, message, rows, say

pytestmark = pytest.mark.postgres
UNIT = "lam-dong-so-xay-dung"
S = TicketState


async def talk(pool: Pool, conversation: UUID, text: str, payload: str = "") -> dict[str, Any]:
    """Say something; the body of what came back."""
    asked = await say(pool, conversation, text, payload=payload)
    await run_turn(asked, pool=pool, dialogue=EchoDialogue(), clock=clock, message=message)
    found = await rows(pool, f"SELECT body FROM messages WHERE inbox_id = '{asked}' AND direction = 'out'")
    return dict(found[0]["body"])


async def told(pool: Pool) -> list[dict[str, Any]]:
    """Bodies of what was said unasked, oldest first."""
    found = await rows(
        pool, "SELECT body FROM messages WHERE direction = 'out' AND inbox_id IS NULL ORDER BY seq"
    )
    return [row["body"] for row in found]


@pytest.fixture
async def lan(pool: Pool) -> Staff:
    return await official(pool, "lan", Role.DESK)


async def official(pool: Pool, login: str, *roles: Role) -> Staff:
    made = Staff(
        id=uuid4(), login=login, name=login.title(), roles=roles, unit_id=UNIT, created_at=clock(),
        password_set_at=clock(),
    )  # fmt: skip
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO staff (id, login, name, password_hash, roles, unit_id) VALUES (%s, %s, %s, '', %s, %s)",
            (made.id, login, made.name, [role.value for role in roles], UNIT),
        )
    return made


async def filed(pool: Pool, conversation: UUID, *, origin: str = "o1") -> Ticket:
    router = Router(categories=[], rules=[], units=[Unit(id="chung-phan-loai", name="Nơi phân loại")])
    report = NewReport(
        what="Ổ gà trước chợ", area="lam-dong", conversation_id=conversation,
        consent=Consent(version="1", text_id="r", at=clock()),
    )  # fmt: skip
    async with pool.connection() as conn:
        made = await service.file_report(
            conn, report, origin=origin, router=router, sealer=Sealer([new_key()]), now=clock()
        )
        await conn.execute("UPDATE tickets SET unit_id = %s, unit_name = 'Sở Xây dựng'", (UNIT,))
    return made.ticket


async def do(pool: Pool, ticket: Ticket, by: Staff, deed: Callable[[work.Hand], Awaitable[Any]]) -> None:
    async with bounded(pool, by) as conn:
        await deed(await work.take(conn, code=ticket.code, version=None, staff=by, now=clock()))


async def state(pool: Pool) -> TicketState:
    return TicketState((await rows(pool, "SELECT state FROM tickets"))[0]["state"])


async def test_asked_for_more_the_reporter_answers_with_one_tap_and_the_ticket_goes_on(
    pool: Pool, lan: Staff
) -> None:
    conversation = await begin(pool)
    ticket = await filed(pool, conversation)
    await do(pool, ticket, lan, partial(work.ask, question="Bạn cho biết số nhà gần nhất?"))
    (notice,) = await told(pool)
    assert "số nhà gần nhất" in notice["text"]
    assert notice["choices"] == [{"title": "Bổ sung ngay", "payload": f"#MC:ADD:{ticket.code}"}]
    asked = await talk(pool, conversation, "Bổ sung ngay", notice["choices"][0]["payload"])
    assert ticket.code in asked["text"]
    answered = await talk(pool, conversation, "số 12 đường Trần Phú")
    assert "đã gửi phần bổ sung" in answered["text"]
    assert await state(pool) is S.SORTING
    assert (await rows(pool, "SELECT note FROM ticket_events ORDER BY id DESC LIMIT 1"))[0][
        "note"
    ] == "số 12 đường Trần Phú"
    assert (await talk(pool, conversation, "cảm ơn"))["text"].endswith(
        "cảm ơn"
    )  # the dialogue has the word again


async def test_the_answer_is_told_judged_once_and_not_content_reopens_it_for_the_head(
    pool: Pool, lan: Staff
) -> None:
    head = await official(pool, "truong", Role.HEAD)
    conversation = await begin(pool)
    ticket = await filed(pool, conversation)
    await do(
        pool,
        ticket,
        lan,
        partial(work.resolve, public="Đã vá.", private="Cảm ơn bạn.", reopen_for=timedelta(days=15)),
    )
    notice = (await told(pool))[-1]
    assert "Đã vá." in notice["text"] and "Cảm ơn bạn." in notice["text"]
    unhappy = await talk(pool, conversation, "Chưa hài lòng", f"#MC:UNHAPPY:{ticket.code}")
    assert "mở lại" in unhappy["text"]
    reopened = await talk(pool, conversation, "vẫn còn nguyên ổ gà")
    assert "Sở Xây dựng" in reopened["text"]
    kept = (await rows(pool, "SELECT state, rating, assigned_to, reopened FROM tickets"))[0]
    assert (kept["state"], kept["rating"], kept["assigned_to"], kept["reopened"]) == (
        "DANG_XU_LY",
        1,
        head.id,
        1,
    )
    await do(pool, ticket, head, partial(work.resolve, public="Đã làm lại.", reopen_for=timedelta(days=15)))
    again = await talk(pool, conversation, "Hài lòng", f"#MC:CONTENT:{ticket.code}")
    assert "đánh giá" in again["text"]
    assert (await rows(pool, "SELECT rating FROM tickets"))[0]["rating"] == 1


async def test_a_judgement_before_the_answer_changes_nothing(pool: Pool) -> None:
    conversation = await begin(pool)
    ticket = await filed(pool, conversation)
    await talk(pool, conversation, "Hài lòng", f"#MC:CONTENT:{ticket.code}")
    assert (await rows(pool, "SELECT rating FROM tickets"))[0]["rating"] is None


async def test_another_conversation_can_do_nothing_to_it(pool: Pool, lan: Staff) -> None:
    ticket = await filed(pool, await begin(pool))
    stranger = await begin(pool)
    for button in ("ADD", "CONTENT", "UNHAPPY"):
        said = await talk(pool, stranger, "x", f"#MC:{button}:{ticket.code}")
        assert "không tìm thấy" in said["text"]
    assert await state(pool) is S.NEW


async def test_never_mind_and_an_emergency_are_no_addition(pool: Pool, lan: Staff) -> None:
    conversation = await begin(pool)
    ticket = await filed(pool, conversation)
    for words, payload in (("Thôi", citizen_desk.NEVER_MIND), ("cháy nhà rồi cứu với", "")):
        await talk(pool, conversation, "Bổ sung", f"#MC:ADD:{ticket.code}")
        await talk(pool, conversation, words, payload)
    notes = await rows(pool, "SELECT note FROM ticket_events WHERE note <> ''")
    assert notes == []


async def test_a_notice_goes_out_once_to_a_channel_that_is_called(pool: Pool, lan: Staff) -> None:
    conversation = await begin(pool)
    async with pool.connection() as conn:
        await conn.execute("UPDATE conversations SET channel = 'zalo', person = 'z1'")
    ticket = await filed(pool, conversation)
    await do(pool, ticket, lan, partial(work.ask, question="Ở đâu?"))
    (sent,) = await rows(pool, "SELECT channel, recipient, state, body FROM outbox")
    assert (sent["channel"], sent["recipient"], sent["state"]) == ("zalo", "z1", "pending")
    assert sent["body"]["ticket"]["code"] == ticket.code


async def test_merged_reporters_hear_the_answer_of_the_one_that_stays(pool: Pool, lan: Staff) -> None:
    first, second = await begin(pool), await begin(pool)
    main = await filed(pool, first, origin="a")
    other = await filed(pool, second, origin="b")
    await do(pool, other, lan, partial(work.merge, into=main))
    await do(pool, main, lan, partial(work.resolve, public="Đã vá.", reopen_for=timedelta(days=1)))
    heard = await rows(
        pool,
        f"SELECT text FROM messages WHERE conversation_id = '{second}' AND inbox_id IS NULL ORDER BY seq",
    )
    assert main.code in heard[0]["text"] and "Đã vá." in heard[-1]["text"]


class Handing(EchoDialogue):
    """A dialogue whose every reply hands over."""

    async def turn(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        return {"status": "handed_over", "text": "Mình chuyển bạn tới cán bộ."}


async def hand_over(pool: Pool, conversation: UUID, at: datetime) -> str:
    asked = await say(pool, conversation, "gặp cán bộ")
    await run_turn(asked, pool=pool, dialogue=Handing(), clock=lambda: at, message=message)
    return str(
        (await rows(pool, f"SELECT text FROM messages WHERE inbox_id = '{asked}' AND direction = 'out'"))[0][
            "text"
        ]
    )


async def test_a_person_waits_in_a_queue_speaks_with_an_official_and_gets_the_assistant_back(
    pool: Pool, lan: Staff
) -> None:
    open_at = datetime.fromisoformat("2026-11-20T09:00:00+07:00")
    first, second = await begin(pool), await begin(pool)
    assert "người thứ 1" in await hand_over(pool, first, open_at)
    assert "người thứ 2" in await hand_over(pool, second, open_at + timedelta(minutes=1))
    assert "người thứ 1" in await hand_over(pool, first, open_at)  # asked again: the same place
    assert (await talk(pool, first, "phí bao nhiêu"))["status"] == "answered"  # the assistant still answers
    async with pool.connection() as conn:
        assert [row["conversation_id"] for row in await handovers.queue(conn)] == [first, second]
        await handovers.take(conn, first, staff=lan, now=clock())
        with pytest.raises(HandoverGone):
            await handovers.take(conn, first, staff=lan, now=clock())
        with pytest.raises(HandoverGone):
            await handovers.speak(conn, second, staff=lan, text="x", now=clock())
    silent = await talk(pool, first, "phí bao nhiêu")
    assert (silent["status"], "cán bộ" in silent["text"]) == ("handed_over", True)
    assert (await talk(pool, first, "cháy nhà rồi cứu với"))["status"] != "handed_over"
    async with pool.connection() as conn:
        await handovers.speak(conn, first, staff=lan, text="Chào bạn", now=clock())
        assert await handovers.end(conn, first, by=lan.login, now=clock())
        assert not await handovers.end(conn, first, by=lan.login, now=clock())
    assert [body["text"] for body in await told(pool)][1] == "Cán bộ Lan: Chào bạn"
    assert (await talk(pool, first, "phí bao nhiêu"))["status"] == "answered"


async def test_out_of_hours_the_time_of_an_answer_is_said_and_a_tap_brings_the_assistant_back(
    pool: Pool, lan: Staff
) -> None:
    conversation = await begin(pool)
    late = await hand_over(pool, conversation, datetime.fromisoformat("2026-11-20T22:00:00+07:00"))
    assert "ngoài giờ" in late and "23/11" in late  # the next day is a Saturday
    async with pool.connection() as conn:
        await handovers.take(conn, conversation, staff=lan, now=clock())
    back = await talk(pool, conversation, "Nói chuyện với trợ lý", citizen_desk.BACK)
    assert "Trợ lý tiếp tục" in back["text"]
    assert (await talk(pool, conversation, "phí"))["status"] == "answered"
