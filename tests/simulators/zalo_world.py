"""Who there is on the simulated Zalo, and its tokens: 25 hours, three months, good once."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.simulators.platform import Clock
from tests.simulators.zalo_rules import Refused, first, record

ACCESS, REFRESH, CODE = timedelta(hours=25), timedelta(days=90), timedelta(minutes=10)
# The same body again, with the first timestamp; after the last the webhook is switched off.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 300, 900, 1800, 3600))


@dataclass
class Shown:
    """A message on somebody's screen."""

    id: str
    text: str
    message: dict[str, Any] = field(default_factory=dict)
    quota: str = ""

    @property
    def payload(self) -> dict[str, Any]:
        return record(record(self.message.get("attachment")).get("payload"))

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return list(self.payload.get("buttons") or ())

    @property
    def template(self) -> str:
        return str(self.payload.get("template_type") or "")


@dataclass
class Person:
    """Somebody with an account, or a visitor without one, who has a conversation's id instead."""

    id: str
    name: str = "Nguyễn Văn A"
    last_action: datetime | None = None
    follows: bool = False
    state: str = ""  # "banned", "restricted"
    conversation: str = ""
    shared: dict[str, Any] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.shown]

    def button(self, title: str) -> dict[str, Any]:
        """A button on the screen, the newest first.

        Raises:
            LookupError: there is none of this title.
        """
        for shown in reversed(self.shown):
            for one in shown.buttons:
                if one["title"] == title:
                    return one
        raise LookupError(title)


@dataclass
class TokenBook:
    """The tokens of one app and OA."""

    clock: Clock
    app_id: str
    app_secret: str
    oa_id: str
    redirect_uri: str
    access: str = ""
    until: datetime | None = None
    refreshable: dict[str, datetime] = field(default_factory=dict)  # until when; a used one is gone
    codes: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # grant types, in order
    throttled: bool = False

    def check(self, token: str) -> None:
        if not token or token != self.access:
            raise Refused(-216, "Access token is invalid")
        if self.until is None or self.clock.now() >= self.until:
            raise Refused(-220, "Access token is expired or removed")

    def grant(self) -> dict[str, str]:
        """A new pair; the access token before it is dead from now on."""
        self.access, self.until = secrets.token_hex(16), self.clock.now() + ACCESS
        refresh = secrets.token_hex(16)
        self.refreshable[refresh] = self.clock.now() + REFRESH
        seconds = str(int(ACCESS.total_seconds()))
        return {"access_token": self.access, "refresh_token": refresh, "expires_in": seconds}

    def consent(self, query: Mapping[str, str]) -> dict[str, str]:
        """An administrator agrees: the fields of the address they are sent back to."""
        if query.get("app_id") != self.app_id:
            raise Refused(-14002, "Invalid app id")
        if query.get("redirect_uri") != self.redirect_uri or len(query.get("code_challenge", "")) != 43:
            raise Refused(-14003, "Invalid redirect uri")
        code = secrets.token_hex(12)
        self.codes[code] = query["code_challenge"], self.clock.now() + CODE
        return {"code": code, "oa_id": self.oa_id, "state": query.get("state", "")}

    def answer(self, form: Mapping[str, str], *, secret: str) -> dict[str, Any]:
        """What the token address answers."""
        kind = form.get("grant_type", "")
        self.asked.append(kind)
        if self.throttled:
            return _error(-32, "rate_limit")
        if secret != self.app_secret or form.get("app_id") != self.app_id:
            return _error(-14004, "invalid_client")
        if kind == "authorization_code":
            return self._exchanged(form.get("code", ""), form.get("code_verifier", ""))
        return self._refreshed(form.get("refresh_token", ""))

    def _exchanged(self, code: str, verifier: str) -> dict[str, Any]:
        challenge, until = self.codes.pop(code, ("", None))
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if until is None or self.clock.now() > until or digest != challenge or len(verifier) != 43:
            return _error(-14005, "invalid_code")
        return self.grant()

    def _refreshed(self, refresh: str) -> dict[str, Any]:
        until = self.refreshable.pop(refresh, None)
        if until is None or self.clock.now() > until:
            return _error(-14014, "invalid_refresh_token")
        return self.grant()


def _error(code: int, name: str) -> dict[str, Any]:
    return {"error": code, "error_name": name, "error_description": f"{name} (simulated)"}


def file_in(body: bytes, content_type: str) -> bytes:
    """The part named `file` of a multipart body."""
    edge = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    for part in body.split(edge)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="file"' in head:
            return content.removesuffix(b"\r\n")
    raise Refused(-201, "no file")


def echoed(message: dict[str, Any]) -> str:
    """The name of the event that tells of a message of the OA."""
    attachment = record(message.get("attachment"))
    if not attachment:
        return "oa_send_text"
    if attachment.get("type") == "file":
        return "oa_send_file"
    element = first(record(attachment.get("payload")).get("elements"))
    return {"image": "oa_send_image", "gif": "oa_send_gif"}.get(
        str(element.get("media_type")), "oa_send_template"
    )
