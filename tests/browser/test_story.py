"""The whole promise, told once through real parts: a report with a photo goes to the unit responsible, the clock runs
and stands, the citizen is asked, answered, not content and heard again, and the month's report counts it once."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import docx
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.gateway.app import create_app
from bot.gateway.dialogue import DirectDialogue
from bot.gateway.ports import Parts
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from bot.gateway.wiring import AppServices, LiveAnswerer
from desk.database import EmbeddedPostgres, Pool, migrate, open_pool
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.text.acts import ActClassifier
from tests.browser.fake_api import DIST
from tests.browser.server import need_built_page, serving
from tests.browser.test_report_photo import photo, press, say
from tests.browser.test_staff_totp import code_of, scanned
from tests.desk.photo_helpers import encoded, street
from tests.gateway.conftest import database_folder
from tests.gateway.desk_helpers import ROADS, people
from tests.gateway.harness import clock, opener, settings
from tests.gateway.staff_helpers import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
PHONE, DESK = (360, 740), (1360, 900)
AREA = "lam-dong/bac-binh"


@dataclass
class Office:
    address: str
    dsn: str

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(statement.encode()).fetchall()


@pytest.fixture(scope="module")
def office(root: Path) -> Iterator[Office]:
    need_built_page()
    if not (DIST / "assets" / "console.js").is_file():
        pytest.skip("web/dist is absent: build it with `npm --prefix web ci && npm --prefix web run build`")
    acts = ActClassifier.from_folder(root / "bot" / "nlu")
    sealer = Sealer([new_key()])
    with database_folder() as home, EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as postgres:
        dsn = postgres.dsn
        migrate(dsn)
        _beside(dsn, lambda pool: people(pool, "lan", "truong"))
        with psycopg.connect(dsn) as conn:  # the office's own rule, from a document of its own
            conn.execute(
                "INSERT INTO deadline_rules (id, unit_id, working_hours, basis, valid_from, actor, at)"
                " VALUES (%s, %s, 80, 'Quyết định thử, Điều 1', '2026-01-01', 'test', now())",
                (uuid4(), ROADS),
            )

        @asynccontextmanager
        async def open_parts(chosen: Settings) -> AsyncIterator[Parts]:
            async with await open_pool(dsn, min_size=1, max_size=6) as pool:
                tickets = Tickets(pool=pool, router=Router.from_packs(), sealer=sealer, clock=clock)
                dialogue: Any = DirectDialogue(AppServices(LiveAnswerer(chosen), tickets), acts)
                async with opener(pool, dsn, dialogue=dialogue)(chosen) as parts:
                    parts.tickets = tickets
                    yield parts

        chosen = settings(motcua_home=home, database_url=dsn, staff_totp="desk", web_rate_per_minute=600)
        with serving(create_app(chosen, opener=open_parts)) as address:
            yield Office(address, dsn)


def _beside(dsn: str, deed: Callable[[Pool], Awaitable[None]]) -> None:
    """Playwright keeps an event loop in this thread: what we run ourselves needs another."""

    async def work() -> None:
        async with await open_pool(dsn, min_size=1, max_size=1) as pool:
            await deed(pool)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


@pytest.fixture
def window(browser: Browser, office: Office) -> Iterator[Callable[[tuple[int, int]], Page]]:
    contexts = []

    def opened(size: tuple[int, int]) -> Page:
        context = browser.new_context(
            base_url=office.address, viewport={"width": size[0], "height": size[1]}, locale="vi-VN",
            reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def signed_in(page: Page, login: str) -> Page:
    """First sign-in: the second factor is set up on the way to the tickets."""
    page.goto("/can-bo/phan-anh")
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_label("Mã 6 số").fill(code_of(scanned(page)))
    page.get_by_role("button", name="Xác nhận").click()
    page.get_by_role("link", name="Tôi đã cất mã, tiếp tục").click()
    page.wait_for_url("**/can-bo/phan-anh*")
    return page


def news(page: Page, words: str) -> None:
    """The page looks for what was said meanwhile, as it does whenever it is seen again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#log article:not(.pending)").last).to_contain_text(words)


def open_ticket(page: Page, code: str) -> Any:
    page.goto("about:blank")  # from the list to the same list would load nothing anew
    page.goto(f"/can-bo/phan-anh#{code}")
    pane = page.locator("section.ticket")
    expect(pane).to_contain_text(code)
    return pane


def answer(pane: Any, words: str) -> None:
    pane.get_by_role("button", name="Trả lời", exact=True).click()
    pane.get_by_label("Nội dung trả lời").fill(words)
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(pane.locator(".head")).to_contain_text("Đã trả lời")


def test_a_report_is_kept_as_a_promise(office: Office, window: Callable[[tuple[int, int]], Page]) -> None:
    citizen = window(PHONE)
    citizen.goto(f"/?area={AREA}")
    say(citizen, "Tôi muốn phản ánh mặt đường tỉnh lộ có ổ gà rất sâu", "ở đâu")
    citizen.get_by_label("Thêm ảnh cho phản ánh").set_input_files([photo("a.jpg", encoded(street()))])
    expect(citizen.get_by_role("list", name="Ảnh gửi kèm").get_by_role("listitem")).to_contain_text(
        "đã sẵn sàng"
    )
    say(citizen, "trước chợ Lương Sơn, xã Bắc Bình", "từ khi nào")
    say(citizen, "sáng nay", "họ tên")
    press(citizen, "Bỏ qua", "đồng ý cho cơ quan lưu")
    press(citizen, "Đồng ý", "đồng ý gửi kèm")
    press(citizen, "Gửi kèm", "1 ảnh")
    press(citizen, "Gửi", "Mã phản ánh")
    ((code, unit, reason, due),) = office.rows("SELECT code, unit_id, reason, due_at FROM tickets")
    assert unit == ROADS
    assert reason and due is not None

    officer = signed_in(window(DESK), "lan")
    pane = open_ticket(officer, code)
    pane.get_by_role("button", name="Nhận việc").click()
    expect(pane).to_contain_text("Người phụ tráchNguyễn Thị Lan")
    pane.get_by_role("button", name="Hỏi thêm").click()
    pane.get_by_label("Cần người gửi bổ sung điều gì?").fill("Ổ gà ở làn nào ạ?")
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(pane).to_contain_text("Hạn tạm dừng")
    assert office.rows("SELECT due_at FROM tickets") == [(None,)]

    news(citizen, "Ổ gà ở làn nào ạ?")
    press(citizen, "Bổ sung ngay", "tin nhắn tiếp theo")
    say(citizen, "làn bên phải hướng về Phan Thiết", "đã gửi phần bổ sung")
    assert [row[0] for row in office.rows("SELECT event FROM ticket_clock ORDER BY id")] == [
        "start",
        "pause",
        "resume",
    ]

    pane = open_ticket(officer, code)
    expect(pane).to_contain_text("làn bên phải hướng về Phan Thiết")
    answer(pane, "Đã vá ổ gà ngày hôm nay.")
    news(citizen, "Đã vá ổ gà ngày hôm nay.")
    press(citizen, "Chưa hài lòng", "điều gì chưa được")
    say(citizen, "mới mưa một trận đã bong ra", "mở lại")

    head = signed_in(window(DESK), "truong")
    head.get_by_role("link", name="Việc của tôi").click()
    expect(head.get_by_role("link", name=code)).to_be_visible()
    answer(open_ticket(head, code), "Đã làm lại mặt đường, bảo hành 12 tháng.")
    news(citizen, "bảo hành 12 tháng")

    state = office.rows("SELECT state, rating, reopened FROM tickets")
    assert state == [("DA_TRA_LOI", 1, 1)]
    month = datetime.now(UTC).strftime("%Y-%m")
    paper = head.request.get(f"/can-bo/bao-cao.docx?ky={month}")
    assert paper.ok
    tables = docx.Document(io.BytesIO(paper.body())).tables
    lines = {row.cells[0].text: row.cells[1].text for table in tables for row in table.rows}
    received = [count for name, count in lines.items() if name.lower().startswith("tiếp nhận")]
    assert received and set(received) == {"1"}, lines
