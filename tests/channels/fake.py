"""A platform of our own: small limits, scripted failures, and it keeps what it was sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.channels.base import (
    RESERVED,
    BadSignature,
    Capabilities,
    InboundMessage,
    OutboundMessage,
    Part,
    Sent,
)
from bot.channels.shaping import pieces, shape

Script = Callable[[Part, OutboundMessage], Sent | None]


@dataclass(kw_only=True)
class FakeChannel:
    """Signed with a word; every sent part gets an id of its own, in order."""

    name: str = "zalo"
    pull: bool = False
    echoes: bool = True
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(text=200, buttons=3))
    secret: str = "secret"
    script: list[Exception | None] = field(default_factory=list)  # what the next sendings meet
    arrived: list[tuple[str, str]] = field(default_factory=list)  # recipient, text: what people read

    def verify(self, *, headers: Mapping[str, str], body: bytes) -> None:
        if headers.get("x-signature") != self.secret:
            raise BadSignature("not ours")

    def parse(self, body: bytes, *, now: datetime) -> list[InboundMessage]:
        return [self.message(**one, now=now) for one in json.loads(body)]

    def message(self, *, sender: str, key: str, now: datetime, text: str = "", **more: Any) -> InboundMessage:
        payload = text if text.startswith(RESERVED) else ""
        return InboundMessage(
            channel=self.name, dedupe_key=key, sender=sender, text="" if payload else text, payload=payload,
            received_at=now, **more,
        )  # fmt: skip

    def shape(self, message: OutboundMessage) -> Sequence[Part]:
        shaped = shape(message, self.capabilities, most=3, title=20, hint="Nhắn số:")
        return [
            Part(content={"text": text}, text=text)
            for text in shaped.texts or pieces(message.text, limit=200)
        ]

    async def send(self, part: Part, message: OutboundMessage) -> Sent:
        trouble = self.script.pop(0) if self.script else None
        if trouble is not None and not getattr(trouble, "accepted", False):
            raise trouble
        self.arrived.append((message.recipient, part.text))
        if trouble is not None:
            raise trouble
        return Sent(id=f"p{len(self.arrived)}", cost="reply")
