"""Fetches what people sent through a platform: only from the platform's own hosts, only from the open internet.

An address in a webhook is whatever its sender wrote there. So the host must be on the list, its name is looked up once
and connected to at that very address (a second look-up could answer otherwise), every redirect passes the same checks,
and no more is read than a photo may have.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from desk.webhook_sending import resolved
from knowledge.errors import BadWebhook, MediaRefused, WebhookFailed

MAX_BYTES = 10 * 1024 * 1024
TIMEOUT_S = 12.0
MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True)
class MediaFetcher:
    """`hosts` are names whose subdomains count too. `allow_private` is for a platform's simulator on this machine."""

    hosts: Sequence[str]
    allow_private: bool = False
    max_bytes: int = MAX_BYTES
    timeout_s: float = TIMEOUT_S

    async def fetch(self, url: str) -> bytes:
        """The content of an attachment.

        Raises:
            MediaRefused: its address is none of the platform's, or nothing usable came from there.
        """
        try:
            async with asyncio.timeout(self.timeout_s):
                for _ in range(MAX_REDIRECTS + 1):
                    content, onward = await self._one(url)
                    if onward is None:
                        return content
                    url = urljoin(url, onward)
        except TimeoutError as error:
            raise MediaRefused("too slow") from error
        except (BadWebhook, WebhookFailed) as error:
            raise MediaRefused(str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError) as error:
            raise MediaRefused(type(error).__name__) from error
        raise MediaRefused("too many redirects")

    async def _one(self, url: str) -> tuple[bytes, str | None]:
        self._check(url)
        address = await resolved(url, allow_private=self.allow_private)
        asked = httpx.URL(url)
        async with httpx.AsyncClient(
            trust_env=False, follow_redirects=False, timeout=self.timeout_s
        ) as client:
            request = client.build_request(
                "GET", asked.copy_with(host=address), headers={"Host": asked.netloc.decode("ascii")},
                extensions={"sni_hostname": asked.host},
            )  # fmt: skip
            response = await client.send(request, stream=True)
            try:
                if response.status_code in _REDIRECTS:
                    return b"", response.headers.get("location", "")
                if response.status_code != 200:
                    raise MediaRefused(f"answered {response.status_code}")
                return await self._read(response), None
            finally:
                await response.aclose()

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        if parts.scheme != "https" and not (self.allow_private and parts.scheme == "http"):
            raise MediaRefused("not https")
        if parts.username or parts.password or "\\" in url:
            raise MediaRefused("an address in disguise")
        if not any(host == one or host.endswith(f".{one}") for one in self.hosts):
            raise MediaRefused("not a host of the platform")
        if not self.allow_private and parts.port not in (None, 443):
            raise MediaRefused("not the usual port")

    async def _read(self, response: httpx.Response) -> bytes:
        if int(response.headers.get("content-length") or 0) > self.max_bytes:
            raise MediaRefused("too large")
        content = bytearray()
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > self.max_bytes:
                raise MediaRefused("too large")
        return bytes(content)
