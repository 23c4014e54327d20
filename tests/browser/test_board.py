"""The board in chromium: readable from ten metres, turning its pages, staying when the server is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.gateway.screens.words import words
from desk.devices import Kind
from tests.browser.kiosk_helpers import TALL, WIDE, Hall, complaints_of, hall_open, window
from tests.gateway.harness import clock
from tests.gateway.test_screens import Held, event, plan

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
LEAST = 0.064  # of the shorter side: capitals of 50 mm on a board 1.2 m high (web/kiosk/board.css)


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    soon = (clock() + timedelta(days=30)).isoformat()
    with hall_open(library=Held(plan(event(soon, "Sở Tư pháp")))) as opened:
        opened.arrange(Kind.BOARD, notice="Nghỉ lễ từ ngày 1 đến hết ngày 3 tháng 1", seconds=10)
        yield opened


def opened(browser: Browser, hall: Hall, size: tuple[int, int]) -> tuple[Page, list[str]]:
    page = window(browser, hall, size).new_page()
    complaints = complaints_of(page)
    page.clock.install()
    page.goto(f"/board#{hall.board}")
    expect(page.locator("article")).to_be_visible()
    return page, complaints


def smallest_text(page: Page) -> float:
    """Size of the smallest text that is seen, as a share of the shorter side."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const sizes = [];
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const box = node.parentElement;
                const seen = node.textContent.trim() && box.checkVisibility();
                if (seen) sizes.push(parseFloat(getComputedStyle(box).fontSize));
            }
            return Math.min(...sizes) / Math.min(innerWidth, innerHeight);
        }"""
    )


def is_whole(page: Page) -> bool:
    """Nothing of the page is cut off. It is fitted anew when its place changes, one frame later."""
    until = time.monotonic() + 3
    while not page.evaluate(
        "(box => box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth)"
        "(document.getElementById('page'))"
    ):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("size", [WIDE, TALL])
def test_every_page_is_large_and_whole(browser: Browser, hall: Hall, size: tuple[int, int]) -> None:
    page, complaints = opened(browser, hall, size)
    kinds = []
    for _ in range(len(words()["usual"]) + 4):
        kinds.append(page.locator("article").get_attribute("data-kind"))
        assert smallest_text(page) >= LEAST, page.locator("main").inner_text()
        assert is_whole(page), page.locator("main").inner_text()
        page.clock.run_for(10_000)
    assert {*kinds} == {"procedure", "event", "paying", "notice", "ask"}
    page.context.close()
    assert complaints == []


def test_a_page_is_whole_again_when_its_place_shrinks(browser: Browser, hall: Hall) -> None:
    """As it does when the line about the lost server comes while the page stands there."""
    page, complaints = opened(browser, hall, TALL)
    shrunk = 0
    for _ in range(len(words()["usual"]) + 4):
        page.clock.run_for(10_000)
        before = page.locator("#page").bounding_box()
        page.set_viewport_size({"width": TALL[0], "height": TALL[1] - 300})
        after = page.locator("#page").bounding_box()
        assert before and after
        shrunk += after["height"] < before["height"]
        assert is_whole(page), page.locator("main").inner_text()
        page.set_viewport_size({"width": TALL[0], "height": TALL[1]})
    assert shrunk
    page.context.close()
    assert complaints == []


def test_the_last_content_stays_without_the_server_and_says_since_when(browser: Browser, hall: Hall) -> None:
    page, complaints = opened(browser, hall, WIDE)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # now the worker has the pages
    expect(page.locator("article")).to_be_visible()
    first = page.locator("h1").inner_text()
    page.context.set_offline(True)
    page.clock.run_for(61_000)
    expect(page.locator("#lost")).to_contain_text("Mất kết nối từ")
    assert smallest_text(page) >= LEAST
    turned = page.locator("h1").inner_text()
    assert turned != first
    page.reload()  # and also when the board itself is started anew
    expect(page.locator("article")).to_be_visible()
    expect(page.locator("#lost")).to_contain_text("Nội dung cập nhật lúc")
    page.context.set_offline(False)
    page.clock.run_for(6_000)
    expect(page.locator("#lost")).to_be_hidden()
    page.context.close()
    assert complaints == []


def test_officials_change_what_it_shows(browser: Browser, hall: Hall) -> None:
    page, _ = opened(browser, hall, WIDE)
    code = words()["usual"][1]
    hall.arrange(Kind.BOARD, procedures=(code,), events=False, paying=False, notice="")
    shown: list[str | None] = []
    while len(shown) < 40 and set(shown[-4:]) != {"procedure", "ask"}:
        page.clock.run_for(10_000)
        time.sleep(0.02)  # what it fetches comes by the machine's clock
        shown.append(page.locator("article").get_attribute("data-kind"))
    assert set(shown[-4:]) == {"procedure", "ask"}, shown
    hall.arrange(Kind.BOARD, procedures=(), events=True, paying=True)
    page.context.close()


def test_a_board_nobody_enrolled_shows_nothing(browser: Browser, hall: Hall) -> None:
    page = window(browser, hall, WIDE).new_page()
    page.goto("/board")
    expect(page.get_by_label("Màn hình chưa được đăng ký")).to_be_visible()
    expect(page.locator("article")).to_have_count(0)
    page.context.close()
