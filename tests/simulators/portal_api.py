"""The national portal's 2026 JSON API as public clients describe it, on a local port, with its moods.

It replays answers we wrote, answers 201, pages by cursor, turns away clients without the headers of a browser (403) and
those that hurry (429 with Retry-After), and can be told to fail: `moods` is a list of what the next requests meet.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LIST = "/api/v1/submitting/formality/list-all-public-formality-by-citizen"
DETAIL = "/api/v1/configuring/formality/get-formality-by-citizen"


@dataclass
class Simulated:
    """`asked` is every body by path; `moods` are met one a request: "403", "429:2", "500", "html", "drop"."""

    records: Sequence[dict[str, Any]]
    moods: list[str] = field(default_factory=list)
    fastest_s: float = 0.0  # requests nearer to each other than this meet 429
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    base_url: str = ""
    last: float = 0.0

    def list(self, body: dict[str, Any]) -> dict[str, Any]:
        ids = [record["id"] for record in self.records if body["q"].lower() in record["name"].lower()]
        start = ids.index(body["lastId"]) + 1 if body["lastId"] else 0
        page = ids[start : start + body["limit"]]
        items = [
            {"id": r["id"], "code": r["code"], "name": r["name"]} for r in self.records if r["id"] in page
        ]
        return {"items": items, "lastId": page[-1] if page else body["lastId"], "total": len(ids)}

    def detail(self, body: dict[str, Any]) -> dict[str, Any] | None:
        return next((record for record in self.records if record["id"] == body.get("id")), None)


class _Handler(BaseHTTPRequestHandler):
    simulated: Simulated

    def do_POST(self) -> None:
        now = self.simulated
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mood = now.moods.pop(0) if now.moods else ""
        hurried, now.last = time.monotonic() - now.last < now.fastest_s, time.monotonic()
        if mood == "drop":
            self.connection.close()
        elif mood == "html":
            self._send(200, b"<html>Please wait</html>", kind="text/html")
        elif mood or hurried:
            status, _, wait = (mood or "429:1").partition(":")
            self._send(int(status), b"{}", wait=wait)
        elif (
            "dichvucong.gov.vn" not in self.headers.get("Origin", "")
            or "Mozilla" not in self.headers["User-Agent"]
        ):
            self._send(403, b"Forbidden")
        else:
            now.asked.append((self.path, body))
            data = now.list(body) if self.path == LIST else now.detail(body) if self.path == DETAIL else None
            answer = {"code": "OK", "data": data} if data is not None else {"code": "NOT_FOUND", "data": None}
            self._send(201, json.dumps(answer).encode())

    def _send(self, status: int, body: bytes, *, kind: str = "application/json", wait: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if wait:
            self.send_header("Retry-After", wait)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # the library's name
        """Quiet."""


@contextmanager
def portal(simulated: Simulated) -> Iterator[Simulated]:
    """The simulator on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"simulated": simulated}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    simulated.base_url = f"http://127.0.0.1:{server.server_port}/api/v1"
    try:
        yield simulated
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
