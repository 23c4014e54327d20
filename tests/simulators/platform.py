"""What the simulated messaging platforms have in common: a clock, a server with moods, deliveries that are retried.

A platform is a real HTTP server. Its clock stands still until it is moved, or runs; what it meets next is scripted.

Moods of `Faults`, one a call:
    "drop"      hangs up before anything is done        "lost"   does it, then hangs up
    "503"       a bare status, nothing is done          "502+"   does it, then a bare status
    "slow:0.1"  does it after so many seconds           "html"   a page in place of an answer, nothing is done
    "error:X"   the platform's own error X, in its own form, nothing is done
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx

STARTS = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # nine in the morning in Vietnam
QUIET = ("", "ok")


class Clock:
    """Stands at a moment until it is moved; a running one goes on by itself from there."""

    def __init__(self, at: datetime = STARTS, *, running: bool = False) -> None:
        self._at, self._since = at, time.monotonic() if running else None

    def now(self) -> datetime:
        passed = time.monotonic() - self._since if self._since is not None else 0.0
        return self._at + timedelta(seconds=passed)

    def move(self, by: timedelta) -> None:
        self._at += by


@dataclass
class Faults:
    """What the next calls meet: the script first, then by chance."""

    script: list[str] = field(default_factory=list)
    chances: Mapping[str, float] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311  # no secret
    met: list[str] = field(default_factory=list)

    def next(self) -> str:
        mood = self.script.pop(0) if self.script else self._thrown()
        if mood not in QUIET:
            self.met.append(mood)
        return mood

    def _thrown(self) -> str:
        rest = self.dice.random() if self.chances else 1.0
        for mood, chance in self.chances.items():
            rest -= chance
            if rest < 0:
                return mood
        return ""


# ------------------------------------------------------------------ calls to the platform


@dataclass(frozen=True, kw_only=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes

    def data(self) -> dict[str, Any]:
        """The body as JSON, {} when it is none."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any] | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Platform(Protocol):
    faults: Faults

    def answer(self, call: Call) -> Answer:
        """Do what is asked, by the platform's rules."""
        ...

    def worded(self, error: str) -> Answer:
        """An error in the platform's own form."""
        ...


class _Handler(BaseHTTPRequestHandler):
    platform: Platform
    lock: threading.RLock
    protocol_version = "HTTP/1.1"
    timeout = 10

    def _meet(self) -> None:
        parts = urlsplit(self.path)
        call = Call(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        with self.lock:
            mood = self.platform.faults.next()
        if mood.startswith("slow:"):
            time.sleep(float(mood.partition(":")[2]))
        answer = self._answer(mood, call)
        if answer is None:
            self.close_connection = True
        else:
            self._write(answer)

    do_GET = do_POST = do_DELETE = _meet

    def _answer(self, mood: str, call: Call) -> Answer | None:
        if mood == "drop":
            return None
        if mood == "html":
            return Answer(200, "<html>Please wait</html>")
        with self.lock:
            if mood.startswith("error:"):
                return self.platform.worded(mood.partition(":")[2])
            if mood.isdecimal():
                return Answer(int(mood))
            done = self.platform.answer(call)
        if mood == "lost":
            return None
        return Answer(int(mood[:-1])) if mood.endswith("+") else done

    def _write(self, answer: Answer) -> None:
        said = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        content = said.encode()
        with suppress(OSError):  # whoever called may be gone
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # the library's name
        """Quiet."""


@contextmanager
def serving(platform: Platform, *, port: int = 0) -> Iterator[str]:
    """The platform on a port of this machine, a free one by itself; its address."""
    handler = type("Handler", (_Handler,), {"platform": platform, "lock": threading.RLock()})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ------------------------------------------------------------------ calls of the platform

Post = Callable[
    [Mapping[str, str], bytes], int
]  # headers, body → status; raises OSError, TimeoutError, HTTPError
AsyncPost = Callable[[Mapping[str, str], bytes], Awaitable[int]]
_NOT_TAKEN = (OSError, TimeoutError, httpx.HTTPError)


@dataclass
class Delivery:
    """One webhook request. `tries` counts those that were made."""

    body: bytes
    headers: dict[str, str]
    first_at: datetime
    due_at: datetime
    tries: int = 0
    taken: bool = False
    given_up: bool = False
    statuses: list[int] = field(default_factory=list)  # 0: no answer


@dataclass
class Deliveries:
    """What the platform has to tell us, told again by its table of pauses until it is taken or the table ends."""

    clock: Clock
    pauses: Sequence[timedelta]
    on_given_up: Callable[[Delivery], None] = lambda delivery: None
    retry_header: str = ""  # carries which repetition it is
    shuffled: bool = False
    doubled: float = 0.0  # the chance that one that was taken comes once more
    dice: random.Random = field(default_factory=lambda: random.Random(2))  # noqa: S311  # no secret
    every: list[Delivery] = field(default_factory=list)
    waiting: list[Delivery] = field(default_factory=list)

    def add(self, body: bytes, headers: Mapping[str, str]) -> Delivery:
        now = self.clock.now()
        made = Delivery(body=body, headers=dict(headers), first_at=now, due_at=now)
        self.every.append(made)
        self.waiting.append(made)
        return made

    def due(self) -> list[Delivery]:
        found = [one for one in self.waiting if one.due_at <= self.clock.now()]
        if self.shuffled:
            self.dice.shuffle(found)
        return found

    def deliver(self, post: Post) -> int:
        """Make every call that is due; returns how many were taken."""
        taken = 0
        for one in self.due():
            try:
                status = post(self._headers(one), one.body)
            except _NOT_TAKEN:
                status = 0
            taken += self._answered(one, status)
        return taken

    async def deliver_to(self, post: AsyncPost) -> int:
        """As `deliver`, for a receiver in this process."""
        taken = 0
        for one in self.due():
            try:
                status = await post(self._headers(one), one.body)
            except _NOT_TAKEN:
                status = 0
            taken += self._answered(one, status)
        return taken

    def _headers(self, one: Delivery) -> dict[str, str]:
        again = {self.retry_header: str(one.tries)} if self.retry_header and one.tries else {}
        return {**one.headers, **again}

    def _answered(self, one: Delivery, status: int) -> bool:
        one.tries += 1
        one.statuses.append(status)
        if status == 200:
            first, one.taken = not one.taken, True
            if not (first and self.dice.random() < self.doubled):
                self._done(one)
            return True
        if one.tries > len(self.pauses):
            one.given_up = True
            self._done(one)
            self.on_given_up(one)
        else:
            one.due_at = self.clock.now() + self.pauses[one.tries - 1]
        return False

    def _done(self, one: Delivery) -> None:
        if one in self.waiting:
            self.waiting.remove(one)


def poster(url: str, http: httpx.Client, *, timeout_s: float) -> Post:
    """Calls over the network. What takes too long was not taken."""

    def post(headers: Mapping[str, str], body: bytes) -> int:
        return http.post(url, headers=dict(headers), content=body, timeout=timeout_s).status_code

    return post
