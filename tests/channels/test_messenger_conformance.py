"""Messenger is a channel like the others."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from bot.channels.messenger import MessengerChannel, MessengerConfig, Page
from tests.channels.conformance import Case, Conformance

SECRET = "motcua-app-secret"
EVENT = {
    "object": "page",
    "entry": [
        {
            "id": "101",
            "time": 1763600000000,
            "messaging": [
                {
                    "sender": {"id": "202"},
                    "recipient": {"id": "101"},
                    "timestamp": 1763600000000,
                    "message": {"mid": "m_1", "text": "Đường ngập"},
                }
            ],
        }
    ],
}


def _channel(url: str) -> MessengerChannel:
    config = MessengerConfig(
        app_id="900", app_secret=SECRET, verify_token="v", pages=(Page(id="101", token="t"),), graph=url
    )
    return MessengerChannel(config, httpx.AsyncClient(), pauses=(0, 0))


def _sign(body: bytes) -> dict[str, str]:
    return {"x-hub-signature-256": f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"}


def _chars(content: dict[str, Any]) -> list[str]:
    message = content.get("message", {})
    template = message.get("attachment", {}).get("payload", {})
    return [text for text in (message.get("text"), template.get("text")) if text]


def _buttons(content: dict[str, Any]) -> list[str]:
    """Titles of choices; the bare numbers below a numbered text are none of their own."""
    message = content.get("message", {})
    template = message.get("attachment", {}).get("payload", {})
    found = [*message.get("quick_replies", []), *template.get("buttons", [])]
    return [one["title"] for one in found if not one["title"].isdecimal()]


@pytest.fixture(scope="module")
def case() -> Case:
    return Case(
        channel=_channel,
        sign=_sign,
        event=EVENT,
        recipient="202",
        chars=_chars,
        buttons=_buttons,
        body=lambda event: json.dumps(event).encode(),
    )


class TestMessenger(Conformance):
    pass
