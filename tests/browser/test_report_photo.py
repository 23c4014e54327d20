"""A report with photos and a shared place, from the page through the real form to the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.gateway.app import create_app
from bot.gateway.dialogue import DirectDialogue
from bot.gateway.ports import Parts
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from bot.gateway.wiring import AppServices, LiveAnswerer
from desk.database import EmbeddedPostgres, migrate, open_pool
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.text.acts import ActClassifier
from tests.browser.server import need_built_page, serving
from tests.desk.photo_helpers import encoded, street, with_place
from tests.gateway.conftest import database_folder
from tests.gateway.harness import clock, opener, settings

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
KEY = new_key()


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    need_built_page()
    with database_folder() as folder, EmbeddedPostgres(folder / "pg", settings={"fsync": "off"}) as postgres:
        migrate(postgres.dsn)
        yield postgres.dsn


@pytest.fixture(scope="module")
def site(dsn: str, root: Path) -> Iterator[str]:
    acts = ActClassifier.from_folder(root / "bot" / "nlu")

    @asynccontextmanager
    async def open_parts(configured: Settings) -> AsyncIterator[Parts]:
        async with await open_pool(dsn, min_size=1, max_size=4) as pool:
            tickets = Tickets(pool=pool, router=Router.from_packs(), sealer=Sealer([KEY]), clock=clock)
            dialogue: Any = DirectDialogue(AppServices(LiveAnswerer(configured), tickets), acts)
            async with opener(pool, dsn, dialogue=dialogue)(configured) as parts:
                parts.tickets = tickets
                yield parts

    with serving(create_app(settings(web_rate_per_minute=600), opener=open_parts)) as address:
        yield address


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(
        base_url=site,
        viewport={"width": 360, "height": 740},
        geolocation={"latitude": 11.2345678, "longitude": 108.4567891},
        permissions=["geolocation"],
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: (
            complaints.append(line.text) if line.type == "error" and "422" not in line.text else None
        ),
    )
    page.goto("/")
    yield page
    context.close()
    assert complaints == []


def photo(name: str, content: bytes) -> Any:  # playwright's FilePayload
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def say(page: Page, text: str, then: str) -> None:
    page.get_by_label("Câu hỏi của bạn").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator("#log article:not(.pending)").last).to_contain_text(then)


def press(page: Page, name: str, then: str) -> None:
    page.locator("#log article").last.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("#log article:not(.pending)").last).to_contain_text(then)


def test_a_report_with_a_photo_and_a_place(phone: Page, dsn: str) -> None:
    page = phone
    pick = page.get_by_label("Thêm ảnh cho phản ánh")
    expect(page.locator("#photos")).to_be_hidden()
    say(page, "Nắp cống bị vỡ rất nguy hiểm", "Việc này ở đâu?")
    pick.set_input_files([photo("a.jpg", with_place(street())), photo("b.jpg", encoded(street(seed=2)))])
    sent = page.get_by_role("list", name="Ảnh gửi kèm").get_by_role("listitem")
    expect(sent).to_have_count(2)
    expect(sent.last).to_contain_text("Ảnh 2 đã sẵn sàng")
    page.get_by_role("button", name="Bỏ ảnh 2").click()
    expect(sent).to_have_count(1)
    pick.set_input_files([photo("x.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")])
    expect(page.get_by_role("alert")).to_contain_text("không phải ảnh")
    page.reload()
    expect(sent).to_have_count(1)
    press(page, "Dùng vị trí của tôi", "đã ghi vị trí")
    say(page, "sáng nay", "họ tên")
    press(page, "Bỏ qua", "đồng ý cho cơ quan lưu")
    press(page, "Đồng ý", "đồng ý gửi kèm")
    press(page, "Gửi kèm", "1 ảnh, vị trí chính xác")
    expect(page.locator("#log article").last).to_contain_text("Công khai: không")
    press(page, "Gửi", "Mã phản ánh")
    expect(page.locator("#photos")).to_be_hidden()
    with psycopg.connect(dsn) as conn:
        ticket = conn.execute("SELECT id, latitude, longitude, may_publish, consent FROM tickets").fetchone()
        assert ticket is not None and ticket[1:4] == (11.23457, 108.45679, False)
        assert [one["text_id"] for one in ticket[4]["also"]] == ["report.ask.attach"]
        kept = conn.execute("SELECT ticket_id, sealed FROM ticket_files").fetchall()
    assert [row[0] for row in kept] == [ticket[0]]
    assert b"Exif" not in Sealer([KEY]).open(kept[0][1])


def test_where_the_photo_was_taken_is_offered_and_used_only_after_a_tap(phone: Page, dsn: str) -> None:
    page = phone
    say(page, "Cống bị sụp trước cổng, xe dễ té", "Việc này ở đâu?")
    pick = page.get_by_label("Thêm ảnh cho phản ánh")
    offer = page.locator(".photo-place")
    with page.expect_response(lambda told: told.url.endswith("/files")) as sent:
        pick.set_input_files([photo("a.jpg", with_place(street()))])
    assert sent.value.json()["place"] is None  # it never left the device
    expect(offer).to_be_visible()
    page.get_by_role("button", name="Không dùng").click()
    expect(offer).to_have_count(0)
    heic = (Path(__file__).parents[1] / "desk" / "data" / "street.heic").read_bytes()
    pick.set_input_files([{"name": "b.heic", "mimeType": "image/heic", "buffer": heic}])
    expect(offer).to_be_visible()
    page.get_by_role("button", name="Dùng vị trí này").click()
    expect(page.locator("#log article:not(.pending)").last).to_contain_text("đã ghi vị trí")
    expect(offer).to_have_count(0)
    say(page, "tối qua", "họ tên")
    press(page, "Bỏ qua", "đồng ý cho cơ quan lưu")
    press(page, "Đồng ý", "đồng ý gửi kèm")
    press(page, "Gửi kèm", "2 ảnh, vị trí chính xác")
    press(page, "Gửi", "Mã phản ánh")
    with psycopg.connect(dsn) as conn:
        row = conn.execute("SELECT latitude, longitude FROM tickets ORDER BY code DESC LIMIT 1").fetchone()
    assert row == (16.46361, 107.59028)
