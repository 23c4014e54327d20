"""A push channel for load and kills: a platform that counts each message it is given, and tells it back.

Both ends are here: the channel inside our processes, and the platform, a server of its own that nobody kills. Like the
real ones it takes the same message twice without a word, delivers until it is acknowledged, and echoes what it got.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request

from bot.channels.base import (
    BadSignature,
    Capabilities,
    InboundMessage,
    OutboundMessage,
    Part,
    Sent,
    TryLater,
    Unsure,
)
from bot.gateway.settings import Settings
from desk.database import Pool
from tests.bench.server import free_port

NAME, RECEIVER, SIGNATURE = "bench", "BENCH_RECEIVER", "x-bench-signature"
_SECRET = "counted"  # of a platform on this machine
_AGAIN_S = 0.3


class CountingChannel:
    """The channel as our processes have it."""

    name, pull, echoes = NAME, False, True
    capabilities = Capabilities(text=2000)

    def __init__(self, address: str, http: httpx.AsyncClient) -> None:
        self._address, self._http = address, http

    def verify(self, *, headers: Mapping[str, str], body: bytes) -> None:
        if headers.get(SIGNATURE) != _SECRET:
            raise BadSignature("not the bench's")

    def parse(self, body: bytes, *, now: datetime) -> list[InboundMessage]:
        return [InboundMessage(channel=NAME, received_at=now, **one) for one in json.loads(body)]

    def shape(self, message: OutboundMessage) -> Sequence[Part]:
        return [Part(content={"text": message.text}, text=message.text, tag=message.message_id)]

    async def send(self, part: Part, message: OutboundMessage) -> Sent:
        said = {"to": message.recipient, "tag": part.tag, "text": part.text}
        try:
            answer = await self._http.post(f"{self._address}/send", json=said)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TryLater(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise Unsure(type(error).__name__) from error
        return Sent(id=str(answer.json()["id"]))


def build(settings: Settings, pool: Pool, http: httpx.AsyncClient) -> CountingChannel:
    return CountingChannel(os.environ[RECEIVER], http)


@dataclass
class Platform:
    """Counts what it was given, by our name for the message, and keeps each person's messages in order."""

    port: int = field(default_factory=free_port)
    given: Counter[str] = field(default_factory=Counter)
    read: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    echoing: set[asyncio.Task[int]] = field(default_factory=set)
    webhook: str = ""  # ours, to be called
    _numbers: count[int] = field(default_factory=count)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """What a process of ours needs to find it."""
        return {RECEIVER: self.address}

    @asynccontextmanager
    async def running(self, address: str) -> AsyncIterator[httpx.AsyncClient]:
        """Serve in this loop; `address` is where our webhooks are. Yields its client."""
        app = FastAPI()
        app.post("/send")(self._take)
        server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_config=None, ws="none", lifespan="off")
        )
        self.webhook = f"{address}/channels/{NAME}"
        async with httpx.AsyncClient(timeout=15, limits=httpx.Limits(max_connections=64)) as self._http:
            serving = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110  # it offers no event
                await asyncio.sleep(0.01)
            yield self._http
            for task in self.echoing:
                task.cancel()
            server.should_exit = True
            await serving

    async def _take(self, request: Request) -> dict[str, str]:
        said = await request.json()
        self.given[said["tag"]] += 1
        self.read[said["to"]].append(said["text"])
        number = f"e{next(self._numbers)}"
        echo = {
            "dedupe_key": number,
            "kind": "echo",
            "sender": said["to"],
            "text": said["text"],
            "tag": said["tag"],
        }
        task = asyncio.create_task(self.deliver([echo]))
        self.echoing.add(task)
        task.add_done_callback(self.echoing.discard)
        return {"id": number}

    async def deliver(self, messages: list[dict[str, Any]]) -> int:
        """Until it is acknowledged; returns how often it was tried."""
        body = json.dumps(messages).encode()
        for tried in count(1):
            with suppress(httpx.HTTPError):
                answer = await self._http.post(self.webhook, content=body, headers={SIGNATURE: _SECRET})
                if answer.is_success:
                    return tried
            await asyncio.sleep(_AGAIN_S)
        raise AssertionError("unreachable")
