"""Users who ask over HTTP, the way the web page does."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from tests.bench.questions import Conversation

API = "/api/v1/conversations"


@dataclass
class Load:
    """What some users met. Times are seconds, from the request to the whole reply; `pipelines` its own account."""

    users: int
    answers: list[float] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)
    pipelines: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    wall: float = 0.0

    @property
    def per_second(self) -> float:
        """Questions answered in a second, all users together."""
        return len(self.answers) / self.wall if self.wall else 0.0


class Budget:
    """How many questions may still be asked, and until when."""

    def __init__(self, *, questions: int, seconds: float) -> None:
        self._left, self._until = questions, time.monotonic() + seconds

    def take(self) -> bool:
        if self._left <= 0 or time.monotonic() > self._until:
            return False
        self._left -= 1
        return True


async def run(
    client: httpx.AsyncClient,
    conversations: Iterator[Conversation],
    *,
    users: int,
    questions: int,
    seconds: float,
) -> Load:
    """Let `users` ask side by side until the questions or the seconds are used up."""
    load, budget = Load(users), Budget(questions=questions, seconds=seconds)
    began = time.perf_counter()
    await asyncio.gather(*(_user(client, conversations, budget=budget, load=load) for _ in range(users)))
    load.wall = time.perf_counter() - began
    return load


async def _user(
    client: httpx.AsyncClient, conversations: Iterator[Conversation], *, budget: Budget, load: Load
) -> None:
    more = True
    while more:
        conversation = next(conversations)
        more = await _converse(client, conversation, budget=budget, load=load)


async def _converse(
    client: httpx.AsyncClient, conversation: Conversation, *, budget: Budget, load: Load
) -> bool:
    """One conversation, erased at its end; False when the budget is used up."""
    path, headers = await open_conversation(client, conversation, load)
    more = True
    for text in conversation.questions if path else ():
        more = budget.take()
        if not more:
            break
        await ask(client, f"{path}/messages", text=text, headers=headers, load=load)
    if path:
        await client.delete(path, headers=headers)
        return more
    return budget.take()  # what could not begin costs a question, or a dead server would be asked for ever


async def open_conversation(
    client: httpx.AsyncClient, conversation: Conversation, load: Load
) -> tuple[str, dict[str, str]]:
    began = time.perf_counter()
    try:
        answer = await client.post(API, json={"channel": "web", "area": conversation.area})
        answer.raise_for_status()
    except httpx.HTTPError as error:
        load.failures[_name(error)] += 1
        return "", {}
    load.openings.append(time.perf_counter() - began)
    made = answer.json()
    return f"{API}/{made['conversation_id']}", {"Authorization": f"Bearer {made['token']}"}


async def ask(
    client: httpx.AsyncClient, path: str, *, text: str, headers: dict[str, str], load: Load
) -> None:
    began = time.perf_counter()
    try:
        answer = await client.post(path, json={"text": text}, headers=headers)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        load.failures[_name(error)] += 1
        return
    took = time.perf_counter() - began
    reply = answer.json()
    status = str(reply.get("status"))
    load.statuses[status] += 1
    if answer.status_code == 200 and status != "error":
        load.answers.append(took)
        load.pipelines += [sum(steps.values()) / 1000] if (steps := reply.get("timings")) else []
    else:
        load.failures[f"{answer.status_code} {status}"] += 1


def _name(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return str(error.response.status_code)
    return type(error).__name__
