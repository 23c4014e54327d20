"""Calls to Zalo's OpenAPI: a bare `access_token` header, HTTP 200 with the error inside, a token renewed once.

What cannot be known is said so: a connection that broke after the call was written may have been heard.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from bot.channels.base import ChannelStopped, TryLater, Undeliverable, Unsure
from bot.channels.zalo_errors import failure, fault

log = logging.getLogger(__name__)
API = "https://openapi.zalo.me"
CONSULT, CONSULT_V2 = "/v3.0/oa/message/cs", "/v2.0/oa/message"
TIMEOUT = httpx.Timeout(15.0, connect=5.0)  # less than the lease of a message that is being sent
# An idle connection is dropped before the platform drops it: else a call written to a dead one is an unsure one.
LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=4.0)
_NOT_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_ANSWER_BYTES = 1_000_000


class Tokens(Protocol):
    """Where access tokens come from (bot/gateway/zalo_tokens.py)."""

    async def current(self) -> str:
        """The token to call with.

        Raises:
            ChannelStopped: an administrator must log in first.
            TryLater: it cannot be had now.
        """
        ...

    async def renewed(self, refused: str) -> str:
        """Another token than the one refused; raises as `current`."""
        ...


class Refused(Exception):
    """The platform answered with an error: `code` of its table."""

    def __init__(self, code: int, said: str) -> None:
        self.code, self.said = code, said
        super().__init__(f"{code} {said}")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call without its token."""

    method: str
    path: str
    json: Mapping[str, Any] | None = None
    params: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None


class ZaloApi:
    """The calls of one OA."""

    def __init__(self, http: httpx.AsyncClient, *, tokens: Tokens, url: str = API) -> None:
        self._http, self._tokens, self._url = http, tokens, url.rstrip("/")

    async def call(self, request: Request) -> dict[str, Any]:
        """The `data` of the answer.

        Raises:
            Refused: the platform's own error, of an asset or for the caller to translate.
            SendFailed: everything else, the token's errors after one renewal included.
        """
        token = await self._tokens.current()
        try:
            return await self._once(request, token)
        except Refused as error:
            if fault(error.code).deed != "renew":
                raise
            log.info("zalo: token refused (%d), renewing", error.code)
        token = await self._tokens.renewed(token)
        return await self._once(request, token)

    async def _once(self, request: Request, token: str) -> dict[str, Any]:
        try:
            answer = await self._http.request(
                request.method,
                self._url + request.path,
                json=request.json,
                params=request.params,
                files=request.files,
                headers={"access_token": token},
                follow_redirects=False,
            )
        except _NOT_WRITTEN as error:
            raise TryLater(type(error).__name__, note="no connection") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ChannelStopped(type(error).__name__, note="ZALO_API_URL is no address") from error
        except httpx.HTTPError as error:  # written at least in part
            raise Unsure(type(error).__name__, note="the connection broke after the call") from error
        return read(answer)

    async def deed(self, request: Request) -> dict[str, Any]:
        """A call whose own errors are failures like any other."""
        try:
            return await self.call(request)
        except Refused as error:
            raise failure(error.code, error.said) from error

    async def profile(self, user_id: str) -> dict[str, Any]:
        """`display_name`, `user_is_follower`, `user_last_interaction_date` (DD/MM/YYYY), `shared_info`."""
        params = {"data": json.dumps({"user_id": user_id})}
        return await self.deed(Request(method="GET", path="/v3.0/oa/user/detail", params=params))

    async def account(self) -> dict[str, Any]:
        """The OA itself: `oa_id`, `name`, `oa_type` (4 = government), `is_verified`."""
        return await self.deed(Request(method="GET", path="/v2.0/oa/getoa"))

    async def last_interaction_ms(self, user_id: str) -> int:
        """When the person last did something in this OA, as the platform counts; 0 when it does not say."""
        request = Request(method="POST", path="/v3.0/oa/quota/message", json={"user_id": user_id})
        said = (await self.deed(request)).get("last_interaction")
        return int(said) if isinstance(said, str | int) and str(said).isdigit() else 0


def read(answer: httpx.Response) -> dict[str, Any]:
    """The data of an answer.

    Raises:
        Refused: HTTP 200 with an error inside.
        SendFailed: an HTTP status, or what is no answer of Zalo's API.
    """
    if answer.status_code != 200:
        raise _http_failure(answer.status_code)
    body = _json(answer)
    code = _code(body)
    if code is None:
        raise Unsure("200", note="the answer is none of Zalo's API")
    if code:
        raise Refused(code, str(body.get("message") or ""))
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def _json(answer: httpx.Response) -> dict[str, Any]:
    if len(answer.content) > _ANSWER_BYTES:
        return {}
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _code(body: Mapping[str, Any]) -> int | None:
    said = body.get("error")
    if isinstance(said, str) and said.lstrip("-").isdigit():
        return int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) else None


_STATUS: Mapping[int, Callable[[str], Exception]] = {
    413: lambda code: Undeliverable(code, note="larger than the platform takes"),
    429: lambda code: TryLater(code, note="more calls than the platform takes"),
    503: lambda code: TryLater(code, note="the platform is overloaded"),
}


def _http_failure(status: int) -> Exception:
    """A status that Zalo's API does not use: something before it answered, or the address is wrong."""
    if status in _STATUS:
        return _STATUS[status](str(status))
    if status >= 500:
        return Unsure(str(status), note="the platform failed with the call in its hands")
    return ChannelStopped(str(status), note="ZALO_API_URL does not answer like Zalo's API")
