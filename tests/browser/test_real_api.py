"""The page against the real app and a real PostgreSQL: only the dialogue behind them is scripted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.gateway.app import create_app
from bot.gateway.ports import Parts
from bot.gateway.settings import Settings
from desk.database import EmbeddedPostgres, migrate, open_pool
from tests.browser.server import need_built_page, serving
from tests.gateway.harness import ScriptedDialogue, opener, settings

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@pytest.fixture(scope="module")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need_built_page()
    folder: Path = tmp_path_factory.mktemp("browser-pg")
    with EmbeddedPostgres(folder / "pg", settings={"fsync": "off"}) as postgres:
        migrate(postgres.dsn)
        yield from _serve(postgres.dsn)


def _serve(dsn: str) -> Iterator[str]:
    @asynccontextmanager
    async def open_parts(configured: Settings) -> AsyncIterator[Parts]:
        async with (
            await open_pool(dsn, min_size=1, max_size=4) as pool,
            opener(pool, dsn, dialogue=ScriptedDialogue())(configured) as parts,
        ):
            yield parts

    with serving(create_app(settings(web_rate_per_minute=600), opener=open_parts)) as address:
        yield address


@pytest.fixture
def real_page(browser: Browser, real_site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=real_site, viewport={"width": 360, "height": 740})
    context.set_default_timeout(8000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto("/")
    yield page
    context.close()
    assert complaints == []


def test_asked_answered_rated_restored_and_deleted(real_page: Page) -> None:
    page = real_page
    page.get_by_label("Khu vực").select_option(label="Xã Bắc Bình, Tỉnh Lâm Đồng")
    page.get_by_label("Câu hỏi của bạn").fill("làm phiếu khai sinh")
    page.keyboard.press("Enter")
    answer = page.locator("#log article:not(.pending)")
    expect(answer).to_contain_text("Cần tờ khai và giấy chứng sinh <bản chính>.")
    expect(answer.get_by_role("link", name="Xấu")).to_have_count(0)
    expect(page.get_by_role("region", name="Phiếu phản ánh PA-2026-000001")).to_be_visible()
    page.get_by_role("button", name="Chưa có ích").click()
    page.get_by_label("Bạn thấy thiếu hoặc sai điều gì?").fill("thiếu lệ phí")
    page.get_by_role("button", name="Gửi góp ý").click()
    expect(page.get_by_text("Cảm ơn bạn đã góp ý.")).to_be_visible()
    page.reload()
    expect(page.locator("#log .person")).to_have_text("Bạn:làm phiếu khai sinh")
    page.get_by_role("button", name="Lệ phí?").click()
    expect(answer.last).to_contain_text("Bạn hỏi: Lệ phí bao nhiêu?")
    page.get_by_role("button", name="Xóa cuộc trò chuyện").click()
    page.get_by_role("button", name="Xóa", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Đã xóa cuộc trò chuyện.")
    page.reload()
    expect(page.locator("#log")).to_be_empty()


def test_without_scripts_the_form_is_answered(browser: Browser, real_site: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=real_site)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Câu hỏi của bạn").fill("khai sinh")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("#tra-loi")).to_contain_text("Cần tờ khai và giấy chứng sinh")
    context.close()
