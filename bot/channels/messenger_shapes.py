"""Replies as Messenger shows them: short choices as quick replies, links and numbers as buttons, the rest numbered.

https://developers.facebook.com/docs/messenger-platform/send-messages
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.channels.base import Capabilities, OutboundMessage, Part
from bot.channels.messenger_events import TAG
from bot.channels.messenger_graph import words
from bot.channels.shaping import Button, Shaped, buttons_of, pieces, shape

METADATA = 999
_VIETNAMESE = re.compile(
    r"(?:\+?84|0)([1-9]\d{8,9})"
)  # hotlines such as 113 cannot be written with the country
_FILES = ("image", "video", "audio", "file")


def parts(message: OutboundMessage, can: Capabilities) -> list[Part]:
    """The calls that say a message, without how they are sent (`MessengerChannel.send`)."""
    contents = [*said(message, can), *_files(message)]
    made = [_part(content, message, index) for index, content in enumerate(contents)]
    if can.typing and not message.human and made:
        return [Part(content={"sender_action": "typing_on"}, optional=True), *made]
    return made


def said(message: OutboundMessage, can: Capabilities) -> list[dict[str, Any]]:
    """The words of a message with its choices, as contents of `message`."""
    choices = [
        replace(one, title=unicodedata.normalize("NFC", one.title)) for one in buttons_of(message.body)
    ]
    short = bool(choices) and all(0 < _units(one.title) <= can.quick_title for one in choices)
    if short and all(one.payload for one in choices):
        cut = _cut(message, replace(can, button_text=can.text), most=can.quick_replies, title=can.quick_title)
        if cut.buttons:
            return _with_quick(cut.texts, choices, [one.title for one in choices], can)
    elif short and (made := _template_buttons(choices)):
        cut = _cut(message, can, most=can.buttons, title=can.button_title)
        if cut.buttons:
            return [*map(_plain, cut.texts[:-1]), _template(cut.texts[-1], made)]
    cut = _cut(message, replace(can, button_text=can.text), most=0, title=0)
    return _with_quick(cut.texts, choices, [str(n) for n in range(1, len(choices) + 1)], can)


def _cut(message: OutboundMessage, can: Capabilities, *, most: int, title: int) -> Shaped:
    hint = words()["hint"]
    if not message.text.strip() and message.body.get("choices"):
        message = message.model_copy(update={"text": hint})
    shaped = shape(message, can, most=most, title=title, hint=hint)
    *before, end = shaped.texts
    last = min(can.text, can.button_text) if shaped.buttons else can.text
    texts = [piece for text in before for piece in measured(text, can.text)] + measured(end, last)
    return Shaped(texts=[text for text in texts if text], buttons=shaped.buttons)


def measured(text: str, limit: int) -> list[str]:
    """A text within the limit however the platform counts: an emoji is one character, or two halves."""
    units = _units(text)
    if units <= limit or len(text) < 2:
        return [text]
    smaller = pieces(text, limit=max(1, len(text) * limit // units - 1))
    return [piece for one in smaller for piece in measured(one, limit)]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _plain(text: str) -> dict[str, Any]:
    return {"text": text}


def _with_quick(
    texts: Sequence[str], choices: Sequence[Button], titles: Sequence[str], can: Capabilities
) -> list[dict[str, Any]]:
    """The texts, with those choices that go back to us below the last one. Too many of them are left to be typed."""
    contents = [_plain(text) for text in texts]
    made = [
        {"content_type": "text", "title": title, "payload": one.payload}
        for one, title in zip(choices, titles, strict=True)
        if one.payload and len(one.payload) <= can.button_payload
    ]
    if contents and 0 < len(made) <= can.quick_replies:
        contents[-1]["quick_replies"] = made
    return contents


def _template_buttons(choices: Sequence[Button]) -> list[dict[str, str]]:
    """The choices as buttons of a template; none when one of them cannot be one."""
    made = [_template_button(one) for one in choices]
    return made if all(made) else []


def _template_button(one: Button) -> dict[str, str]:
    if one.payload:
        return {"type": "postback", "title": one.title, "payload": one.payload}
    if one.url.startswith(("https://", "http://")):
        return {"type": "web_url", "title": one.title, "url": one.url}
    number = _VIETNAMESE.fullmatch(re.sub(r"[ .()-]", "", one.phone))
    return {"type": "phone_number", "title": one.title, "payload": f"+84{number[1]}"} if number else {}


def _template(text: str, buttons: list[dict[str, str]]) -> dict[str, Any]:
    payload = {"template_type": "button", "text": text, "buttons": buttons}
    return {"attachment": {"type": "template", "payload": payload}}


def _files(message: OutboundMessage) -> list[dict[str, Any]]:
    """What is sent along, `attachments: [{kind, url, title}]` of the body, each with the words that may replace it."""
    return [
        {
            "attachment": {"type": one["kind"], "payload": {"url": one["url"]}},
            "instead": words()["open"].format(title=one.get("title") or "", url=one["url"]),
        }
        for one in message.body.get("attachments") or ()
        if one.get("kind") in _FILES and one.get("url")
    ]


def _part(content: dict[str, Any], message: OutboundMessage, index: int) -> Part:
    tag = f"{TAG}{message.message_id}:{index}"[:METADATA]
    instead = content.pop("instead", "")
    return Part(
        content={"message": {**content, "metadata": tag}},
        text=instead or content.get("text") or content["attachment"]["payload"]["text"],
        tag=tag,
        extra={"instead": {"text": instead, "metadata": tag}} if instead else {},
    )
