"""Zalo Official Account: signed webhooks in, the consultation API out.

Sources: the official PHP and Java SDKs for signature, endpoints and message shapes; docs.zaloplatforms.com for limits,
windows and errors. What no primary source says is a field of `ZaloAccount` (docs/runbooks/zalo.md, "Before go-live").
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml

from bot.channels import zalo_events
from bot.channels.base import (
    BadSignature,
    Capabilities,
    InboundMessage,
    OutboundMessage,
    Part,
    Sent,
    Undeliverable,
)
from bot.channels.shaping import Button, shape
from bot.channels.zalo_api import API, CONSULT, CONSULT_V2, LIMITS, TIMEOUT, Refused, Request, Tokens, ZaloApi
from bot.channels.zalo_assets import RULES, Assets, Load, Media
from bot.channels.zalo_errors import failure, fault

log = logging.getLogger(__name__)

SIGNATURE = "x-zevent-signature"
OLDEST = timedelta(
    hours=2
)  # the platform's last retry comes after about 110 minutes, with its first timestamp
FREE_FOR, WINDOW = timedelta(hours=48), timedelta(days=7)
_WORDS = Path(__file__).with_suffix(".yml")
_CONTACT_TITLE, _CONTACT_SUBTITLE = 100, 500


@dataclass(frozen=True, kw_only=True)
class ZaloAccount:
    """One OA and its app. `secret` signs webhooks; it is the OA's secret key, not the app's."""

    app_id: str
    secret: str
    oa_id: str = ""
    api_url: str = API
    oa_id_signs: bool = False  # whether a signature over the OA's id in the app id's place is taken as well
    app_secret: str = ""  # only to say in the log that webhooks are signed with this one instead
    quote_field: str = "quote_message_id"  # "react_message_id" in one sample of the Java SDK; "" = no quotes
    contact_image: str = ""  # picture of the template that asks for a contact; "" = it is not sent


def mac(*, app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """The signature of a raw body: plain SHA-256, not HMAC, over UTF-8 (MacUtils of the official Java SDK)."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _words() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    return found


class ZaloChannel:
    """The adapter. Tokens and files are handed in: it keeps nothing but ids of uploads."""

    name = zalo_events.NAME
    pull = False
    capabilities = Capabilities(
        text=2000,
        buttons=5,
        button_title=100,
        button_text=2000,
        button_payload=1000,
        images=True,
        free_for=FREE_FOR,
        window=WINDOW,
        human_window=WINDOW,
        per_minute=4000,
    )
    echoes = True
    bad_signature_status = (
        200  # the console's probe is badly signed, and saves an address only when it is answered so
    )

    def __init__(
        self,
        account: ZaloAccount,
        *,
        tokens: Tokens,
        http: httpx.AsyncClient | None = None,
        load: Load | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._account, self._clock = account, clock
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS)
        self.api = ZaloApi(self._http, tokens=tokens, url=account.api_url)
        self._assets = Assets(self.api, load) if load else None

    async def aclose(self) -> None:
        await self._http.aclose()

    def verify(self, *, headers: Mapping[str, str], body: bytes) -> None:
        """The signature over the raw bytes, and the age: the platform itself has no guard against replays."""
        given = headers.get(SIGNATURE, "").strip().removeprefix("mac=")
        data = zalo_events.loaded(body)
        timestamp = zalo_events.timestamp(data)
        if not given or not timestamp:
            raise BadSignature("no signature" if timestamp else "no timestamp in the body")
        if not self._signed(body, timestamp, given):
            raise BadSignature(self._diagnosis(body, timestamp, given))
        sent = zalo_events.sent_at(data)
        if sent is None or abs(self._clock() - sent) > OLDEST:
            raise BadSignature("older than two hours, or from the future")

    def _signed(self, body: bytes, timestamp: str, given: str) -> bool:
        names = [self._account.app_id]
        if self._account.oa_id_signs and self._account.oa_id:
            names.append(self._account.oa_id)
        fits = [
            _same(mac(app_id=name, body=body, timestamp=timestamp, secret=self._account.secret), given)
            for name in names
        ]
        return any(fits) and bool(self._account.secret)

    def _diagnosis(self, body: bytes, timestamp: str, given: str) -> str:
        """Why it does not fit, if it is one of the two mistakes that are made when an OA is set up."""
        ours = self._account
        other = {"the app's secret instead of the OA's": (ours.app_id, ours.app_secret)}
        other["the OA's id in place of the app's"] = (ours.oa_id, ours.secret)
        for what, (name, secret) in other.items():
            if secret and _same(mac(app_id=name, body=body, timestamp=timestamp, secret=secret), given):
                return f"signed with {what}: see docs/runbooks/zalo.md"
        return "the signature does not fit"

    def parse(self, body: bytes, *, now: datetime) -> list[InboundMessage]:
        return zalo_events.parse(body, now=now, oa_id=self._account.oa_id)

    def shape(self, message: OutboundMessage) -> Sequence[Part]:
        """Texts, the buttons on the last, then files and the form that asks for a contact."""
        visitor = zalo_events.anonymous_ids(message.recipient) is not None
        most = (
            0 if visitor else self.capabilities.buttons
        )  # no source shows buttons for visitors without account
        cut = shape(
            message, self.capabilities, most=most, title=self.capabilities.button_title, hint=_words()["hint"]
        )
        parts = [_text_part(text) for text in cut.texts if text]
        if cut.buttons and parts:
            parts[-1].content["message"]["attachment"] = _buttons(cut.buttons)
        if message.quote and self._account.quote_field and parts and not visitor:
            parts[0].content["message"][self._account.quote_field] = message.quote
        return [*parts, *self._media(message), *self._contact(message, visitor=visitor)]

    def _media(self, message: OutboundMessage) -> Iterator[Part]:
        """Of `media` in the body: {kind, key, name}, loaded when it is sent."""
        if self._assets is None:
            return
        for one in message.body.get("media") or ():
            if isinstance(one, dict) and one.get("kind") in RULES and one.get("key"):
                name = str(one.get("name") or "tep")
                said = "" if one["kind"] == "file" else name
                yield Part(content={"message": {}}, text=said, extra={**one, "name": name})

    def _contact(self, message: OutboundMessage, *, visitor: bool) -> Iterator[Part]:
        """The platform's own form for name and phone, where the reply asks for a contact (`asks` in its body).

        Optional: the text has asked already, and can be answered by typing.
        """
        if visitor or message.body.get("asks") != "contact" or not self._account.contact_image:
            return
        words = _words()["contact"]
        element = {
            "title": words["title"][:_CONTACT_TITLE],
            "subtitle": words["subtitle"][:_CONTACT_SUBTITLE],
            "image_url": self._account.contact_image,
        }
        payload = {"template_type": "request_user_info", "elements": [element]}
        content = {"message": {"attachment": {"type": "template", "payload": payload}}}
        yield Part(content=content, optional=True)

    async def send(self, part: Part, message: OutboundMessage) -> Sent:
        """One call. An expired upload is made again and sent once more; so is what a stale token refused.

        Raises:
            SendFailed: by the table of bot/channels/zalo_errors.py.
        """
        media = _media_of(part)
        try:
            data = await self._send(part, message, media)
        except Refused as error:
            if media is None or self._assets is None or fault(error.code).deed != "upload":
                raise failure(error.code, error.said) from error
            self._assets.forget(media)
            data = await self._again(part, message, media)
        return Sent(id=str(data.get("message_id") or ""), cost=self._cost(data, message))

    async def _again(self, part: Part, message: OutboundMessage, media: Media) -> dict[str, Any]:
        try:
            return await self._send(part, message, media)
        except Refused as error:
            raise failure(error.code, error.said) from error

    async def _send(self, part: Part, message: OutboundMessage, media: Media | None) -> dict[str, Any]:
        content = part.content
        if media is not None:
            if self._assets is None:
                raise Undeliverable("media", note="no files can be loaded here")
            content = {"message": _media_message(media, await self._assets.id_of(media))}
        recipient, path = _recipient(message.recipient, content)
        return await self.api.call(
            Request(method="POST", path=path, json={"recipient": recipient, **content})
        )

    def _cost(self, data: Mapping[str, Any], message: OutboundMessage) -> str:
        """The platform's class of price; by the clock, when it does not say."""
        quota = data.get("quota")
        said = str(quota.get("quota_type") or "") if isinstance(quota, dict) else ""
        if said or message.last_action is None:
            return said
        return "free" if self._clock() - message.last_action <= FREE_FOR else "paid"


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))


def _text_part(text: str) -> Part:
    return Part(content={"message": {"text": text}}, text=text)


def _buttons(buttons: Sequence[Button]) -> dict[str, Any]:
    return {"type": "template", "payload": {"buttons": [_button(one) for one in buttons]}}


def _button(button: Button) -> dict[str, Any]:
    if button.url:
        return {"title": button.title, "type": "oa.open.url", "payload": {"url": button.url}}
    if button.phone:
        return {
            "title": button.title,
            "type": "oa.open.phone",
            "payload": {"phone_code": phone_code(button.phone)},
        }
    return {"title": button.title, "type": "oa.query.hide", "payload": button.payload}


def phone_code(phone: str) -> str:
    """A number with the country's code and without a plus: 0236 1022 → 842361022; short numbers stay."""
    digits = "".join(one for one in phone if one.isdigit())
    return f"84{digits[1:]}" if digits.startswith("0") and len(digits) > 8 else digits


def _media_of(part: Part) -> Media | None:
    if "kind" not in part.extra:
        return None
    return Media(kind=part.extra["kind"], key=str(part.extra["key"]), name=part.extra["name"])


def _media_message(media: Media, named: str) -> dict[str, Any]:
    if media.kind == "file":
        return {"attachment": {"type": "file", "payload": {"token": named}}}
    element = {"media_type": media.kind, "attachment_id": named}
    return {
        "attachment": {"type": "template", "payload": {"template_type": "media", "elements": [element]}},
        "text": media.name,
    }


def _recipient(person: str, content: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """Whom a call is for, and its endpoint: a visitor without an account has both of another kind."""
    visitor = zalo_events.anonymous_ids(person)
    if visitor is None:
        return {"user_id": person}, CONSULT
    is_file = content["message"].get("attachment", {}).get("type") == "file"
    return {"anonymous_id": visitor[0], "conversation_id": visitor[1]}, CONSULT if is_file else CONSULT_V2
