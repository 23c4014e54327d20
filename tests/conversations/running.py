"""Runs a script of scripts.yml against a dialogue, keeping the context as the gateway does."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from bot.answer.reply import Reply
from bot.gateway.dialogue import Dialogue
from tests.actions.memory import MemoryServices

SCRIPTS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("scripts.yml").read_text(encoding="utf-8")
)


class Conversation:
    """One person's conversation: hands back the context of the last reply with each message."""

    def __init__(self, dialogue: Dialogue, *, area: str = "") -> None:
        self.dialogue, self.id, self.area = dialogue, str(uuid4()), area
        self.context: dict[str, Any] = {}
        self.sent = 0

    async def say(self, text: str) -> Reply:
        self.sent += 1
        metadata = {
            "conversation_id": self.id,
            "inbox_id": f"{self.id}-{self.sent}",
            "channel": "web",
            "area": self.area,
            "locale": "vi",
            "now": "2026-11-20T10:00:00+07:00",
            "payload": text if text.startswith("#MC:") else "",
            "context": self.context,
        }
        reply = Reply.model_validate(await self.dialogue.turn("" if metadata["payload"] else text, metadata))
        self.context = reply.context
        return reply

    @property
    def asked(self) -> str:
        return str((self.context.get("form") or {}).get("asked", ""))


async def follow(script: list[dict[str, Any]], dialogue: Dialogue, services: MemoryServices) -> None:
    """Play the script and check each reply."""
    conversation = Conversation(dialogue)
    for number, turn in enumerate(script, 1):
        reply = await conversation.say(turn["say"])
        where = f"turn {number} ({turn['say']}): {reply.status}: {reply.text}"
        assert reply.text.strip(), where
        assert turn.get("status", reply.status) == reply.status, where
        assert turn.get("asked", conversation.asked) == conversation.asked, (
            f"{where} asked={conversation.asked}"
        )
        assert turn.get("has", "") in reply.text, where
        assert "lacks" not in turn or turn["lacks"] not in reply.text, where
        if "filed" in turn:
            mine = [key for key in services.filed if key.startswith(conversation.id)]
            assert len(mine) == turn["filed"], where
