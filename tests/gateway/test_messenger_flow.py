"""Messenger from its webhook to the citizen's screen: the platform is simulated, the app's parts are the real ones."""

from __future__ import annotations

import io
import itertools
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
from PIL import Image

from bot.gateway import problems, security
from bot.gateway.arrivals import Arrivals
from bot.gateway.channels import open_channels
from bot.gateway.media import MediaFetcher
from bot.gateway.routes import channels as channel_routes
from bot.gateway.sending import Sender
from bot.gateway.settings import Settings
from bot.gateway.turn import run_turn
from desk import notices
from desk.database import EmbeddedPostgres, Pool, open_pool
from desk.photos import PhotoReader
from desk.sealing import Sealer, new_key
from tests.gateway.conftest import TEMPLATE, in_database_created
from tests.gateway.helpers import EchoDialogue, message, rows
from tests.gateway.test_zalo import hosting
from tests.simulators.messenger import MessengerPlatform
from tests.simulators.messenger_terminal import settings as settings_for
from tests.simulators.messenger_world import Person
from tests.simulators.platform import serving

pytestmark = pytest.mark.postgres
TESTS = itertools.count(1)  # the database is one for all: nobody comes twice
CHOICES = [
    {"title": "Có", "payload": "#MC:YES"},
    {"title": "Cấp lại thẻ căn cước công dân", "text": "cấp lại thẻ"},
]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[MessengerPlatform, str]]:
    platform = MessengerPlatform()
    with serving(platform) as url:
        yield platform, url


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    return in_database_created(postgres.dsn, f"mess{uuid4().hex[:10]}", TEMPLATE)


@dataclass
class Town:
    """The platform, the app's webhook, a worker without its process, and one person of this test."""

    platform: MessengerPlatform
    pool: Pool
    web: httpx.AsyncClient
    sender: Sender
    arrivals: Arrivals
    dialogue: EchoDialogue
    person: str

    @property
    def screen(self) -> Person:
        return self.platform.person(self.person)

    def heard(self, person: str = "") -> list[str]:
        """What the person reads of the dialogue's answers, without our own introduction."""
        shown = self.platform.person(person or self.person).shown
        return [one.text.partition("nghe: ")[2].partition("\n")[0] for one in shown]

    async def post(self, headers: Any, body: bytes) -> int:
        answer = await self.web.post("/channels/messenger", content=body, headers=dict(headers))
        return answer.status_code

    async def deliver(self) -> None:
        self.platform.pack()
        while self.platform.deliveries.due():
            await self.platform.deliveries.deliver_to(self.post)
            self.platform.pack()

    async def settle(self, *, hours: float = 0.3) -> list[str]:
        """Deliver, answer and send until nothing is left to do or so much time has passed."""
        until = self.platform.clock.now() + timedelta(hours=hours)
        await self.deliver()
        for row in await rows(self.pool, "SELECT id FROM inbox WHERE processed_at IS NULL ORDER BY seq"):
            await run_turn(
                row["id"], pool=self.pool, dialogue=self.dialogue, clock=self.platform.clock.now, message=message,
                arrivals=self.arrivals,
            )  # fmt: skip
        while self.platform.clock.now() < until:
            while await self.sender.round():
                await self.deliver()
            if not await rows(self.pool, "SELECT 1 FROM outbox WHERE state = 'pending'"):
                break
            self.platform.clock.move(timedelta(seconds=20))
            await self.deliver()
        return self.heard()

    async def outbox(self) -> list[tuple[str, str]]:
        found = await rows(
            self.pool, "SELECT state, reason FROM outbox WHERE recipient = %s ORDER BY seq", self.person
        )
        return [(row["state"], row["reason"]) for row in found]


async def echo(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
    photos = f" +{metadata['photos']}" if metadata["photos"] else ""
    said = f"nghe: {metadata['payload'] or text}{photos}"
    return {"status": "answered", "text": said, "choices": CHOICES, "context": {}}


@pytest.fixture
async def town(served: tuple[MessengerPlatform, str], database: str, tmp_path: Path) -> AsyncIterator[Town]:
    platform, url = served
    platform.__dict__.update(MessengerPlatform().__dict__)
    settings = Settings.from_env(
        {**settings_for(url), "DATABASE_URL": database, "MOTCUA_HOME": str(tmp_path)}
    )
    app = FastAPI()
    problems.install(app)
    app.include_router(channel_routes.router)
    async with (
        await open_pool(database, min_size=1, max_size=6) as pool,
        open_channels(settings, pool) as channels,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as web,
    ):
        clock, channel = platform.clock.now, channels["messenger"]
        channel._clock, channel._pauses = clock, (0, 0)  # type: ignore[attr-defined]  # the machine's otherwise
        async with pool.connection() as conn:
            await conn.execute("DELETE FROM channel_states")
            await conn.execute("DELETE FROM channel_rates")
            await conn.execute("DELETE FROM outbox")
        app.state.parts = SimpleNamespace(
            pool=pool, channels={"messenger": channel}, clock=clock, settings=settings, gate=None
        )
        photos = PhotoReader()
        yield Town(
            platform=platform,
            pool=pool,
            web=web,
            sender=Sender(pool=pool, channels={"messenger": channel}, clock=clock),
            arrivals=Arrivals(
                pool=pool,
                fetcher=MediaFetcher(hosts=settings.media_hosts.split(), allow_private=True),
                photos=photos,
                sealer=Sealer([new_key()]),
            ),
            dialogue=EchoDialogue(echo),
            person=str(9_007_199_254_741_000 + next(TESTS)),
        )
        photos.close()


# ------------------------------------------------------------------ a conversation


async def test_the_address_is_confirmed_to_whoever_knows_our_word(town: Town) -> None:
    asked = town.platform.verification(" 0042")
    answer = await town.web.get("/channels/messenger", params=asked)
    assert (answer.status_code, answer.text) == (200, " 0042")
    assert answer.headers["content-type"].startswith("text/plain")
    answer = await town.web.get("/channels/messenger", params={**asked, "hub.verify_token": "x"})
    assert answer.status_code == 403


async def test_typed_text_a_number_and_a_tap_reach_one_meaning(town: Town) -> None:
    town.platform.writes(town.person, "phí cấp hộ chiếu")
    assert await town.settle() == ["phí cấp hộ chiếu"]
    assert "trợ lý tự động" in town.screen.shown[0].text
    assert [one["title"] for one in town.screen.shown[0].quick_replies] == ["1", "2"]
    town.platform.writes(town.person, "1")
    town.platform.taps(town.person, "1")
    town.platform.writes(town.person, "2")
    assert (await town.settle())[1:] == ["#MC:YES", "#MC:YES", "cấp lại thẻ"]
    assert town.screen.typing == 4
    assert town.platform.refusals == []


async def test_a_typed_payload_is_no_button(town: Town) -> None:
    town.platform.writes(town.person, "#MC:YES")
    town.platform.event(
        "101",
        {
            "sender": {"id": town.person}, "recipient": {"id": "101"}, "timestamp": 1,
            "postback": {"mid": f"m{town.person}", "title": "Có", "payload": "#MC:ADD:PA-2026-000001"},
        },
    )  # fmt: skip
    await town.settle()
    assert [said for said, _ in town.dialogue.asked] == ["#MC:YES"]


async def test_a_photo_is_fetched_cleaned_and_kept(town: Town) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (400, 300)).save(picture, "JPEG")
    with hosting(picture.getvalue()) as url:
        town.platform.attaches(
            town.person, {"type": "image", "payload": {"url": f"{url}/a.jpg"}}, text="ổ gà đây"
        )
        assert await town.settle() == ["ổ gà đây +1"]


async def test_an_official_in_the_pages_inbox_silences_the_assistant_and_our_own_echo_does_not(
    town: Town,
) -> None:
    for text in ("một", "hai"):
        town.platform.writes(town.person, text)
        await town.settle()
    assert town.heard() == ["một", "hai"]
    town.platform.official_writes(town.person, "Chào bác, cháu là cán bộ xã")
    town.platform.writes(town.person, "cháu cho bác hỏi")
    await town.settle()
    assert len(town.screen.shown) == 3


# ------------------------------------------------------------------ what the platform does to us


async def test_a_wrong_signature_is_answered_403_and_leaves_one_line(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.platform.writes(town.person, "chào")
    (made,) = town.platform.pack()
    with caplog.at_level(logging.INFO):
        for headers in ({}, {"X-Hub-Signature": made.headers["X-Hub-Signature"]}):
            assert await town.post(headers, made.body) == 403
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 2 and all("dropped" in line for line in lines)
    assert not any("ch" + "\\u00e0o" in line or town.platform.app_secret in line for line in lines)
    assert await rows(town.pool, "SELECT 1 FROM conversations WHERE person = %s", town.person) == []


async def test_told_twice_receipts_and_standby_are_answered_once(town: Town) -> None:
    town.platform.receipts = True
    town.platform.deliveries.doubled = 1.0
    town.platform.writes(town.person, "chào")
    assert await town.settle() == ["chào"]
    standby = town.platform.body(
        [("101", {"sender": {"id": town.person}, "message": {"mid": "s", "text": "x"}})]
    )
    standby = standby.replace(b'"messaging"', b'"standby"')
    assert await town.post(town.platform.signed(standby), standby) == 200
    assert await town.settle() == ["chào"]


async def test_a_batch_in_reversed_order_is_answered_in_order(town: Town) -> None:
    for number in range(4):
        town.platform.writes(town.person, f"câu {number}")
        town.platform.clock.move(timedelta(milliseconds=5))
    town.platform.events.reverse()
    town.platform.batch = 50
    assert await town.settle() == [f"câu {number}" for number in range(4)]


async def test_a_full_batch_of_a_thousand_events_fits_through_the_door(town: Town) -> None:
    town.platform.batch = 1000
    for number in range(1000):
        town.platform.writes(town.person, f"câu {number}: đường ngập trước chợ, xe không qua được")
    (made,) = town.platform.pack()
    assert len(made.body) > security.MAX_BODY_BYTES
    whole = httpx.ASGITransport(security.BodyLimit(_length_of, actions_token=""))
    async with httpx.AsyncClient(transport=whole, base_url="http://app") as web:
        answer = await web.post("/channels/messenger", content=made.body)
        assert (answer.status_code, answer.text) == (200, str(len(made.body)))
        too_long = b" " * (security.CHANNEL_BODY_BYTES + 1)
        assert (await web.post("/channels/messenger", content=too_long)).status_code == 413


async def _length_of(scope: Any, receive: Any, send: Any) -> None:
    """An app that answers with how much it was given."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


# ------------------------------------------------------------------ what goes wrong on the way back


async def test_whatever_goes_wrong_each_message_is_answered_once_and_in_order(town: Town) -> None:
    people = [town.person, *(f"{town.person}{n}" for n in range(4))]
    town.platform.faults.chances = {
        "drop": 0.1, "lost": 0.1, "502+": 0.05, "502": 0.05, "503": 0.05, "error:613": 0.05, "error:2": 0.05,
    }  # fmt: skip
    town.platform.deliveries.doubled = 0.3
    for number in range(6):
        for person in people:
            town.platform.writes(person, f"câu {number}")
        town.platform.clock.move(timedelta(milliseconds=5))
    await town.settle(hours=6)
    assert len(town.platform.faults.met) > 5
    for person in people:
        assert town.heard(person) == [f"câu {number}" for number in range(6)]
    assert set(await town.outbox()) == {("sent", "")}


async def test_a_typing_sign_that_fails_does_not_lose_the_reply(town: Town) -> None:
    town.platform.writes(town.person, "chào")
    town.platform.faults.script = ["error:100"]
    assert await town.settle() == ["chào"]


async def test_a_throttle_is_waited_out(town: Town) -> None:
    town.platform.per_thread = 2
    for number in range(3):
        town.platform.writes(town.person, f"câu {number}")
    assert await town.settle() == ["câu 0", "câu 1", "câu 2"]
    assert set(town.platform.refusals) == {"613"}


async def test_a_token_that_ended_raises_one_alarm_and_loses_nothing(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.platform.expired.add("page-token")
    for number in range(3):
        town.platform.writes(town.person, f"câu {number}")
        await town.settle(hours=0.02)
    alarms = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert len(alarms) == 1 and "stopped" in alarms[0] and "page-token" not in alarms[0]
    assert [state for state, _ in await town.outbox()] == ["pending"] * 3
    town.platform.expired.clear()
    async with town.pool.connection() as conn:
        await conn.execute("DELETE FROM channel_states")
    assert await town.settle() == ["câu 0", "câu 1", "câu 2"]


async def test_whom_the_platform_does_not_reach_is_marked_until_they_write_again(town: Town) -> None:
    town.platform.writes(town.person, "chào")
    town.screen.blocked = True
    await town.settle()
    assert await town.outbox() == [("parked", "unreachable")]
    gone = "SELECT gone_at IS NOT NULL AS gone FROM channel_people p JOIN conversations c ON c.id = p.conversation_id"
    gone += " WHERE c.person = %s"
    assert await rows(town.pool, gone, town.person) == [{"gone": True}]
    town.screen.blocked = False
    town.platform.writes(town.person, "tôi đây")
    assert await town.settle() == ["tôi đây"]
    assert await rows(town.pool, gone, town.person) == [{"gone": False}]


async def test_after_its_window_a_notice_is_parked_at_once_and_an_officials_words_too(town: Town) -> None:
    town.platform.writes(town.person, "chào")
    await town.settle()
    town.platform.clock.move(timedelta(hours=25))
    (row,) = await rows(town.pool, "SELECT id FROM conversations WHERE person = %s", town.person)
    for key, human in (("a", False), ("b", True)):
        async with town.pool.connection() as conn:
            await notices.say(
                conn,
                row["id"],
                text="Phản ánh đã có trả lời.",
                now=town.platform.clock.now(),
                key=key,
                human=human,
            )
    await town.settle(hours=1)
    assert (await town.outbox())[1:] == [("parked", "window_closed")] * 2
    assert len(town.screen.shown) == 1 and town.platform.refusals == []
