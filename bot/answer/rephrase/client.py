"""One question to an OpenAI-compatible chat endpoint, streamed, within a total time.

The answer is read piece by piece and handed to a watcher that may end it. Nothing is tried twice: the composed reply
is there already, and the person waits.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import httpx

from knowledge.errors import LanguageModelFailed

MAX_BYTES = 262_144  # of a whole stream, whatever is in it
_GRACE_S = 0.25  # for the loop to tell its own time-out

Watch = Callable[[str], None]


class Model(Protocol):
    """What the rephrasing step needs of a language model."""

    @property
    def name(self) -> str: ...

    def complete(self, messages: Sequence[dict[str, str]], *, max_tokens: int, watch: Watch) -> str: ...


class ChatModel:
    """A chat endpoint. Safe for threads; its connections live in a loop of their own.

    Proxies of the environment are not used: what is sent goes to the address that was set and nowhere else.
    """

    def __init__(self, *, base_url: str, model: str = "", api_key: str = "", timeout_s: float = 4.0) -> None:
        self.name = model or "default"
        self._model = model
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._headers = {"Accept": "text/event-stream"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._http: httpx.AsyncClient | None = None

    def complete(self, messages: Sequence[dict[str, str]], *, max_tokens: int, watch: Watch) -> str:
        """The whole text, once it is finished.

        Raises:
            LanguageModelFailed: it did not come whole and in time.
            Exception: what `watch` raised; the rest is not read.
        """
        body = {"messages": list(messages), "stream": True, "temperature": 0, "max_tokens": max_tokens}
        if self._model:
            body["model"] = self._model
        asked = asyncio.run_coroutine_threadsafe(self._within_time(body, watch), self._running())
        try:
            return asked.result(self._timeout_s + _GRACE_S)
        except concurrent.futures.TimeoutError:
            asked.cancel()
            raise LanguageModelFailed("timeout") from None

    def close(self) -> None:
        """End the connections and the loop."""
        with self._lock:
            loop, http, self._loop, self._http = self._loop, self._http, None, None
        if loop is not None:
            if http is not None:
                with suppress(concurrent.futures.TimeoutError):
                    asyncio.run_coroutine_threadsafe(http.aclose(), loop).result(1.0)
            loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="language model", daemon=True).start()
            return self._loop

    async def _within_time(self, body: dict[str, Any], watch: Watch) -> str:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._stream(body, watch)
        except (TimeoutError, httpx.TimeoutException):
            raise LanguageModelFailed("timeout") from None
        except httpx.HTTPError as error:  # its text may quote the address; its name is enough
            raise LanguageModelFailed(
                "cut" if isinstance(error, httpx.RemoteProtocolError) else "unreachable"
            ) from None

    async def _stream(self, body: dict[str, Any], watch: Watch) -> str:
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=self._timeout_s, trust_env=False, follow_redirects=False)
        async with self._http.stream("POST", self._url, json=body, headers=self._headers) as response:
            if response.status_code != httpx.codes.OK:
                raise LanguageModelFailed(f"status_{response.status_code}")
            return await _read(response, watch)


async def _read(response: httpx.Response, watch: Watch) -> str:
    """The text of a stream that says it is finished."""
    text, pending, read = "", b"", 0
    async for piece in response.aiter_bytes():
        read += len(piece)
        if read > MAX_BYTES:
            raise LanguageModelFailed("endless")
        *lines, pending = (pending + piece).split(b"\n")
        for line in lines:
            said, finished = _event(line.strip())
            if said:
                text += said
                watch(text)
            if finished:
                return text
    raise LanguageModelFailed("cut")


def _event(line: bytes) -> tuple[str, bool]:
    """(what it adds, whether it is the last) of one line of a stream."""
    if not line.startswith(b"data:"):
        if line.startswith(b"{"):
            raise LanguageModelFailed("not_a_stream")
        return "", False
    data = line[5:].strip()
    if data == b"[DONE]":
        return "", True
    try:
        choice = (json.loads(data)["choices"] or [{}])[0]
        reason = choice.get("finish_reason")
        said = (choice.get("delta") or {}).get("content") or ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise LanguageModelFailed("bad_json") from None
    if not isinstance(said, str) or reason not in (None, "", "stop"):
        raise LanguageModelFailed("cut" if isinstance(said, str) else "bad_json")
    return said, reason == "stop"


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
