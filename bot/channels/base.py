"""What every channel is to the rest: a way to turn a raw request into messages, and a reply into sent ones.

A channel is one file that writes down how its platform speaks. When to send, in which order, how often, and what to
do after a failure is the same for all of them and lies outside (bot/gateway/sending.py); so a channel holds no state
but its HTTP client and its tokens. A new one passes tests/channels/conformance.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict

# What people's buttons carry. The same characters typed by hand are no button: the gateway asks what was offered.
RESERVED = "#MC:"

InboundKind = Literal[
    "message",  # text, a button, attachments: to be answered
    "follow",  # the person turned to us without a word: to be greeted
    "unfollow",  # nothing may be sent any more
    "contact",  # the person agreed to share name and phone
    "officer",  # an official wrote in the platform's own console: the assistant is silent from now on
    "echo",  # what we sent, told back by the platform: proof that it arrived there
]
AttachmentKind = Literal["image", "video", "audio", "file", "location", "sticker", "link", "contact", "other"]


class Attachment(BaseModel):
    """What came with a message. `url` is whatever the platform said: hostile until checked by whoever fetches it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: AttachmentKind
    url: str = ""
    name: str = ""
    media_type: str = ""
    bytes: int | None = None
    latitude: float | None = None  # WGS 84, of a location
    longitude: float | None = None


class Contact(BaseModel):
    """What a person shared of themselves by the platform's own form; "" where they did not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    phone: str = ""
    address: str = ""


class InboundMessage(BaseModel):
    """One event of a person's conversation. `dedupe_key` is the platform's id of it: a second delivery is not another.

    For "echo" and "officer" `sender` is the person the words went to, and `dedupe_key` the id of the sent message.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    dedupe_key: str
    kind: InboundKind = "message"
    text: str = ""
    payload: str = ""  # a button's, with RESERVED in front
    sender: str = ""  # the person's id in that channel; "" where the conversation itself is the identity
    area: str = ""
    locale: str = "vi"
    received_at: datetime
    sent_at: datetime | None = None  # by the platform's clock
    reply_to: str = ""  # the platform's id of the message quoted
    attachments: tuple[Attachment, ...] = ()
    contact: Contact | None = None
    tag: str = ""  # of an echo: what `Part.tag` said when it was sent
    raw: dict[str, Any] = {}


class OutboundMessage(BaseModel):
    """One reply on its way to a person. `body` is the JSON of a reply; `text` alone is a complete answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    recipient: str
    message_id: str
    text: str
    body: dict[str, Any] = {}
    human: bool = False  # written by an official, not by the assistant
    last_action: datetime | None = None  # when the person last did something in this channel
    quote: str = ""  # the platform's id of the message it answers


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a platform takes. Lengths are characters after NFC; 0 of something means: it has none."""

    text: int = 2000
    buttons: int = 0
    button_title: int = 20
    button_text: int = 2000  # the text a message with buttons may have
    button_payload: int = 1000
    quick_replies: int = 0
    quick_title: int = 20
    typing: bool = False
    images: bool = True
    free_for: timedelta | None = None  # after the person's last action; later ones cost
    window: timedelta | None = None  # after it nothing may be sent; None: always
    human_window: timedelta | None = None  # the same for what an official wrote
    per_minute: int = 0  # calls in a minute over all workers; 0: no limit is known


@dataclass(frozen=True, kw_only=True)
class Part:
    """One call to the platform. `content` is its JSON without the recipient; `tag` comes back with the echo."""

    content: dict[str, Any]
    text: str = ""  # what a person reads of it, for the echo to be recognised by
    tag: str = ""
    optional: bool = False  # a typing sign: when it fails the reply goes on
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What the platform said. `cost` is its class of price, as far as it tells ("reply", "paid", …)."""

    id: str
    cost: str = ""


class BadSignature(Exception):
    """The request does not come from the platform it claims to come from."""


class SendFailed(Exception):
    """The platform did not take a message. `code` is the platform's own, `reason` ours (docs/runbooks/channels.md)."""

    reason: ClassVar[str] = "failed"

    def __init__(self, code: str = "", *, note: str = "") -> None:
        self.code, self.note = code, note
        super().__init__(" ".join(part for part in (self.reason, code, note) if part))

    @property
    def detail(self) -> str:
        """What the platform said, without our reason for it."""
        return " ".join(part for part in (self.code, self.note) if part)


class TryLater(SendFailed):
    """It was surely not sent, and may be later: throttled, overloaded, a refused connection."""

    reason = "later"

    def __init__(self, code: str = "", *, note: str = "", wait_s: float = 0.0) -> None:
        self.wait_s = wait_s  # what the platform asks for; 0 when it does not say
        super().__init__(code, note=note)


class Unsure(SendFailed):
    """Nobody can tell: the connection broke after the call was written. The echo may say; see `Channel.echoes`."""

    reason = "unsure"


class Undeliverable(SendFailed):
    """This message never: its window is closed, the person cannot be reached, the platform refuses its content."""

    reason = "undeliverable"


class WindowClosed(Undeliverable):
    """Too long since the person last did something there."""

    reason = "window_closed"


class Unreachable(Undeliverable):
    """The person blocked us, left, or does not exist."""

    reason = "unreachable"


class ChannelStopped(SendFailed):
    """Nothing can be sent until an administrator has done something: a token, a permission, a package, a bill."""

    reason = "stopped"


class Channel(Protocol):
    """A channel. Pull channels are asked by the person's own client; push channels send by themselves."""

    name: str
    pull: bool
    capabilities: Capabilities
    echoes: bool  # whether what was sent is told back, so that an unsure sending can be settled

    def verify(self, *, headers: Mapping[str, str], body: bytes) -> None:
        """Raise BadSignature unless the raw request is genuine. `headers` are looked up in lower case."""
        ...

    def parse(self, body: bytes, *, now: datetime) -> list[InboundMessage]:
        """The events of a raw request, in the platform's order; what is none of ours gives none. Never raises."""
        ...

    def shape(self, message: OutboundMessage) -> Sequence[Part]:
        """The calls that say this message, within the platform's limits; the same for the same message."""
        ...

    async def send(self, part: Part, message: OutboundMessage) -> Sent:
        """Make one call.

        Raises:
            SendFailed: one of its kinds, which says what may be done about it.
        """
        ...
