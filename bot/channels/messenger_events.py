"""What Messenger delivers, as messages. Whatever is delivered, reading it never fails: what is not understood is left.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import RESERVED, Attachment, AttachmentKind, InboundKind, InboundMessage

START = f"{RESERVED}START"  # the "get started" button of a first conversation
CONTINUE = f"{RESERVED}TIEP:"  # a code that brings a conversation along, behind `ref=` in an m.me link
TAG = "mc:"  # in front of the metadata of whatever we send
_CODE = re.compile(r"[A-Z2-9]{16}", re.IGNORECASE)
_KINDS: dict[str, AttachmentKind] = {
    "image": "image", "video": "video", "audio": "audio", "file": "file", "sticker": "sticker",
    "fallback": "link", "location": "location",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Whose events are read. `pages` are ids, the main one first, each with the area it speaks for."""

    pages: Mapping[str, str]
    app_id: str
    now: datetime

    def person(self, page: str, person: str) -> str:
        """A person's id: of the main Page as it is, of another with the Page in front."""
        return person if page == next(iter(self.pages), "") else f"{page}:{person}"


def read(body: bytes, reading: Reading) -> list[InboundMessage]:
    """The messages of one delivery, by the time they happened."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if _map(data).get("object") != "page":
        return []
    found = []
    for entry in map(_map, _list(_map(data).get("entry"))):
        page = _id(entry.get("id"))
        if page in reading.pages:
            found += [(event, page) for event in map(_map, _list(entry.get("messaging")))]
    found.sort(key=lambda one: _stamp(one[0]))
    return [message for event, page in found for message in _messages(event, page, reading)]


def _messages(event: Mapping[str, Any], page: str, reading: Reading) -> Iterator[InboundMessage]:
    message, postback, referral = (_map(event.get(name)) for name in ("message", "postback", "referral"))
    if message.get("is_echo") is True:
        yield from _echo(event, message, page, reading)
        return
    sender = _id(_map(event.get("sender")).get("id"))
    if not sender or sender == page:
        return
    if message:
        if message.get("is_deleted") is not True:
            yield _written(event, message, page, reading)
    elif postback:
        yield _tapped(event, postback, page, reading)
    elif referral:
        yield _opened(event, referral, page, reading)


def _written(
    event: Mapping[str, Any], message: Mapping[str, Any], page: str, reading: Reading
) -> InboundMessage:
    payload = _text(_map(message.get("quick_reply")).get("payload"))
    text, attachments = _text(message.get("text")), _attachments(message)
    if not (text or payload or attachments):
        attachments = (Attachment(kind="other"),)  # something of a kind we do not know
    return _inbound(
        event,
        page,
        reading,
        key=_id(message.get("mid")),
        text=text,
        payload=payload if payload.startswith(RESERVED) else "",
        reply_to=_id(_map(message.get("reply_to")).get("mid")),
        attachments=attachments,
    )


def _tapped(
    event: Mapping[str, Any], postback: Mapping[str, Any], page: str, reading: Reading
) -> InboundMessage:
    """A button. One that somebody made in the Page's own settings carries no payload of ours: its title was said."""
    payload, key = _text(postback.get("payload")), _id(postback.get("mid"))
    if payload == START:
        return _opened(event, _map(postback.get("referral")), page, reading, key=key)
    ours = payload if payload.startswith(RESERVED) else ""
    text = _text(postback.get("title")) or ("" if ours else payload)
    return _inbound(event, page, reading, key=key, text=text, payload=ours)


def _opened(
    event: Mapping[str, Any], referral: Mapping[str, Any], page: str, reading: Reading, *, key: str = ""
) -> InboundMessage:
    """The conversation was opened, by the first button or a link: with a code it goes on, else it is greeted."""
    ref = _text(referral.get("ref"))
    if _CODE.fullmatch(ref):
        return _inbound(event, page, reading, key=key, payload=CONTINUE + ref.upper())
    return _inbound(event, page, reading, key=key, kind="follow", ref=ref)


def _echo(
    event: Mapping[str, Any], message: Mapping[str, Any], page: str, reading: Reading
) -> Iterator[InboundMessage]:
    person, mid = _id(_map(event.get("recipient")).get("id")), _id(message.get("mid"))
    if not person or not mid:
        return
    tag, app = _text(message.get("metadata")), _id(message.get("app_id"))
    ours = tag.startswith(TAG) or bool(reading.app_id and app == reading.app_id)
    yield _inbound(
        event,
        page,
        reading,
        key=mid,
        kind="echo" if ours else "officer",
        person=person,
        text=_text(message.get("text")),
        tag=tag if ours else "",
        attachments=_attachments(message),
    )


def _inbound(
    event: Mapping[str, Any],
    page: str,
    reading: Reading,
    *,
    key: str = "",
    kind: InboundKind = "message",
    person: str = "",
    text: str = "",
    payload: str = "",
    reply_to: str = "",
    tag: str = "",
    ref: str = "",
    attachments: tuple[Attachment, ...] = (),
) -> InboundMessage:
    return InboundMessage(
        channel="messenger",
        dedupe_key=key or _digest(event, page),
        kind=kind,
        text=text,
        payload=payload,
        sender=reading.person(page, person or _id(_map(event.get("sender")).get("id"))),
        area=reading.pages[page],
        received_at=reading.now,
        sent_at=_moment(_stamp(event)),
        reply_to=reply_to,
        attachments=attachments,
        tag=tag,
        raw={"page": page, "ref": ref[:250]} if ref else {"page": page},
    )


def _attachments(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    found = [_attachment(_map(one)) for one in _list(message.get("attachments"))]
    if not found and message.get("is_unsupported") is True:
        return (Attachment(kind="other"),)
    return tuple(found)


def _attachment(one: Mapping[str, Any]) -> Attachment:
    payload = _map(one.get("payload"))
    said = _text(one.get("type"))
    # Until September 2026 a sticker was an image with a sticker's number.
    kind = "sticker" if payload.get("sticker_id") else _KINDS.get(said, "other")
    latitude, longitude = _place(_map(payload.get("coordinates")))
    return Attachment(
        kind=kind if kind != "location" or latitude is not None else "other",
        url=_text(payload.get("url")) or _text(one.get("url")),
        name=_text(payload.get("title")) or _text(one.get("title")) or _text(payload.get("name")),
        latitude=latitude,
        longitude=longitude,
    )


def _place(coordinates: Mapping[str, Any]) -> tuple[float | None, float | None]:
    try:
        latitude, longitude = float(coordinates["lat"]), float(coordinates["long"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None, None
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        return None, None
    return latitude, longitude


def _digest(event: Mapping[str, Any], page: str) -> str:
    """An id for events that have none: the same event is the same id."""
    said = json.dumps([page, event], sort_keys=True, ensure_ascii=True)
    return "sha256:" + hashlib.sha256(said.encode()).hexdigest()


def _stamp(event: Mapping[str, Any]) -> int:
    stamp = event.get("timestamp")
    return stamp if isinstance(stamp, int) else 0


def _moment(stamp: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(stamp / 1000, UTC) if stamp > 0 else None
    except (OverflowError, ValueError, OSError):
        return None


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """A string of whole characters: half of a pair cannot be stored."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _id(value: object) -> str:
    """An id: a string by the reference, taken as a number too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 1 << 63 else ""
    return _text(value)
