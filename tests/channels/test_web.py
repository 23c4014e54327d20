"""The web channel: messages from requests, nothing to send."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bot.channels.base import Channel, OutboundMessage
from bot.channels.web import WebChannel


def test_it_is_a_channel() -> None:
    channel: Channel = WebChannel()
    assert (channel.name, channel.pull) == ("web", True)


def test_a_request_is_one_message_with_a_key_of_its_own() -> None:
    body = json.dumps({"text": "xin chào", "payload": "#MC:YES"}).encode()
    first, second = WebChannel().parse(body) + WebChannel().parse(body)
    assert (first.text, first.payload, first.channel) == ("xin chào", "#MC:YES", "web")
    assert first.dedupe_key != second.dedupe_key
    assert first.received_at <= datetime.now(UTC)


def test_a_key_of_the_client_is_kept() -> None:
    assert WebChannel().message("a", key="k").dedupe_key == "k"


async def test_sending_is_leaving_it_where_the_client_reads() -> None:
    message = OutboundMessage(channel="web", recipient="", message_id="m1", text="chào")
    (part,) = WebChannel().shape(message)
    assert (part.text, (await WebChannel().send(part, message)).id) == ("chào", "m1")


def test_what_is_no_message_gives_none() -> None:
    assert [WebChannel().parse(body) for body in (b"", b"\xff", b"[1]", b"{")] == [[], [], [], []]
