"""A portal's page that embeds the widget, and a line to the app that a test can cut."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

PAGE = """<!doctype html>
<html lang="{lang}" dir="{dir}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cổng thông tin xã Mẫu</title>
<script src="{ours}/widget.js" defer{attributes}></script></head>
<body><main><h1>Cổng thông tin xã Mẫu</h1><p><a href="/?page=2">Tin tức</a> Bài viết của cổng.</p></main></body>
</html>"""


@dataclass
class Portal:
    """A site of somebody else's. `ours` is where it loads the widget from; its own policy allows that and no more."""

    ours: str = ""
    app: FastAPI = field(default_factory=FastAPI)

    def __post_init__(self) -> None:
        @self.app.get("/")
        async def page(request: Request) -> HTMLResponse:
            asked = dict(request.query_params)
            return HTMLResponse(self.render(asked), headers={"content-security-policy": self.policy})

    @property
    def policy(self) -> str:
        """What docs/runbooks/widget.md tells a webmaster to allow, and nothing else."""
        return f"default-src 'self'; script-src 'self' {self.ours}; frame-src {self.ours}; style-src 'self'"

    def render(self, asked: Mapping[str, str]) -> str:
        data = {name: value for name, value in asked.items() if name.startswith("data-")}
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in data.items())
        lang, direction = asked.get("lang", "vi"), asked.get("dir", "ltr")
        return PAGE.format(ours=self.ours, lang=lang, dir=direction, attributes=attributes)


class Line:
    """A TCP line to a port of this machine. Cut, it drops what is open and refuses what comes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._whole = True
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(started),))
        self._thread.start()
        self.port = started.result(5)

    async def _serve(self, started: Future[int]) -> None:
        server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        started.set_result(server.sockets[0].getsockname()[1])
        await self._ended.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def cut(self) -> None:
        self._whole = False
        self._loop.call_soon_threadsafe(self._drop)

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(5)
        self._loop.close()

    def _drop(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        with contextlib.suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
            self._open |= {writer, far_writer}
            await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    line = Line(port)
    try:
        yield line
    finally:
        line.close()
