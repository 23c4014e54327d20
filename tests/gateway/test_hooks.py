"""An office's own system moves tickets of its unit: signed, now, once, and no further than it may."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from desk import service, webhooks
from desk.auditing import broken_lines
from desk.database import Pool
from desk.models import Ticket
from tests.gateway import desk_helpers, harness
from tests.gateway.desk_helpers import ROADS, SORTERS, sealer_of
from tests.gateway.helpers import rows

pytestmark = pytest.mark.postgres


@dataclass
class System:
    """An office's system, written from the runbook."""

    http: httpx.AsyncClient
    hook: str
    secret: str

    async def send(
        self, body: Any, *, at: float | None = None, secret: str | None = None, hook: str | None = None
    ) -> httpx.Response:
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        timestamp = str(int(at or time.time()))
        key = (self.secret if secret is None else secret).encode()
        signature = hmac.new(key, timestamp.encode() + b"." + data, hashlib.sha256).hexdigest()
        return await self.http.post(
            f"/api/v1/desk/hooks/{hook or self.hook}",
            content=data,
            headers={"X-Motcua-Timestamp": timestamp, "X-Motcua-Signature": f"sha256={signature}"},
        )

    async def do(self, ticket: Ticket, deed: str, **more: Any) -> httpx.Response:
        return await self.send({"message": str(uuid4()), "ticket": ticket.code, "deed": deed, **more})


@pytest.fixture
async def client(pool: Pool, dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    async with harness.serving(pool, dsn, address="203.0.113.9", web_rate_per_minute=600) as http:
        yield http


async def system_of(
    client: httpx.AsyncClient, pool: Pool, *, unit: str = ROADS, deeds: tuple[str, ...] = webhooks.DEEDS
) -> System:
    async with pool.connection() as conn:
        made, secret = await webhooks.add(
            conn, url="", unit_id=unit, events=[], deeds=deeds, sealer=sealer_of(client), actor="test",
            now=datetime.now(UTC),
        )  # fmt: skip
    return System(client, str(made.id), secret)


async def test_a_system_takes_asks_and_answers(client: httpx.AsyncClient, pool: Pool) -> None:
    system, ticket = await system_of(client, pool), await desk_helpers.file(pool)
    taken = await system.do(ticket, "accept", version=ticket.version)
    assert taken.status_code == 200, taken.text
    assert (taken.json()["state"], taken.json()["again"]) == ("DANG_XU_LY", False)
    asked = await system.do(ticket, "ask", text="Đoạn nào của đường?")
    assert asked.json()["state"] == "YEU_CAU_BO_SUNG"
    done = await system.do(ticket, "resolve", text="Đã vá.", private="Cảm ơn anh.")
    assert done.json()["state"] == "DA_TRA_LOI"
    async with pool.connection() as conn:
        after = await service.get(conn, code=ticket.code)
        history = await service.history(conn, after)
        assert not await broken_lines(conn)
    assert after.answer_public == "Đã vá." and done.json()["version"] <= after.version
    assert {event.actor for event in history[1:]} == {f"webhook.{system.hook}"}


async def test_a_ticket_goes_to_another_unit_and_is_then_out_of_reach(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    system, ticket = await system_of(client, pool), await desk_helpers.file(pool)
    sent = {
        "message": "m1", "ticket": ticket.code, "deed": "forward", "unit_id": SORTERS, "text": "Không phải đường tỉnh.",
    }  # fmt: skip
    moved = await system.send(sent)
    assert moved.json()["state"] == "CHUYEN_CO_QUAN"
    again = await system.send(sent)
    assert (again.status_code, again.json()["again"]) == (200, True)
    assert (await system.do(ticket, "accept")).status_code == 404


async def test_a_message_does_its_deed_once(client: httpx.AsyncClient, pool: Pool) -> None:
    system, ticket = await system_of(client, pool), await desk_helpers.file(pool)
    message = {"message": "m1", "ticket": ticket.code, "deed": "accept"}
    first, second = await system.send(message), await system.send(message, at=time.time() + 30)
    assert second.status_code == 200 and second.json() == {**first.json(), "again": True}
    assert len(await rows(pool, "SELECT 1 FROM ticket_events WHERE to_state = 'DANG_XU_LY'")) == 1


async def test_what_is_not_signed_now_by_this_system_does_nothing(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    system, ticket = await system_of(client, pool), await desk_helpers.file(pool)
    other = await system_of(client, pool)
    message = {"message": "m1", "ticket": ticket.code, "deed": "accept"}
    refused = [
        await system.send(message, secret="falsch"),
        await system.send(message, secret=""),
        await system.send(message, secret=other.secret),
        await system.send(message, hook=str(uuid4())),
        await system.send(message, at=time.time() - 301),
        await system.send(message, at=time.time() + 310),
        await client.post(f"/api/v1/desk/hooks/{system.hook}", json=message),
        await client.post(
            f"/api/v1/desk/hooks/{system.hook}", json=message,
            headers={"X-Motcua-Timestamp": b"NaN", "X-Motcua-Signature": b"sha256=\xe4"},
        ),
    ]  # fmt: skip
    assert {answer.status_code for answer in refused} == {401}
    assert {answer.json()["code"] for answer in refused} == {"hook_unknown"}
    async with pool.connection() as conn:
        assert (await service.get(conn, code=ticket.code)).version == ticket.version
    await rows(pool, "UPDATE webhooks SET active = false RETURNING 1")
    assert (await system.send(message)).status_code == 401


async def test_no_further_than_its_unit_and_its_deeds(client: httpx.AsyncClient, pool: Pool) -> None:
    mine, theirs = (
        await desk_helpers.file(pool),
        await desk_helpers.file(pool, what="Bệnh viện", unit="lam-dong-so-y-te"),
    )
    system = await system_of(client, pool, deeds=("accept",))
    assert (await system.do(theirs, "accept")).status_code == 404
    for deed in ("ask", "resolve", "forward"):
        assert (await system.do(mine, deed, text="x", unit_id=SORTERS)).status_code == 403
    for deed in ("publish", "refuse", "merge"):
        assert (await system.do(mine, deed)).status_code == 422


async def test_what_cannot_be_done_is_told_and_may_be_sent_again(
    client: httpx.AsyncClient, pool: Pool
) -> None:
    system, ticket = await system_of(client, pool), await desk_helpers.file(pool)
    message = {"message": "m1", "ticket": ticket.code, "deed": "resolve"}
    assert (await system.send(message)).status_code == 409, "no words"
    assert (await system.send({**message, "deed": "forward", "text": "x", "unit_id": "y"})).status_code == 409
    assert (await system.send({**message, "text": "Đã vá.", "version": 99})).status_code == 409
    assert (await system.send({**message, "text": "Đã vá."})).status_code == 200
    for body in (b"", b"[]", b"{", b"\xff", {**message, "extra": 1}, {**message, "text": "x" * 5000}):
        assert (await system.send(body)).status_code == 422


async def test_what_we_send_is_no_message_to_us(client: httpx.AsyncClient, pool: Pool) -> None:
    """Signed alike with the same secret: sent back to us, it does nothing."""
    system = await system_of(client, pool)
    ours = {
        "id": str(uuid4()),
        "event": "ticket.moved",
        "at": "2026-11-20T09:00:00+07:00",
        "ticket": {"code": "x"},
    }
    assert (await system.send(ours)).status_code == 422
