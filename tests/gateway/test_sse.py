"""A reply in pieces: the events, their order, and that the pieces are the text."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway import sse
from bot.gateway.schemas import ReplyOut
from desk.database import Pool
from tests.gateway.harness import begin, serving

MESSAGE = uuid4()
REPLY = ReplyOut(
    message_id=uuid4(),
    status="answered",
    text="Một câu trả lời đủ dài để phải chia ra nhiều mảnh.\nDòng hai.",
)


@given(st.text())
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(sse.pieces(text)) == text


def test_an_event_is_one_line_of_data_whatever_it_holds() -> None:
    raw = sse.event("text", {"delta": "một\nhai\r\n\u2028ba"}).decode()
    assert raw.startswith("event: text\ndata: {")
    assert raw.endswith("}\n\n")
    assert raw.count("\n") == 3


async def collect(replies: list[ReplyOut | None]) -> list[tuple[str, dict[str, Any]]]:
    async def wait(seconds: float) -> ReplyOut | None:
        return replies.pop(0) if replies else None

    found = []
    async for raw in sse.events(MESSAGE, wait=wait, instance="/x"):
        name, data = raw.decode().strip().split("\n", 1)
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def test_the_order_of_events() -> None:
    found = await collect([None, REPLY])
    names = [name for name, _ in found]
    assert names[:3] == ["accepted", "status", "status"]
    assert names[-1] == "reply"
    assert set(names[3:-1]) == {"text"}
    assert "".join(data["delta"] for name, data in found if name == "text") == REPLY.text
    assert found[0][1] == {"message_id": str(MESSAGE)}
    assert ReplyOut.model_validate(found[-1][1]) == REPLY


async def test_no_reply_ends_with_a_kind_error() -> None:
    name, data = (await collect([]))[-1]
    assert (name, data["code"]) == ("error", "late")
    assert "đã được nhận" in data["detail"]


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


@pytest.mark.postgres
async def test_streamed_over_http(client: httpx.AsyncClient) -> None:
    address, key = await begin(client)
    headers = {**key, "Accept": "text/event-stream, application/json;q=0.5"}
    async with client.stream(
        "POST", f"{address}/messages", json={"text": "khai sinh"}, headers=headers
    ) as answer:
        raw = (await answer.aread()).decode()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert [line for line in raw.splitlines() if line.startswith("event: ")][0] == "event: accepted"
    last = json.loads(raw.strip().splitlines()[-1].removeprefix("data: "))
    assert last["status"] == "answered"
    assert "context" not in last


@pytest.mark.postgres
async def test_an_error_before_the_stream_is_a_problem(client: httpx.AsyncClient) -> None:
    address, key = await begin(client)
    headers = {**key, "Accept": "text/event-stream"}
    answer = await client.post(f"{address}/messages", json={"text": "a" * 3000}, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == 422
