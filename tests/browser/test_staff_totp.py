"""An official's second factor, in chromium: the phone is set up at the first sign-in and asked for at the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from bot.gateway.app import create_app
from bot.gateway.ports import Parts
from bot.gateway.settings import Settings
from desk import staff
from desk.database import EmbeddedPostgres, migrate, open_pool
from desk.staff import Role
from tests.browser.server import serving
from tests.gateway.conftest import database_folder
from tests.gateway.harness import opener, settings

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
PASSWORD = "mua-xuan-nam-ay"
PHONE, DESK = (360, 740), (1280, 900)


async def _staff(dsn: str) -> None:
    async with await open_pool(dsn, min_size=1, max_size=1) as pool, pool.connection() as conn:
        for window in ("phone", "desk"):
            for login, role in ((window, Role.HEAD), (f"quan.{window}", Role.ADMIN)):
                await staff.add(
                    conn, login=login, name=f"Cán bộ {login}", roles=[role], password=PASSWORD,
                    actor="test", now=datetime.now(UTC),
                )  # fmt: skip


@pytest.fixture(scope="module")
def site(browser: Browser) -> Iterator[str]:
    with database_folder() as home, EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as postgres:
        migrate(postgres.dsn)
        # Playwright keeps an event loop in this thread: what we run ourselves needs another.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _staff(postgres.dsn)).result()

        @asynccontextmanager
        async def open_parts(chosen: Settings) -> AsyncIterator[Parts]:
            async with (
                await open_pool(postgres.dsn, min_size=1, max_size=4) as pool,
                opener(pool, postgres.dsn)(chosen) as parts,
            ):
                yield parts

        configured = settings(motcua_home=home, database_url=postgres.dsn, staff_totp="desk")
        with serving(create_app(configured, opener=open_parts)) as address:
            yield address


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window of an official. Whatever the browser complains about fails the test."""
    width, height = request.param
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": height}, locale="vi-VN", reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def sign_in(page: Page, login: str, then: str = "/can-bo/tai-khoan") -> None:
    page.goto(then)
    page.get_by_label("Tên đăng nhập").fill(login)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def check(page: Page) -> None:
    """Nothing for axe to say, and nothing wider than the window."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    size = page.viewport_size
    assert size and page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def scanned(page: Page) -> pyotp.TOTP:
    """What a phone's camera reads from the picture on the screen."""
    shot = page.get_by_role("img", name="Hình mã QR").screenshot()
    picture = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    # A camera looks from many distances; this one from a few.
    looks = (
        cv2.resize(picture, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC) for size in (1, 2, 3, 1.5)
    )
    read = pyotp.parse_uri(
        next(text for look in looks if (text := cv2.QRCodeDetector().detectAndDecode(look)[0]))
    )
    assert isinstance(read, pyotp.TOTP)
    return read


def code_of(phone: pyotp.TOTP, *, steps: int = 0) -> str:
    return phone.at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def test_the_phone_is_set_up_asked_for_and_lost(page: Page) -> None:
    login = "phone" if page.viewport_size == {"width": PHONE[0], "height": PHONE[1]} else "desk"
    sign_in(page, login)
    expect(page.get_by_role("heading", name="Cài đặt xác thực hai bước")).to_be_visible()
    check(page)
    phone = scanned(page)
    assert (phone.issuer, phone.name) == ("Một Cửa", login)
    page.get_by_label("Mã 6 số").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Mã không khớp")
    assert scanned(page).secret == phone.secret
    page.get_by_label("Mã 6 số").fill(code_of(phone, steps=-1))
    page.get_by_role("button", name="Xác nhận").click()
    expect(page.get_by_role("heading", name="Mã dự phòng")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    spare = page.locator(".codes li code").first.inner_text()
    check(page)
    page.get_by_role("link", name="Tôi đã cất mã, tiếp tục").click()
    expect(page.get_by_role("heading", name="Tài khoản của tôi")).to_be_visible()
    check(page)

    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    sign_in(page, login)
    expect(page.get_by_role("heading", name="Nhập mã xác thực")).to_be_visible()
    expect(page.get_by_label("Mã xác thực", exact=True)).to_be_focused()
    check(page)
    page.goto("/can-bo/tai-khoan")  # the code is asked for wherever one goes
    expect(page.get_by_role("heading", name="Nhập mã xác thực")).to_be_visible()
    page.keyboard.type(code_of(phone))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Tài khoản của tôi")).to_be_visible()

    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    sign_in(page, login)
    page.get_by_label("Mã xác thực", exact=True).fill(spare)
    page.get_by_role("button", name="Xác nhận").click()
    expect(page.get_by_text("Còn 9 mã dự phòng")).to_be_visible()

    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    lose_the_phone(page, login)
    sign_in(page, login)
    expect(page.get_by_role("heading", name="Cài đặt xác thực hai bước")).to_be_visible()
    assert scanned(page).secret != phone.secret


def lose_the_phone(page: Page, login: str) -> None:
    """An administrator sets up a phone of their own and takes the lost one away."""
    sign_in(page, f"quan.{login}", then="/can-bo/nguoi-dung")
    page.get_by_label("Mã 6 số").fill(code_of(scanned(page)))
    page.get_by_role("button", name="Xác nhận").click()
    page.get_by_role("link", name="Tôi đã cất mã, tiếp tục").click()
    expect(page.get_by_role("heading", name="Tài khoản cán bộ")).to_be_visible()
    check(page)
    page.get_by_role("link", name=f"Cán bộ {login}", exact=True).click()
    check(page)
    page.get_by_role("button", name="Gỡ xác thực hai bước").click()
    expect(page.get_by_role("status")).to_contain_text("Đã gỡ xác thực hai bước")
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
