"""What stands between the network and the routes: headers, body size, rates, and who may come in.

Written as plain ASGI so that a streamed reply is not buffered.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import ipaddress
import re

from fastapi import Request
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.gateway.problems import Problem

MAX_BODY_BYTES = 64 * 1024
STAFF_BODY_BYTES = 512 * 1024  # a form holds a whole field of a record, its letters escaped
PHOTO_BODY_BYTES = 10 * 1024 * 1024 + MAX_BODY_BYTES  # a photo and the form around it
CHANNEL_BODY_BYTES = 4 * 1024 * 1024  # Messenger puts up to 1,000 events into one request
ACTIONS_BODY_BYTES = 4 * 1024 * 1024  # Rasa sends the whole tracker with each action call
# /docs loads its page from FastAPI's own host list, so it alone gets a wider policy.
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
DOCS_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; "
    "style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; "
    "img-src 'self' data: https://fastapi.tiangolo.com; "
    "frame-ancestors 'none'"
)

# Staff pages need no script at all. Their forms say where they come from: `no-referrer` would blank Origin.
STAFF_PREFIX = "/can-bo"
STAFF_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)

WIDGET_FRAME = "/widget"


def is_loopback(request: Request) -> bool:
    """Whether the peer is this machine. A proxied request is not: it came from elsewhere."""
    host = request.client.host if request.client else ""
    if any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip")):
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bearer(request: Request) -> str:
    """The bearer token of a request, or ""."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def same_secret(given: str, expected: str) -> bool:
    """Compare in constant time; an empty secret never matches."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def is_staff(path: str) -> bool:
    """Whether an address belongs to the staff pages."""
    return path == STAFF_PREFIX or path.startswith(STAFF_PREFIX + "/")


_PHOTOS = re.compile(r"/api/v1/(?:conversations|desk/tickets)/[^/]+/files")


def _body_limit(path: str) -> int:
    if path == "/rasa/actions":
        return ACTIONS_BODY_BYTES
    if path.startswith("/channels/"):
        return CHANNEL_BODY_BYTES
    if _PHOTOS.fullmatch(path):
        return PHOTO_BODY_BYTES
    return STAFF_BODY_BYTES if is_staff(path) else MAX_BODY_BYTES


def _too_large(path: str) -> str:
    return "photo_too_large" if _PHOTOS.fullmatch(path) else "too_large"


class SecurityHeaders:
    """Adds the security headers to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = _headers_for(scope["path"])

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *[(name, value) for name, value in headers if name not in present],
                ]
            await send(message)

        await self.app(scope, receive, with_headers)


def _headers_for(path: str) -> list[tuple[bytes, bytes]]:
    if is_staff(path):
        return _headers(STAFF_POLICY, cache="no-store", referrer="same-origin")
    if path.startswith(("/api/", "/hoi", "/rasa/")):
        return _headers(POLICY, cache="no-store")
    if path.startswith("/assets/"):  # their names carry no hash: ask whether they changed
        return _headers(POLICY, cache="no-cache")
    if path == WIDGET_FRAME:
        return _headers(POLICY, framed=True)
    return _headers(DOCS_POLICY if path in ("/docs", "/redoc") else POLICY)


@functools.cache
def _headers(
    policy: str, cache: str = "", referrer: str = "no-referrer", *, framed: bool = False
) -> list[tuple[bytes, bytes]]:
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": referrer,
        "permissions-policy": "geolocation=(self), camera=(), microphone=()",
        "cross-origin-opener-policy": "same-origin",
    }
    if cache:
        headers["cache-control"] = cache
    if framed:  # the route's own policy names the sites; the old header knows only all or nobody
        del headers["x-frame-options"]
    return [(name.encode(), value.encode()) for name, value in headers.items()]


class BodyLimit:
    """Refuses a body over the limit, by its declared length and by what really arrives.

    The body is read here in full before the routes see it, so a refusal is always a whole, kind answer.
    """

    def __init__(self, app: ASGIApp, *, actions_token: str) -> None:
        self.app = app
        self.actions_token = actions_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = self._refuse_actions(request) if scope["path"] == "/rasa/actions" else None
        body = None if refusal else await _read(request, limit=_body_limit(scope["path"]))
        if body is None:
            problem = refusal or Problem(413, _too_large(scope["path"]))
            await problem.response(scope["path"])(scope, receive, send)
            return
        await self.app(scope, _replay(body, then=receive), send)

    def _refuse_actions(self, request: Request) -> Problem | None:
        """The dialogue process alone may call actions; decided before a byte of the body is read."""
        token = request.query_params.get("token", "") or bearer(request)
        if not is_loopback(request) or not same_secret(token, self.actions_token):
            return Problem(403, "forbidden")
        return None


async def _read(request: Request, *, limit: int) -> bytes | None:
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        return None
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _replay(body: bytes, *, then: Receive) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return await then()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


class RateGuard:
    """Counts what one token and one address asked in the last minute.

    The address may ask several times more than one conversation: a commune's office shares one address.
    """

    ADDRESS_FACTOR = 10

    def __init__(self, per_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._token = parse(f"{per_minute}/minute")
        self._address = parse(f"{per_minute * self.ADDRESS_FACTOR}/minute")

    async def check(self, request: Request) -> None:
        """Raise a 429 problem when this request is one too many. This machine's own programs are not counted."""
        if is_loopback(request):
            return
        address = request.client.host if request.client else "unknown"
        token = bearer(request)
        key = hashlib.sha256(token.encode()).hexdigest()[:16] if token else address
        if not await self._limiter.hit(self._address, "address", address):
            raise Problem(429, "too_many", headers={"Retry-After": "60"})
        if token and not await self._limiter.hit(self._token, "token", key):
            raise Problem(429, "too_many", headers={"Retry-After": "20"})
