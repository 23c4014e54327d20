"""The web chat and the plain page: pull channels, whose client asks for the reply and reads it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import InboundMessage, OutboundMessage


class WebChannel:
    """Nothing to verify (the conversation's token is the proof) and nothing to send (the client waits)."""

    name = "web"
    pull = True

    def verify(self, *, headers: Mapping[str, str], body: bytes) -> None:
        """Routes have checked the conversation's token already."""

    def parse(self, body: bytes) -> list[InboundMessage]:
        data: dict[str, Any] = json.loads(body)
        return [self.message(data.get("text", ""), payload=data.get("payload", ""))]

    def message(self, text: str, *, payload: str = "", key: str = "") -> InboundMessage:
        """One message; without a key from the client each request is a message of its own."""
        return InboundMessage(
            channel=self.name,
            dedupe_key=key or uuid.uuid4().hex,
            text=text,
            payload=payload,
            received_at=datetime.now(UTC),
        )

    async def send(self, message: OutboundMessage) -> str:
        """Kept in the conversation, where the client reads it."""
        return message.message_id
