"""The fake stays honest: what it answers is what the real models allow, and the page gets nothing inline."""

from __future__ import annotations

import re

from tests.browser.fake_api import DIST, canned
from tests.browser.server import need_built_page


def test_the_canned_replies_are_replies() -> None:
    assert {reply["status"] for reply in canned().values()} >= {
        "answered",
        "clarify",
        "report_filed",
        "emergency",
    }


def test_the_built_page_needs_no_inline_code() -> None:
    need_built_page()
    page = (DIST / "index.html").read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", page)
    assert '<form id="ask" class="wide" action="/hoi" method="post">' in page
    assert (DIST / "assets" / "chat.css").is_file()
    assert (DIST / "assets" / "chat.js").is_file()
    assert "data:" not in (DIST / "assets" / "chat.css").read_text("utf-8")
