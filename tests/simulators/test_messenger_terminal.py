"""The terminal's person reaches the app through the real signature, and sees what the adapter sends."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from bot.channels.base import OutboundMessage
from bot.channels.messenger import MessengerChannel
from bot.gateway.messenger import config_of
from bot.gateway.settings import Settings
from tests.simulators.messenger import MessengerPlatform
from tests.simulators.messenger_terminal import Talk, main, settings, verified
from tests.simulators.platform import serving

CHOICES = [{"title": "Có", "payload": "#MC:YES"}, {"title": "Mở Cổng", "url": "https://dichvucong.gov.vn"}]


class _App(BaseHTTPRequestHandler):
    """An app that answers every message with its own words, through the adapter."""

    url = ""

    def _channel(self, http: httpx.AsyncClient) -> MessengerChannel:
        config = config_of(Settings.from_env(settings(self.url)))
        assert config is not None
        return MessengerChannel(config, http)

    def do_GET(self) -> None:
        query = dict(httpx.URL(self.path).params)
        said = self._channel(httpx.AsyncClient()).subscription(query)
        self._write(200 if said else 403, said or "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asyncio.run(self._reply(body))
        self._write(200, "EVENT_RECEIVED")

    async def _reply(self, body: bytes) -> None:
        async with httpx.AsyncClient(verify=False, trust_env=False) as http:  # noqa: S501  # this machine
            channel = self._channel(http)
            channel.verify(headers={k.lower(): v for k, v in self.headers.items()}, body=body)
            for heard in channel.parse(body, now=datetime.now(UTC)):
                if heard.kind == "message":
                    text = f"Bạn nói: {heard.payload or heard.text}"
                    said = OutboundMessage(
                        channel="messenger", recipient=heard.sender, message_id=heard.dedupe_key, text=text,
                        body={"choices": CHOICES},
                    )  # fmt: skip
                    for part in channel.shape(said):
                        await channel.send(part, said)

    def _write(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def app() -> Iterator[tuple[MessengerPlatform, str]]:
    platform = MessengerPlatform()
    with serving(platform) as url:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("App", (_App,), {"url": url}))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield platform, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


def test_words_taps_and_troubles(app: tuple[MessengerPlatform, str]) -> None:
    platform, address = app
    out = io.StringIO()
    with httpx.Client(verify=False, trust_env=False) as http:  # noqa: S501  # this machine
        assert verified(platform, http, address)
        talk = Talk(platform, http, address, out)
        for line in (
            "xin chào",
            "/1",
            "/tap Không có nút này",
            "/wait 3x",
            "/official tôi đây",
            "/fail drop",
            "",
        ):
            assert talk.does(line)
        assert not talk.does("/quit")
    said = out.getvalue()
    assert "Bạn nói: xin chào\n  /1 [Có]\n  /2 [Mở Cổng] https://dichvucong.gov.vn" in said
    assert "Bạn nói: #MC:YES" in said
    assert "nothing to tap" in said and "such as 25h" in said
    assert platform.faults.script == ["drop"]


def test_an_app_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(app="http://127.0.0.1:9", port=0, only_settings=False) == 1
    assert "--env" in capsys.readouterr().err
    assert main(app="", port=8711, only_settings=True) == 0
    assert "MESSENGER_GRAPH_URL=http://127.0.0.1:8711" in capsys.readouterr().out
