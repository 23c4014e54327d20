"""The web chat, the plain page and the kiosk: pull channels, whose client asks for the reply and reads it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Capabilities, InboundMessage, OutboundMessage, Part, Sent


class WebChannel:
    """Nothing to verify (the conversation's token is the proof) and nothing to send (the client waits)."""

    name = "web"
    pull = True
    capabilities = Capabilities(buttons=100, button_title=1000)
    echoes = False

    def verify(self, *, headers: Mapping[str, str], body: bytes) -> None:
        """Routes have checked the conversation's token already."""

    def parse(self, body: bytes, *, now: datetime | None = None) -> list[InboundMessage]:
        try:
            data: Any = json.loads(body)
        except ValueError:
            return []
        if not isinstance(data, dict):
            return []
        return [self.message(str(data.get("text") or ""), payload=str(data.get("payload") or ""), now=now)]

    def message(
        self, text: str, *, payload: str = "", key: str = "", now: datetime | None = None
    ) -> InboundMessage:
        """One message; without a key from the client each request is a message of its own."""
        return InboundMessage(
            channel=self.name,
            dedupe_key=key or uuid.uuid4().hex,
            text=text,
            payload=payload,
            received_at=now or datetime.now(UTC),
        )

    def shape(self, message: OutboundMessage) -> Sequence[Part]:
        """The reply as it is: the client lays it out."""
        return [Part(content=dict(message.body), text=message.text)]

    async def send(self, part: Part, message: OutboundMessage) -> Sent:
        """Kept in the conversation, where the client reads it."""
        return Sent(id=message.message_id)
