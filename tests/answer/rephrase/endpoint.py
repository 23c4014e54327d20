"""A real HTTP server that speaks the chat API as badly as it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]


@dataclass
class Endpoint:
    """What is answered next, and what was asked so far."""

    url: str = ""
    answer: Answer = field(default=lambda handler: None)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sent: int = 0  # pieces written, to see whether a stream was left early
    left: threading.Event = field(default_factory=threading.Event)

    def says(self, text: str) -> None:
        self.answer = lambda handler: handler.stream(text)


class Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint
    protocol_version = "HTTP/1.0"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.endpoint.asked.append({"path": self.path, **json.loads(body)})
        self.endpoint.headers.append(dict(self.headers))
        try:
            self.endpoint.answer(self)
        except OSError:  # the client left
            self.endpoint.left.set()

    def begin(self, status: int = 200, kind: str = "text/event-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def raw(self, data: str | bytes) -> None:
        self.wfile.write(data if isinstance(data, bytes) else data.encode())
        self.wfile.flush()
        self.endpoint.sent += 1

    def piece(self, text: str, *, reason: str | None = None) -> None:
        choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": reason}
        self.raw(f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n")

    def stream(self, text: str, *, size: int = 7, reason: str | None = "stop", pause: float = 0.0) -> None:
        self.begin()
        for place in range(0, len(text), size):
            self.piece(text[place : place + size])
            time.sleep(pause)
        if reason:
            self.piece("", reason=reason)
            self.raw("data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        """Silence."""


@contextmanager
def served() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    handler = type("Bound", (Handler,), {"endpoint": endpoint})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
