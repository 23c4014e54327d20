"""The API as its clients meet it: conversations, records, tickets, actions, and one shape for every error."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from desk.database import Pool
from tests.gateway.harness import CODE, TOKEN, begin, serving

pytestmark = pytest.mark.postgres


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(pool, dsn) as opened:
        yield opened


@pytest.fixture
async def stranger(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not on this machine."""
    async with serving(pool, dsn, address="203.0.113.7", web_rate_per_minute=3) as opened:
        yield opened


async def test_a_question_is_answered_and_can_be_read_back(client: httpx.AsyncClient) -> None:
    address, key = await begin(client, area="lam-dong")
    answer = await client.post(f"{address}/messages", json={"text": "làm giấy khai sinh"}, headers=key)
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "answered"
    assert body["procedure"]["code"] == CODE
    assert body["text"].startswith("Bạn hỏi: làm giấy khai sinh")
    assert "context" not in body  # an open report form is nobody's business but ours
    said, answered = (await client.get(f"{address}/messages", headers=key)).json()["messages"]
    assert (said["direction"], said["text"]) == ("in", "làm giấy khai sinh")
    assert answered["in_reply_to"] == said["message_id"]
    assert answered["reply"] == body
    assert "0900000000" not in json.dumps(answered)


async def test_the_same_key_twice_is_one_message(client: httpx.AsyncClient) -> None:
    address, key = await begin(client)
    replies = [
        await client.post(
            f"{address}/messages", json={"text": "xin chào"}, headers={**key, "Idempotency-Key": "k1"}
        )
        for _ in range(2)
    ]
    assert replies[0].json()["message_id"] == replies[1].json()["message_id"]
    assert len((await client.get(f"{address}/messages", headers=key)).json()["messages"]) == 2


async def test_a_late_reply_is_accepted_and_found_later(pool: Pool, dsn: str) -> None:
    async with serving(pool, dsn, reply_wait_s=0.2) as client:
        address, key = await begin(client)
        answer = await client.post(f"{address}/messages", json={"text": "chậm thôi"}, headers=key)
        assert answer.status_code == 202
        assert answer.json()["status"] == "accepted"
        assert answer.json()["text"]
        said = (await client.get(f"{address}/messages", headers=key)).json()["messages"]
        assert [message["message_id"] for message in said] == [answer.json()["message_id"]]


async def test_a_failure_behind_becomes_a_kind_sentence(client: httpx.AsyncClient) -> None:
    address, key = await begin(client)
    answer = await client.post(f"{address}/messages", json={"text": "hỏng rồi"}, headers=key)
    assert answer.status_code == 200
    assert answer.json()["status"] == "error"
    assert "scripted" not in answer.text


async def test_feedback_is_kept_and_replaced(client: httpx.AsyncClient, pool: Pool) -> None:
    address, key = await begin(client)
    answer = (await client.post(f"{address}/messages", json={"text": "hỏi"}, headers=key)).json()
    for useful in (True, False):
        kept = await client.post(
            f"{address}/messages/{answer['message_id']}/feedback", json={"useful": useful}, headers=key
        )
        assert kept.status_code == 204
    async with pool.connection() as conn:
        rows = await (await conn.execute("SELECT useful FROM feedback")).fetchall()
    assert rows == [{"useful": False}]
    unknown = await client.post(f"{address}/messages/{uuid4()}/feedback", json={"useful": True}, headers=key)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "message_not_found")


async def test_a_person_can_erase_a_conversation(client: httpx.AsyncClient, pool: Pool) -> None:
    address, key = await begin(client)
    await client.post(f"{address}/messages", json={"text": "hỏi"}, headers=key)
    assert (await client.delete(address, headers=key)).status_code == 204
    assert (await client.get(f"{address}/messages", headers=key)).status_code == 404
    async with pool.connection() as conn:
        row = await (await conn.execute("SELECT count(*) AS n FROM messages")).fetchone()
    assert row == {"n": 0}


async def test_records(client: httpx.AsyncClient) -> None:
    found = await client.get("/api/v1/search", params={"q": "khai sinh", "area": "dak-lak", "k": 3})
    assert found.json()["results"][0]["code"] == CODE
    record = await client.get(f"/api/v1/procedures/{CODE}.000.00.00.H15")
    assert record.json()["title"] == "Thủ tục đăng ký khai sinh"
    areas = (await client.get("/api/v1/areas")).json()["areas"]
    assert {"lam-dong", "dak-lak"} <= {area["slug"] for area in areas}


REPORT = {
    "what": "Mặt đường có ổ gà sâu, xe máy bị ngã",
    "where": "Quốc lộ 28B, xã Bắc Bình",
    "consent": True,
}


async def test_a_report_is_filed_followed_and_added_to(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/v1/tickets", json={**REPORT, "area": "lam-dong"})
    assert made.status_code == 201, made.text
    ticket = made.json()
    assert ticket["code"].startswith("PA-")
    assert ticket["secret"] and ticket["unit"] and ticket["reason"]
    where = f"/api/v1/tickets/{ticket['code']}"
    by_header = await client.get(where, headers={"X-Ticket-Secret": ticket["secret"]})
    by_query = await client.get(where, params={"secret": ticket["secret"]})
    assert by_header.json() == by_query.json()
    assert by_header.json()["secret"] == ""  # shown once
    said = await client.post(
        f"{where}/replies",
        json={"text": "Hôm nay ổ gà rộng hơn."},
        headers={"X-Ticket-Secret": ticket["secret"]},
    )
    assert said.status_code == 201
    assert "rộng hơn" in said.json()["history"][-1]


async def test_a_report_sent_twice_with_one_key_is_one_ticket(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "r1"}
    first, second = [
        (await client.post("/api/v1/tickets", json=REPORT, headers=key)).json() for _ in range(2)
    ]
    assert first["code"] == second["code"]


async def test_a_wrong_secret_says_only_that_nothing_fits(client: httpx.AsyncClient) -> None:
    ticket = (await client.post("/api/v1/tickets", json=REPORT)).json()
    wrong = await client.get(f"/api/v1/tickets/{ticket['code']}", params={"secret": "WRONG234"})
    none = await client.get("/api/v1/tickets/PA-2026-999999", params={"secret": ticket["secret"]})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "ticket_not_found")
    assert none.json()["detail"] == wrong.json()["detail"]
    for _ in range(6):
        last = await client.get(f"/api/v1/tickets/{ticket['code']}", params={"secret": "WRONG234"})
    assert (last.status_code, last.json()["code"]) == (429, "too_many_secrets")


async def test_no_consent_no_ticket(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/v1/tickets", json={**REPORT, "consent": False})
    assert (refused.status_code, refused.json()["code"]) == (422, "consent_required")


async def test_an_emergency_is_no_report(client: httpx.AsyncClient) -> None:
    fire = await client.post(
        "/api/v1/tickets", json={**REPORT, "what": "Cháy nhà rồi, có người mắc kẹt bên trong"}
    )
    assert (fire.status_code, fire.json()["code"]) == (409, "not_a_report")
    assert "114" in fire.json()["detail"]


async def test_actions_are_for_the_dialogue_process_alone(
    client: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    call = {"next_action": "action_answer", "tracker": {}}
    ok = await client.post("/rasa/actions", params={"token": TOKEN}, json=call)
    assert (ok.status_code, ok.json()["responses"][0]["custom"]["status"]) == (200, "answered")
    assert (await client.post("/rasa/actions", json=call)).status_code == 403
    assert (await client.post("/rasa/actions", params={"token": "x"}, content=b"not json")).status_code == 403
    assert (await stranger.post("/rasa/actions", params={"token": TOKEN}, json=call)).status_code == 403
    proxied = await client.post(
        "/rasa/actions", params={"token": TOKEN}, json=call, headers={"X-Forwarded-For": "203.0.113.7"}
    )
    assert proxied.status_code == 403
    rejected = await client.post("/rasa/actions", params={"token": TOKEN}, json={"next_action": "reject"})
    assert (rejected.status_code, rejected.json()["action_name"]) == (400, "reject")
    missing = await client.post("/rasa/actions", params={"token": TOKEN}, json={"next_action": "nothing"})
    assert missing.status_code == 404
    for broken in (b"not json", b"[1]", b"\xff"):
        refused = await client.post("/rasa/actions", params={"token": TOKEN}, content=broken)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


JSON = {"Content-Type": "application/json"}
NOBODYS = "b62438ab-3bb4-4132-a0e8-61a89ff3b873"  # the same in every process that collects the tests
WRONG_KEY = {"Authorization": "Bearer x"}
BAD: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/khong-co", {}, 404, "not_found"),
    ("PUT", "/api/v1/conversations", {}, 405, "method_not_allowed"),
    ("POST", "/api/v1/conversations", {"content": b"{", "headers": JSON}, 400, "bad_request"),
    ("POST", "/api/v1/conversations", {"json": {"area": "atlantis"}}, 422, "unknown_area"),
    ("POST", "/api/v1/conversations", {"json": {"area": "'; DROP TABLE inbox;--"}}, 422, "invalid"),
    ("POST", "/api/v1/conversations", {"json": {"surprise": 1}}, 422, "invalid"),
    ("POST", "/api/v1/conversations", {"json": [1]}, 422, "invalid"),
    ("POST", "/api/v1/conversations", {"content": b"x" * 100_000}, 413, "too_large"),
    ("GET", "/api/v1/conversations/1/messages", {"headers": WRONG_KEY}, 422, "invalid"),
    ("GET", f"/api/v1/conversations/{NOBODYS}/messages", {}, 401, "unauthorized"),
    ("GET", f"/api/v1/conversations/{NOBODYS}/messages", {"headers": WRONG_KEY}, 404, "conversation_not_found"),
    ("DELETE", f"/api/v1/conversations/{NOBODYS}", {"headers": WRONG_KEY}, 404, "conversation_not_found"),
    ("GET", "/api/v1/search", {}, 422, "invalid"),
    ("GET", "/api/v1/search?q=x&area=atlantis", {}, 422, "unknown_area"),
    ("GET", "/api/v1/procedures/9.999999", {}, 404, "procedure_not_found"),
    ("GET", "/api/v1/tickets/PA-1", {}, 404, "ticket_not_found"),
    ("POST", "/api/v1/tickets", {"json": {"what": "x"}}, 422, "invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "request_", "status", "code"), BAD)
async def test_every_error_has_the_one_shape(
    client: httpx.AsyncClient, method: str, path: str, request_: dict[str, Any], status: int, code: str
) -> None:
    answer = await client.request(method, path, **request_)
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    assert {"type", "title", "detail", "instance"} <= body.keys()
    assert any(char in body["detail"] for char in "ạảãàáâậầấẩẫăắằặẳẵđêệềếểễôơượ")  # a sentence in Vietnamese
    assert "DROP" not in answer.text  # what was sent is not sent back


HARD_TEXTS = {
    "empty": "",
    "blank": " \n\t ",
    "control": "khai\x00 sinh\x07\x1b[31m",
    "hidden": "khai\u200b\u202e sinh\u2066",
    "nfd": "Đăng ký khai sinh",
    "emoji": "😀😀😀",
    "html": "<script>alert(1)</script><b>khai sinh</b>",
    "command": '/restart{"x": 1}',
    "sql": "'; DROP TABLE inbox; --",
    "longest": "a" * 2000,
}


@pytest.mark.parametrize("name", HARD_TEXTS)
async def test_hard_texts_are_answered(client: httpx.AsyncClient, name: str) -> None:
    address, key = await begin(client)
    answer = await client.post(f"{address}/messages", json={"text": HARD_TEXTS[name]}, headers=key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "answered"


async def test_half_a_character_is_refused_kindly(client: httpx.AsyncClient) -> None:
    address, key = await begin(client)
    answer = await client.post(f"{address}/messages", content=b'{"text": "\\ud800"}', headers={**key, **JSON})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(("size", "status"), [(2001, 422), (30_000, 422), (100_000, 413)])
async def test_long_texts_get_a_kind_refusal(client: httpx.AsyncClient, size: int, status: int) -> None:
    address, key = await begin(client)
    answer = await client.post(f"{address}/messages", json={"text": "a" * size}, headers=key)
    assert answer.status_code == status
    assert "viết ngắn lại" in answer.json()["detail"]
    assert "aaa" not in answer.text


async def test_a_body_that_lies_about_its_length_is_refused(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024

    answer = await client.post("/api/v1/conversations", content=endless())
    assert answer.status_code == 413


async def test_rates_are_limited_for_strangers_by_token_and_not_for_this_machine(
    stranger: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    address, key = await begin(stranger)
    answers = [await stranger.get(f"{address}/messages", headers=key) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["code"] == "too_many"
    assert answers[-1].headers["retry-after"]
    for _ in range(40):
        last = await stranger.get("/api/v1/areas")
    assert last.status_code == 429
    here = [(await client.get("/api/v1/areas")).status_code for _ in range(60)]
    assert set(here) == {200}


@pytest.mark.parametrize("path", ["/", "/hoi", "/api/v1/areas", "/khong-co", "/docs", "/health/live"])
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "cache"),
    [("/api/v1/areas", "no-store"), ("/hoi", "no-store"), ("/assets/chat.js", "no-cache"), ("/docs", None)],
)
async def test_what_browsers_may_keep(client: httpx.AsyncClient, path: str, cache: str | None) -> None:
    assert (await client.get(path)).headers.get("cache-control") == cache


async def test_a_refused_body_has_the_security_headers_too(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/v1/conversations", content=b"x" * 100_000)
    assert refused.headers["x-content-type-options"] == "nosniff"


async def test_metrics_are_for_this_machine(client: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    address, key = await begin(client)
    await client.post(f"{address}/messages", json={"text": "câu hỏi bí mật"}, headers=key)
    figures = await client.get("/metrics")
    assert 'motcua_replies_total{status="answered"}' in figures.text
    assert "/api/v1/conversations/{conversation_id}/messages" in figures.text
    assert "bí mật" not in figures.text
    assert (await stranger.get("/metrics")).status_code == 403


async def test_the_database_gone_is_a_kind_503(pool: Pool, dsn: str) -> None:
    async with serving(pool, dsn) as client:
        await pool.close()
        answer = await client.post("/api/v1/conversations")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
