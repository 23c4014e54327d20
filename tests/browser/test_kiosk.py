"""The kiosk in chromium over the real app: large, kind to hands, and nothing of a person left behind."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from bot.answer.reply import Block, Choice, Reply, Source
from desk.devices import Kind
from tests.browser.kiosk_helpers import TALL, WIDE, Hall, complaints_of, hall_open, window

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
SECRET = "Zyqxwv"  # said by a person and looked for afterwards
ANSWER = "#log article:not(.pending)"


class Clerk:
    """Answers everything at once with a list, a source and a next step."""

    async def turn(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        papers = Block(kind="list", title="Giấy tờ", items=["Tờ khai", "Giấy chứng sinh", "Căn cước của bạn"])
        return Reply(
            status="answered",
            text=f"Bạn hỏi {text}. Bạn cần tờ khai. Bạn cần giấy chứng sinh.",
            blocks=[Block(kind="text", text=f"Bạn hỏi {text}. Xem https://dichvucong.gov.vn/a nhé."), papers],
            sources=[
                Source(kind="procedure", title="Đăng ký khai sinh", url="https://dichvucong.gov.vn/p/1")
            ],
            choices=[Choice(title="Lệ phí?", text="Lệ phí bao nhiêu?", payload="#MC:ASK:1.001193:fee")],
        ).model_dump(mode="json")


@pytest.fixture(scope="module")
def hall() -> Iterator[Hall]:
    with hall_open(dialogue=Clerk()) as opened:
        yield opened


@pytest.fixture
def kiosk(browser: Browser, hall: Hall) -> Iterator[Page]:
    """A kiosk that stands upright, with a clock the test moves. Whatever the browser complains about fails it."""
    context = window(browser, hall, TALL)
    page = context.new_page()
    complaints = complaints_of(page)
    page.clock.install()
    opened(page, hall)
    yield page
    context.close()
    assert complaints == []


def opened(page: Page, hall: Hall) -> None:
    page.goto(f"/kiosk#{hall.kiosk}")
    expect(page.locator(".tile[data-tile]")).to_have_count(1)


def typed(page: Page, keys: str) -> str:
    for key in keys:
        page.locator(f'.key[data-key="{ {" ": "space"}.get(key, key) }"]').click()
    return page.locator("#question").input_value()


def ask(page: Page, text: str) -> None:
    before = page.locator(ANSWER).count()
    page.locator("#question").fill(text)
    page.get_by_role("button", name="Gửi", exact=True).first.click()
    expect(page.locator(ANSWER)).to_have_count(before + 1)


def pass_time(page: Page, seconds: int) -> None:
    """In steps: what the page asks of the server in between is answered in real time."""
    for step in range(0, seconds, 10):
        page.clock.run_for(min(10, seconds - step) * 1000)
        page.wait_for_timeout(20)


def small_targets(page: Page) -> list[str]:
    """Whatever can be pressed and is below 48 px one way."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => [...document.querySelectorAll("button, a[href], summary, input, textarea, select")]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().width > 0)
            .map((one) => [one.getBoundingClientRect(), one])
            .filter(([box]) => box.width < 48 || box.height < 48)
            .map(([box, one]) => `${one.id || one.textContent} ${box.width}x${box.height}`)"""
    )


@pytest.mark.parametrize("size", [TALL, WIDE])
def test_every_button_is_large_and_nothing_is_wider_than_the_screen(
    browser: Browser, hall: Hall, size: tuple[int, int]
) -> None:
    hall.arrange(Kind.KIOSK, paper="a4")
    context = window(browser, hall, size)
    page = context.new_page()
    complaints = complaints_of(page)
    opened(page, hall)

    def looked_at(where: str, *, axe: bool = False) -> None:
        assert small_targets(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
        if axe:
            found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], where

    looked_at("home", axe=size == TALL)
    page.locator("[data-tile=sinh]").click()
    looked_at("topics")
    page.locator(".topic").first.click()
    expect(page.locator(ANSWER)).to_have_count(1)
    looked_at("answer", axe=size == TALL)
    page.locator("summary").click()
    looked_at("sources")
    page.locator("#question").click()
    looked_at("keyboard", axe=size == WIDE)
    box = page.locator("#question").bounding_box()
    assert box and box["y"] + box["height"] < page.locator("#keyboard").bounding_box()["y"] + 1  # type: ignore[index]
    page.locator("[data-key=hide]").click()
    page.locator("#bigger").click()
    page.locator("#contrast").click()
    looked_at("big", axe=size == TALL)
    page.locator("#question").click()
    looked_at("big keyboard")
    page.locator("[data-key=hide]").click()
    page.locator("#take").click()
    expect(page.locator("#qr-picture")).to_be_visible()
    looked_at("QR", axe=size == TALL)
    context.close()
    assert complaints == []


def test_its_token_is_in_no_address_and_no_script_reads_it(kiosk: Page, hall: Hall) -> None:
    assert hall.kiosk not in kiosk.url and hall.kiosk not in kiosk.content()
    assert hall.kiosk not in kiosk.evaluate("document.cookie + JSON.stringify(localStorage)")
    (cookie,) = kiosk.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    expect(kiosk.locator("#place")).to_have_text("Xã Bắc Bình")
    ((told,),) = hall.rows("SELECT told FROM devices WHERE kind = 'kiosk'")
    assert told["screen"] == "1080×1920" and told["voice"] in ("server", "browser", "none")


def test_vietnamese_is_typed_on_the_screen(kiosk: Page) -> None:
    kiosk.locator("#ask-own").click()
    assert typed(kiosk, "laam thur tucj") == "lâm thủ tục"
    kiosk.evaluate("document.getElementById('question').setSelectionRange(3, 3)")
    kiosk.locator("[data-key=erase]").click()
    kiosk.locator("[data-key=shift]").click()
    assert typed(kiosk, "n") == "lâN thủ tục"
    kiosk.locator("[data-key=method]").click()
    kiosk.locator("#question").evaluate("field => { field.value = ''; }")
    assert typed(kiosk, "d9u7o7ng2 so1 ") == "đường só "
    assert typed(kiosk, "12") == "đường só 12"
    kiosk.locator("#question").evaluate("field => { field.value = ''; }")
    assert typed(kiosk, "hoa") == "hoa"
    kiosk.locator("[data-key=tone2]").click()  # for whoever knows neither way
    expect(kiosk.locator("#question")).to_have_value("hòa")
    kiosk.locator("[data-key=hide]").click()
    expect(kiosk.locator("#keyboard")).to_be_hidden()
    kiosk.locator("#question").click()
    kiosk.locator("[data-key=send]").click()
    expect(kiosk.locator(ANSWER)).to_contain_text("Bạn hỏi hòa.")
    expect(kiosk.locator("#keyboard")).to_be_hidden()


def test_a_link_becomes_a_picture_and_the_kiosk_stays(kiosk: Page) -> None:
    ask(kiosk, "khai sinh")
    pages = len(kiosk.context.pages)
    kiosk.locator(f"{ANSWER} a").first.click()
    expect(kiosk.locator("#qr-address")).to_have_text("https://dichvucong.gov.vn/a")
    expect(kiosk.locator("#qr-picture")).to_be_visible()
    assert kiosk.url.endswith("/kiosk") and len(kiosk.context.pages) == pages


def test_the_conversation_goes_to_the_phone_and_leaves_the_kiosk(
    kiosk: Page, browser: Browser, hall: Hall
) -> None:
    ask(kiosk, "khai sinh cho con")
    kiosk.locator("#take").click()
    expect(kiosk.locator("#qr-picture")).to_have_js_property("complete", True)
    address = kiosk.locator("#qr-address").inner_text()
    phone = window(browser, hall, (390, 780))
    page = phone.new_page()
    complaints = complaints_of(page)
    page.goto(address)
    expect(page.get_by_role("link", name="Tiếp tục trên Zalo")).to_have_attribute("href", "https://zalo.me/1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Tiếp tục tại đây").click()
    page.wait_for_url("**/")
    expect(page.locator("#log .person")).to_contain_text("khai sinh cho con")
    pass_time(kiosk, 4)
    expect(kiosk.locator("#home")).to_be_visible()
    expect(kiosk.locator("#hint")).to_contain_text("đã sang điện thoại")
    expect(kiosk.locator("#log")).to_be_empty()
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text("đã dùng")
    phone.close()
    assert complaints == []
    assert hall.rows("SELECT count(*) FROM conversations WHERE channel = 'web'") == [(1,)]


def printed(page: Page) -> tuple[pypdfium2.PdfPage, float, float]:
    """The one page of paper, with its width and height in mm. On a busy machine a print may come before its styles."""
    session = page.context.new_cdp_session(page)
    for _ in range(10):
        made = session.send("Page.printToPDF", {"preferCSSPageSize": True})
        (paper,) = pypdfium2.PdfDocument(base64.b64decode(made["data"]))
        width, height = (points / 72 * 25.4 for points in paper.get_size())
        if abs(width - 215.9) > 1:  # US letter: the browser's own, of no rule of ours
            break
        page.wait_for_timeout(200)
    return paper, width, height


@pytest.mark.parametrize(("paper", "width_mm"), [("thermal", 80), ("a4", 210)])
def test_a_checklist_is_printed(kiosk: Page, hall: Hall, paper: str, width_mm: int) -> None:
    hall.arrange(Kind.KIOSK, paper=paper)
    pass_time(kiosk, 61)  # the next sign of life brings it
    expect(kiosk.locator("#idle")).to_be_hidden()
    kiosk.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
    ask(kiosk, "khai sinh")
    kiosk.locator("#print").click()
    expect(kiosk.locator("body")).to_have_attribute("data-printed", "yes")
    page, width, height = printed(kiosk)
    assert width == pytest.approx(width_mm, abs=1), page.get_textpage().get_text_bounded()
    assert height == pytest.approx(297, abs=1) if paper == "a4" else 60 <= height < 200
    text = page.get_textpage().get_text_bounded()
    assert text.count("☐") == 3 and "Giấy chứng sinh" in text and "Bạn hỏi: khai sinh" in text
    assert "Chữ to" not in text
    hall.arrange(Kind.KIOSK, paper="none")


def test_after_a_minute_it_asks_and_goes_on_when_somebody_is_there(kiosk: Page) -> None:
    pass_time(kiosk, 200)
    expect(kiosk.locator("#idle")).to_be_hidden()  # nobody used it: there is nothing to ask
    ask(kiosk, "khai sinh")
    pass_time(kiosk, 58)
    expect(kiosk.locator("#idle")).to_be_hidden()
    pass_time(kiosk, 3)
    expect(kiosk.locator("#idle")).to_be_visible()
    kiosk.mouse.click(5, 5)  # whoever passes by does not answer for the person
    pass_time(kiosk, 10)
    expect(kiosk.locator("#idle-left")).to_have_text(re.compile(r"^(19|20|18)$"))
    kiosk.get_by_role("button", name="Tôi còn ở đây").click()
    expect(kiosk.locator("#idle")).to_be_hidden()
    pass_time(kiosk, 58)
    expect(kiosk.locator(ANSWER)).to_have_count(1)


def test_after_ninety_seconds_nothing_is_left(kiosk: Page, hall: Hall) -> None:
    kiosk.locator("#bigger").click()
    kiosk.locator("#contrast").click()
    ask(kiosk, f"tôi tên {SECRET}")
    assert hall.rows("SELECT count(*) FROM conversations WHERE channel = 'kiosk'")[0][0] >= 1
    kiosk.locator("#question").fill(f"và số {SECRET}")
    kiosk.evaluate("document.documentElement.dataset.visit = 'this'")
    with kiosk.expect_response("**/screens/wipe") as wiped:
        pass_time(kiosk, 91)
    assert wiped.value.ok
    expect(kiosk.locator("#home")).to_be_visible()
    expect(kiosk.locator("#question")).to_have_value("")
    for table in ("messages", "inbox"):
        assert hall.rows(f"SELECT count(*) FROM {table} WHERE text LIKE '%{SECRET}%'") == [(0,)]
    # The page itself is thrown away, with what the browser holds of it.
    expect(kiosk.locator("html[data-visit]")).to_have_count(0)
    expect(kiosk.locator(".tile[data-tile]")).to_have_count(1)
    assert (
        kiosk.evaluate("document.documentElement.className + document.documentElement.dataset.theme")
        == "jslight"
    )
    assert kiosk.evaluate("JSON.stringify([localStorage, sessionStorage])") == "[{},{}]"
    assert kiosk.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    kept = kiosk.evaluate(
        "(async () => { const paths = []; for (const name of await caches.keys())"
        " for (const one of await (await caches.open(name)).keys()) paths.push(new URL(one.url).pathname);"
        " return paths; })()"
    )
    assert {path.split("/")[1] for path in kept} <= {"kiosk", "board", "assets"}
    for field in kiosk.locator("input, textarea, form").all():
        assert field.get_attribute("autocomplete") == "off"
    assert SECRET not in heap_of(kiosk)
    assert kiosk.evaluate("history.length") <= 2  # the empty tab and this page: no step of anybody's visit
    kiosk.go_back()
    kiosk.go_forward()
    expect(kiosk.locator("#home")).to_be_visible()
    assert SECRET not in kiosk.content() and SECRET not in heap_of(kiosk)


def heap_of(page: Page) -> str:
    """Every string the page's memory holds."""
    session = page.context.new_cdp_session(page)
    pieces: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda sent: pieces.append(sent["chunk"]))
    session.send("HeapProfiler.collectGarbage")
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    session.detach()
    return "\n".join(json.loads("".join(pieces))["strings"])


def test_an_answer_that_comes_after_the_person_left_is_wiped_too(kiosk: Page, hall: Hall) -> None:
    held: list[Any] = []
    kiosk.route("**/messages", lambda route: held.append(route))
    kiosk.locator("#question").fill(f"muộn {SECRET}")
    kiosk.get_by_role("button", name="Gửi", exact=True).first.click()
    kiosk.wait_for_timeout(100)
    kiosk.locator("#end").click()
    expect(kiosk.locator("#home")).to_be_visible()
    for route in held:
        route.continue_()
    kiosk.wait_for_timeout(150)
    expect(kiosk.locator("#log")).to_be_empty()
    assert SECRET not in kiosk.content()


def test_it_says_that_the_server_is_lost_and_comes_back_by_itself(kiosk: Page, hall: Hall) -> None:
    kiosk.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kiosk.route("**/api/**", lambda route: route.abort())
    pass_time(kiosk, 61)
    expect(kiosk.locator("#lost")).to_contain_text("mất kết nối từ")
    expect(kiosk.locator(".tile[data-tile]")).to_have_count(1)
    kiosk.unroute("**/api/**")
    pass_time(kiosk, 6)
    expect(kiosk.locator("#lost")).to_be_hidden()


def test_a_kiosk_that_starts_without_its_server_waits_for_it(kiosk: Page) -> None:
    kiosk.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kiosk.reload()  # now the worker has the pages
    expect(kiosk.locator(".tile[data-tile]")).to_have_count(1)
    kiosk.context.set_offline(True)
    kiosk.reload()
    expect(kiosk.locator("#lost")).to_contain_text("mất kết nối từ")
    kiosk.context.set_offline(False)
    pass_time(kiosk, 6)
    expect(kiosk.locator(".tile[data-tile]")).to_have_count(1)


def test_without_the_server_a_visit_is_wiped_too(kiosk: Page) -> None:
    kiosk.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kiosk.reload()  # now the worker has the pages
    expect(kiosk.locator(".tile[data-tile]")).to_have_count(1)
    ask(kiosk, f"tôi tên {SECRET}")
    kiosk.context.set_offline(True)
    pass_time(kiosk, 91)
    expect(kiosk.locator("html.waiting")).to_have_count(1)  # loaded anew
    assert SECRET not in kiosk.content() and SECRET not in heap_of(kiosk)
    kiosk.context.set_offline(False)
    pass_time(kiosk, 6)
    expect(kiosk.locator(".tile[data-tile]")).to_have_count(1)


def test_it_works_with_three_seconds_there_and_back(browser: Browser, hall: Hall) -> None:
    context = window(browser, hall, TALL)
    page = context.new_page()
    opened(page, hall)
    slow = {"offline": False, "latency": 3000, "downloadThroughput": -1, "uploadThroughput": -1}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.locator("#question").fill("khai sinh")
    page.get_by_role("button", name="Gửi", exact=True).first.click()
    expect(page.locator(".pending")).to_be_visible()  # told at once that it is being looked for
    expect(page.locator(ANSWER)).to_have_count(1, timeout=15_000)
    expect(page.locator("#lost")).to_be_hidden()
    context.close()


def test_it_reads_aloud_with_the_servers_voice_and_stops(kiosk: Page) -> None:
    spoken: list[str] = []

    def speak(route: Any) -> None:
        spoken.append(route.request.post_data_json["text"])
        route.fulfill(status=503, body="{}") if len(spoken) > 2 else route.continue_()

    kiosk.route("**/screens/voice", speak)
    ask(kiosk, "khai sinh")
    if kiosk.locator("#listen").is_hidden():
        pytest.skip("espeakng-loader is not installed")
    kiosk.locator("#listen").click()
    expect(kiosk.locator("#listen")).to_have_text("Dừng đọc")
    kiosk.wait_for_timeout(150)
    assert spoken[0] == "Bạn hỏi khai sinh."
    kiosk.locator("#listen").click()
    expect(kiosk.locator("#listen")).to_have_text("Đọc to")


def test_a_revoked_kiosk_asks_for_a_token(browser: Browser, hall: Hall) -> None:
    context = window(browser, hall, WIDE)
    page = context.new_page()
    page.goto("/kiosk")
    expect(page.get_by_role("heading", name="Đăng ký máy")).to_be_visible()
    assert small_targets(page) == []
    page.get_by_label("Mã thiết bị").fill("x" * 43)
    page.get_by_role("button", name="Đăng ký").click()
    expect(page.locator("#enrol-said")).to_have_text("Mã chưa đúng hoặc đã bị thu hồi.")
    page.get_by_label("Mã thiết bị").fill(hall.kiosk)
    page.get_by_role("button", name="Đăng ký").click()
    expect(page.locator(".tile[data-tile]")).to_have_count(1)
    context.close()
