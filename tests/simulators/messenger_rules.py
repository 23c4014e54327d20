"""What the Graph API takes of a message and of a Page's profile: every documented limit, as the platform refuses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)
MEDIA_BYTES = 25 * 1024 * 1024
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_GONE_TAGS = ("CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE")


class Refused(Exception):
    """An error as the platform says it."""

    def __init__(
        self,
        code: int,
        subcode: int = 0,
        *,
        why: str = "",
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}/{subcode} {why}")
        self.code, self.subcode, self.why, self.status = code, subcode, why, status
        self.headers = headers or {}


def _need(right: object, why: str) -> None:
    if not right:
        raise Refused(100, why=why)


def check_message(data: Mapping[str, Any], *, text_limit: int, sizes: Mapping[str, int]) -> None:
    """One call of /messages.

    Raises:
        Refused: with 100, or the code of what is wrong.
    """
    kind, tag = data.get("messaging_type"), data.get("tag")
    _need(kind in ("RESPONSE", "UPDATE", "MESSAGE_TAG"), "messaging_type is required")
    _need((kind == "MESSAGE_TAG") == bool(tag), "a tag goes with MESSAGE_TAG")
    _need(not tag or tag == "HUMAN_AGENT", "this tag is gone" if tag in _GONE_TAGS else "no such tag")
    message = data.get("message")
    _need(isinstance(message, dict), "message is required")
    assert isinstance(message, dict)
    _need(("text" in message) != ("attachment" in message), "text or attachment")
    _need(len(str(message.get("metadata", ""))) < 1000, "metadata has at most 999 characters")
    if "text" in message:
        _need(0 < _units(message["text"]) <= text_limit, f"text has 1 to {text_limit} characters")
    else:
        _check_attachment(message["attachment"], sizes)
    _check_quick_replies(message.get("quick_replies"))


def _check_quick_replies(found: object) -> None:
    if found is None:
        return
    _need(isinstance(found, list) and 1 <= len(found) <= 13, "1 to 13 quick replies")
    assert isinstance(found, list)
    for one in found:
        _need(one.get("content_type") in ("text", "user_phone_number", "user_email"), "content_type")
        if one["content_type"] == "text":
            _need(0 < _units(one.get("title", "")) <= 20, "a quick reply's title has 1 to 20 characters")
            _need(0 < len(one.get("payload", "")) <= 1000, "a payload has 1 to 1,000 characters")


def _check_attachment(attachment: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
    payload = attachment.get("payload") or {}
    if attachment.get("type") != "template":
        _need(attachment.get("type") in ("image", "video", "audio", "file"), "attachment type")
        _need(str(payload.get("url", "")).startswith(("https://", "http://")), "an address is required")
        if sizes.get(payload["url"], 0) > MEDIA_BYTES:
            raise Refused(100, 2018109, why="Attachment size exceeds allowable limit")
        return
    match payload.get("template_type"):
        case "button":
            _need(
                0 < _units(payload.get("text", "")) <= 640, "a button template's text has 1 to 640 characters"
            )
            _check_buttons(payload.get("buttons"), least=1)
        case "generic":
            elements = payload.get("elements") or []
            _need(1 <= len(elements) <= 10, "1 to 10 elements")
            for one in elements:
                _need(0 < _units(one.get("title", "")) <= 80, "an element's title has 1 to 80 characters")
                _need(_units(one.get("subtitle", "")) <= 80, "a subtitle has at most 80 characters")
                _check_buttons(one.get("buttons") or [], least=0)
        case _:
            raise Refused(100, why="no such template")


def _check_buttons(buttons: Any, *, least: int) -> None:
    _need(isinstance(buttons, list) and least <= len(buttons) <= 3, "at most 3 buttons")
    for one in buttons:
        _need(0 < _units(one.get("title", "")) <= 20, "a button's title has 1 to 20 characters")
        match one.get("type"):
            case "postback":
                _need(0 < len(one.get("payload", "")) <= 1000, "a payload has 1 to 1,000 characters")
            case "web_url":
                _need(re.match(r"https?://\S+$", one.get("url", "")), "an address is required")
            case "phone_number":
                _need(_PHONE.fullmatch(one.get("payload", "")), "a number begins with + and the country")
            case _:
                raise Refused(100, why="no such button")


def check_profile(data: Mapping[str, Any]) -> None:
    """One call of /messenger_profile."""
    _need(data, "nothing is set")
    for one in data.get("greeting", []):
        _need(
            one.get("locale") and 0 < _units(one.get("text", "")) <= 160, "a greeting has 1 to 160 characters"
        )
    if "get_started" in data:
        _need(0 < len(data["get_started"].get("payload", "")) <= 1000, "get_started has a payload")
    if "persistent_menu" in data:
        _need("get_started" in data, "a menu needs get_started")
    for each in data.get("persistent_menu", []):
        actions = each.get("call_to_actions", [])
        _need(1 <= len(actions) <= 3, "1 to 3 menu items")
        for one in actions:
            _need(0 < _units(one.get("title", "")) <= 30, "a menu title has 1 to 30 characters")
            _need(one.get("type") in ("postback", "web_url"), "a menu item's type")
    for each in data.get("ice_breakers", []):
        actions = each.get("call_to_actions", [])
        _need(1 <= len(actions) <= 4, "1 to 4 ice breakers")
        for one in actions:
            _need(0 < _units(one.get("question", "")) <= 80, "a question has 1 to 80 characters")
            _need(0 < len(one.get("payload", "")) <= 1000, "a payload has 1 to 1,000 characters")


def _units(text: object) -> int:
    """As JavaScript counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(text, str) else 10**6
