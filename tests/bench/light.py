"""A web process and a worker without the knowledge: no snapshot is loaded, so many of them fit beside each other.

Everything else is the real thing: routes, inbox, jobs, turns, tickets, outbox, staff pages. What a person writes is
echoed with its number in the conversation, so that order and repetition show; what begins with REPORT is filed.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI

from bot.answer.guard import screen
from bot.gateway import channels as channel_list
from bot.gateway import logs
from bot.gateway.app import create_app
from bot.gateway.ports import Parts
from bot.gateway.receiving import PersonGate
from bot.gateway.replies import ReplyWaiter
from bot.gateway.sealing import sealer_of
from bot.gateway.security import RateGuard
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from desk.database import Pool, open_pool
from desk.routing import Router
from knowledge.areas import Areas
from tests.bench import counting
from tests.gateway.harness import FixedExecutor, FixedLibrary

REPORT = "phản ánh: "
APP, DIALOGUE = "tests.bench.light:app", "tests.bench.light:dialogue"


def clock() -> datetime:
    return datetime.now(UTC)


def tickets_of(settings: Settings, pool: Pool) -> Tickets:
    return Tickets(pool=pool, router=Router.from_packs(), sealer=sealer_of(settings), clock=clock)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    screen(
        "chào"
    )  # as the real one's first question: what it loads is not to be loaded by two threads at once
    pool = await open_pool(settings.database_url, max_size=16)
    async with (
        pool,
        ReplyWaiter(settings.database_url, pool) as waiter,
        httpx.AsyncClient() as http,
        channel_list.open_channels(settings, pool) as channels,
    ):
        yield Parts(
            settings=settings,
            pool=pool,
            waiter=waiter,
            library=FixedLibrary(),
            areas=Areas.from_pack(),
            rates=RateGuard(settings.web_rate_per_minute),
            executor=FixedExecutor(),
            tickets=tickets_of(settings, pool),
            http=http,
            clock=clock,
            channels=channels,
            gate=PersonGate(settings.channel_rate_per_minute),
        )


def app() -> FastAPI:
    """For `uvicorn --factory`."""
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    _add_channel()
    return create_app(settings, opener=open_parts)


def _add_channel() -> None:
    """The bench's own push channel, beside those that are set up."""
    if os.environ.get(counting.RECEIVER):
        channel_list.BUILDERS = (*channel_list.BUILDERS, counting.build)


class LightDialogue:
    """Counts in the context, names the process that answered, and files what begins with REPORT."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    async def turn(self, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
        count = metadata["context"].get("count", 0) + 1
        context = {"count": count, "by": os.getpid()}
        if text.startswith(REPORT):
            report = {
                "what": text.removeprefix(REPORT), "where": "trước chợ Lương Sơn", "when": "sáng nay",
                "area": "lam-dong/bac-binh", "contact": "0900 000 000",
                "consent": {"version": "1", "text_id": "report", "at": metadata["now"], "channel": "web"},
            }  # fmt: skip
            reply = await self._tickets.report_reply(report, metadata={**metadata, "context": context})
            return reply.model_dump(mode="json")
        return {"status": "answered", "text": f"{count}: {text} ({os.getpid()})", "context": context}


@asynccontextmanager
async def dialogue(settings: Settings, pool: Pool) -> AsyncIterator[LightDialogue]:
    _add_channel()  # the worker opens its channels after this
    yield LightDialogue(tickets_of(settings, pool))
