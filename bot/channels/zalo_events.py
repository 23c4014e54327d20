"""Zalo's webhook events as messages. Every id is a string: they are greater than any exact float.

Whatever arrives is taken as hostile: fields may be missing, of another type, or nested deeper than Python goes.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from bot.channels.base import RESERVED, Attachment, AttachmentKind, Contact, InboundMessage

log = logging.getLogger(__name__)

NAME = "zalo"
_ANONYMOUS = "anonymous"  # what a visitor without a Zalo account is called by, with two ids after it
_LAST_MS = 4_102_444_800_000  # the year 2100
_ID_CHARS, _URL_CHARS, _NAME_CHARS, _TEXT_CHARS = 200, 2_000, 300, 20_000
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,30})?")
_TEXTS = frozenset({"user_send_text", "anonymous_send_text"})
_ATTACHED: dict[str, AttachmentKind] = {
    "user_send_image": "image",
    "user_send_gif": "image",
    "user_send_location": "location",
    "user_send_file": "file",
    "user_send_link": "link",
    "user_send_sticker": "sticker",
    "user_send_audio": "audio",
    "user_send_video": "video",
    "user_send_business_card": "contact",
    "anonymous_send_image": "image",
    "anonymous_send_file": "file",
    "anonymous_send_sticker": "sticker",
}
# Known, and nothing of a conversation: told at DEBUG. Any other event is told at INFO, once a delivery.
_IGNORED = frozenset(
    {
        "user_received_message", "user_seen_message", "add_user_to_tag", "user_feedback", "user_click_chatnow",
        "user_reacted_message", "user_asking_product", "user_click_button", "user_click_link",
    }
)  # fmt: skip
# How the event of a person's rights over their data may be called: its literal name is not published.
_RIGHTS = ("privacy", "data_subject", "personal_data", "delete_data", "erase", "withdraw", "revoke")


def text_of(value: object, *, most: int = _NAME_CHARS) -> str:
    """A string or whole number as a string that may be stored; "" of anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()[:most]


def loaded(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; {} where there is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def timestamp(data: Mapping[str, Any]) -> str:
    """Milliseconds since 1970 as they stand in the body, "" when they are none."""
    said = text_of(data.get("timestamp"), most=20)
    return said if said.isascii() and said.isdigit() and int(said) < _LAST_MS else ""


def sent_at(data: Mapping[str, Any]) -> datetime | None:
    said = timestamp(data)
    return datetime.fromtimestamp(int(said) / 1000, UTC) if said else None


def anonymous(anonymous_id: str, conversation_id: str) -> str:
    """What we call a visitor without an account: both ids are needed to answer."""
    return f"{_ANONYMOUS}:{quote(anonymous_id, safe='')}:{quote(conversation_id, safe='')}"


def anonymous_ids(person: str) -> tuple[str, str] | None:
    """The two ids of such a visitor; None of a person with an account."""
    parts = person.split(":")
    if len(parts) != 3 or parts[0] != _ANONYMOUS:
        return None
    return unquote(parts[1]), unquote(parts[2])


def parse(body: bytes, *, now: datetime, oa_id: str = "") -> list[InboundMessage]:
    """The message of a webhook body, if it is one of a conversation with this OA."""
    data = loaded(body)
    event = text_of(data.get("event_name"), most=80)
    read = _reader(event)
    if read is None:
        _tell(event)
        return []
    found = read(data, event, now)
    if found is None:
        log.warning("zalo: %s lacks who or what it is about", event)
        return []
    account = _account(data, event)
    if oa_id and account and account != oa_id:
        log.warning("zalo: %s of another OA (%s) ignored", event, account)
        return []
    return [found]


_Reader = Callable[[dict[str, Any], str, datetime], InboundMessage | None]


def _reader(event: str) -> _Reader | None:
    if event in _TEXTS or event in _ATTACHED:
        return _message
    if event in ("follow", "unfollow"):
        return _following
    if event == "user_submit_info":
        return _submitted
    if event.startswith("oa_send_") and not event.startswith("oa_send_group_"):
        return _echo
    return None


def _tell(event: str) -> None:
    if any(word in event for word in _RIGHTS):
        log.error("zalo: %s may be a person's request about their data: tell the privacy officer", event)
    elif event in _IGNORED or "_group_" in event:
        log.debug("zalo: %s ignored", event)
    else:
        log.info("zalo: unknown event %r ignored", event)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _id(value: object) -> str:
    return text_of(value, most=_ID_CHARS).strip()


def _account(data: dict[str, Any], event: str) -> str:
    """The OA an event is about."""
    if event in ("follow", "unfollow"):
        return _id(data.get("oa_id"))
    side = "sender" if event.startswith("oa_") else "recipient"
    return _id(_dict(data.get(side)).get("id")) or _id(data.get("oa_id"))


def _person(data: dict[str, Any], event: str) -> str:
    sender = _dict(data.get("sender"))
    if not event.startswith("anonymous_"):
        return _id(sender.get("id"))
    places = (data, sender, _dict(data.get("message")))  # which of them holds the ids is not documented
    who = next((found for one in places if (found := _id(one.get("anonymous_id")))), _id(sender.get("id")))
    talk = next((found for one in places if (found := _id(one.get("conversation_id")))), "")
    return anonymous(who, talk) if who and talk else ""


def _key(data: dict[str, Any], event: str, about: str) -> str:
    """What makes an event one: the message's id, or its name, moment and person."""
    message_id = _id(_dict(data.get("message")).get("msg_id"))
    return message_id or f"{event}:{timestamp(data)}:{about}"


def _message(data: dict[str, Any], event: str, now: datetime) -> InboundMessage | None:
    person, message = _person(data, event), _dict(data.get("message"))
    text = text_of(message.get("text"), most=_TEXT_CHARS).strip()
    attachments = _attachments(message, _ATTACHED[event]) if event in _ATTACHED else ()
    if not person or not (text or attachments):
        return None
    pressed = text if text.startswith(RESERVED) and not attachments else ""
    return InboundMessage(
        channel=NAME,
        dedupe_key=_key(data, event, person),
        text="" if pressed else text,
        payload=pressed,
        sender=person,
        received_at=now,
        sent_at=sent_at(data),
        reply_to=_id(message.get("quote_msg_id")),
        attachments=attachments,
        raw={"event": event},
    )


def _following(data: dict[str, Any], event: str, now: datetime) -> InboundMessage | None:
    person = _id(_dict(data.get("follower")).get("id"))
    if not person:
        return None
    return InboundMessage(
        channel=NAME,
        dedupe_key=_key(data, event, person),
        kind="follow" if event == "follow" else "unfollow",
        sender=person,
        received_at=now,
        sent_at=sent_at(data),
        raw={"event": event, "source": text_of(data.get("source"))},
    )


def _submitted(data: dict[str, Any], event: str, now: datetime) -> InboundMessage | None:
    person, info = _person(data, event), _dict(data.get("info"))
    contact = Contact(
        name=text_of(info.get("name")).strip(),
        phone=text_of(info.get("phone")).strip(),
        address=_address(info),
    )
    if not person or contact == Contact():
        return None
    return InboundMessage(
        channel=NAME,
        dedupe_key=_key(data, event, person),
        kind="contact",
        sender=person,
        received_at=now,
        sent_at=sent_at(data),
        contact=contact,
        raw={"event": event},
    )


def _address(info: dict[str, Any]) -> str:
    """One line, of the shape without districts (since July 2025) or of the flat one before."""
    full = _dict(info.get("full_address"))
    found = [text_of(full.get(name)).strip() for name in ("user_address", "user_ward", "user_city")]
    if not any(found):
        found = [text_of(info.get(name)).strip() for name in ("address", "ward", "district", "city")]
    return ", ".join(one for one in found if one)


def _echo(data: dict[str, Any], event: str, now: datetime) -> InboundMessage | None:
    """What the OA sent; by an official in the platform's console when it names one."""
    message, sender = _dict(data.get("message")), _dict(data.get("sender"))
    person, talk = _id(_dict(data.get("recipient")).get("id")), _id(message.get("conversation_id"))
    if not person:
        return None
    person = anonymous(person, talk) if talk else person
    return InboundMessage(
        channel=NAME,
        dedupe_key=_key(data, event, person),
        kind="officer" if _id(sender.get("admin_id")) else "echo",
        text=text_of(message.get("text"), most=_TEXT_CHARS).strip(),
        sender=person,
        received_at=now,
        sent_at=sent_at(data),
        attachments=_attachments(message, "other") if _id(sender.get("admin_id")) else (),
        raw={"event": event},
    )


def _attachments(message: dict[str, Any], kind: AttachmentKind) -> tuple[Attachment, ...]:
    listed = message.get("attachments")
    rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return tuple(_attachment(_dict(one.get("payload")), kind) for one in rows[:20])


def _attachment(payload: dict[str, Any], kind: AttachmentKind) -> Attachment:
    if kind == "location":
        return _location(_dict(payload.get("coordinates")))
    return Attachment(
        kind=kind,
        url=text_of(payload.get("url"), most=_URL_CHARS).strip(),
        name=text_of(payload.get("name") or payload.get("title")),
        media_type=text_of(payload.get("type"), most=80),
        bytes=_size(payload.get("size")),
    )


def _size(value: object) -> int | None:
    said = text_of(value, most=15)
    return int(said) if said.isascii() and said.isdigit() else None


def _location(coordinates: dict[str, Any]) -> Attachment:
    """A place, whose coordinates arrive as strings; an attachment that says nothing when they are no place."""
    at = _degrees(coordinates.get("latitude"), 90.0), _degrees(coordinates.get("longitude"), 180.0)
    if at[0] is None or at[1] is None:
        return Attachment(kind="other")
    return Attachment(kind="location", latitude=at[0], longitude=at[1])


def _degrees(value: object, most: float) -> float | None:
    said = repr(value) if isinstance(value, float) else text_of(value, most=40).strip()
    found = float(said) if _DEGREES.fullmatch(said) else math.inf
    return found if abs(found) <= most else None
