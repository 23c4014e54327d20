"""Calls to Meta's Graph API, and what its errors mean for a message (messenger.yml)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml

from bot.channels.base import (
    ChannelStopped,
    SendFailed,
    TryLater,
    Undeliverable,
    Unreachable,
    Unsure,
    WindowClosed,
)

TIMEOUT_S = 10.0  # three tries end within a lease of the outbox
TRIES = 3  # of what the platform calls temporary
_USAGE = ("x-business-use-case-usage", "x-app-usage")
_LONGEST_WAIT_S = 3600.0


class TooLarge(Undeliverable):
    """An attachment beyond what the platform takes: its address may be sent instead."""

    reason = "too_large"


@dataclass(frozen=True)
class ErrorRule:
    code: str  # "code", "subcode" or "code/subcode"
    action: str
    why: str

    def fits(self, code: str, subcode: str) -> bool:
        return self.code in (code, subcode, f"{code}/{subcode}")


@cache
def words() -> dict[str, Any]:
    path = Path(__file__).with_name("messenger.yml")
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


@cache
def rules() -> tuple[ErrorRule, ...]:
    return tuple(ErrorRule(**one) for one in words()["errors"])


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One Page's way to the platform. The token goes into bodies and headers, never into an address."""

    http: httpx.AsyncClient
    base: str  # with the version: https://graph.facebook.com/v26.0
    token: str
    secret: str
    pauses: tuple[float, ...] = (0.4, 1.2)  # seconds between tries of what is temporary

    async def post(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call that changes something.

        Raises:
            SendFailed: one of its kinds.
        """
        content = json.dumps({**data, "access_token": self.token, **self._proof()}).encode()
        for pause in (*self.pauses[: TRIES - 1], None):
            response = await self._answer("POST", path, content=content)
            if response.is_success or pause is None or _temporary(response) is None:
                break
            await asyncio.sleep(pause)
        return _checked(response)

    async def get(self, path: str, **fields: str) -> dict[str, Any]:
        """Ask for something.

        Raises:
            SendFailed: one of its kinds.
        """
        return _checked(await self._answer("GET", path, params={**fields, **self._proof()}))

    async def _answer(self, method: str, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401  # httpx's own
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        try:
            return await self.http.request(
                method,
                f"{self.base}/{path}",
                headers=headers,
                timeout=TIMEOUT_S,
                follow_redirects=False,
                **more,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TryLater(note=type(error).__name__) from error
        except httpx.HTTPError as error:  # it was written, or a part of it: nobody knows what became of it
            raise Unsure(note=type(error).__name__) from error

    def _proof(self) -> dict[str, str]:
        """That the token is used by whoever has the secret (Meta: "Require App Secret")."""
        if not self.secret:
            return {}
        return {
            "appsecret_proof": hmac.new(self.secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        }


def _checked(response: httpx.Response) -> dict[str, Any]:
    data = _json(response)
    if response.is_success and data is not None and "error" not in data:
        return data
    raise failure(response)


def failure(response: httpx.Response) -> SendFailed:
    """What an answer that is no success means."""
    error = _error(response)
    status = response.status_code
    if error is None:
        return _without_words(response)
    code, subcode = str(error.get("code", "")), str(error.get("error_subcode", ""))
    rule = _rule(error)
    note = f"{rule.why if rule else error.get('type', '')} ({error.get('fbtrace_id', '')})"
    name = f"{code}/{subcode}" if subcode else code
    action = (
        rule.action if rule else "again" if status >= 500 or error.get("is_transient") is True else "refused"
    )
    if action in ("later", "again"):
        return TryLater(name, note=note, wait_s=_asked_wait(response))
    kinds: dict[str, type[SendFailed]] = {
        "stopped": ChannelStopped, "window": WindowClosed, "unreachable": Unreachable, "link": TooLarge,
    }  # fmt: skip
    return kinds.get(action, Undeliverable)(name, note=note)


def _without_words(response: httpx.Response) -> SendFailed:
    """An answer that is not the platform's own but of something in between, or cut off."""
    status = response.status_code
    if status in (429, 503):
        return TryLater(f"http {status}", wait_s=_asked_wait(response))
    if response.is_success or status >= 500:
        return Unsure(f"http {status}", note="no word of what became of it")
    return Undeliverable(f"http {status}")


def _temporary(response: httpx.Response) -> Mapping[str, Any] | None:
    """The error, when trying again at once may help."""
    error = _error(response)
    if error is None:
        return None
    rule = _rule(error)
    if rule:
        return error if rule.action == "again" else None
    return error if response.status_code >= 500 or error.get("is_transient") is True else None


def _rule(error: Mapping[str, Any]) -> ErrorRule | None:
    code, subcode = str(error.get("code", "")), str(error.get("error_subcode", ""))
    return next((rule for rule in rules() if rule.fits(code, subcode)), None)


def _json(response: httpx.Response) -> dict[str, Any] | None:
    try:
        data = response.json()
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _error(response: httpx.Response) -> Mapping[str, Any] | None:
    error = (_json(response) or {}).get("error")
    return error if isinstance(error, dict) else None


def _asked_wait(response: httpx.Response) -> float:
    """Seconds the platform asks us to wait: Retry-After, or the minutes in its figures of use."""
    waits = [_seconds(response.headers.get("retry-after", ""))]
    for name in _USAGE:
        minutes = _minutes(response.headers.get(name, ""))
        waits.append(minutes * 60)
    return min(max(waits), _LONGEST_WAIT_S)


def _seconds(said: str) -> float:
    return float(said) if said.isdecimal() and len(said) < 9 else 0.0


def _minutes(said: str) -> float:
    """`estimated_time_to_regain_access` wherever it stands in a header of JSON."""
    try:
        return max(_regains(json.loads(said)), default=0.0) if said else 0.0
    except (ValueError, RecursionError):
        return 0.0


def _regains(data: object) -> list[float]:
    if isinstance(data, list):
        return [found for one in data for found in _regains(one)]
    if not isinstance(data, dict):
        return []
    own = data.get("estimated_time_to_regain_access")
    mine = [float(own)] if isinstance(own, int | float) and not isinstance(own, bool) else []
    return mine + [found for one in data.values() for found in _regains(one)]
