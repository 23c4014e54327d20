"""The page that works without JavaScript, and what is served at /."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from bot.gateway import pages
from desk.database import Pool
from tests.gateway.harness import CODE, serving

pytestmark = pytest.mark.postgres


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


def hidden(page: str) -> dict[str, str]:
    """The conversation's hidden fields."""
    return dict(re.findall(r'name="(conversation_id|token)" value="([^"]+)"', page))


async def test_home_is_the_built_chat_or_the_plain_page(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "WEB_DIST", tmp_path)
    plain = await client.get("/")
    assert '<form method="post" action="/hoi' in plain.text
    assert '<html lang="vi">' in plain.text
    (tmp_path / "index.html").write_text("<p>chat</p>")
    assert (await client.get("/")).text == "<p>chat</p>"


async def test_a_question_in_a_form_is_answered_on_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.post("/hoi", data={"q": "làm giấy khai sinh <b>nhanh</b>"})
    assert answer.status_code == 200
    assert "Cần tờ khai và giấy chứng sinh &lt;bản chính&gt;." in answer.text
    assert "<b>nhanh</b>" not in answer.text
    assert 'href="https://dichvucong.gov.vn/x"' in answer.text
    assert "javascript:" not in answer.text
    assert "<script" not in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_a_choice_continues_the_conversation(client: httpx.AsyncClient) -> None:
    first = await client.post("/hoi", data={"q": "khai sinh"})
    assert f'value="#MC:ASK:{CODE}:fee"' in first.text
    second = await client.post(
        "/hoi", data={**hidden(first.text), "q": "Lệ phí bao nhiêu?", "payload": f"#MC:ASK:{CODE}:fee"}
    )
    assert hidden(second.text) == hidden(first.text)
    assert second.text.count('class="you"') == 2
    assert second.text.count('class="choices"') == 1  # only the last reply's buttons are live


@pytest.mark.parametrize(
    "fields",
    [
        {"conversation_id": str(uuid4()), "token": "stolen"},
        {"conversation_id": "not-a-uuid", "token": "x"},
    ],
)
async def test_a_conversation_that_is_not_theirs_becomes_a_new_one(
    client: httpx.AsyncClient, fields: dict[str, str]
) -> None:
    answer = await client.post("/hoi", data={**fields, "q": "khai sinh"})
    assert answer.status_code == 200
    assert pages.words("expired") in answer.text
    assert hidden(answer.text)["conversation_id"] != fields["conversation_id"]


async def test_an_unknown_area_and_an_empty_question_are_no_error(client: httpx.AsyncClient) -> None:
    answer = await client.post("/hoi", data={"q": " ", "area": "atlantis"})
    assert answer.status_code == 200
    assert pages.words("greeting").split(",", maxsplit=1)[0] in answer.text


async def test_a_reply_that_is_late_can_be_looked_for(pool: Pool, dsn: str) -> None:
    async with serving(pool, dsn, reply_wait_s=0.2) as client:
        answer = await client.post("/hoi", data={"q": "chậm thôi"})
        assert "chậm hơn thường lệ" in answer.text
        again = await client.post("/hoi", data={**hidden(answer.text), "refresh": "1"})
        assert again.text.count('class="you"') == 1  # nothing new was said


async def test_a_very_long_question_is_cut_to_what_is_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/hoi", data={"q": "a" * 9000})
    assert answer.status_code == 200
    assert "a" * 2001 not in answer.text


async def test_the_ticket_of_a_report_is_shown_on_the_page(client: httpx.AsyncClient) -> None:
    answer = await client.post("/hoi", data={"q": "gửi phiếu"})
    assert "PA-2026-000001" in answer.text
    assert "ABCD2345" in answer.text


async def test_the_style_is_served(client: httpx.AsyncClient) -> None:
    assert (await client.get("/hoi/plain.css")).headers["content-type"].startswith("text/css")
