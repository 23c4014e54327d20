"""Photos sent through a platform are fetched from the platform alone, whatever the address says."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.gateway import media
from bot.gateway.media import MediaFetcher
from knowledge.errors import BadWebhook, MediaRefused

HOSTS = ("zdn.vn", "localhost")


async def serve(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "onward":
        return RedirectResponse("/a.jpg")
    if name == "away":
        return RedirectResponse("http://example.org/a.jpg")
    if name == "round":
        return RedirectResponse("/round")
    if name == "gone":
        return Response(status_code=404)
    return Response(b"x" * (2000 if name == "long" else 10))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    taken = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/{name}", serve)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve(sockets=[taken]))
    while not server.started:  # noqa: ASYNC110  # the server tells it nowhere else
        await asyncio.sleep(0.01)
    yield taken.getsockname()[1]
    server.should_exit = True
    await task


async def test_what_the_platform_holds_is_fetched(port: int) -> None:
    fetcher = MediaFetcher(hosts=HOSTS, allow_private=True, max_bytes=1000)
    for name in ("a.jpg", "onward"):
        assert await fetcher.fetch(f"http://localhost:{port}/{name}") == b"x" * 10


@pytest.mark.parametrize(
    ("name", "why"),
    [("away", "not a host"), ("round", "redirects"), ("gone", "404"), ("long", "too large")],
)
async def test_what_leads_elsewhere_or_is_too_much_is_not(port: int, name: str, why: str) -> None:
    fetcher = MediaFetcher(hosts=HOSTS, allow_private=True, max_bytes=1000)
    with pytest.raises(MediaRefused, match=why):
        await fetcher.fetch(f"http://localhost:{port}/{name}")


@pytest.mark.parametrize(
    "url",
    [
        "http://photo.zdn.vn/a.jpg",
        "https://zdn.vn.example.org/a.jpg",
        "https://evilzdn.vn/a.jpg",
        "https://zdn.vn@169.254.169.254/a.jpg",
        "https://user:pass@photo.zdn.vn/a.jpg",
        "https://photo.zdn.vn:22/a.jpg",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.jpg",
        "https://example.org\\@photo.zdn.vn/a",
        "file:///etc/passwd",
        "ftp://photo.zdn.vn/a",
        "https://",
        "",
        "https://photo.zdn.vn:99999/a",
    ],
)
async def test_an_address_that_is_none_of_the_platform_s_is_refused(url: str) -> None:
    with pytest.raises(MediaRefused):
        await MediaFetcher(hosts=("zdn.vn",)).fetch(url)


async def test_a_name_of_the_platform_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the address that was looked at is the one connected to, and an inner one is refused."""
    asked: list[str] = []

    async def inner(url: str, *, allow_private: bool) -> str:
        asked.append(url)
        raise BadWebhook("photo.zdn.vn is 10.0.0.1, which is not of the public internet")

    monkeypatch.setattr(media, "resolved", inner)
    with pytest.raises(MediaRefused, match=r"10\.0\.0\.1"):
        await MediaFetcher(hosts=("zdn.vn",)).fetch("https://photo.zdn.vn/a.jpg")
    assert len(asked) == 1


async def test_a_host_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(url: str, **_: Any) -> str:
        await asyncio.sleep(10)
        return ""

    monkeypatch.setattr(media, "resolved", never)
    with pytest.raises(MediaRefused, match="too slow"):
        await MediaFetcher(hosts=("zdn.vn",), timeout_s=0.05).fetch("https://photo.zdn.vn/a.jpg")
