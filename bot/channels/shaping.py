"""Replies cut to what a platform takes: long texts at sentence ends, buttons as far as they go, the rest numbered.

A choice that found no button stands in the text with a number, and the number typed is that choice
(bot/gateway/arrivals.py): so nothing that the web shows is out of reach elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.base import RESERVED, Capabilities, OutboundMessage

SAY = f"{RESERVED}SAY:"  # a choice that is only words: they follow
# Where a text may be cut, the best place first: between paragraphs, lines, sentences, clauses, words.
_CUTS = tuple(
    re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?…])\s+", r"(?<=[;,:])\s+", r"\s+")
)
_TOO_EARLY = 0.4  # of the limit: a cut before that makes crumbs


@dataclass(frozen=True, kw_only=True)
class Button:
    """One choice as a button. Exactly one of `payload`, `url`, `phone` is set."""

    title: str
    payload: str = ""
    url: str = ""
    phone: str = ""


def pieces(text: str, *, limit: int) -> list[str]:
    """The text in pieces of at most `limit` characters (NFC), cut where a reader would pause."""
    rest = unicodedata.normalize("NFC", text).strip()
    found = []
    while len(rest) > limit:
        at = _cut(rest, limit)
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*found, rest] if rest or not found else found


def _cut(text: str, limit: int) -> int:
    head = text[: limit + 1]
    for pattern in _CUTS:
        ends = [match.start() for match in pattern.finditer(head) if match.start() <= limit]
        if ends and ends[-1] >= limit * _TOO_EARLY:
            return ends[-1]
    return _whole_characters(text, limit)


def _whole_characters(text: str, limit: int) -> int:
    """A cut that does not tear a mark from its letter, or an emoji from what joins it."""
    at = limit
    while at > 1 and (
        unicodedata.combining(text[at]) or text[at] in "\u200d\ufe0f" or text[at - 1] == "\u200d"
    ):
        at -= 1
    return at


def buttons_of(body: Mapping[str, Any]) -> list[Button]:
    """The choices of a reply's body as buttons. A choice that is only words carries the words."""
    return [_button(choice) for choice in body.get("choices") or ()]


def _button(choice: Mapping[str, Any]) -> Button:
    title = str(choice.get("title") or "")
    url = str(choice.get("url") or "")
    if url.startswith("tel:"):
        return Button(title=title, phone=url.removeprefix("tel:"))
    return Button(title=title, url=url, payload=payload_of(choice))


def payload_of(choice: Mapping[str, Any]) -> str:
    """What a tap on a choice sends back; "" for one that opens an address."""
    if choice.get("url"):
        return ""
    return str(choice.get("payload") or f"{SAY}{choice.get('text') or choice.get('title') or ''}")


def shortened(title: str, *, limit: int) -> str:
    """A title within the limit, cut at a word."""
    title = unicodedata.normalize("NFC", title)
    if len(title) <= limit:
        return title
    head = title[: limit - 1]
    return (head[: head.rfind(" ")] if " " in head[limit // 2 :] else head).rstrip(" ,;:–-") + "…"


def numbered(choices: Sequence[Button]) -> str:
    """Choices as lines that can be answered with a number, or opened."""
    return "\n".join(f"{number}. {one.title}{_aside(one)}" for number, one in enumerate(choices, 1))


def _aside(button: Button) -> str:
    where = button.url or button.phone
    return f": {where}" if where else ""


def _listed(text: str, choices: Sequence[Button], hint: str) -> str:
    """The text with its choices numbered, unless it already reads so."""
    if all(f"{number}. {one.title}" in text for number, one in enumerate(choices, 1)):
        return text
    return f"{text}\n\n{hint}\n{numbered(choices)}"


def _fit(choices: Sequence[Button], can: Capabilities, *, most: int, title: int) -> bool:
    return len(choices) <= most and all(
        len(unicodedata.normalize("NFC", one.title)) <= title and len(one.payload) <= can.button_payload
        for one in choices
    )


@dataclass(frozen=True, kw_only=True)
class Shaped:
    """A reply cut to size: `buttons` belong to the last text. Where they are numbered there are none."""

    texts: list[str]
    buttons: list[Button]


def shape(message: OutboundMessage, can: Capabilities, *, most: int, title: int, hint: str) -> Shaped:
    """The message in texts and at most `most` buttons with titles of at most `title` characters.

    When one choice would find no place, or a title would lose what tells it from another, all are numbered in the
    text instead, after `hint`: half a list of buttons hides the other half.
    """
    choices = buttons_of(message.body)
    if not _fit(choices, can, most=most, title=title):
        return Shaped(texts=pieces(_listed(message.text, choices, hint), limit=can.text), buttons=[])
    texts = pieces(message.text, limit=can.text)
    if len(texts[-1]) > can.button_text:
        texts[-1:] = pieces(texts[-1], limit=can.button_text)
    return Shaped(texts=texts, buttons=choices)
