"""Two ways to put a question: to the pipeline in this process, or to a running server over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import httpx

from bot.answer.context import Question, vietnam_now
from bot.answer.reply import Reply
from bot.answer.service import Answerer


class Asker(Protocol):
    """One conversation at a time: `start` forgets what came before."""

    def start(self, area: str = "") -> None: ...

    def ask(self, text: str) -> Reply: ...


class InProcess:
    """Asks the pipeline directly, handing each reply's context to the next question."""

    def __init__(self, answerer: Answerer, now: datetime | None = None) -> None:
        self._answerer = answerer
        self._now = now
        self._area = ""
        self._context: dict[str, Any] = {}

    def start(self, area: str = "") -> None:
        self._area = area
        self._context = {}

    def ask(self, text: str) -> Reply:
        question = Question(text, area=self._area, context=self._context, now=self._now or vietnam_now())
        reply = self._answerer.answer(question)
        self._context = reply.context
        return reply


class OverHttp:
    """Asks a running server the way the web page does, channel, Rasa and all."""

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        self._client = client or httpx.Client(base_url=url.rstrip("/"), timeout=60)
        self._path = ""
        self._headers: dict[str, str] = {}

    def start(self, area: str = "") -> None:
        made = self._client.post("/api/v1/conversations", json={"channel": "web", "area": area})
        made.raise_for_status()
        body = made.json()
        self._path = f"/api/v1/conversations/{body['conversation_id']}/messages"
        self._headers = {"Authorization": f"Bearer {body['token']}"}

    def ask(self, text: str) -> Reply:
        answer = self._client.post(self._path, json={"text": text}, headers=self._headers)
        answer.raise_for_status()
        body = {k: v for k, v in answer.json().items() if k in Reply.model_fields}
        return Reply.model_validate(body)
