"""One conversation on every channel: the same questions, the same report, the same official, the same end.

Zalo and Messenger are simulated by their documented rules; the page and the kiosk are chromium; all else is real.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.messenger import MessengerChannel, MessengerConfig, Page
from bot.channels.zalo import ZaloAccount, ZaloChannel
from bot.gateway.app import create_app
from bot.gateway.arrivals import Arrivals, words
from bot.gateway.dialogue import DirectDialogue
from bot.gateway.media import MediaFetcher
from bot.gateway.sending import Sender
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from bot.gateway.wiring import AppServices
from desk import devices, handovers, staff
from desk.database import EmbeddedPostgres, Pool, migrate, open_pool
from desk.devices import Kind
from desk.photos import PhotoReader
from desk.routing import Router
from desk.sealing import Sealer, new_key
from desk.staff import Role
from tests.answer import world
from tests.browser.kiosk_helpers import TALL, beside
from tests.browser.server import need_built_page, serving
from tests.browser.surfaces import OnMessenger, OnPage, OnZalo, Surface
from tests.desk.photo_helpers import encoded, street
from tests.gateway.conftest import database_folder
from tests.gateway.harness import Push, clock, opener, settings
from tests.gateway.staff_helpers import PASSWORD
from tests.simulators import platform as simulated
from tests.simulators.messenger import MessengerPlatform
from tests.simulators.platform import Clock, poster
from tests.simulators.zalo import ZaloPlatform

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
AREA = "lam-dong/bac-binh"


class Tokens:
    """The platform's pair as it is; how it is renewed and kept has its own tests."""

    def __init__(self, platform: ZaloPlatform) -> None:
        self._access = platform.tokens.grant()["access_token"]

    async def current(self) -> str:
        return self._access

    async def renewed(self, refused: str) -> str:
        raise AssertionError(f"{refused} was refused")


@dataclass
class Office:
    address: str
    dsn: str
    media: str
    kiosk: str
    zalo: ZaloPlatform
    messenger: MessengerPlatform

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(statement.encode(), values).fetchall()


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    need_built_page()
    world.ask("chào")  # built now: nobody waits for it
    now = Clock(datetime.now(UTC), running=True)
    zalo, messenger = ZaloPlatform(clock=now), MessengerPlatform(clock=now, per_thread=400)
    photos = Starlette(
        routes=[Route("/a.jpg", lambda _: Response(encoded(street()), media_type="image/jpeg"))]
    )
    with (
        database_folder() as home,
        EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as postgres,
        simulated.serving(zalo) as zalo_url,
        simulated.serving(messenger) as graph_url,
        serving(photos) as media,  # type: ignore[arg-type]  # any ASGI app
    ):
        dsn, screen = postgres.dsn, list[str]()
        migrate(dsn)

        async def furnish(pool: Pool) -> None:
            async with pool.connection() as conn:
                _, token = await devices.enrol(
                    conn, kind=Kind.KIOSK, name="Sảnh", area=AREA, unit_id="", actor="t", now=clock()
                )
                screen.append(token)
                await staff.add(
                    conn, login="lan", name="Nguyễn Thị Lan", roles=(Role.DESK,), password=PASSWORD, actor="t",
                    now=clock(),
                )  # fmt: skip

        beside(dsn, furnish)
        channels = {
            "zalo": lambda http: ZaloChannel(
                ZaloAccount(app_id=zalo.app_id, secret=zalo.oa_secret, oa_id=zalo.oa_id, api_url=zalo_url),
                tokens=Tokens(zalo), http=http,
            ),
            "messenger": lambda http: MessengerChannel(
                MessengerConfig(
                    app_id=messenger.app_id, app_secret=messenger.app_secret, graph=graph_url,
                    verify_token=messenger.verify_token, pages=(Page(id="101", token="page-token"),),
                ),
                http,
            ),
        }  # fmt: skip
        chosen = settings(
            motcua_home=home, default_area=AREA, web_rate_per_minute=6000, zalo_link="https://zalo.me/1"
        )
        app = create_app(chosen, opener=_opener(dsn, channels))
        with serving(app) as address:
            picture = f"{media.replace('127.0.0.1', 'localhost')}/a.jpg"
            yield Office(address, dsn, picture, screen[0], zalo, messenger)


def _opener(dsn: str, channels: dict[str, Callable[[httpx.AsyncClient], Any]]) -> Callable[[Settings], Any]:
    sealer = Sealer([new_key()])

    @asynccontextmanager
    async def open_parts(chosen: Settings) -> Any:
        async with (
            await open_pool(dsn, min_size=1, max_size=8) as pool,
            httpx.AsyncClient(trust_env=False) as http,
        ):
            tickets = Tickets(pool=pool, router=Router.from_packs(), sealer=sealer, clock=clock)
            live: Any = SimpleNamespace(get=world.answerer)
            dialogue: Any = DirectDialogue(AppServices(live, tickets), world.acts())
            built = {name: build(http) for name, build in channels.items()}
            push = Push(
                channels=built,
                arrivals=Arrivals(
                    pool=pool, fetcher=MediaFetcher(hosts=["localhost"], allow_private=True), photos=PhotoReader(),
                    sealer=sealer,
                ),
                sender=Sender(pool=pool, channels=built, clock=clock),
            )  # fmt: skip
            async with opener(pool, dsn, dialogue=dialogue, push=push)(chosen) as parts:
                parts.tickets = tickets
                yield parts

    return open_parts


Enter = Callable[[str], Surface]


@pytest.fixture
def enter(browser: Browser, office: Office) -> Iterator[Enter]:
    """Steps onto a surface as a new person."""
    contexts: list[Any] = []
    opened: list[OnPage] = []
    http = httpx.Client(trust_env=False)

    def page(path: str, size: tuple[int, int], **more: Any) -> OnPage:
        context = browser.new_context(
            base_url=office.address, viewport={"width": size[0], "height": size[1]}, locale="vi-VN",
            reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        contexts.append(context)
        surface = OnPage(context.new_page(), **more)
        surface.page.goto(path)
        opened.append(surface)
        return surface

    def kiosk() -> OnPage:
        surface = page(f"/kiosk#{office.kiosk}", TALL, has_photos=False)
        surface.page.locator("#ask-own").click()
        return surface

    def enter_by(name: str) -> Surface:
        match name:
            case "zalo":
                return OnZalo(_post(office, http, name), office.dsn, office.media, platform=office.zalo)
            case "messenger":
                return OnMessenger(
                    _post(office, http, name), office.dsn, office.media, platform=office.messenger
                )
            case "kiosk":
                return kiosk()
            case _:
                return page(f"/?area={AREA}", (360, 740))

    yield enter_by
    for context in contexts:
        context.close()
    http.close()
    assert [one.complaints for one in opened if one.complaints] == []


def _post(office: Office, http: httpx.Client, name: str) -> Any:
    return poster(f"{office.address}/channels/{name}", http, timeout_s=2.0)


@pytest.mark.parametrize("channel", ["web", "zalo", "messenger", "kiosk"])
def test_the_same_conversation(office: Office, enter: Enter, channel: str) -> None:
    person = enter(channel)
    first = person.say("cấp lại")
    assert "việc gì cụ thể" in first
    assert (words()["first"] in first) == (channel in ("zalo", "messenger"))
    assert "giấy phép lái xe" in person.choose("Cấp lại giấy phép lái xe")
    assert "Tờ khai" in person.say("làm khai sinh cho con cần giấy tờ gì")
    assert "miễn phí" in person.say("lệ phí bao nhiêu")

    code, secret = _reports(person)
    assert office.rows("SELECT count(*) FROM tickets WHERE code = %s", code) == [(1,)]
    photos = office.rows(
        "SELECT count(*) FROM ticket_files f JOIN tickets t ON t.id = f.ticket_id WHERE t.code = %s", code
    )
    assert photos == [(1 if person.has_photos else 0,)]
    assert "mới tiếp nhận" in person.say(f"tra cứu phản ánh {code} mã bí mật {secret}").lower()

    _speaks_with_an_official(office, person)

    assert "Việc xóa không lấy lại được" in person.say("xóa dữ liệu của tôi")
    assert "Đã xóa" in person.choose("Xóa dữ liệu")
    ((contact,),) = office.rows(
        "SELECT count(*) FROM ticket_contacts c JOIN tickets t ON t.id = c.ticket_id WHERE t.code = %s", code
    )
    assert contact == 0


def _reports(person: Surface) -> tuple[str, str]:
    """A report with a photo, from the first word to its code and secret."""
    assert "ở đâu" in person.say("Tôi muốn phản ánh mặt đường tỉnh lộ có ổ gà rất sâu")
    if person.has_photos:
        assert "đã nhận ảnh" in person.photo()
    assert "từ khi nào" in person.say("trước chợ Lương Sơn, xã Bắc Bình")
    assert "họ tên" in person.say("sáng nay")
    assert "đồng ý cho cơ quan lưu" in person.say("Nguyễn An, 0905123456")
    summary = person.choose("Đồng ý")
    if person.has_photos:
        assert "đồng ý gửi kèm" in summary
        summary = person.choose("Gửi kèm")
    if "gần giống" in summary:  # another channel reported it before
        summary = person.choose("Không, gửi riêng")
    assert ("1 ảnh" in summary) == person.has_photos
    filed = person.choose("Gửi")
    code = re.search(r"PA-\d{4}-\d{6}", filed)
    secret = re.search(r"bí mật[^A-Z0-9]*([A-Z0-9]{6,})", filed)
    assert code and secret, filed
    return code[0], secret[1]


def _speaks_with_an_official(office: Office, person: Surface) -> None:
    person.say("cho tôi gặp cán bộ")
    ((conversation,),) = office.rows("SELECT conversation_id FROM handovers WHERE ended_at IS NULL")

    async def answer(pool: Pool, deed: str) -> None:
        async with pool.connection() as conn:
            lan = await staff.find(conn, "lan")
            if deed == "end":
                await handovers.end(conn, conversation, by="lan", now=clock())
                return
            await handovers.take(conn, conversation, staff=lan, now=clock())
            await handovers.speak(conn, conversation, staff=lan, text="Tôi nghe đây ạ.", now=clock())

    beside(office.dsn, lambda pool: answer(pool, "speak"))
    assert "Tôi nghe đây ạ." in person.news()
    heard = person.say("đường ổ gà khi nào vá ạ")
    assert "Phí, lệ phí" not in heard and "Mình đoán" not in heard
    beside(office.dsn, lambda pool: answer(pool, "end"))
    person.news()
    assert "Tờ khai" in person.say("làm khai sinh cho con cần giấy tờ gì")


def test_what_began_at_the_kiosk_goes_on_in_zalo(office: Office, enter: Enter) -> None:
    screen, phone = enter("kiosk"), enter("zalo")
    phone.person = "9007199254740999"  # type: ignore[attr-defined]  # who never wrote before
    assert isinstance(screen, OnPage)
    screen.say("làm khai sinh cho con cần giấy tờ gì")
    screen.page.locator("#take").click()
    address = screen.page.locator("#qr-address")
    expect(address).to_contain_text("/tiep/")
    path = re.search(r"/tiep/\w+", address.inner_text())
    assert path
    offered = httpx.get(office.address + path[0], trust_env=False).text
    code = re.search(r"#MC:TIEP:\w+", offered)
    assert code
    assert "Tờ khai" in phone.say(code[0])
    assert "miễn phí" in phone.say("lệ phí bao nhiêu")
    expect(screen.page.locator("#home")).to_be_visible()
    assert "đã dùng" in phone.say(code[0])
