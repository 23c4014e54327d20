"""A person asks in chat to be told, is told within the channel's window, and ends it with a tap."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from bot.channels.messenger import MessengerChannel
from bot.gateway import receiving, telling
from bot.gateway.messenger import config_of
from bot.gateway.sending import Sender
from bot.gateway.settings import ROOT, Settings
from bot.gateway.subscribing import command_in
from bot.gateway.turn import run_turn
from desk.calendar import LOCAL_TIME
from desk.database import EmbeddedPostgres, Pool, open_pool
from desk.models import TicketState
from desk.secret import hash_secret
from tests.desk.test_subscriptions import filed, moved, tell
from tests.gateway.conftest import TEMPLATE
from tests.gateway.conftest import _database as database
from tests.gateway.helpers import EchoDialogue, begin, clock, message, rows, say
from tests.gateway.test_citizen_desk import talk
from tests.simulators.messenger import MessengerPlatform
from tests.simulators.messenger_terminal import settings as simulated_settings
from tests.simulators.platform import Clock, serving

S = TicketState
PLANS = ROOT / "knowledge" / "packs" / "plans"
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=LOCAL_TIME)


@pytest.fixture(scope="module")
def dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """One database for all of them."""
    yield from database(postgres, template=TEMPLATE)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with await open_pool(dsn, min_size=1, max_size=4) as opened:
        yield opened
        async with opened.connection() as conn:
            await conn.execute("TRUNCATE conversations, tickets, outbox, messages, ticket_attempts CASCADE")


# ------------------------------------------------------------------ which words


@pytest.mark.parametrize(
    "text",
    [
        "báo tôi khi có kết quả", "Báo cho em khi có kết quả nhé", "khi nào có kết quả thì báo tôi",
        "bao toi khi co ket qua",
        "nhắn tin cho mình khi có trả lời ạ", "có kết quả thì báo em với", "thông báo cho tôi khi phản ánh có kết quả",
        "báo tôi khi PA-2026-000123 có kết quả", "báo tôi khi có kết quả PA-2026-000123 ABCD-EFGH",
        "theo dõi phản ánh này giúp tôi", "khi nào xong báo tôi", "khi có kết quả nhớ báo tôi",
        "báo kết quả cho tôi khi có",
        "xử lý xong thì báo tôi", "cho tôi nhận thông báo về phản ánh này", "cập nhật cho tôi khi có thay đổi",
    ],
)  # fmt: skip
def test_a_wish_to_hear_of_a_report(text: str) -> None:
    assert command_in(text) == "ticket"


@pytest.mark.parametrize(
    "text",
    [
        "nhắc tôi lịch đối thoại", "Nhắc em lịch đối thoại với ạ", "nhac toi lich doi thoai",
        "nhắc tôi trước buổi đối thoại",
        "khi nào có lịch đối thoại thì báo tôi", "đăng ký nhắc lịch đối thoại", "báo cho mình lịch tiếp công dân",
        "có lịch đối thoại thì nhắc tôi", "tôi muốn được nhắc lịch đối thoại", "nhắc lịch đối thoại cho tôi",
    ],
)  # fmt: skip
def test_a_wish_to_be_reminded(text: str) -> None:
    assert command_in(text) == "event"


@pytest.mark.parametrize(
    "text",
    [
        "đừng báo nữa", "thôi đừng báo tôi nữa", "dung bao nua", "không nhận tin nữa", "tôi không muốn nhận tin nữa",
        "hủy đăng ký nhận tin", "tắt thông báo", "đừng nhắn tin cho tôi nữa", "ngừng gửi thông báo",
    ],
)  # fmt: skip
def test_a_wish_for_silence(text: str) -> None:
    assert command_in(text) == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "báo kết quả ở đâu?", "khi nào có kết quả", "lịch đối thoại khi nào", "làm sao để được báo khi có kết quả?",
        "báo",
        "hủy đăng ký thường trú", "hủy đăng ký kết hôn", "đăng ký khai sinh khi nào có kết quả", "báo mất căn cước", "",
        "nhà máy xả thải mà xã không báo cho dân", "thông báo kết quả trúng tuyển cần gì", "tôi muốn báo cháy",
        "dừng kinh doanh",
        "không nhận được kết quả thì làm sao", "tạm ngừng hoạt động", "theo dõi hồ sơ ở đâu", "nhận kết quả ở đâu",
        "hồ sơ xong báo tôi", "nhận kết quả", "nhận lịch hẹn cấp hộ chiếu", "không nhận hồ sơ", "thôi học",
        "tôi muốn nhận tin",
    ],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert command_in(text) == ""


# ------------------------------------------------------------------ in a conversation


async def running(pool: Pool) -> list[tuple[str, str]]:
    found = await rows(
        pool, "SELECT topic, key FROM subscriptions WHERE ended_at IS NULL ORDER BY created_at"
    )
    return [(row["topic"], row["key"]) for row in found]


@pytest.mark.postgres
async def test_asked_for_told_and_ended_with_one_tap(pool: Pool) -> None:
    conversation = await begin(pool)
    ticket = await filed(pool, conversation)
    body = await talk(pool, conversation, "báo tôi khi có kết quả nhé")
    assert ticket.code in body["text"]
    assert await running(pool) == [("ticket", ticket.code)]
    (stop,) = body["choices"]
    assert (stop["title"], stop["payload"][:9]) == ("Dừng nhận tin", "#MC:STOP:")
    body = await talk(pool, conversation, "", stop["payload"])
    assert "đã dừng" in body["text"]
    assert await running(pool) == []
    assert "không đăng ký" in (await talk(pool, conversation, "đừng báo nữa"))["text"]


@pytest.mark.postgres
async def test_of_several_reports_one_is_chosen_and_silence_ends_all(pool: Pool) -> None:
    conversation = await begin(pool)
    first, second = await filed(pool, conversation), await filed(pool, conversation)
    body = await talk(pool, conversation, "báo tôi khi có kết quả")
    assert {choice["title"] for choice in body["choices"]} == {first.code, second.code}
    for choice in body["choices"]:
        await talk(pool, conversation, "", choice["payload"])
    assert len(await running(pool)) == 2
    assert "dừng hết" in (await talk(pool, conversation, "đừng báo nữa"))["text"]
    assert await running(pool) == []


@pytest.mark.postgres
async def test_a_report_of_somebody_else_needs_its_secret(pool: Pool) -> None:
    conversation = await begin(pool)
    ticket = await filed(pool, None)
    for text in (f"báo tôi khi {ticket.code} có kết quả", f"báo tôi khi có kết quả {ticket.code} AAAA-BBBB"):
        assert "mã bí mật" in (await talk(pool, conversation, text))["text"]
    assert "mã bí mật" in (await talk(pool, conversation, "", f"#MC:NOTIFY:{ticket.code}"))["text"]
    assert await running(pool) == []
    async with pool.connection() as conn:
        await conn.execute("UPDATE tickets SET secret_hash = %s", (await hash_secret("ABCDEFGH"),))
    await talk(pool, conversation, f"báo tôi khi có kết quả {ticket.code} abcd-efgh")
    assert await running(pool) == [("ticket", ticket.code)]


@pytest.mark.postgres
async def test_another_persons_button_ends_nothing_of_mine(pool: Pool) -> None:
    mine, theirs = await begin(pool), await begin(pool)
    await filed(pool, mine)
    (stop,) = (await talk(pool, mine, "báo tôi khi có kết quả"))["choices"]
    await talk(pool, theirs, "", stop["payload"])
    assert len(await running(pool)) == 1


@pytest.mark.postgres
async def test_events_need_a_place_and_a_kiosk_makes_no_promises(pool: Pool) -> None:
    nowhere, here, kiosk = (
        await begin(pool),
        await begin(pool, area="lam-dong/bac-binh"),
        await begin(pool, channel="kiosk", area="lam-dong/bac-binh"),
    )
    assert "xã, phường nào" in (await talk(pool, nowhere, "nhắc tôi lịch đối thoại"))["text"]
    assert "dùng chung" in (await talk_at(pool, kiosk, "nhắc tôi lịch đối thoại", channel="kiosk"))["text"]
    assert await running(pool) == []
    body = await talk(pool, here, "nhắc tôi lịch đối thoại")
    assert "một ngày làm việc" in body["text"]
    assert [choice["title"] for choice in body["choices"]] == ["Xem lịch đối thoại", "Dừng nhận tin"]
    assert await running(pool) == [("event", "")]


async def talk_at(pool: Pool, conversation: UUID, text: str, *, channel: str) -> dict[str, Any]:
    """As `talk`, on another channel."""
    asked = await say(pool, conversation, text, channel=channel)
    await run_turn(asked, pool=pool, dialogue=EchoDialogue(), clock=clock, message=message)
    found = await rows(pool, f"SELECT body FROM messages WHERE inbox_id = '{asked}' AND direction = 'out'")
    return dict(found[0]["body"])


# ------------------------------------------------------------------ through a channel


@pytest.mark.postgres
async def test_within_the_window_it_is_sent_once_and_after_it_parked_without_a_call(pool: Pool) -> None:
    ticking = Clock(MORNING)
    platform = MessengerPlatform(clock=ticking)
    with serving(platform) as url:
        config = config_of(Settings.from_env(simulated_settings(url)))
        assert config is not None
        async with httpx.AsyncClient(verify=False, trust_env=False) as http:  # noqa: S501  # this machine
            channel = MessengerChannel(config, http, clock=ticking.now)
            sender = Sender(pool=pool, channels={"messenger": channel}, clock=ticking.now)
            conversation = await written(pool, channel, platform)
            ticket = await filed(pool, conversation)
            body = await talk_at(pool, conversation, "báo tôi khi có kết quả", channel="messenger")
            assert "không gửi ban đêm" in body["text"]
            await moved(pool, ticket, S.SORTING, now=real(2))
            await tell(pool, real(2))
            await drained(sender, ticking)
            shown = platform.people["202"].shown
            assert f"Phản ánh {ticket.code}" in shown[-1].text
            assert [one["title"] for one in shown[-1].quick_replies] == ["Dừng nhận tin"]
            before = len(platform.calls)
            ticking.move(timedelta(hours=26))
            await moved(pool, ticket, S.OURS, now=real(4))
            await tell(pool, real(4))
            await drained(sender, ticking)
            assert len(platform.calls) == before and platform.refusals == []
    parked = await rows(pool, "SELECT reason, attempts FROM outbox WHERE state = 'parked'")
    assert parked == [{"reason": "window_closed", "attempts": 1}]


def real(minutes: int) -> datetime:
    """A moment of the next working morning after now: subscriptions count from the turn's own clock."""
    return datetime.now(LOCAL_TIME).replace(hour=9, minute=0) + timedelta(days=1, minutes=minutes)


async def written(pool: Pool, channel: MessengerChannel, platform: MessengerPlatform) -> UUID:
    """The conversation of a person who has just written."""
    platform.writes("202", "xin chào")
    (delivery,) = platform.pack()
    headers = {name.lower(): value for name, value in delivery.headers.items()}
    await receiving.receive(pool, channel, headers=headers, body=delivery.body, now=platform.clock.now())
    (row,) = await rows(pool, "SELECT id FROM conversations WHERE person = '202'")
    await rows(pool, "UPDATE inbox SET processed_at = now() RETURNING id")
    return UUID(str(row["id"]))


async def drained(sender: Sender, ticking: Clock) -> None:
    """Whatever is due on the shelf is due now."""
    await rows(
        sender.pool, "UPDATE outbox SET next_try_at = %s WHERE state = 'pending' RETURNING id", ticking.now()
    )
    while await sender.round():
        continue


def published(home: Path, *plans: dict[str, Any]) -> Settings:
    """A home whose snapshot holds these plans, as far as reading records goes."""
    folder = home / "index" / "1"
    folder.mkdir(parents=True)
    lines = [json.dumps(plan, ensure_ascii=False).encode() for plan in plans]
    ends = list(itertools.accumulate(len(line) for line in lines))
    places = {plan["id"]: [end - len(line), end] for plan, line, end in zip(plans, lines, ends, strict=True)}
    (folder / "knowledge.jsonl").write_bytes(b"".join(lines))
    (folder / "places.json").write_text(json.dumps({"plan": places}), encoding="utf-8")
    (home / "index" / "current").symlink_to("1")
    return Settings.from_env({"MOTCUA_HOME": str(home)})


def test_events_to_come_are_read_from_what_serves_and_is_in_force(tmp_path: Path) -> None:
    assert telling.events(Settings.from_env({"MOTCUA_HOME": str(tmp_path / "none")}), now=MORNING) == []
    plan = json.loads((PLANS / "lam-dong-bac-binh-2026.json").read_text(encoding="utf-8"))
    over = {**plan, "id": "old", "validity": {"state": "superseded"}}
    (event,) = telling.events(published(tmp_path, plan, over), now=MORNING)
    assert (event.area, event.start) == (
        "lam-dong/bac-binh", datetime(2026, 12, 11, 20, 15, tzinfo=LOCAL_TIME),
    )  # fmt: skip


@pytest.mark.postgres
async def test_the_deed_reminds_of_a_published_event_and_says_nothing_at_night(
    pool: Pool, tmp_path: Path
) -> None:
    plan = json.loads((PLANS / "lam-dong-bac-binh-2026.json").read_text(encoding="utf-8"))
    deed = telling.timed(published(tmp_path, plan)).deed
    here = await begin(pool, area="lam-dong/bac-binh")
    await talk(pool, here, "nhắc tôi lịch đối thoại")
    for hour in (0, 6, 9, 9, 22):
        await deed(pool, datetime(2026, 12, 10, hour, 2, tzinfo=LOCAL_TIME))
        said = await rows(pool, "SELECT text FROM messages WHERE inbox_id IS NULL")
        assert len(said) == (1 if hour >= 9 else 0)
    assert "20:15 ngày 11/12/2026" in said[0]["text"]


def test_the_deed_has_a_name_of_its_own() -> None:
    assert telling.timed(Settings.from_env({"MOTCUA_HOME": uuid4().hex})).name == "motcua.tell_subscribers"
