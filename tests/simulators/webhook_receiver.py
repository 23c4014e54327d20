"""An office's system on a local port, with its moods: takes, answers an error, is slow, hangs up, sends elsewhere.

`moods` is a list of what the next requests meet: "500", "slow", "drop", "redirect:URL", "long"; then they are taken.
It checks signatures as its documentation says, with nothing of ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`taken` is what came with a right signature; `met` is every request's path, whatever its mood."""

    secret: str = ""
    moods: list[str] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        now = self.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mood = now.moods.pop(0) if now.moods else ""
        now.met.append(self.path)
        if mood == "drop":
            self.connection.close()
        elif mood == "slow":
            time.sleep(1.5)
            self._answer(200)
        elif mood == "long":
            self._answer(200, body=b"x" * 5_000_000)
        elif mood.startswith("redirect:"):
            self._answer(307, location=mood.partition(":")[2])
        elif mood:
            self._answer(int(mood))
        else:
            self._take(body)

    def _take(self, body: bytes) -> None:
        now = self.receiver
        signed = self.headers["X-Motcua-Timestamp"].encode() + b"." + body
        expected = "sha256=" + hmac.new(now.secret.encode(), signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, self.headers["X-Motcua-Signature"]):
            return self._answer(401)
        now.taken.append(json.loads(body))
        now.headers.append(dict(self.headers))
        return self._answer(204)

    def _answer(self, status: int, *, location: str = "", body: bytes = b"") -> None:
        with suppress(OSError):  # the sender may be gone
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
