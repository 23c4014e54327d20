"""An official at the content desk, in chromium: a decision as PDF is read, looked at, corrected and signed.

The reading, the database and the app are the real ones; the PDF is printed by chromium from our own words.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from bot.gateway.app import create_app
from bot.gateway.ports import Parts
from bot.gateway.publishing import take_in
from bot.gateway.settings import Settings
from desk import staff
from desk.database import EmbeddedPostgres, migrate, open_pool
from desk.staff import Role
from knowledge.reading import pages as document
from tests.browser.server import serving
from tests.gateway.conftest import database_folder
from tests.gateway.harness import opener, settings
from tests.knowledge.annex import annex

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
PASSWORD = "mua-xuan-nam-ay"
PHONE, DESK = (360, 740), (1280, 900)


@dataclass
class Site:
    address: str
    home: Path


def _section(page: document.Page, tables: Sequence[document.Table]) -> str:
    rows = [row for table in tables if table.page == page.number for row in table.rows]
    cells = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    lines = "".join(f"<p>{escape(line)}</p>" for line in page.text.splitlines())
    return f"<section>{lines}{f'<table>{cells}</table>' if cells else ''}</section>"


def print_decision(browser: Browser, target: Path) -> None:
    """The decision of tests/knowledge/annex.py as a PDF with real letters."""
    decision = annex()
    pages = "".join(_section(page, decision.tables) for page in decision.pages)
    style = (
        "body{font:12pt 'Noto Sans','DejaVu Sans',sans-serif} section{break-after:page} p{margin:2pt 0}"
        " td{border:1px solid;padding:3pt}"
    )
    context = browser.new_context()
    page = context.new_page()
    page.set_content(f"<html lang=vi><style>{style}</style>{pages}</html>")
    target.write_bytes(page.pdf(format="A4"))
    context.close()


async def _staff(dsn: str) -> None:
    async with await open_pool(dsn, min_size=1, max_size=1) as pool, pool.connection() as conn:
        for login, name, role in (
            ("lan", "Nguyễn Thị Lan", Role.CONTENT),
            ("quan", "Trần Văn Quân", Role.ADMIN),
        ):
            now = datetime.now(UTC)
            await staff.add(
                conn, login=login, name=name, roles=[role], password=PASSWORD, actor="test", now=now
            )


@pytest.fixture(scope="module")
def site(browser: Browser) -> Iterator[Site]:
    with database_folder() as home, EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as postgres:
        migrate(postgres.dsn)
        print_decision(browser, home / "qd77.pdf")
        configured = settings(motcua_home=home, database_url=postgres.dsn, knowledge_packs="off")
        take_in(configured, [home / "qd77.pdf"], actor="test")
        # Playwright keeps an event loop in this thread: what we run ourselves needs another.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _staff(postgres.dsn)).result()
        yield from _serve(configured, postgres.dsn, home)


def _serve(configured: Settings, dsn: str, home: Path) -> Iterator[Site]:
    @asynccontextmanager
    async def open_parts(chosen: Settings) -> AsyncIterator[Parts]:
        async with (
            await open_pool(dsn, min_size=1, max_size=4) as pool,
            opener(pool, dsn)(chosen) as parts,
        ):
            yield parts

    with serving(create_app(configured, opener=open_parts)) as address:
        yield Site(address, home)


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window of an official. Whatever the browser complains about fails the test."""
    width, height = request.param
    context = browser.new_context(
        base_url=site.address,
        viewport={"width": width, "height": height},
        locale="vi-VN",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    # Refusals of forms are part of the tests; a refused script, style or address is not.
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def sign_in(page: Page, login: str = "lan", then: str = "/can-bo") -> None:
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


def _width(page: Page) -> int:
    """The page's image as it came, in pixels; fails when it did not."""
    width: int = page.locator(".sheet img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    return width


def test_a_day_at_the_desk(page: Page) -> None:
    page.goto("/can-bo/noi-dung")
    expect(page.get_by_role("heading", name="Đăng nhập dành cho cán bộ")).to_be_visible()
    check(page)
    page.get_by_label("Tên đăng nhập").fill("lan")
    page.get_by_label("Mật khẩu").fill("khong-phai-mat-khau")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Điểm chưa rõ trong nội dung")).to_be_visible()
    check(page)

    page.get_by_label("Mục", exact=True).select_option("time_limit")
    page.get_by_label("Tên hoặc mã").fill("9.000022")
    page.get_by_role("button", name="Lọc", exact=True).click()
    expect(page.locator(".rows > li")).to_have_count(1)
    page.get_by_role("link", name="Không nêu thành một con số").click()
    expect(page.locator("h1")).to_contain_text("thẻ")
    image = page.get_by_role("img", name="Ảnh trang 3 của tệp qd77.pdf")
    expect(image).to_be_attached()
    assert _width(page) in (1000, 1001)  # a page is a little wider than its figures
    expect(page.locator("#truong")).to_contain_text("Thời hạn giải quyết")
    page.get_by_role("link", name="Trang trước").first.click()
    expect(page.get_by_role("img", name="Ảnh trang 2 của tệp qd77.pdf")).to_be_attached()
    page.get_by_role("link", name="Lớn", exact=True).click()
    expect(page.get_by_role("link", name="Lớn", exact=True)).to_have_attribute("aria-current", "true")
    assert _width(page) in (1400, 1401)
    check(page)


def test_a_fee_is_corrected_signed_and_taken_back(page: Page, site: Site) -> None:
    sign_in(page, then="/can-bo/noi-dung/ban-ghi?loai=procedure&ma=9.000021%40dak-lak")
    page.get_by_role("link", name="Sửa Phí, lệ phí – Trực tiếp").click()
    form = page.get_by_role("form", name="Sửa Phí, lệ phí – Trực tiếp")
    check(page)
    amount = form.get_by_label("Số tiền").first
    expect(amount).to_have_value("20.000")
    amount.fill("25")
    form.get_by_role("button", name="Lưu và ký").click()
    expect(page.get_by_text("Số tiền quá nhỏ")).to_be_visible()
    expect(page.get_by_text("Ghi lý do hoặc căn cứ")).to_be_visible()
    expect(form.get_by_label("Số tiền").first).to_have_value("25")
    check(page)
    form.get_by_label("Số tiền").first.fill("25.000")
    form.get_by_label("Lý do, căn cứ").fill("Nghị quyết 12/2026/NQ-HĐND")
    form.get_by_role("button", name="Lưu và ký").click()
    expect(page.get_by_text("Đã lưu nội dung sửa")).to_be_visible()
    changed = page.locator("#truong")
    expect(changed).to_contain_text("25.000 đồng")
    expect(changed).to_contain_text("Nguồn ghi: 20.000 đồng")
    history = page.get_by_role("region", name="Lịch sử")
    expect(history).to_contain_text("Nguyễn Thị Lan")
    expect(history).to_contain_text("Nghị quyết 12/2026/NQ-HĐND")
    check(page)
    page.goto("/can-bo/noi-dung/da-sua")
    expect(page.get_by_role("main")).to_contain_text("25.000 đồng")
    check(page)
    page.go_back()
    page.get_by_role("button", name="Rút lại nội dung sửa").click()
    expect(page.locator("#truong")).to_contain_text("20.000 đồng")
    expect(page.get_by_role("button", name="Rút lại nội dung sửa")).to_have_count(0)
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("heading", name="Đăng nhập dành cho cán bộ")).to_be_visible()
    page.goto("/can-bo/noi-dung")
    expect(page.get_by_label("Mật khẩu")).to_be_visible()


def test_a_doubt_is_signed_by_keyboard_alone(page: Page) -> None:
    size = page.viewport_size or {"width": 0}
    sign_in(page, then="/can-bo/noi-dung/ban-ghi?loai=procedure&ma=9.000022%40dak-lak")
    page.wait_for_url("**/ban-ghi**")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đến nội dung chính")).to_be_focused()
    page.keyboard.press("Enter")
    opener_ = page.locator(".doubt:not(.done) summary").first
    before = page.locator(".doubt:not(.done)").count()
    opener_.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(f"đã xem {size['width']}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã ký.", exact=True)).to_be_visible()
    expect(page.locator(".doubt:not(.done)")).to_have_count(before - 1)
    expect(page.get_by_role("region", name="Lịch sử")).to_contain_text(f"đã xem {size['width']}")


def test_what_was_typed_outlives_the_session(page: Page) -> None:
    sign_in(page, then="/can-bo/noi-dung/ban-ghi?loai=procedure&ma=9.000021%40dak-lak&truong=agency&sua=1")
    form = page.get_by_role("form", name="Sửa Cơ quan giải quyết")
    form.get_by_label("Giá trị").fill("Ủy ban nhân dân xã nơi cư trú")
    form.get_by_label("Lý do, căn cứ").fill("theo Nghị định")
    page.context.clear_cookies()
    form.get_by_role("button", name="Lưu và ký").click()
    expect(page.get_by_role("alert")).to_contain_text("vẫn được giữ")
    page.get_by_label("Tên đăng nhập").fill("lan")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("definition").first).to_have_text("Ủy ban nhân dân xã nơi cư trú")
    check(page)
    page.get_by_role("button", name="Gửi").click()
    expect(page.locator("#truong")).to_contain_text("Ủy ban nhân dân xã nơi cư trú")
    page.get_by_role("button", name="Rút lại nội dung sửa").click()


def test_every_page_is_clean_and_fits(page: Page) -> None:
    sign_in(page, "quan")
    page.wait_for_url("**/noi-dung")
    for name in ("Tra cứu", "Trang khó đọc", "Mâu thuẫn", "Nội dung đã sửa", "Công bố"):
        page.get_by_role("navigation", name="Các phần của trang cán bộ").get_by_role(
            "link", name=name
        ).click()
        expect(page.locator("[aria-current=page]")).to_have_text(name)
        check(page)
    page.get_by_role("link", name="Trần Văn Quân").click()
    check(page)
    page.goto("/can-bo/khong-co")
    expect(page.get_by_role("heading", name="Không tìm thấy trang")).to_be_visible()
    page.emulate_media(color_scheme="dark")
    page.goto("/can-bo/noi-dung/ban-ghi?loai=procedure&ma=9.000021%40dak-lak&truong=channels.0.fees&sua=1")
    check(page)
