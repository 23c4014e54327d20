"""Facebook Messenger: a Page's inbox as a channel.

Requests are signed with the app's secret over their raw bytes; replies go out within 24 hours of what the person last
did, an official's words within 7 days where Meta's review allowed it. What is written to people besides the replies,
and what each error means, stands in messenger.yml.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bot.channels.base import (
    BadSignature,
    Capabilities,
    ChannelStopped,
    InboundMessage,
    OutboundMessage,
    Part,
    Sent,
    Unsure,
    WindowClosed,
)
from bot.channels.messenger_events import Reading, read
from bot.channels.messenger_graph import Graph, TooLarge
from bot.channels.messenger_shapes import parts

WINDOW = timedelta(hours=24)
HUMAN_WINDOW = timedelta(days=7)
QUICK_REPLIES, QUICK_TITLE = 13, 20
BUTTONS, BUTTON_TITLE, BUTTON_TEXT = 3, 20, 640
PAYLOAD = 1000


@dataclass(frozen=True, kw_only=True)
class Page:
    """A Page that is answered for. `area` is what its people are asked about first; "" leaves it open."""

    id: str
    token: str = field(repr=False)
    area: str = ""


@dataclass(frozen=True, kw_only=True)
class MessengerConfig:
    """Everything that is another in each office. The first Page is the main one."""

    app_id: str
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    pages: tuple[Page, ...]
    version: str = "v26.0"
    graph: str = "https://graph.facebook.com"
    text_limit: int = 2000
    persona: str = ""  # id of the persona that officials write as; "" = as the Page
    human_agent: bool = False  # whether Meta's review granted the tag HUMAN_AGENT
    typing: bool = True
    per_minute: int = 12_000  # below the 300 a second of a Page


def challenge(query: Mapping[str, str], *, verify_token: str) -> str:
    """What to answer the platform that asks whether this address is ours: its challenge, as it came.

    Raises:
        BadSignature: it does not know the token: 403.
    """
    token = query.get("hub.verify_token", "")
    same = hmac.compare_digest(token.encode("utf-8", "replace"), verify_token.encode())
    if not (verify_token and same and query.get("hub.mode") == "subscribe"):
        raise BadSignature("hub.verify_token")
    return query.get("hub.challenge", "")


class MessengerChannel:
    """Messenger over one HTTP client. It holds no state of its own."""

    name = "messenger"
    pull = False
    echoes = True

    def __init__(
        self,
        config: MessengerConfig,
        http: httpx.AsyncClient,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pauses: tuple[float, ...] = (0.4, 1.2),
    ) -> None:
        self.config, self._http, self._clock, self._pauses = config, http, clock, pauses
        self._tokens = {page.id: page.token for page in config.pages}
        self.capabilities = Capabilities(
            text=config.text_limit,
            buttons=BUTTONS,
            button_title=BUTTON_TITLE,
            button_text=BUTTON_TEXT,
            button_payload=PAYLOAD,
            quick_replies=QUICK_REPLIES,
            quick_title=QUICK_TITLE,
            typing=config.typing,
            window=WINDOW,
            human_window=HUMAN_WINDOW if config.human_agent else WINDOW,
            per_minute=config.per_minute,
        )

    # -------------------------------------------------------------- in

    def verify(self, *, headers: Mapping[str, str], body: bytes) -> None:
        said = headers.get("x-hub-signature-256", "")
        expected = hmac.new(self.config.app_secret.encode(), body, hashlib.sha256).hexdigest()
        genuine = hmac.compare_digest(said.encode("utf-8", "replace"), f"sha256={expected}".encode())
        if not (self.config.app_secret and genuine):
            raise BadSignature("x-hub-signature-256")

    def subscription(self, query: Mapping[str, str]) -> str | None:
        """What to answer the platform's question whether this address is ours; None: 403."""
        try:
            return challenge(query, verify_token=self.config.verify_token)
        except BadSignature:
            return None

    def parse(self, body: bytes, *, now: datetime) -> list[InboundMessage]:
        areas = {page.id: page.area for page in self.config.pages}
        return read(body, Reading(pages=areas, app_id=self.config.app_id, now=now))

    def shape(self, message: OutboundMessage) -> Sequence[Part]:
        return parts(message, self.capabilities)

    # -------------------------------------------------------------- out

    async def send(self, part: Part, message: OutboundMessage) -> Sent:
        page, person = self._address(message.recipient)
        call = {"recipient": {"id": person}, **part.content}
        if "message" in part.content:
            call |= self._manner(message)
        else:
            self._manner(message)
        graph = self.graph(page)
        try:
            data = await graph.post(f"{page}/messages", call)
        except TooLarge:
            if "instead" not in part.extra:
                raise
            data = await graph.post(f"{page}/messages", call | {"message": part.extra["instead"]})
        sent = data.get("message_id")
        if "message" in part.content and not isinstance(sent, str):
            raise Unsure(note="an answer without an id")
        return Sent(id=str(sent or ""))

    def graph(self, page: str = "") -> Graph:
        """The way to the platform as one of the Pages; without a name as the main one.

        Raises:
            ChannelStopped: we hold no token of that Page.
        """
        name = page or next(iter(self._tokens), "")
        if not self._tokens.get(name):
            raise ChannelStopped(note=f"no token of Page {name or '-'}")
        base = f"{self.config.graph.rstrip('/')}/{self.config.version}"
        return Graph(
            http=self._http,
            base=base,
            token=self._tokens[name],
            secret=self.config.app_secret,
            pauses=self._pauses,
        )

    def _address(self, recipient: str) -> tuple[str, str]:
        page, _, person = recipient.rpartition(":")
        return page or next(iter(self._tokens), ""), person

    def _manner(self, message: OutboundMessage) -> dict[str, Any]:
        """How it is sent at this time; nothing is sent when its window is closed.

        Raises:
            WindowClosed: too long since the person last did something.
        """
        since = self._clock() - message.last_action if message.last_action else timedelta()
        manner: dict[str, Any] = {"messaging_type": "RESPONSE"}
        if since >= WINDOW:
            if not (message.human and self.config.human_agent) or since >= HUMAN_WINDOW:
                raise WindowClosed(note=f"{since // timedelta(hours=1)} hours since the last action")
            manner = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        if message.human and self.config.persona:
            manner["persona_id"] = self.config.persona
        return manner
