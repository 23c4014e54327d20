"""What Zalo refuses in a message or an upload, by its documentation and with nothing of ours."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

TEXT, TITLE, PAYLOAD, BUTTONS, SUBTITLE = 2_000, 100, 1_000, 5, 500
WINDOW, FREE = timedelta(days=7), timedelta(hours=48)
MB = 1024 * 1024
_TARGETS = {"oa.open.url": "url", "oa.open.phone": "phone_code", "oa.open.sms": "phone_code"}
_QUERIES = ("oa.query.show", "oa.query.hide")
# kind: most bytes, first bytes of its formats, the field of the answer that names it
UPLOADS: dict[str, tuple[int, tuple[bytes, ...], str]] = {
    "image": (MB, (b"\xff\xd8\xff", b"\x89PNG"), "attachment_id"),
    "gif": (5 * MB, (b"GIF8",), "attachment_id"),
    "file": (5 * MB, (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"), "token"),
}


class Refused(Exception):
    """An error of the platform's table."""

    def __init__(self, code: int, said: str = "refused") -> None:
        self.code, self.said = code, said
        super().__init__(f"{code} {said}")


def record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def first(value: Any) -> dict[str, Any]:
    return record(value[0]) if isinstance(value, list) and value else {}


def check_message(message: dict[str, Any]) -> str:
    """Refuse what breaks a rule of shape or length; the asset the message names, "" when it names none."""
    text, attachment = message.get("text", ""), message.get("attachment")
    if not isinstance(text, str) or not (text.strip() or attachment):
        raise Refused(-201, "text is invalid")
    if len(text) > TEXT:
        raise Refused(-210, "text is longer than 2000 characters")
    return "" if attachment is None else _check_attachment(record(attachment), text)


def _check_attachment(attachment: dict[str, Any], text: str) -> str:
    payload = record(attachment.get("payload"))
    if attachment.get("type") == "file":
        return _named(payload.get("token"))
    if attachment.get("type") != "template":
        raise Refused(-233, "Unknown attachment type")
    kind, element = payload.get("template_type"), first(payload.get("elements"))
    if kind == "media":
        return "" if element.get("url") else _named(element.get("attachment_id"))
    if kind == "request_user_info":
        _check_form(element)
    elif kind is None and text:
        _check_buttons(payload.get("buttons"))
    else:
        raise Refused(-233, "Unknown template")
    return ""


def _named(asset: Any) -> str:
    if not isinstance(asset, str) or not asset:
        raise Refused(-201, "attachment is invalid")
    return asset


def _check_form(element: dict[str, Any]) -> None:
    title, subtitle = element.get("title"), element.get("subtitle")
    if not title or not subtitle or not str(element.get("image_url", "")).startswith("https://"):
        raise Refused(-201, "title, subtitle and image_url are needed")
    if len(str(title)) > TITLE or len(str(subtitle)) > SUBTITLE:
        raise Refused(-210, "title or subtitle is too long")


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not buttons:
        raise Refused(-201, "buttons are invalid")
    if len(buttons) > BUTTONS:
        raise Refused(-210, "more than 5 buttons")
    for button in buttons:
        _check_button(record(button))


def _check_button(button: dict[str, Any]) -> None:
    kind, title, payload = button.get("type"), button.get("title"), button.get("payload")
    if not isinstance(title, str) or not title:
        raise Refused(-201, "title is invalid")
    if len(title) > TITLE or len(payload if isinstance(payload, str) else json.dumps(payload)) > PAYLOAD:
        raise Refused(-210, "title or payload is too long")
    is_query = kind in _QUERIES and isinstance(payload, str) and payload
    if not is_query and not (kind in _TARGETS and record(payload).get(_TARGETS[kind])):
        raise Refused(-201, "type or payload is invalid")


def check_upload(kind: str, content: bytes) -> str:
    """Refuse a file that is too large or of another kind; the field that names it."""
    if kind not in UPLOADS:
        raise Refused(-201, "Unknown upload")
    most, starts, named = UPLOADS[kind]
    if len(content) > most:
        raise Refused(-210, "File is too large")
    if not content.startswith(starts):
        raise Refused(-201, "File type is not supported")
    return named
