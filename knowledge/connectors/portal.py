"""The 2026 JSON API of the national portal, as other public clients call it: list by cursor, then details.

The API is undocumented and its terms of use are unknown: every path and header is a setting, requests go one at a time
with a pause between them, and a refusal makes us wait, not hurry. Fetch by agreement with the authority.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

from knowledge.errors import PortalRefused

LONGEST_WAIT_S = 600.0  # a Retry-After beyond this is "come back another day"
_OK = {200, 201}  # the portal answers 201 where others answer 200
_LATER = {403, 408, 425, 429, 500, 502, 503, 504}  # 403: its guard against robots, which passes


@dataclass(frozen=True)
class PortalSettings:
    """Where and how gently. The defaults are what public clients used in 2026 [unverified]."""

    base_url: str = "https://dichvucong.gov.vn/api/v1"
    list_path: str = "/submitting/formality/list-all-public-formality-by-citizen"
    detail_path: str = "/configuring/formality/get-formality-by-citizen"
    page_size: int = 50
    pause_s: float = 1.0  # between two requests
    first_wait_s: float = 5.0  # after the first refusal; doubled each time
    longest_wait_s: float = 120.0
    attempts: int = 8
    timeout_s: float = 30.0
    headers: Mapping[str, str] = field(
        default_factory=lambda: {
            "User-Agent": "Mozilla/5.0 (compatible; MotCua/0.1)",
            "Origin": "https://dichvucong.gov.vn",
            "Referer": "https://dichvucong.gov.vn/",
            "Accept": "application/json",
        }
    )


@dataclass(frozen=True)
class Listed:
    """One line of the list."""

    id: str
    code: str
    name: str


class Portal:
    """A client for one run. `sleep` is handed in so that tests do not wait.

    Raises from both calls:
        PortalRefused: it went on refusing, or answered something that is not its API.
    """

    def __init__(
        self,
        http: httpx.Client,
        settings: PortalSettings | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings or PortalSettings()
        self._http, self._sleep = http, sleep
        self._asked = False

    def pages(self, query: str = "", *, cursor: str = "") -> Iterator[tuple[list[Listed], str]]:
        """Pages of the list, each with the cursor that leads on; the last page's cursor is ""."""
        seen = {cursor}
        while True:
            body = {
                "limit": self.settings.page_size, "lastId": cursor, "q": query, "categoryId": "", "departmentCode": "",
            }  # fmt: skip
            data = self._call(self.settings.list_path, body)
            rows = data.get("items")
            if not isinstance(rows, list):
                raise PortalRefused("the portal's list has no items: its API has changed")
            cursor = str(data.get("lastId") or "")
            going_on = bool(rows) and cursor not in seen  # a cursor that repeats would go round for ever
            yield [listed for row in rows if (listed := _listed(row))], cursor if going_on else ""
            if not going_on:
                return
            seen.add(cursor)

    def detail(self, record_id: str) -> dict[str, Any]:
        """Everything the portal says of one procedure, as it says it."""
        return self._call(self.settings.detail_path, {"id": record_id})

    def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        calm = self.settings
        for attempt in stamina.retry_context(
            on=_wait, attempts=calm.attempts, timeout=None, wait_initial=calm.first_wait_s,
            wait_max=calm.longest_wait_s, wait_jitter=calm.first_wait_s / 2,
        ):  # fmt: skip
            with attempt:
                if self._asked:
                    self._sleep(calm.pause_s)
                self._asked = True
                return self._once(path, body)
        raise PortalRefused  # never reached: the last attempt raises

    def _once(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.post(
                f"{self.settings.base_url}{path}",
                json=body,
                headers=dict(self.settings.headers),
                timeout=self.settings.timeout_s,
            )
        except httpx.TransportError as error:
            raise PortalRefused(
                f"the portal cannot be reached: {type(error).__name__}", later=True
            ) from error
        if answer.status_code not in _OK:
            raise PortalRefused(
                f"the portal answers {answer.status_code} at {path}",
                later=answer.status_code in _LATER,
                wait_s=_retry_after(answer),
            )
        return _data(answer, path)


def _data(answer: httpx.Response, path: str) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError as error:  # its guard answers with a page of HTML and status 200
        raise PortalRefused(f"the portal answers no JSON at {path}", later=True) from error
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or document.get("code") != "OK":
        said = document.get("code") if isinstance(document, dict) else type(document).__name__
        raise PortalRefused(f"the portal answers {said!r} at {path}, not its data")
    return data


def _wait(error: Exception) -> bool | float:
    if not isinstance(error, PortalRefused) or not error.retryable:
        return False
    return min(error.wait_s, LONGEST_WAIT_S) if error.wait_s else True


def _retry_after(answer: httpx.Response) -> float:
    """Seconds the server asks us to wait (RFC 9110, 10.2.3), 0 when it does not say."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    return max(timedelta(), until - datetime.now(UTC)).total_seconds()


def _listed(row: object) -> Listed | None:
    if not isinstance(row, dict) or not row.get("id"):
        return None
    return Listed(str(row["id"]), str(row.get("code") or ""), str(row.get("name") or ""))
