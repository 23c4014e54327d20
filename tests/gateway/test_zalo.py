"""Zalo from its webhook to the citizen's screen: the platform is simulated, the app's parts are the real ones."""

from __future__ import annotations

import io
import itertools
import json
import logging
import random
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from pydantic import ValidationError
from typer.testing import CliRunner

from bot.cli import app as command_line
from bot.gateway import channel_states, pages, problems, zalo, zalo_commands
from bot.gateway.arrivals import Arrivals
from bot.gateway.channels import open_channels
from bot.gateway.media import MediaFetcher
from bot.gateway.routes import channels as channel_routes
from bot.gateway.routes import pages as page_routes
from bot.gateway.routes import zalo as zalo_routes
from bot.gateway.sending import Sender
from bot.gateway.settings import Settings
from bot.gateway.turn import run_turn
from desk.database import EmbeddedPostgres, Pool, open_pool
from desk.photos import PhotoReader
from desk.sealing import Sealer, new_key
from knowledge.errors import ChannelNotSet
from tests.gateway.conftest import TEMPLATE, in_database_created
from tests.gateway.helpers import EchoDialogue, message, rows
from tests.simulators.platform import serving
from tests.simulators.zalo import ZaloPlatform
from tests.simulators.zalo_terminal import settings as settings_for
from tests.simulators.zalo_world import Person

pytestmark = pytest.mark.postgres
KEY = new_key()
TESTS = itertools.count(1)  # the database is one for all: nobody and no message comes twice
CHOICES = [{"title": "Có", "payload": "#MC:YES"}, {"title": "Mở trang", "url": "https://dichvucong.gov.vn"}]


def configured(platform: ZaloPlatform, url: str, dsn: str, home: Path, **more: Any) -> Settings:
    env = settings_for(platform, url)
    return Settings.from_env({**env, "DATABASE_URL": dsn, "DATA_KEYS": KEY, "MOTCUA_HOME": str(home), **more})


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[ZaloPlatform, str]]:
    platform = ZaloPlatform()
    with serving(platform) as url:
        yield platform, url


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    return in_database_created(postgres.dsn, f"zalo{uuid4().hex[:10]}", TEMPLATE)


@dataclass
class Town:
    """The platform, the app's webhook, a worker without its process, and one person of this test."""

    platform: ZaloPlatform
    pool: Pool
    settings: Settings
    web: httpx.AsyncClient
    sender: Sender
    arrivals: Arrivals
    dialogue: EchoDialogue
    person: str

    @property
    def screen(self) -> Person:
        return self.platform.person(self.person)

    async def deliver(self) -> list[int]:
        statuses: list[int] = []

        async def post(headers: Any, body: bytes) -> int:
            answer = await self.web.post("/channels/zalo", content=body, headers=dict(headers))
            statuses.append(answer.status_code)
            return answer.status_code

        while self.platform.deliveries.due():
            await self.platform.deliveries.deliver_to(post)
        return statuses

    async def work(self) -> None:
        """What a worker does until nothing is left to do."""
        for row in await rows(self.pool, "SELECT id FROM inbox WHERE processed_at IS NULL ORDER BY seq"):
            await run_turn(
                row["id"], pool=self.pool, dialogue=self.dialogue, clock=self.platform.clock.now, message=message,
                arrivals=self.arrivals,
            )  # fmt: skip
        while await self.sender.round():
            await self.deliver()

    async def settle(self) -> list[str]:
        """Everything there is to do; what the person then reads."""
        await self.deliver()
        await self.work()
        return self.screen.texts

    async def kept(self) -> int:
        found = await rows(
            self.pool,
            "SELECT count(*) AS n FROM inbox i JOIN conversations c ON c.id = i.conversation_id"
            f" WHERE c.person = '{self.person}'",
        )
        return int(found[0]["n"])


async def heard(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
    said = metadata["payload"] or text
    asks = {"asks": "contact"} if "liên hệ" in said else {}
    photos = f" +{metadata['photos']}" if metadata["photos"] else ""
    return {
        "status": "answered", "text": f"nghe: {said}{photos}", "choices": CHOICES, "context": {}, **asks
    }  # fmt: skip


@pytest.fixture
async def town(served: tuple[ZaloPlatform, str], database: str, tmp_path: Path) -> AsyncIterator[Town]:
    platform, url = served
    platform.__init__()  # type: ignore[misc]  # the server holds the object
    test = next(TESTS)
    platform._number = 1000 * test
    settings = configured(
        platform, url, database, tmp_path, ZALO_CONTACT_IMAGE="https://mc.example/a.png",
        ZALO_SITE_VERIFICATION="Abc_1-x",
    )  # fmt: skip
    app = FastAPI()
    problems.install(app)
    for module in (channel_routes, zalo_routes, page_routes):
        app.include_router(module.router)
    async with (
        await open_pool(database, min_size=1, max_size=6) as pool,
        open_channels(settings, pool) as channels,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as web,
    ):
        clock = platform.clock.now
        channels["zalo"]._clock = clock  # type: ignore[attr-defined]  # the channel's own is the machine's
        channels["zalo"].api._tokens.clock = clock  # type: ignore[attr-defined]
        async with pool.connection() as conn:
            await conn.execute("DELETE FROM channel_states")
            await conn.execute("DELETE FROM channel_rates")
        await zalo.tokens(settings, pool).store(_pair(platform))
        app.state.parts = SimpleNamespace(
            pool=pool, channels={"zalo": channels["zalo"]}, clock=clock, settings=settings, gate=None
        )
        fetcher = MediaFetcher(hosts=settings.media_hosts.split(), allow_private=True)
        photos = PhotoReader()
        yield Town(
            platform=platform,
            pool=pool,
            settings=settings,
            web=web,
            sender=Sender(pool=pool, channels={"zalo": channels["zalo"]}, clock=clock),
            arrivals=Arrivals(pool=pool, fetcher=fetcher, photos=photos, sealer=Sealer([KEY])),
            dialogue=EchoDialogue(heard),
            person=str(9_007_199_254_741_000 + test),
        )
        photos.close()


def _pair(platform: ZaloPlatform) -> Any:
    from bot.gateway.zalo_oauth import granted

    return granted(200, json.dumps(platform.tokens.grant()), now=platform.clock.now())


# A conversation


async def test_a_question_is_answered_with_buttons_that_can_be_tapped(town: Town) -> None:
    town.platform.writes(town.person, "phí cấp hộ chiếu")
    (first,) = await town.settle()
    assert first.endswith("nghe: phí cấp hộ chiếu")
    town.platform.taps(town.person, "Có")
    assert (await town.settle())[1:] == ["nghe: #MC:YES"]
    assert [shown.quota for shown in town.screen.shown] == ["reply", "reply"]
    costs = await rows(town.pool, "SELECT cost FROM outbox WHERE recipient = '" + town.person + "'")
    assert [row["cost"] for row in costs] == ["reply", "reply"]


async def test_a_typed_payload_that_was_not_offered_does_nothing(town: Town) -> None:
    town.platform.writes(town.person, "#MC:PAKN:XAC_NHAN")
    await town.settle()
    assert town.dialogue.asked == []
    assert len(town.screen.texts) == 1


async def test_five_messages_in_a_row_are_answered_in_order(town: Town) -> None:
    for number in range(5):
        town.platform.writes(town.person, f"câu {number}")
    said = await town.settle()
    assert [text.rpartition("nghe: ")[2] for text in said] == [f"câu {number}" for number in range(5)]


async def test_a_first_visit_is_greeted_and_a_leaving_ends_it(town: Town) -> None:
    town.platform.follows(town.person)
    assert len(await town.settle()) == 1
    town.platform.leaves(town.person)
    await town.settle()
    (row,) = await rows(
        town.pool,
        "SELECT gone_why FROM channel_people p JOIN conversations c ON c.id = p.conversation_id"
        f" WHERE c.person = '{town.person}'",
    )
    assert row["gone_why"] == "unfollowed"


async def test_a_visitor_without_an_account_is_answered(town: Town) -> None:
    town.platform.visits(f"k{town.person}", "hoi-thoai-1", "chào")
    await town.settle()
    (said,) = town.platform.person(f"k{town.person}").texts
    assert "1. Có" in said and "https://dichvucong.gov.vn" in said


async def test_the_form_for_a_contact_is_offered_and_what_it_brings_is_heard(town: Town) -> None:
    town.platform.writes(town.person, "để lại liên hệ")
    await town.settle()
    assert [shown.template for shown in town.screen.shown] == ["", "request_user_info"]
    town.platform.shares(town.person, name="An", phone="84900000000")
    await town.settle()
    assert len(town.screen.shown) == 3


@contextmanager
def hosting(content: bytes) -> Iterator[str]:
    """Where the platform keeps people's photos."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_a_photo_is_fetched_cleaned_and_kept(town: Town) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (400, 300)).save(picture, "JPEG")
    with hosting(picture.getvalue()) as url:
        town.platform.attaches(town.person, "image", {"url": f"{url}/a.jpg"}, text="ổ gà đây")
        await town.settle()
    assert town.screen.texts[0].endswith("nghe: ổ gà đây +1")


async def test_an_officer_who_writes_in_the_console_silences_the_assistant(town: Town) -> None:
    town.platform.writes(town.person, "chào")
    await town.settle()
    town.platform.official_writes(town.person, "Chào bác, cháu là cán bộ xã")
    town.platform.writes(town.person, "cháu cho bác hỏi")
    assert len(await town.settle()) == 2


# What the platform does to us


async def test_a_bad_signature_is_answered_200_and_leaves_one_line(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    made = town.platform.writes(town.person, "chào")
    with caplog.at_level(logging.INFO):
        for headers in ({}, {**made.headers, "X-ZEvent-Signature": "mac=0"}):
            answer = await town.web.post("/channels/zalo", content=made.body, headers=headers)
            assert answer.status_code == 200
    assert await town.kept() == 0
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 2 and all("dropped" in line for line in lines)
    assert not any("chào" in line or town.platform.oa_secret in line for line in lines)


async def test_a_message_told_six_times_is_answered_once(town: Town) -> None:
    made = town.platform.writes(town.person, "chào")
    for retry in range(6):
        headers = {**made.headers, **({"num_retry": str(retry)} if retry else {})}
        answer = await town.web.post("/channels/zalo", content=made.body, headers=headers)
        assert answer.status_code == 200
    assert len(await town.settle()) == 1
    assert await town.kept() == 1


@pytest.mark.parametrize(("minutes", "kept"), [(110, 1), (180, 0)])
async def test_a_late_retry_is_taken_and_a_replay_is_not(town: Town, minutes: int, kept: int) -> None:
    town.platform.writes(town.person, "chào")
    town.platform.clock.move(timedelta(minutes=minutes))
    assert await town.deliver() == [200]
    assert await town.kept() == kept


async def test_disorder_and_doubles_change_nothing(town: Town) -> None:
    town.platform.deliveries.shuffled, town.platform.deliveries.doubled = True, 1.0
    town.platform.deliveries.dice = random.Random(5)  # noqa: S311  # no secret
    for number in range(6):
        town.platform.writes(town.person, f"câu {number}")
    said = [text.rpartition("nghe: ")[2] for text in await town.settle()]
    assert sorted(said) == [f"câu {number}" for number in range(6)]


@pytest.mark.parametrize("name", ["user_seen_message", "user_send_group_text", "chua_tung_thay"])
async def test_events_of_no_conversation_are_taken_and_left(town: Town, name: str) -> None:
    town.platform.event(name, sender={"id": town.person}, recipient={"id": town.platform.oa_id})
    assert await town.deliver() == [200]
    assert await town.kept() == 0


async def test_a_delivered_template_is_no_message(town: Town) -> None:
    body = json.loads(town.platform.event("x").body) | {
        "event_name": "user_received_message", "recipient": {"id": "84900000000"},
        "sender": {"id": town.platform.oa_id}, "message": {"msg_id": "z", "tracking_id": "t"},
    }  # fmt: skip
    raw = json.dumps(body).encode()
    headers = {**town.platform.signed(raw, body["timestamp"]), "X-ZEvent-Server": "ZNS"}
    assert (await town.web.post("/channels/zalo", content=raw, headers=headers)).status_code == 200
    assert await town.kept() == 0


# What the platform answers


async def test_a_token_that_died_is_renewed_on_the_way(town: Town) -> None:
    town.platform.tokens.access = "another"
    town.platform.writes(town.person, "chào")
    assert len(await town.settle()) == 1
    assert town.platform.tokens.asked == ["refresh_token"]


async def test_an_answer_that_was_lost_is_not_sent_twice(town: Town) -> None:
    town.platform.writes(town.person, "chào")
    await town.deliver()
    town.platform.faults.script += ["lost"]
    await town.work()
    town.platform.clock.move(timedelta(seconds=10))
    await town.settle()
    assert len(town.screen.texts) == 1
    (row,) = await rows(town.pool, f"SELECT state FROM outbox WHERE recipient = '{town.person}'")
    assert row["state"] == "sent"


async def test_a_closed_window_parks_the_reply_and_keeps_the_channel_open(town: Town) -> None:
    town.platform.writes(town.person, "chào")
    await town.deliver()
    town.platform.faults.script += ["error:-230"]
    await town.work()
    (row,) = await rows(town.pool, f"SELECT state, reason FROM outbox WHERE recipient = '{town.person}'")
    assert (row["state"], row["reason"]) == ("parked", "window_closed")
    town.platform.writes(town.person, "còn đây")
    assert len(await town.settle()) == 1


async def test_an_administrators_matter_stops_the_channel_until_it_is_mended(town: Town) -> None:
    town.platform.error = -224
    town.platform.writes(town.person, "chào")
    assert await town.settle() == []
    (found,) = [one for one in await _checked(town) if one.what == "channel"]
    assert (found.ok, "package" in found.detail) == (False, True)
    assert "motcua channel open zalo" in found.remedy
    town.platform.error = 0
    async with town.pool.connection() as conn:
        await channel_states.reopen(conn, "zalo", actor="a", now=town.platform.clock.now())
    town.platform.clock.move(timedelta(minutes=10))
    await town.work()
    assert len(town.screen.texts) == 1


async def test_too_many_calls_wait_and_then_go_out_once(town: Town) -> None:
    town.platform.faults.script += ["error:-32", "error:-32"]
    town.platform.writes(town.person, "chào")
    assert await town.settle() == []
    for _ in range(4):
        town.platform.clock.move(timedelta(seconds=30))
        await town.work()
    assert len(town.screen.texts) == 1


async def test_no_token_no_secret_and_no_word_of_a_person_is_logged(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        town.platform.tokens.access = "another"
        town.platform.writes(town.person, "chuyện riêng của tôi")
        assert len(await town.settle()) == 1
    known = town.platform.tokens
    assert "renewing" in caplog.text
    ours = "\n".join(
        one.getMessage() for one in caplog.records if not one.name.startswith(("httpcore", "python_m"))
    )
    for secret in (
        known.access,
        *known.refreshable,
        town.platform.app_secret,
        town.platform.oa_secret,
        "riêng",
    ):
        assert secret not in ours


async def test_a_worker_says_that_nobody_has_logged_in(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    (timed,) = zalo.timed(town.settings)
    await timed.deed(town.pool, town.platform.clock.now())
    async with town.pool.connection() as conn:
        await conn.execute("DELETE FROM channel_tokens")
    await timed.deed(town.pool, town.platform.clock.now())
    assert "motcua zalo login" in caplog.text


@pytest.mark.parametrize(
    ("reason", "actor", "opens"),
    [("stopped -216 the token", "", True), ("stopped no_login run", "", True), ("stopped -14014 x", "", True),
     ("stopped -224 the package", "", False), ("stopped -216 the token", "ai đó", False)],
)  # fmt: skip
async def test_a_newer_token_opens_what_the_lack_of_one_closed(
    town: Town, monkeypatch: pytest.MonkeyPatch, reason: str, actor: str, opens: bool
) -> None:
    monkeypatch.setattr(zalo, "now", town.platform.clock.now)
    (timed,), later = zalo.timed(town.settings), town.platform.clock.now() + timedelta(minutes=1)

    async def is_open() -> bool:
        async with town.pool.connection() as conn:
            return bool((await channel_states.states(conn))["zalo"]["open"])

    async with town.pool.connection() as conn:
        await channel_states.close(conn, "zalo", reason=reason, actor=actor, now=later)
    await timed.deed(town.pool, later)
    assert not await is_open()  # no newer token yet
    town.platform.clock.move(timedelta(hours=20))
    await timed.deed(town.pool, later)
    assert await is_open() is opens


# What an administrator does


async def _checked(town: Town) -> list[zalo_commands.Finding]:
    """The parts of `motcua zalo check`, in this loop and against the app in this process."""
    settings = town.settings
    return [
        *zalo_commands._settings(settings),
        *await zalo_commands._tokens(settings, town.pool),
        await zalo_commands._state(town.pool),
        await _account(town),
        await zalo_commands._webhook(settings, town.web, "http://app"),
        *await zalo_commands._domain(settings, town.web, "http://app"),
    ]


async def _account(town: Town) -> zalo_commands.Finding:
    async with httpx.AsyncClient() as http:
        return await zalo_commands._account(town.settings, town.pool, http)


async def test_a_whole_set_up_is_found_whole(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("<html><head><title>x</title></head></html>", "utf-8")
    monkeypatch.setattr(pages, "WEB_DIST", tmp_path)
    monkeypatch.setattr(zalo, "now", town.platform.clock.now)
    found = await _checked(town)
    assert {one.what: one.ok for one in found} == dict.fromkeys(
        [
            "callback address", "webhook secret", "access token", "refresh token", "channel", "account", "webhook",
            "domain file", "domain tag",
        ],
        True,
    )  # fmt: skip
    assert (await town.web.get("/zalo_verifierother.html")).status_code == 404
    assert "dán vào cửa sổ lệnh" in (await town.web.get("/channels/zalo/consent?code=c&oa_id=1")).text


async def test_each_fault_is_found_with_what_to_do(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zalo, "now", town.platform.clock.now)
    oa = town.platform.app_secret
    broken = town.settings.model_copy(
        update={
            "zalo_oa_secret": town.settings.zalo_app_secret,
            "zalo_redirect_uri": "http://mc.example:8000/x",
            "zalo_site_verification": "",
            "zalo_oa_id": "1",
        }
    )
    assert oa == broken.zalo_oa_secret.get_secret_value()
    found = [
        *zalo_commands._settings(broken),
        *await zalo_commands._tokens(broken, town.pool),
        *await zalo_commands._domain(broken, town.web, "http://app"),
    ]
    assert {one.what: one.ok for one in found} == dict.fromkeys(
        ["callback address", "webhook secret", "login", "domain"], False
    )
    assert all(one.remedy for one in found)
    town.platform.error = -221
    account = await _account(town)
    assert (account.ok, "verification" in account.remedy) == (False, True)


def test_login_and_check_at_the_command_line(
    served: tuple[ZaloPlatform, str], database: str, tmp_path: Path
) -> None:
    platform, url = served
    platform.__init__()  # type: ignore[misc]  # the server holds the object
    env = {
        **settings_for(platform, url),
        "DATABASE_URL": database,
        "DATA_KEYS": KEY,
        "MOTCUA_HOME": str(tmp_path),
    }
    refused = CliRunner().invoke(command_line, ["zalo", "login"], env=env, input="not-a-code\n")
    assert (refused.exit_code, "invalid_code" in refused.output) == (1, True)
    settings = Settings.from_env(env)

    def agree(consent: str) -> str:
        return str(httpx.get(consent).headers["location"])

    assert "logged in" in zalo_commands.login(settings, paste=agree)
    done = CliRunner().invoke(
        command_line, ["zalo", "check", "--app", "http://127.0.0.1:9", "--json"], env=env
    )
    found = {one["what"]: one["ok"] for one in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert (found["account"], found["access token"], found["webhook"]) == (True, True, False)


def test_half_a_channel_does_not_start_and_none_is_none() -> None:
    for name in ("ZALO_OA_ID", "ZALO_OA_SECRET", "ZALO_APP_SECRET"):
        env = {**settings_for(ZaloPlatform(), "http://x"), name: ""}
        with pytest.raises(ValidationError, match=name):
            Settings.from_env(env)
    with pytest.raises(ChannelNotSet):
        zalo_commands.login(Settings.from_env({}), paste=str)
    assert zalo.timed(Settings.from_env({})) == ()
