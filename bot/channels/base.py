"""What every channel is to the rest: a way to turn a raw request into messages, and a reply into sent ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict


class InboundMessage(BaseModel):
    """One message from a person. `dedupe_key` is the channel's own id of it: a second delivery is not a message."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    dedupe_key: str
    text: str = ""
    payload: str = ""
    sender: str = ""  # the person's id in that channel; "" where the conversation itself is the identity
    area: str = ""
    locale: str = "vi"
    received_at: datetime
    raw: dict[str, Any] = {}


class OutboundMessage(BaseModel):
    """One reply on its way to a person. `body` is the JSON of a reply; `text` alone is a complete answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    recipient: str
    message_id: str
    text: str
    body: dict[str, Any] = {}


class BadSignature(Exception):
    """The request does not come from the platform it claims to come from."""


class Channel(Protocol):
    """A channel. Pull channels are asked by the person's own client; push channels send by themselves."""

    name: str
    pull: bool

    def verify(self, *, headers: Mapping[str, str], body: bytes) -> None:
        """Raise BadSignature unless the raw request is genuine."""
        ...

    def parse(self, body: bytes) -> list[InboundMessage]:
        """The messages of a raw request; what is not a message gives none."""
        ...

    async def send(self, message: OutboundMessage) -> str:
        """Send, and return the platform's id of what was sent."""
        ...
