"""Citizens on all four channels at once, and the platforms between them and us, for load and faults.

Zalo and Messenger are the simulators, with their own rules, faults and redeliveries; people at the portal and at a
kiosk speak HTTP themselves and ask again with the same key when a line drops. Every answer carries its number in the
conversation (tests/bench/light.py), so what each person reads must be 1, 2, 3 … and every message among them, once.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bot.gateway import zalo
from bot.gateway.settings import Settings
from bot.gateway.zalo_oauth import granted
from desk.database import Pool
from tests.bench.server import free_port
from tests.bench.wire import Wire
from tests.simulators import platform as simulated
from tests.simulators.messenger import MessengerPlatform
from tests.simulators.platform import Clock, Deliveries, Delivery, Faults
from tests.simulators.zalo import ZaloPlatform

CHANNELS = ("zalo", "messenger", "web", "kiosk")
HURRY = 20  # platforms deliver again so many times sooner than they do: their second pause is five minutes
_AGAIN_S = 0.2
_ANSWER = re.compile(r"(\d+): (m\d+) \((\d+)\)")
_FAR = timedelta(days=1)


@dataclass
class World:
    """The platforms, set up for one cluster. `faults` are those of `Faults`, by chance; the same for both."""

    faults: Mapping[str, float] = field(default_factory=dict)
    doubled: float = 0.0
    zalo_per_minute: int = 4_000
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    acknowledged: list[float] = field(default_factory=list)  # seconds, of each webhook that was taken
    refused: Counter[int] = field(default_factory=Counter)  # status of those that were not; 0: no answer
    posting: set[asyncio.Task[None]] = field(default_factory=set)
    web: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)  # person → address, key
    again: int = 0

    def __post_init__(self) -> None:
        clock, dice = Clock(datetime.now(UTC), running=True), random.Random(4)  # noqa: S311  # no secret
        self.zalo = ZaloPlatform(clock=clock, faults=Faults(chances=self.faults, dice=dice))
        self.zalo.per_minute = self.zalo_per_minute
        self.messenger = MessengerPlatform(clock=clock, faults=Faults(chances=self.faults, dice=dice))
        self.messenger.per_thread = 100_000  # one person asks more here than people do
        for one in (self.zalo.deliveries, self.messenger.deliveries):
            one.doubled, one.shuffled = self.doubled, bool(self.doubled)
            one.pauses = [pause / HURRY for pause in one.pauses]

    @property
    def env(self) -> dict[str, str]:
        """What our processes are set to."""
        zalo_url, graph = (f"http://127.0.0.1:{port}" for port in self.ports)
        return {
            "ZALO_APP_ID": self.zalo.app_id, "ZALO_OA_ID": self.zalo.oa_id, "ZALO_OA_SECRET": self.zalo.oa_secret,
            "ZALO_APP_SECRET": self.zalo.app_secret, "ZALO_API_URL": zalo_url, "ZALO_OAUTH_URL": zalo_url,
            "MESSENGER_APP_ID": self.messenger.app_id, "MESSENGER_APP_SECRET": self.messenger.app_secret,
            "MESSENGER_VERIFY_TOKEN": self.messenger.verify_token, "MESSENGER_PAGES": "101=page-token",
            "MESSENGER_GRAPH_URL": graph, "MESSENGER_TYPING": "false", "PUBLIC_URL": "https://mc.example",
        }  # fmt: skip

    @asynccontextmanager
    async def running(self, address: str, *, env: Mapping[str, str], pool: Pool) -> AsyncIterator[None]:
        """The platforms serve, Zalo's administrator has logged in, and webhooks go to `address`."""
        with ExitStack() as open_servers:
            open_servers.enter_context(simulated.serving(self.zalo, port=self.ports[0]))
            open_servers.enter_context(simulated.serving(self.messenger, port=self.ports[1]))
            pair = granted(200, json.dumps(self.zalo.tokens.grant()), now=datetime.now(UTC))
            await zalo.tokens(Settings.from_env(env), pool).store(pair)
            async with httpx.AsyncClient(base_url=address, timeout=15) as self._http:
                self._wire = Wire(address)
                delivering = asyncio.create_task(self._deliver_always())
                yield
                delivering.cancel()
                for task in [*self.posting]:
                    task.cancel()
                self._wire.close()

    # ------------------------------------------------------------------ what people do

    async def say(self, channel: str, person: str, text: str, *, key: str) -> None:
        """In a messaging app it is on its way when this returns; at the portal and the kiosk it is accepted."""
        if channel == "zalo":
            self.zalo.writes(person, text)
        elif channel == "messenger":
            self.messenger.writes(person, text)
        else:
            path, headers = await self._conversation(channel, person)
            await self._until_taken(f"{path}/messages", {"text": text}, {**headers, "Idempotency-Key": key})

    async def reads(self, channel: str, person: str) -> list[str]:
        """What stands on the person's screen."""
        if channel == "zalo":
            return self.zalo.person(person).texts
        if channel == "messenger":
            return [shown.text for shown in self.messenger.person(person).shown]
        path, headers = await self._conversation(channel, person)
        read = (await self._http.get(f"{path}/messages", headers=headers)).raise_for_status().json()
        return [one["text"] for one in read["messages"] if one["direction"] == "out"]

    def seen(self, channel: str, person: str) -> int:
        """How many answers a person of a messaging app has."""
        return len((self.zalo if channel == "zalo" else self.messenger).person(person).shown)

    async def _conversation(self, channel: str, person: str) -> tuple[str, dict[str, str]]:
        if person not in self.web:
            made = await self._until_taken("/api/v1/conversations", {"channel": channel}, {})
            path = f"/api/v1/conversations/{made['conversation_id']}"
            self.web[person] = path, {"Authorization": f"Bearer {made['token']}"}
        return self.web[person]

    async def _until_taken(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        while True:
            with suppress(OSError):
                status, answer = await self._wire.post(
                    path, json.dumps(body).encode(), {**headers, "Content-Type": "application/json"}
                )
                if status < 300:
                    made: dict[str, Any] = json.loads(answer)
                    return made
                assert status >= 500, answer
            self.again += 1
            await asyncio.sleep(_AGAIN_S)

    # ------------------------------------------------------------------ webhooks

    async def _deliver_always(self) -> None:
        while True:
            self.messenger.pack()
            for name, one in self._due():
                task = asyncio.create_task(self._post(name, one))
                self.posting.add(task)
                task.add_done_callback(self.posting.discard)
            await asyncio.sleep(0.005)

    def _due(self) -> Iterator[tuple[str, Delivery]]:
        for name in ("zalo", "messenger"):
            for one in self._deliveries(name).due():
                one.due_at += _FAR  # it is on its way
                yield name, one

    def _deliveries(self, name: str) -> Deliveries:
        return self.zalo.deliveries if name == "zalo" else self.messenger.deliveries

    async def _post(self, name: str, one: Delivery) -> None:
        began, status = time.perf_counter(), 0
        with suppress(OSError):
            headers = self._deliveries(name)._headers(one)
            status, _ = await self._wire.post(f"/channels/{name}", one.body, headers)
        if status == 200:
            self.acknowledged.append(time.perf_counter() - began)
        else:
            self.refused[status] += 1
        one.due_at = datetime.now(UTC)
        self._deliveries(name)._answered(one, status)

    @property
    def on_their_way(self) -> int:
        """Webhooks that were not taken yet."""
        waiting = len(self.zalo.deliveries.waiting) + len(self.messenger.deliveries.waiting)
        return waiting + len(self.messenger.events)


@dataclass(frozen=True)
class Read:
    """What people read, beside what was accepted of them. All but `answers` must be 0."""

    answers: int
    unanswered: int
    answered_twice: int
    out_of_order: int  # people

    @property
    def wrong(self) -> dict[str, int]:
        return {name: value for name, value in vars(self).items() if value and name != "answers"}


async def compare(world: World, said: Mapping[tuple[str, str], list[str]]) -> Read:
    """`said`: (channel, person) → what they wrote."""
    answers = unanswered = twice = out_of_order = 0
    for (channel, person), texts in said.items():
        found = [match for text in await world.reads(channel, person) if (match := _ANSWER.search(text))]
        times = Counter(match[2] for match in found)
        answers += len(found)
        unanswered += sum(text not in times for text in texts)
        twice += sum(count - 1 for count in times.values())
        numbers = [int(match[1]) for match in found]
        out_of_order += numbers != sorted(numbers)
    return Read(answers, unanswered, twice, out_of_order)


async def processes(world: World, said: Mapping[tuple[str, str], list[str]]) -> int:
    """How many worker processes answered."""
    pids = set()
    for channel, person in said:
        pids |= {match[3] for text in await world.reads(channel, person) if (match := _ANSWER.search(text))}
    return len(pids)
