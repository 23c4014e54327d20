"""Reports and unanswered questions in chromium: what is shown adds up, fits a phone, and no policy is broken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.gateway.app import create_app
from bot.gateway.ports import Parts
from bot.gateway.settings import Settings
from desk.database import EmbeddedPostgres, Pool, migrate, open_pool
from tests.browser.server import serving
from tests.browser.test_content_desk import check
from tests.desk.test_reports import seeded
from tests.gateway.conftest import database_folder
from tests.gateway.desk_helpers import people
from tests.gateway.harness import opener, settings
from tests.gateway.staff_helpers import PASSWORD
from tests.gateway.test_desk_reports import LIST, PAGE, ask

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
EVIL = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
WIDE = (1280, 900)


@dataclass
class Site:
    address: str


async def _fill(pool: Pool) -> None:
    await people(pool, "soat", "loc")
    async with pool.connection() as conn:
        await seeded(conn, 400)
        await conn.execute("UPDATE tickets SET unit_name = %s WHERE unit_id = 'don-vi-3'", (EVIL,))
    for text in ("bảng giá đất 2026 xem ở đâu", "bang gia dat 2026 xem o dau", EVIL):
        await ask(pool, text)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with database_folder() as home, EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as postgres:
        migrate(postgres.dsn)

        @asynccontextmanager
        async def open_parts(chosen: Settings) -> AsyncIterator[Parts]:
            async with await open_pool(postgres.dsn, min_size=1, max_size=4) as pool:
                await _fill(pool)
                async with opener(pool, postgres.dsn)(chosen) as parts:
                    yield parts

        configured = settings(motcua_home=home, database_url=postgres.dsn, knowledge_packs="off")
        with serving(create_app(configured, opener=open_parts)) as address:
            yield Site(address)


@pytest.fixture(params=[(360, 740), WIDE], ids=["phone", "desk"])
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(
        base_url=site.address, viewport={"width": width, "height": height}, locale="vi-VN", reduced_motion="reduce"
    )  # fmt: skip
    context.set_default_timeout(15_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert complaints == []


def sign_in(page: Page, login: str, then: str) -> None:
    page.goto(then)
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def test_a_report_is_read_narrowed_and_taken_along(page: Page, tmp_path: Path) -> None:
    sign_in(page, "soat", f"{PAGE}?ky=2026-11")
    expect(page.get_by_role("heading", name="Tháng 11 năm 2026")).to_be_visible()
    check(page)
    assert page.locator("svg rect.bar-good").count() > 20
    assert (
        page.evaluate("() => getComputedStyle(document.querySelector('rect.bar-good')).fill")
        != "rgb(0, 0, 0)"
    )
    table = page.get_by_role("region", name="Theo đơn vị").locator("tbody tr")
    sums = table.evaluate_all("rows => rows.map(row => Number(row.cells[1].innerText))")
    assert sum(sums) == 400
    page.get_by_label("Lĩnh vực", exact=True).select_option("loai-1")
    page.get_by_role("button", name="Xem").click()
    expect(page.get_by_text("· Lĩnh vực: Loại 1")).to_be_visible()
    for name, kind in (("Tải tệp Word", "docx"), ("Tải tệp Excel", "xlsx")):
        with page.expect_download() as taken:
            page.get_by_role("link", name=name).click()
        assert taken.value.suggested_filename == f"bao-cao-2026-11.{kind}"
    assert page.evaluate("() => window.hit") is None


def test_questions_are_collected_and_marked(page: Page) -> None:
    sign_in(page, "loc", LIST)
    page.get_by_role("button", name="Gom câu hỏi mới").click()
    expect(page.get_by_role("status")).to_contain_text("Đã gom")
    check(page)
    item = page.locator("li.card").filter(has_text="2026").first
    expect(item).to_contain_text("Hỏi 2 lần")
    note = f"Đã đăng bảng giá {EVIL}"
    item.get_by_label("Ghi chú").fill(note)
    item.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("status")).to_contain_text("Đã lưu")
    expect(page.get_by_text(f"Ghi chú: {note}")).to_be_visible()
    assert page.evaluate("() => window.hit") is None
