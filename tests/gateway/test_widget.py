"""The widget's addresses: its script, the page for its frame and who may frame it, the page to try it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from bot.gateway import pages, problems
from bot.gateway.routes import pages as page_routes
from bot.gateway.routes import widget as widget_routes
from bot.gateway.security import SecurityHeaders
from tests.gateway.harness import settings

SITES = "https://daklak.gov.vn https://*.lamdong.gov.vn"
STYLE = ":root { --brand: #0b4a8f }"
SCRIPT = "const important = 1;start(important)"
HTML = """<!doctype html>
<html lang="{lang}" data-area="">
<head><script type="module" crossorigin src="/assets/chat.js"></script>
<link rel="stylesheet" crossorigin href="/assets/chat.css"></head>
<body><form action="/hoi" method="post"></form><a href="/chat-luong">x</a></body></html>"""


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a build leaves, in short."""
    monkeypatch.setattr(pages, "WEB_DIST", tmp_path)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "chat.css").write_text(STYLE + "\n")
    (tmp_path / "assets" / "chat.js").write_text(SCRIPT + "\n")
    for name, lang in (("index.html", "vi"), ("en.html", "en")):
        (tmp_path / name).write_text(HTML.format(lang=lang))
    (tmp_path / "widget.js").write_text("(function(){use(MOTCUA_SITES)})();\n")
    return tmp_path


@pytest.fixture
async def client(dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The routes behind the headers of the app. They need the settings and nothing that takes time to start."""
    app = FastAPI()
    problems.install(app)
    app.include_router(page_routes.router)
    app.include_router(widget_routes.router)
    app.add_middleware(SecurityHeaders)
    app.state.parts = SimpleNamespace(settings=settings(widget_sites=SITES))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://motcua.test") as opened:
        yield opened


async def test_the_script_brings_the_list_of_sites(client: httpx.AsyncClient) -> None:
    answer = await client.get("/widget.js")
    assert answer.text == f'(function(MOTCUA_SITES){{(function(){{use(MOTCUA_SITES)}})();\n}})("{SITES}");\n'
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip" and answer.headers["vary"] == "Accept-Encoding"
    again = await client.get("/widget.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content
    plain = await client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.text == answer.text


async def test_the_frame_may_stand_on_the_listed_sites_and_here(client: httpx.AsyncClient) -> None:
    answer = await client.get("/widget", params={"site": "https://xa.lamdong.gov.vn"})
    policy = answer.headers["content-security-policy"]
    assert f"frame-ancestors 'self' {SITES}" in policy
    assert "x-frame-options" not in answer.headers
    for kind, element, text in (("style", "style", STYLE), ("script", 'script type="module"', SCRIPT)):
        assert f"<{element}>{text}</{kind}>" in answer.text
        assert f"{kind}-src 'self' 'sha256-{_sha256(text)}'" in policy
    assert "unsafe" not in policy and "/assets/chat" not in answer.text
    assert "set-cookie" not in answer.headers
    own = await client.get("/widget", params={"site": "http://motcua.test"})
    assert own.status_code == 200


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.mark.parametrize("code", ['import{a}from"./a.js";a()', 'x();import"./a.js"', 'a("</script><b>")'])
async def test_a_script_that_cannot_stand_in_the_page_is_fetched(
    client: httpx.AsyncClient, dist: Path, code: str
) -> None:
    (dist / "assets" / "chat.js").write_text(code)
    answer = await client.get("/widget")
    assert 'src="/assets/chat.js"' in answer.text and code not in answer.text
    assert "script-src 'self';" in answer.headers["content-security-policy"]


async def test_what_a_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/widget")
    again = await client.get("/widget", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    other = await client.get("/widget?lang=en", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "site",
    ["https://evil.example", "http://daklak.gov.vn", "https://lamdong.gov.vn", "null", "<script>", "*"],
)
async def test_the_frame_refuses_other_sites_with_a_word_for_the_operator(
    client: httpx.AsyncClient, site: str
) -> None:
    answer = await client.get("/widget", params={"site": site})
    assert answer.status_code == 403
    assert "WIDGET_SITES" in answer.text and "<script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_the_frame_speaks_the_language_and_wears_the_theme(client: httpx.AsyncClient) -> None:
    plain = await client.get("/widget")
    assert '<html lang="vi" data-area="" data-framed>' in plain.text
    asked = await client.get(
        "/widget", params={"lang": "en", "area": "lam-dong/bac-binh", "theme": "contrast"}
    )
    assert '<html lang="en" data-area="lam-dong/bac-binh" data-framed data-theme="contrast">' in asked.text
    wrong = await client.get("/widget", params={"lang": "xx", "theme": '"><script>'})
    assert '<html lang="vi" data-area="" data-framed>' in wrong.text
    assert (await client.get("/widget", params={"area": '"><script>'})).status_code == 422


async def test_what_is_in_no_frame_opens_beside_the_portal(client: httpx.AsyncClient) -> None:
    page = (await client.get("/widget")).text
    assert '<form action="/hoi" target="_blank"' in page and '<a target="_blank" href="/chat-luong"' in page


async def test_a_new_build_is_served_at_once(client: httpx.AsyncClient, dist: Path) -> None:
    await client.get("/widget")
    (dist / "assets" / "chat.css").write_text("p { color: red }")
    assert "<style>p { color: red }</style>" in (await client.get("/widget")).text


async def test_without_a_build_there_is_no_widget(client: httpx.AsyncClient, dist: Path) -> None:
    (dist / "widget.js").unlink()
    (dist / "index.html").unlink()
    assert [(await client.get(path)).status_code for path in ("/widget.js", "/widget")] == [404, 404]


async def test_the_example_page_shows_what_was_chosen_and_nothing_hostile(client: httpx.AsyncClient) -> None:
    chosen = {"area": "dak-lak", "colour": "#7a1420", "side": "left", "title": '"><script>alert(1)</script>'}
    answer = await client.get("/widget/vi-du", params=chosen)
    assert (
        '<script src="/widget.js" defer data-area="dak-lak" data-colour="#7a1420" data-side="left"'
        in answer.text
    )
    assert "<script>alert" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert (await client.get("/widget/vi-du", params={"colour": "red;}"})).status_code == 422
    assert (await client.get("/widget/vi-du.css")).headers["content-type"].startswith("text/css")


async def test_the_chat_itself_has_an_english_page(client: httpx.AsyncClient) -> None:
    assert '<html lang="en"' in (await client.get("/?lang=en")).text
    assert '<html lang="vi"' in (await client.get("/?lang=fr")).text
