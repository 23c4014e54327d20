"""The page of figures in chromium: on a phone, on a desk, without scripts; nothing refused by the policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from bot.gateway.routes import quality
from bot.gateway.security import RateGuard, SecurityHeaders
from bot.gateway.settings import Settings
from tests.browser.server import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def figures_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    app = FastAPI()
    app.include_router(quality.router)
    app.add_middleware(SecurityHeaders)
    home: Path = tmp_path_factory.mktemp("home")
    app.state.parts = SimpleNamespace(settings=Settings(motcua_home=home), rates=RateGuard(600))
    with serving(app) as address:
        yield address


@pytest.fixture(params=[(360, 740), (1280, 900)], ids=["phone", "desk"])
def figures_page(request: pytest.FixtureRequest, browser: Browser, figures_site: str) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(
        base_url=figures_site, viewport={"width": width, "height": height}, java_script_enabled=True
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto("/chat-luong")
    yield page
    context.close()
    assert complaints == []


def test_the_figures_are_read_without_scrolling_sideways(figures_page: Page) -> None:
    page = figures_page
    expect(page.get_by_role("heading", level=1)).to_have_text("Trợ lý trả lời đúng đến đâu?")
    assert page.get_by_role("listitem").filter(has_text="trong 100").count() >= 5
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.scripts.length") == 0
    # The bars are drawn by attributes: the policy refuses inline styles.
    assert page.locator("svg.bar .value").first.bounding_box()["width"] > 20  # type: ignore[index]
    background = page.locator(".cards > li").first.evaluate("e => getComputedStyle(e).borderTopStyle")
    assert background == "solid", "the style sheet is there"


def test_a_finger_can_hit_the_links(figures_page: Page) -> None:
    for link in figures_page.get_by_role("link").all():
        box = link.bounding_box()
        if box and box["y"] >= 0:
            assert box["height"] >= 43, link.inner_text()
