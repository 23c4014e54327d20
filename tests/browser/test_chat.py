"""The chat as a person uses it, in Debian's chromium, against the fake of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.browser.fake_api import Fake

pytestmark = pytest.mark.browser


def ask(page: Page, text: str) -> None:
    page.get_by_label("Câu hỏi của bạn").fill(text)
    page.get_by_role("button", name="Gửi", exact=True).click()


def answers(page: Page) -> Any:
    return page.locator("#log article:not(.pending)")


def test_a_question_is_answered_in_pieces_and_then_whole(page: Page, fake: Fake) -> None:
    fake.delay = 0.05
    ask(page, "con mới sinh làm giấy khai sinh cần gì")
    expect(page.locator(".pending .stream")).to_contain_text("bạn chuẩn bị")
    expect(page.locator(".pending")).to_have_attribute("aria-hidden", "true")
    expect(answers(page).locator("ol.steps li")).to_have_count(3)
    expect(page.locator(".pending")).to_have_count(0)
    expect(page.locator("#log .person")).to_have_text("Bạn:con mới sinh làm giấy khai sinh cần gì")
    expect(page.get_by_label("Câu hỏi của bạn")).to_have_value("")
    expect(page.get_by_label("Câu hỏi của bạn")).not_to_be_focused()


def test_a_second_question_waits_for_the_first(page: Page, fake: Fake) -> None:
    fake.delay = 0.05
    ask(page, "giấy khai sinh")
    page.get_by_label("Câu hỏi của bạn").fill("giá vàng")
    page.keyboard.press("Enter")
    expect(page.locator("#hint")).to_contain_text("Xin chờ một chút")
    expect(page.get_by_label("Câu hỏi của bạn")).to_have_value("giá vàng")
    expect(answers(page)).to_have_count(1)
    expect(page.locator("#hint")).to_be_empty()


def test_first_contact_says_that_it_is_a_machine(page: Page) -> None:
    welcome = page.locator(".welcome")
    expect(welcome).to_contain_text("trợ lý tự động")
    expect(welcome.get_by_role("button")).to_have_count(4)
    welcome.get_by_role("button", name="Làm khai sinh").click()
    expect(answers(page)).to_have_count(1)


def test_the_keyboard_is_enough(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Đến ô nhập câu hỏi")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("đổi giấy phép lái xe")
    page.keyboard.press("Enter")
    choice = page.get_by_role("button", name="Đổi giấy phép lái xe", exact=True).last
    expect(choice).to_be_visible()
    expect(page.get_by_label("Câu hỏi của bạn")).to_be_focused()  # a person who types stays there
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(choice).to_be_focused()
    page.keyboard.press("Enter")
    expect(answers(page)).to_have_count(2)
    expect(answers(page).last).to_be_focused()  # the button is gone, so focus follows the answer
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("summary").last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Chưa rõ hiệu lực")).to_be_visible()


def test_the_log_is_a_polite_live_region(page: Page) -> None:
    log = page.get_by_role("log", name="Cuộc trò chuyện")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    ask(page, "giá vàng hôm nay")
    expect(log).to_contain_text("không có giá vàng")
    expect(page.get_by_role("status")).to_have_text("")


def test_a_choice_sends_its_meaning_and_old_choices_go(page: Page, fake: Fake) -> None:
    ask(page, "giấy khai sinh")
    page.get_by_role("button", name="Lệ phí", exact=True).click()
    expect(answers(page).last).to_contain_text("miễn lệ phí")
    expect(page.locator("#log .person").last).to_contain_text("Lệ phí bao nhiêu?")
    expect(page.get_by_role("button", name="Nộp ở đâu")).to_have_count(0)
    (conversation,) = fake.conversations.values()
    assert [one["text"] for one in conversation.messages if one["direction"] == "in"] == [
        "giấy khai sinh",
        "Lệ phí bao nhiêu?",
    ]


def test_sources_open_and_lead_to_the_portal(page: Page) -> None:
    ask(page, "giấy khai sinh")
    page.get_by_text("Nguồn và hiệu lực (1)").click()
    expect(page.get_by_text("Đang có hiệu lực")).to_be_visible()
    expect(page.get_by_text("Quyết định 163/QĐ-BTP")).to_be_visible()
    link = page.locator(".sources").get_by_role("link", name="Xem trên Cổng Dịch vụ công quốc gia")
    expect(link).to_have_attribute("rel", "noopener")


def test_a_report_becomes_a_ticket_card(page: Page) -> None:
    page.get_by_role("button", name="Gửi phản ánh").click()
    expect(answers(page)).to_have_count(1)
    ask(page, "đường vào thôn có nhiều ổ gà")
    page.get_by_role("button", name="Đồng ý", exact=True).click()
    card = page.get_by_role("region", name="Phiếu phản ánh PA-2026-000123")
    for text in ("K7MW3QHT", "Mới tiếp nhận", "Ủy ban nhân dân xã nơi có đường hỏng", "Đường thôn, đường xã"):
        expect(card).to_contain_text(text)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card.get_by_role("button", name="Sao chép mã").click()
    expect(card.get_by_role("button", name="Đã sao chép")).to_be_visible()
    assert "K7MW3QHT" in page.evaluate("navigator.clipboard.readText()")


def test_feedback_counts_and_takes_a_reason(page: Page, fake: Fake) -> None:
    ask(page, "giấy khai sinh")
    page.get_by_role("button", name="Có ích", exact=True).click()
    expect(page.get_by_text("Cảm ơn bạn đã góp ý.")).to_be_focused()
    ask(page, "giá vàng")
    page.get_by_role("button", name="Chưa có ích").click()
    page.get_by_label("Bạn thấy thiếu hoặc sai điều gì?").fill("thiếu nơi nộp")
    page.get_by_role("button", name="Gửi góp ý").click()
    expect(page.get_by_text("Cảm ơn bạn đã góp ý.")).to_have_count(2)
    assert fake.feedback == [
        {"useful": True},
        {"useful": False},
        {"useful": False, "reason": "thiếu nơi nộp"},
    ]


@pytest.mark.parametrize(("status", "text"), [(503, "Bạn thử lại sau nhé"), (429, "Xin chờ 20 giây")])
def test_a_failure_is_told_kindly_and_retried(page: Page, fake: Fake, *, status: int, text: str) -> None:
    fake.failures = [status]
    ask(page, "giấy khai sinh")
    expect(page.get_by_text(text)).to_be_visible()
    page.get_by_role("button", name="Thử lại").click()
    expect(answers(page).locator("ol.steps")).to_be_visible()
    expect(page.get_by_text(text)).to_have_count(0)
    expect(page.locator("#log .person")).to_have_count(1)


def test_without_network_messages_wait_and_are_sent_when_it_is_back(page: Page, fake: Fake) -> None:
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("mất kết nối mạng")
    ask(page, "giấy khai sinh")
    expect(page.get_by_text("sẽ tự gửi khi có mạng", exact=False).last).to_be_visible()
    ask(page, "giá vàng")
    expect(page.locator("#log .person")).to_have_count(2)
    expect(page.get_by_role("button", name="Gửi ngay")).to_have_count(1)
    page.context.set_offline(False)
    expect(answers(page)).to_have_count(2)
    expect(answers(page).first.locator("ol.steps")).to_be_visible()
    expect(answers(page).last).to_contain_text("không có giá vàng")
    expect(page.locator("#offline")).to_be_hidden()
    (conversation,) = fake.conversations.values()
    assert [one["direction"] for one in conversation.messages] == ["in", "out", "in", "out"]


def test_a_waiting_message_can_be_taken_back(page: Page, fake: Fake) -> None:
    page.context.set_offline(True)
    ask(page, "giấy khai sinh")
    page.get_by_role("button", name="Bỏ, không gửi").click()
    expect(page.get_by_text("Đã bỏ tin nhắn chưa gửi.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    ask(page, "giá vàng")
    expect(answers(page)).to_have_count(1)
    assert [one["text"] for one in next(iter(fake.conversations.values())).messages][:1] == ["giá vàng"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_answer_whose_stream_broke_is_read_back(page: Page, fake: Fake) -> None:
    fake.cut_next = True
    ask(page, "giấy khai sinh")
    expect(answers(page).locator("ol.steps")).to_be_visible()
    (conversation,) = fake.conversations.values()
    assert len(conversation.messages) == 2


def test_a_long_message_is_counted_and_not_sent(page: Page, fake: Fake) -> None:
    ask(page, "a" * 1900)
    expect(answers(page)).to_have_count(1)
    box = page.get_by_label("Câu hỏi của bạn")
    box.fill("a" * 1999)
    expect(page.locator("#hint")).to_have_text("1.999 trên 2.000 ký tự")
    box.fill("a" * 2001)
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("#hint")).to_contain_text("quá 2.000")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(answers(page)).to_have_count(1)


def test_history_comes_back_after_reload(page: Page) -> None:
    ask(page, "giấy khai sinh")
    expect(answers(page)).to_have_count(1)
    page.reload()
    expect(page.locator("#log .person")).to_have_text("Bạn:giấy khai sinh")
    expect(answers(page).locator("ol.steps li")).to_have_count(3)
    expect(page.get_by_role("button", name="Nộp ở đâu")).to_be_visible()
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")


def test_a_person_deletes_the_conversation(page: Page, fake: Fake) -> None:
    expect(page.get_by_role("button", name="Xóa cuộc trò chuyện")).to_be_hidden()
    ask(page, "giấy khai sinh")
    expect(answers(page)).to_have_count(1)
    page.get_by_role("button", name="Xóa cuộc trò chuyện").click()
    page.get_by_role("button", name="Giữ lại").click()
    assert len(fake.conversations) == 1
    page.get_by_role("button", name="Xóa cuộc trò chuyện").click()
    page.get_by_role("button", name="Xóa", exact=True).click()
    expect(answers(page)).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("Đã xóa cuộc trò chuyện.")
    expect(page.get_by_role("heading", name="Xin chào")).to_be_focused()
    assert fake.conversations == {}
    page.reload()
    expect(page.locator("#log")).to_be_empty()


def test_a_conversation_the_server_lost_begins_anew(page: Page, fake: Fake) -> None:
    ask(page, "giấy khai sinh")
    expect(answers(page)).to_have_count(1)
    fake.conversations.clear()
    ask(page, "giá vàng")
    expect(answers(page).last).to_contain_text("không có giá vàng")


def test_the_area_is_offered_and_sent(page: Page, fake: Fake) -> None:
    expect(page.get_by_label("Khu vực")).to_be_hidden()
    fake.areas = [
        {"slug": "dak-lak", "name": "Đắk Lắk"},
        {"slug": "lam-dong/bac-binh", "name": "Bắc Bình, Lâm Đồng"},
    ]
    page.goto("/?area=dak-lak")
    expect(page.get_by_label("Khu vực")).to_have_value("dak-lak")
    ask(page, "giấy khai sinh")
    expect(answers(page)).to_have_count(1)
    page.get_by_label("Khu vực").select_option("lam-dong/bac-binh")
    expect(page.get_by_role("log")).to_contain_text("áp dụng cho: Bắc Bình, Lâm Đồng")
    ask(page, "giá vàng")
    expect(answers(page)).to_have_count(2)
    assert [one.area for one in fake.conversations.values()] == ["dak-lak", "lam-dong/bac-binh"]


def test_hostile_text_stays_text(page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    ask(page, "<img src=x onerror=alert(1)>")
    expect(answers(page)).to_contain_text("<script>alert(3)</script>")
    expect(page.locator("#log img, #log script, #log b")).to_have_count(0)


def test_the_form_works_without_scripts(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=site)
    page = context.new_page()
    page.goto("/?area=dak-lak")
    page.get_by_label("Câu hỏi của bạn").fill("giấy khai sinh")
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("#a")).to_contain_text("Tờ khai theo mẫu")
    page.goto("/")
    page.get_by_role("button", name="Nộp trực tuyến").click()
    expect(page.locator("#q")).to_have_text("Nộp hồ sơ trực tuyến như thế nào?")
    context.close()


def fill_conversation(page: Page) -> None:
    """Every kind of answer on one page."""
    page.get_by_role("button", name="Gửi phản ánh").first.click()
    for text, count in (("đường có ổ gà", 2), ("nhà cháy", 3), ("giá vàng", 4)):
        expect(answers(page)).to_have_count(count - 1)
        ask(page, text)
    expect(answers(page)).to_have_count(4)
    ask(page, "giấy khai sinh")
    page.get_by_text("Nguồn và hiệu lực (1)").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, fake: Fake, *, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    first = Axe().run(page)
    assert first.violations_count == 0, first.generate_report()
    fill_conversation(page)
    page.get_by_role("button", name="Chưa có ích").last.click()
    expect(page.get_by_label("Bạn thấy thiếu hoặc sai điều gì?")).to_be_visible()
    page.evaluate("document.querySelectorAll('.starters button')[3].click()")
    expect(answers(page)).to_have_count(6)
    ask(page, "ổ gà")
    page.get_by_role("button", name="Đồng ý", exact=True).click()
    expect(page.locator(".ticket")).to_be_visible()
    fake.failures = [500]
    ask(page, "x")
    expect(page.get_by_role("button", name="Thử lại")).to_be_visible()
    second = Axe().run(page)
    assert second.violations_count == 0, second.generate_report()
    page.get_by_role("button", name="Xóa cuộc trò chuyện").click()
    third = Axe().run(page)
    assert third.violations_count == 0, third.generate_report()


# 320 by 256 is a desktop of 1280 by 1024 at 400 % zoom.
@pytest.mark.parametrize("size", [(360, 740), (1440, 900), (320, 256)])
def test_nothing_runs_out_of_the_page(page: Page, *, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    fill_conversation(page)
    ask(page, "chữdàikhôngcódấucách" * 20)
    expect(answers(page)).to_have_count(6)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size[0]


def test_targets_are_big_enough_for_a_thumb(page: Page) -> None:
    fill_conversation(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, select, textarea, a.choice, .sources a')]
            .map((node) => [node.textContent, node.getBoundingClientRect()])
            .filter(([, box]) => box.height > 0 && (box.height < 43.9 || box.width < 43.9))
            .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_screenshots(page: Page, fake: Fake, root: Path) -> None:
    """Pictures to look at: var/screenshots."""
    folder = root / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    fake.areas = [{"slug": "dak-lak", "name": "Đắk Lắk"}, {"slug": "lam-dong", "name": "Lâm Đồng"}]
    for name, width, height in (("phone", 360, 740), ("desktop", 1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("localStorage.clear()")
        page.goto("/")
        expect(page.get_by_label("Khu vực")).to_be_visible()
        page.screenshot(path=folder / f"{name}-first.png")
        ask(page, "con mới sinh làm giấy khai sinh cần gì?")
        expect(answers(page)).to_have_count(1)
        page.screenshot(path=folder / f"{name}-answer.png")
        page.get_by_text("Nguồn và hiệu lực (1)").click()
        page.screenshot(path=folder / f"{name}-whole.png", full_page=True)
        ask(page, "đường vào thôn có nhiều ổ gà")
        page.get_by_role("button", name="Đồng ý", exact=True).click()
        expect(page.locator(".ticket")).to_be_visible()
        page.screenshot(path=folder / f"{name}-ticket.png")
        fake.failures = [503]
        ask(page, "giá vàng hôm nay")
        expect(page.get_by_role("button", name="Thử lại")).to_be_visible()
        page.screenshot(path=folder / f"{name}-failure.png")
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=folder / f"{name}-dark.png", full_page=True)
        page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 256})
    page.screenshot(path=folder / "zoom-400.png")
