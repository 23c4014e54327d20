"""The officers' console in chromium over the real app and database: the day's work by mouse and by keyboard, a
conflict told kindly, and nothing a citizen wrote ever run as markup."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from bot.gateway.app import create_app
from bot.gateway.ports import Parts
from bot.gateway.settings import Settings
from desk import work
from desk.bounds import bounded
from desk.database import EmbeddedPostgres, Pool, migrate, open_pool
from desk.models import Ticket
from desk.sealing import Sealer
from desk.staff import COLUMNS, Staff
from tests.browser.fake_api import DIST
from tests.browser.server import serving
from tests.desk.clock_helpers import set_deadline
from tests.gateway.conftest import database_folder
from tests.gateway.desk_helpers import SORTERS, file, people
from tests.gateway.harness import opener, settings
from tests.gateway.staff_helpers import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
PHONE, DESK = (360, 740), (1360, 900)
EVIL = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>\'"javascript:window.hit=1'
T = TypeVar("T")


@dataclass
class Site:
    address: str
    dsn: str
    sealer: Sealer

    def run(self, deed: Callable[[Pool], Awaitable[T]]) -> T:
        """Work on the database beside the page. Playwright keeps an event loop in this thread: in another."""

        async def work_on() -> T:
            async with await open_pool(self.dsn, min_size=1, max_size=1) as pool:
                return await deed(pool)

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, work_on()).result()

    def file(self, what: str, **changes: Any) -> Ticket:
        return self.run(lambda pool: file(pool, what, **changes))

    def sql(self, statement: str, *values: object) -> list[dict[str, Any]]:
        async def execute(pool: Pool) -> list[dict[str, Any]]:
            async with pool.connection() as conn:
                cursor = await conn.execute(statement.encode(), values)
                return await cursor.fetchall() if cursor.description else []

        return self.run(execute)


@pytest.fixture(scope="module")
def site(browser: Browser) -> Iterator[Site]:
    if not (DIST / "assets" / "console.js").is_file():
        pytest.skip("web/dist is absent: build it with `npm --prefix web ci && npm --prefix web run build`")
    with database_folder() as home, EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as postgres:
        migrate(postgres.dsn)
        held: list[Parts] = []

        @asynccontextmanager
        async def open_parts(chosen: Settings) -> AsyncIterator[Parts]:
            async with (
                await open_pool(postgres.dsn, min_size=1, max_size=4) as pool,
                opener(pool, postgres.dsn)(chosen) as parts,
            ):
                held.append(parts)
                yield parts

        app = create_app(settings(motcua_home=home, database_url=postgres.dsn), opener=open_parts)
        with serving(app) as address:
            made = Site(address, postgres.dsn, held[0].tickets.sealer)
            made.run(people)
            yield made


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Windows of officials. Whatever a browser complains about fails the test."""
    contexts, complaints = [], []

    def opened(login: str, size: tuple[int, int] = DESK, path: str = "/can-bo/phan-anh") -> Page:
        context = browser.new_context(
            base_url=site.address,
            viewport={"width": size[0], "height": size[1]},
            locale="vi-VN",
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: (
                complaints.append(line.text)
                if line.type == "error" and "Failed to load resource" not in line.text
                else None
            ),
        )
        page.goto(path)
        page.get_by_label("Tên đăng nhập").fill(login)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url(f"**{path.partition('#')[0]}*")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def ticket_pane(page: Page) -> Any:
    return page.locator("section.ticket")


def test_take_answer_and_forward(site: Site, open_page: Callable[..., Page]) -> None:
    first = site.file("Nắp cống vỡ trước trường học", sealer=site.sealer)
    page = open_page("lan")
    page.get_by_role("link", name=first.code).click()
    pane = ticket_pane(page)
    expect(pane).to_contain_text("Nắp cống vỡ trước trường học")
    expect(pane).not_to_contain_text("0900 000 000")
    pane.get_by_role("button", name="Xem liên hệ").click()
    expect(pane).to_contain_text("0900 000 000")
    pane.get_by_role("button", name="Nhận việc").click()
    expect(page.get_by_text(f"Anh/chị đã nhận phiếu {first.code}.")).to_be_visible()
    pane.get_by_role("button", name="Trả lời").click()
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(pane.get_by_text("Anh/chị điền phần này trước.")).to_be_visible()
    pane.get_by_label("Nội dung trả lời").fill("Đã thay nắp cống.")
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(pane.locator(".head")).to_contain_text("Đã trả lời")
    second = site.file("Cột điện nghiêng")
    page.goto(f"/can-bo/phan-anh#{second.code}")
    pane.get_by_role("button", name="Chuyển nơi khác").click()
    pane.get_by_placeholder("Gõ tên đơn vị").fill("phan loai lam dong")
    pane.locator(f"select option[value={SORTERS}]").wait_for()
    pane.get_by_label("Đơn vị nhận").select_option(SORTERS)
    pane.get_by_label("Lý do").fill("Điện do đơn vị khác quản lý.")
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text(f"Phiếu {second.code} đã chuyển đi")).to_be_visible()
    expect(page.get_by_role("link", name=second.code)).to_have_count(0)
    (row,) = site.sql("SELECT unit_id, state FROM tickets WHERE code = %s", second.code)
    assert row == {"unit_id": SORTERS, "state": "CHUYEN_CO_QUAN"}


def test_a_conflict_keeps_what_was_written(site: Site, open_page: Callable[..., Page]) -> None:
    ticket = site.file("Biển báo bị che khuất")
    page = open_page("lan", path="/can-bo/phan-anh")
    page.goto(f"/can-bo/phan-anh#{ticket.code}")
    pane = ticket_pane(page)
    pane.get_by_role("button", name="Trả lời").click()
    pane.get_by_label("Nội dung trả lời").fill("Đã cắt cành cây.")

    async def by_another(pool: Pool) -> None:
        async with pool.connection() as conn:
            cursor = await conn.execute(f"SELECT {', '.join(COLUMNS)} FROM staff WHERE login = 'minh'")
            minh = Staff(**(await cursor.fetchone() or {}))
        async with bounded(pool, minh) as conn:
            hand = await work.take(conn, code=ticket.code, version=None, staff=minh, now=datetime.now(UTC))
            await work.accept(hand)

    site.run(by_another)
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator(".message")).to_contain_text("Trần Văn Minh vừa chuyển phiếu sang “Đang xử lý”")
    expect(pane.locator(".head")).to_contain_text("Đang xử lý")
    expect(pane.get_by_label("Nội dung trả lời")).to_have_value("Đã cắt cành cây.")
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(pane.locator(".head")).to_contain_text("Đã trả lời")


def test_the_keyboard_alone(site: Site, open_page: Callable[..., Page]) -> None:
    first, second = site.file("Phím một: vỉa hè sụt"), site.file("Phím hai: vỉa hè sụt")
    page = open_page("lan")
    page.locator(".tickets a").first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("phim via he")
    expect(page.locator(".tickets > li")).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#ticket-title")).to_have_text(first.code)
    page.keyboard.press("a")
    expect(ticket_pane(page)).to_contain_text("Người phụ tráchNguyễn Thị Lan")
    page.keyboard.press("n")
    page.keyboard.type("Ghi bằng bàn phím, j và k là chữ.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(ticket_pane(page).locator(".notes")).to_contain_text("j và k là chữ")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".many")).to_contain_text("Đã chọn 1 phiếu")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Phím tắt")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#ticket-title")).to_have_count(0)
    assert second.code in page.locator(".tickets").inner_text()


def test_many_at_once_and_filters_kept(site: Site, open_page: Callable[..., Page]) -> None:
    tickets = [site.file(f"Hàng loạt: rác ở ngõ {at}") for at in range(3)]
    page = open_page("truong")
    page.get_by_label("Tìm trong phiếu").fill("hang loat rac")
    expect(page.locator(".tickets > li")).to_have_count(3)
    for ticket in tickets[:2]:
        page.get_by_label(f"Chọn phiếu {ticket.code}").check()
    page.locator(".many").get_by_role("button", name="Giao việc").click()
    page.get_by_label("Giao cho").select_option("minh")
    page.get_by_role("dialog").get_by_role("button", name="Gửi", exact=True).click()
    expect(page.get_by_text("Đã làm xong 2 phiếu.")).to_be_visible()
    expect(page.locator(".tickets")).to_contain_text("Trần Văn Minh")
    page.get_by_role("button", name="Lưu bộ lọc này").click()
    page.get_by_label("Tên bộ lọc").fill(EVIL[:60])
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.get_by_role("link", name="Tất cả").click()
    page.get_by_role("link", name=EVIL[:60]).click()
    expect(page.get_by_label("Tìm trong phiếu")).to_have_value("hang loat rac")
    assert page.evaluate("window.hit") is None


def test_nothing_written_is_ever_run(site: Site, open_page: Callable[..., Page]) -> None:
    """Stored XSS through every field that staff see: what, place, when, contact, note, reply, file, voice, names."""
    ticket = site.file(EVIL, where=EVIL, when=EVIL, contact=EVIL, sealer=site.sealer)
    site.sql("UPDATE tickets SET reason = %s, unit_name = %s, category_name = %s, answer_public = %s WHERE code = %s",
             EVIL, EVIL, EVIL, EVIL, ticket.code)  # fmt: skip
    site.sql("INSERT INTO ticket_notes VALUES (%s, %s, now(), %s, %s)", uuid4(), ticket.id, EVIL, EVIL)
    site.sql("INSERT INTO ticket_events (ticket_id, at, actor, from_state, to_state, note, unit_name) VALUES"
             " (%s, now(), 'citizen', 'MOI_TIEP_NHAN', 'MOI_TIEP_NHAN', %s, %s)", ticket.id, EVIL, EVIL)  # fmt: skip
    site.sql("INSERT INTO ticket_files (id, ticket_id, at, author, name, media_type, bytes, sha256, sealed, flags)"
             " VALUES (%s, %s, now(), 'citizen', %s, 'image/svg+xml', 1, '', %s, %s)",
             uuid4(), ticket.id, EVIL, site.sealer.seal("<svg onload='window.hit=1'/>"), [EVIL])  # fmt: skip
    site.sql("INSERT INTO reply_templates (id, unit_id, title, text, actor, at) VALUES (%s, '', %s, %s, 'x', now())",
             uuid4(), EVIL, EVIL)  # fmt: skip
    page = open_page("lan")
    page.goto(f"/can-bo/phan-anh#{ticket.code}")
    pane = ticket_pane(page)
    pane.get_by_role("button", name="Xem liên hệ").click()
    expect(pane.locator("#contact")).to_have_text(EVIL)
    expect(pane.locator(".said").first).to_have_text(EVIL)
    pane.get_by_role("button", name="Hỏi thêm").click()
    pane.get_by_label("Mẫu trả lời").select_option(label=EVIL)
    expect(pane.get_by_label("Cần người gửi bổ sung")).to_have_value(EVIL)
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(pane.locator(".steps")).to_contain_text(EVIL)
    page.get_by_role("button", name="Mẫu trả lời").click()
    expect(page.get_by_role("dialog")).to_contain_text(EVIL)
    assert page.evaluate("window.hit") is None
    assert page.locator(".console img, .console script, .console svg").count() == 0


def test_a_photo_is_added_while_an_answer_is_written(site: Site, open_page: Callable[..., Page]) -> None:
    ticket = site.file("Ảnh: lan can gãy")
    drawn = io.BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(drawn, "JPEG")
    page = open_page("lan")
    page.goto(f"/can-bo/phan-anh#{ticket.code}")
    pane = ticket_pane(page)
    pane.get_by_role("button", name="Trả lời").click()
    pane.get_by_label("Nội dung trả lời").fill("Đã hàn lại.")
    photo = {"name": "IMG 1.jpg", "mimeType": "image/jpeg", "buffer": drawn.getvalue()}
    pane.get_by_label("Thêm ảnh").set_input_files(photo)
    expect(page.get_by_text(f"Đã thêm ảnh vào phiếu {ticket.code}.")).to_be_visible(timeout=30_000)
    shown = pane.locator(".pictures img")
    expect(shown).to_have_count(1)
    shown.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.pictures img').naturalWidth > 0")
    expect(pane.get_by_label("Nội dung trả lời")).to_have_value("Đã hàn lại.")


def test_an_auditor_only_reads(site: Site, open_page: Callable[..., Page]) -> None:
    ticket = site.file("Chỉ để xem: cầu xuống cấp")
    page = open_page("soat")
    page.goto(f"/can-bo/phan-anh?queue=all#{ticket.code}")
    expect(ticket_pane(page)).to_contain_text("Tài khoản của anh/chị chỉ xem.")
    assert page.locator("[data-deed], .pick").count() == 0
    expect(page.get_by_role("button", name="Xem liên hệ")).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_on_a_phone_and_at_a_desk(site: Site, open_page: Callable[..., Page], size: tuple[int, int]) -> None:
    """List, then ticket, then back; overdue is said; nothing wider than the window; WCAG AA."""
    ticket = site.file(f"Quá hạn {size[0]}: đường ngập sau mưa, " + "không ai đi qua được, " * 12)
    site.sql(
        "UPDATE tickets SET due_at = %s, due_basis = 'QĐ 01' WHERE code = %s",
        datetime.now(UTC) - timedelta(days=3),
        ticket.code,
    )
    page = open_page("lan", size)
    row = page.get_by_role("link", name=ticket.code)
    expect(row).to_contain_text("Quá hạn 3 ngày")
    wide = "document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(wide)
    row.click()
    expect(page.locator("#ticket-title")).to_be_visible()
    assert page.evaluate(wide)
    page.get_by_role("button", name="Hỏi thêm").click()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Thôi").click()
    if size == PHONE:
        expect(row).to_be_hidden()
        page.get_by_role("link", name="Về danh sách").click()
    expect(row).to_be_visible()


def test_a_session_that_ended_loses_no_words(site: Site, open_page: Callable[..., Page]) -> None:
    ticket = site.file("Phiên hết hạn: ghế đá gãy")
    page = open_page("lan")
    page.goto(f"/can-bo/phan-anh#{ticket.code}")
    pane = ticket_pane(page)
    pane.get_by_role("button", name="Ghi chú").click()
    pane.get_by_label("Ghi chú (chỉ cán bộ đọc)").fill("Đã xem tại chỗ.")
    site.sql("DELETE FROM staff_sessions")
    pane.get_by_role("button", name="Gửi", exact=True).click()
    with page.context.expect_page() as signing_in:
        page.get_by_role("link", name="Đăng nhập lại ở thẻ mới").click()
    beside = signing_in.value
    beside.get_by_label("Tên đăng nhập").fill("lan")
    beside.get_by_label("Mật khẩu").fill(PASSWORD)
    beside.get_by_role("button", name="Đăng nhập").click()
    beside.wait_for_url("**/phan-anh*")
    pane.get_by_role("button", name="Gửi", exact=True).click()
    expect(pane.locator(".notes")).to_contain_text("Đã xem tại chỗ.")


def test_the_head_takes_the_letter_gives_a_new_date_and_corrects_what_is_published(
    site: Site, open_page: Callable[..., Page]
) -> None:
    site.run(lambda pool: set_deadline(pool, working_days=3))
    late = site.file("Mặt đường tỉnh lộ sụt một mảng")
    shown = site.file("Lan can cầu gãy trước nhà ông Bảy")
    site.sql(
        "UPDATE tickets SET (state, may_publish, answer_public, published_what, published_at)"
        " = ('CONG_KHAI', true, 'Đã hàn ngày 31/11.', 'Lan can cầu gãy trước nhà ông Bảy', now()) WHERE code = %s",
        shown.code,
    )
    page = open_page("truong")
    pane = ticket_pane(page)
    page.get_by_role("link", name=late.code).click()
    pane.get_by_text("Việc khác").click()
    pane.get_by_role("button", name="Văn bản xin lỗi").click()
    day = pane.get_by_label("Hẹn trả lời chậm nhất").input_value()
    with page.expect_download() as taken:
        pane.get_by_role("button", name="Gửi").click()
    assert taken.value.suggested_filename == f"xin-loi-{late.code}.docx"
    expect(page.get_by_text("Đã tải bản thảo")).to_be_visible()
    pane.get_by_role("button", name="Gia hạn").click()
    pane.get_by_role("button", name="Gửi").click()
    expect(pane.get_by_text("Anh/chị điền phần này trước.")).to_be_visible()
    pane.get_by_label("Lý do").fill("Mưa lớn.")
    pane.get_by_role("button", name="Gửi").click()
    expect(pane.get_by_role("button", name="Gia hạn")).to_have_count(0)
    told = date.fromisoformat(day).strftime("%d/%m/%Y")
    expect(pane.locator("dl")).to_contain_text(told)
    page.goto(f"/can-bo/phan-anh#{shown.code}")
    pane.get_by_role("button", name="Đính chính").click()
    assert pane.get_by_label("Câu trả lời đúng").input_value() == "Đã hàn ngày 31/11."
    pane.get_by_label("Câu trả lời đúng").fill("Đã hàn ngày 30/11.")
    pane.get_by_label("Nội dung phản ánh trên trang công khai").fill("Lan can cầu gãy")
    pane.get_by_label("Vì sao đính chính").fill("Ghi nhầm ngày.")
    assert Axe().run(page).violations_count == 0
    pane.get_by_role("button", name="Gửi").click()
    expect(pane.get_by_role("heading", name="Nội dung đã trả lời").locator("..")).to_contain_text("30/11")
    expect(pane.get_by_text("Lan can cầu gãy", exact=True)).to_be_visible()
