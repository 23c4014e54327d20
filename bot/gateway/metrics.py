"""Figures for operators (GET /metrics). No label ever holds what a person wrote."""

from __future__ import annotations

import time

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REPLIES = Counter("motcua_replies", "Replies given to people, by status.", ["status"])
LATE = Counter("motcua_replies_late", "Messages whose reply did not come while the client waited.")
WEBHOOKS = Counter("motcua_webhooks", "Webhook requests of messaging platforms.", ["channel", "outcome"])
SECONDS = Histogram(
    "motcua_http_seconds",
    "Time to answer a request, streaming included, by route.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10),
)


class Measured:
    """Times each request by the route's pattern, never by the address itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            SECONDS.labels(scope["method"], route, status).observe(time.perf_counter() - began)
