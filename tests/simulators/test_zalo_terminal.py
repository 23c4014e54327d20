"""The person's side in a terminal: what is typed happens on the platform, what is sent is shown."""

from __future__ import annotations

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.simulators import zalo_terminal
from tests.simulators.platform import serving
from tests.simulators.zalo import ZaloPlatform
from tests.simulators.zalo_terminal import PERSON, Talk

BUTTONS = {
    "text": "Bạn chọn:",
    "attachment": {
        "type": "template",
        "payload": {
            "buttons": [
                {"title": "Có", "type": "oa.query.hide", "payload": "#MC:YES"},
                {"title": "Mở", "type": "oa.open.url", "payload": {"url": "https://x"}},
            ]
        },
    },
}
TYPED = (
    "xin chào",
    "/at 11.94 108.45",
    "/contact Nguyễn An 0900",
    "/follow",
    "/visitor chào",
    "/wait 2h",
    "/photo https://a.zdn.vn/1.jpg",
    "/unfollow",
    "/at đâu đó",
    "/wait lâu",
    "/tap Không có",
)


class _App(BaseHTTPRequestHandler):
    told: list[bytes]
    status = 200

    def do_POST(self) -> None:
        self.told.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def app() -> Iterator[tuple[str, Any]]:
    handler = type("Handler", (_App,), {"told": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


def test_what_is_typed_is_told_and_what_is_sent_is_shown(app: tuple[str, Any]) -> None:
    platform, out = ZaloPlatform(), io.StringIO()
    with httpx.Client() as http:
        talk = Talk(platform, http, app[0], out)
        for line in TYPED:
            assert talk.does(line)
        platform._show(platform.person(PERSON), BUTTONS, quota="reply")
        talk.tick()
        for line in ("/1", "/2", "/official Chào bác", "/fail -230"):
            assert talk.does(line)
        app[1].status = 500
        talk.does("còn ai không")
    assert not talk.does("/quit")
    told = b"".join(app[1].told).decode()
    for word in (
        "xin chào",
        '"latitude":"11.94"',
        '"phone":"0900"',
        "unfollow",
        "conversation_id",
        "#MC:YES",
    ):
        assert word in told
    shown = out.getvalue()
    for word in (
        "/1 [Có]",
        "/2 [Mở] https://x",
        "OA:\nChào bác",
        "nothing to tap",
        "such as 25h",
        "answered 500",
    ):
        assert word in shown
    assert platform.faults.script == ["error:-230"]


def test_an_app_without_zalo_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    def nobody(given: dict[str, str], paste: Any) -> str:
        raise AssertionError("no login without an app")

    assert zalo_terminal.main(app="http://127.0.0.1:9", port=0, only_settings=False, login=nobody) == 1
    assert "motcua sim zalo --env" in capsys.readouterr().err


def test_the_settings_name_this_platform(capsys: pytest.CaptureFixture[str]) -> None:
    assert zalo_terminal.main(app="", port=8712, only_settings=True, login=lambda given, paste: "") == 0
    assert "ZALO_API_URL='http://127.0.0.1:8712'" in capsys.readouterr().out


def test_it_logs_the_app_in_before_anything_is_said(
    app: tuple[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("xin chào\n/quit\n"))
    asked: list[str] = []

    def login(given: dict[str, str], paste: Any) -> str:
        query = {"app_id": given["ZALO_APP_ID"], "redirect_uri": given["ZALO_REDIRECT_URI"], "state": "s"}
        url = httpx.URL(
            f"{given['ZALO_OAUTH_URL']}/v4/oa/permission", params={**query, "code_challenge": "x" * 43}
        )
        asked.append(paste(str(url)))
        return "logged in"

    assert zalo_terminal.main(app=app[0], port=0, only_settings=False, login=login) == 0
    assert "code=" in asked[0]
    assert any("xin chào" in body.decode() for body in app[1].told)
    with serving(ZaloPlatform()):
        pass  # the port is free again
