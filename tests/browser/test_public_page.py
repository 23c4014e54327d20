"""The public pages on a phone, in chromium: no complaint of the policy, nothing wider than the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser

from desk.database import open_pool
from tests.gateway.conftest import dsn, postgres
from tests.gateway.test_api_fuzz import Server
from tests.gateway.test_public import filed, published

__all__ = ["dsn", "postgres"]
pytestmark = [pytest.mark.browser, pytest.mark.postgres]


async def _fill(dsn: str) -> tuple[str, str]:
    """Four published reports with places; the code and secret of one more that is open."""
    async with await open_pool(dsn, min_size=1, max_size=2) as pool:
        for number, (north, east) in enumerate(
            [(11.21, 108.35), (11.25, 108.41), (11.3, 108.3), (11.22, 108.36)]
        ):
            code = await published(
                pool, await filed(pool), what=f"Mặt đường đoạn {number} có ổ gà rất sâu. " * 8
            )
            async with pool.connection() as conn:
                await conn.execute(
                    "UPDATE tickets SET latitude = %s, longitude = %s WHERE code = %s", (north, east, code)
                )
        made = await filed(pool)
        return made.ticket.code, made.secret


@pytest.fixture
def site(dsn: str) -> Iterator[tuple[str, str, str]]:
    with ThreadPoolExecutor(1) as thread:  # this one has the browser's loop
        code, secret = thread.submit(lambda: asyncio.run(_fill(dsn))).result()
    with Server(dsn) as address:
        yield address, code, secret


def test_a_phone_reads_the_list_the_map_the_rates_and_a_state(
    browser: Browser, site: tuple[str, str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    address, code, secret = site
    context = browser.new_context(base_url=address, viewport={"width": 320, "height": 740}, locale="vi-VN")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    shots = tmp_path_factory.mktemp("public")

    def fits(name: str) -> None:
        page.screenshot(path=shots / f"{name}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    page.goto("/phan-anh")
    fits("list")
    assert page.locator(".map circle").count() == 4
    boxes = [page.locator(".map circle").nth(number).bounding_box() for number in range(4)]
    assert all(box and 0 < box["x"] < 320 and box["width"] >= 4 for box in boxes)
    page.locator(".map a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/phan-anh/PA-*")
    fits("report")
    page.get_by_role("link", name="Đúng hạn theo đơn vị").click()
    fits("rates")
    page.get_by_role("link", name="Tra cứu phản ánh của bạn").click()
    page.get_by_label("Mã phản ánh").fill(code)
    page.get_by_label("Mã bí mật").fill(secret)
    page.get_by_role("button", name="Tra cứu").click()
    page.get_by_role("heading", name=code).wait_for()
    fits("state")
    assert secret not in page.url and secret not in page.content()
    assert page.context.cookies() == []
    context.close()
    assert complaints == []
