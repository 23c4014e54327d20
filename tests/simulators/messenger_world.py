"""What stands on both sides of the simulated Messenger: people with their screens, Pages, and what events are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

# The first at once; then ever later, until an hour has passed.
PAUSES = tuple(timedelta(seconds=one) for one in (15, 45, 120, 300, 600, 1200, 1320))
INBOX_APP = 263902037430900  # the Page's own inbox in Meta Business Suite
FIELDS = (
    "messages", "messaging_postbacks", "message_echoes", "messaging_referrals", "message_deliveries", "message_reads",
)  # fmt: skip


@dataclass
class Shown:
    """One message on a person's screen. Quick replies are gone when one was tapped or something else came."""

    mid: str
    text: str
    quick_replies: list[dict[str, str]] = field(default_factory=list)
    buttons: list[dict[str, str]] = field(default_factory=list)
    attachment: str = ""  # the address of a file
    persona: str = ""  # the name it came under
    tag: str = ""  # a message tag, such as HUMAN_AGENT
    metadata: str = ""
    at: datetime | None = None


@dataclass
class Person:
    last_action: datetime
    shown: list[Shown] = field(default_factory=list)
    typing: int = 0
    blocked: bool = False


@dataclass
class SimulatedPage:
    token: str
    name: str = "Trung tâm Hành chính công"
    restricted: bool = False
    subscribed: set[str] = field(default_factory=lambda: set(FIELDS))
    profile: dict[str, Any] = field(default_factory=dict)
    personas: dict[str, dict[str, str]] = field(default_factory=dict)


def subscription(event: Mapping[str, Any]) -> str:
    """The subscription an event comes under."""
    if "message" in event:
        return "message_echoes" if event["message"].get("is_echo") else "messages"
    for name, subscribed in (
        ("postback", "messaging_postbacks"),
        ("referral", "messaging_referrals"),
        ("delivery", "message_deliveries"),
        ("read", "message_reads"),
    ):
        if name in event:
            return subscribed
    return "messages"


def new_mid() -> str:
    return f"m_{uuid4().hex}"


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
