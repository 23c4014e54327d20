"""The web app over a real PostgreSQL, its messages answered in process by a scripted dialogue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI
from psycopg_pool import PoolClosed
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.answer.reply import Choice, ProcedureRef, Reply, Source, TicketRef
from bot.channels.base import Channel
from bot.gateway.app import create_app
from bot.gateway.arrivals import Arrivals
from bot.gateway.ports import Parts
from bot.gateway.replies import ReplyWaiter
from bot.gateway.schemas import SearchResult
from bot.gateway.security import RateGuard
from bot.gateway.sending import Sender
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from bot.gateway.turn import run_turn
from desk.database import Pool
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.areas import Areas
from knowledge.documents import Plan, Procedure
from knowledge.guides import Guide

TOKEN = "test-actions-token"
CODE = "1.001193"
PROCEDURE = Procedure(code=CODE, title="Thủ tục đăng ký khai sinh")


class ScriptedDialogue:
    """Answers at once; some words make it slow, broken or rich."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def turn(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        self.heard.append(text)
        if "chậm" in text:
            await asyncio.sleep(3)
        if "hỏng" in text:
            raise RuntimeError("scripted failure")
        return reply(text).model_dump(mode="json")


def reply(text: str) -> Reply:
    return Reply(
        status="answered",
        text=f"Bạn hỏi: {text}\nCần tờ khai và giấy chứng sinh <bản chính>.",
        sources=[Source(kind="procedure", title="Đăng ký khai sinh", url="https://dichvucong.gov.vn/x")],
        choices=[
            Choice(title="Lệ phí?", text="Lệ phí bao nhiêu?", payload=f"#MC:ASK:{CODE}:fee"),
            Choice(title="Mở trang", url="https://dichvucong.gov.vn/x"),
            Choice(title="Xấu", url="javascript:alert(1)"),
        ],
        procedure=ProcedureRef(code=CODE, title=PROCEDURE.title),
        ticket=TicketRef(code="PA-2026-000001", secret="ABCD2345") if "phiếu" in text else None,
        context={"procedure": CODE, "form": {"contact": "0900000000"}},
    )


class FixedLibrary:
    snapshot = "abc123"
    encoder = None

    def search(self, query: str, *, area: str, k: int) -> list[SearchResult]:
        return [SearchResult(kind="procedure", code=CODE, title=PROCEDURE.title, score=0.9)]

    def procedure(self, code: str) -> Procedure | None:
        return PROCEDURE if code == CODE else None

    def guide(self, guide_id: str) -> Guide | None:
        return None

    def plans(self) -> list[Plan]:
        return []


class FixedExecutor:
    async def run(self, action_call: Any) -> dict[str, Any]:
        name = action_call.get("next_action")
        if name == "action_answer":
            return {"events": [], "responses": [{"custom": {"status": "answered"}}]}
        if name == "reject":
            raise ActionExecutionRejection(name)
        raise ActionNotFoundException(name)


def settings(**changes: Any) -> Settings:
    """As the tests of most pages want them: officials come in with the password alone."""
    return Settings.model_validate(
        {"actions_token": TOKEN, "reply_wait_s": 5.0, "staff_totp": "off", **changes}
    )


@dataclass(kw_only=True)
class Push:
    """Channels that must be called: who meets what they bring, and who sends."""

    channels: Mapping[str, Channel]
    arrivals: Arrivals
    sender: Sender


def opener(
    pool: Pool, dsn: str, *, dialogue: ScriptedDialogue | None = None, push: Push | None = None
) -> Callable[[Settings], AbstractAsyncContextManager[Parts]]:
    """What `create_app` opens: everything real but the dialogue, the library and the executor."""

    @asynccontextmanager
    async def open_test_parts(configured: Settings) -> AsyncIterator[Parts]:
        runner = asyncio.create_task(answer_always(pool, dialogue or ScriptedDialogue(), push=push))
        try:
            async with ReplyWaiter(dsn, pool) as waiter, httpx.AsyncClient() as http:
                yield Parts(
                    settings=configured,
                    pool=pool,
                    waiter=waiter,
                    library=FixedLibrary(),
                    areas=Areas.from_pack(),
                    rates=RateGuard(configured.web_rate_per_minute),
                    executor=FixedExecutor(),
                    tickets=Tickets(
                        pool=pool, router=Router.from_packs(), sealer=Sealer([new_key()]), clock=clock
                    ),
                    http=http,
                    clock=clock,
                    channels=push.channels if push else {},
                )
        finally:
            while not runner.done():  # the pool loses a cancellation that meets it at the wrong moment
                runner.cancel()
                await asyncio.wait([runner], timeout=0.5)
            with suppress(asyncio.CancelledError, PoolClosed):
                runner.result()

    return open_test_parts


def clock() -> datetime:
    return datetime.now(UTC)


async def answer_always(pool: Pool, dialogue: ScriptedDialogue, *, push: Push | None = None) -> None:
    """What the worker does, without its process."""
    while True:
        async with pool.connection() as conn:
            cursor = await conn.execute("SELECT id FROM inbox WHERE processed_at IS NULL ORDER BY seq")
            waiting = [row["id"] for row in await cursor.fetchall()]
        for inbox_id in waiting:
            await run_turn(
                inbox_id, pool=pool, dialogue=dialogue, clock=clock, message=lambda key: f"Xin lỗi ({key}).",
                arrivals=push.arrivals if push else None,
            )  # fmt: skip
        if push:
            await push.sender.round()
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(app: FastAPI, *, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """The app between its start and its end, and a client at an address."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 40000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://motcua.test") as client,
    ):
        yield client


@asynccontextmanager
async def serving(
    pool: Pool, dsn: str, *, address: str = "127.0.0.1", **changes: Any
) -> AsyncIterator[httpx.AsyncClient]:
    async with running(create_app(settings(**changes), opener=opener(pool, dsn)), address=address) as client:
        yield client


async def begin(client: httpx.AsyncClient, **body: Any) -> tuple[str, dict[str, str]]:
    """A conversation's address, and the header that opens it."""
    response = await client.post("/api/v1/conversations", json=body or None)
    assert response.status_code == 201, response.text
    made = response.json()
    return f"/api/v1/conversations/{made['conversation_id']}", {"Authorization": f"Bearer {made['token']}"}
