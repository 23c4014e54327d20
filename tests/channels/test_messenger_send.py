"""Messages sent to the simulated platform: windows, personas, every documented error and what is done about it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.channels.base import (
    ChannelStopped,
    OutboundMessage,
    SendFailed,
    Sent,
    TryLater,
    Undeliverable,
    Unreachable,
    Unsure,
    WindowClosed,
)
from bot.channels.messenger import MessengerChannel, MessengerConfig, Page
from bot.channels.messenger_graph import rules
from tests.simulators.messenger import MessengerPlatform
from tests.simulators.messenger_world import SimulatedPage
from tests.simulators.platform import serving

PSID = "202"


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[MessengerPlatform, str]]:
    platform = MessengerPlatform()
    with serving(platform) as url:
        yield platform, url


@pytest.fixture
def platform(address: tuple[MessengerPlatform, str]) -> MessengerPlatform:
    """The platform as new: the server stays, everything it knows is fresh."""
    standing, _ = address
    standing.__dict__.update(MessengerPlatform().__dict__)
    standing.writes(PSID, "Xin chào")
    standing.events.clear()
    return standing


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(verify=False, trust_env=False) as client:  # noqa: S501  # this machine
        yield client


@pytest.fixture
def config(address: tuple[MessengerPlatform, str]) -> MessengerConfig:
    return MessengerConfig(
        app_id="900",
        app_secret="motcua-app-secret",
        verify_token="motcua-verify",
        pages=(Page(id="101", token="page-token"),),
        graph=address[1],
    )


@pytest.fixture
def channel(
    config: MessengerConfig, http: httpx.AsyncClient, platform: MessengerPlatform
) -> MessengerChannel:
    return MessengerChannel(config, http, clock=platform.clock.now, pauses=(0, 0))


def message(text: str = "Chào bạn", *, at: datetime | None = None, **fields: Any) -> OutboundMessage:
    return OutboundMessage(
        channel="messenger", recipient=PSID, message_id="m1", text=text, last_action=at, **fields
    )


async def say(channel: MessengerChannel, said: OutboundMessage) -> list[Sent]:
    return [await channel.send(part, said) for part in channel.shape(said)]


async def test_a_reply_stands_on_the_persons_screen_and_is_told_back(
    channel: MessengerChannel, platform: MessengerPlatform
) -> None:
    choices = [{"title": "Gửi", "payload": "#MC:YES"}, {"title": "Thôi", "payload": "#MC:NO"}]
    sent = await say(channel, message("Xác nhận gửi?", body={"choices": choices}))
    (shown,) = platform.people[PSID].shown
    assert (shown.text, shown.mid, shown.metadata) == ("Xác nhận gửi?", sent[-1].id, "mc:m1:0")
    assert platform.people[PSID].typing == 1
    platform.taps(PSID, "Gửi")
    platform.batch = 10
    (delivery,) = platform.pack()
    channel.verify(headers={k.lower(): v for k, v in delivery.headers.items()}, body=delivery.body)
    echo, tap = channel.parse(delivery.body, now=platform.clock.now())
    assert (echo.kind, echo.tag, echo.dedupe_key, echo.sender) == ("echo", "mc:m1:0", sent[-1].id, PSID)
    assert (tap.kind, tap.payload, tap.text) == ("message", "#MC:YES", "Gửi")


async def test_whatever_the_adapter_makes_the_platform_takes(
    channel: MessengerChannel, platform: MessengerPlatform
) -> None:
    platform.per_thread = 1000
    said = ["a" * 2001, "👍" * 1001, "Câu dài. " * 90, "x"]
    short = [{"title": f"Việc {n}", "payload": "#MC:YES"} for n in range(14)]
    links = [{"title": "a" * n, "url": "https://dichvucong.gov.vn"} for n in (19, 20, 21)]
    phone = [{"title": "Gọi", "url": "tel:0262 3816 789"}, {"title": "Gọi 113", "url": "tel:113"}]
    for text in said:
        for choices in ([], short[:13], short, links[:2], links, phone[:1], phone, [*short[:2], *links[:2]]):
            await say(channel, message(text, body={"choices": choices}))
    assert platform.refusals == []


async def test_the_first_24_hours_are_open_and_a_second_later_nothing_is_called(
    channel: MessengerChannel, platform: MessengerPlatform
) -> None:
    at = platform.clock.now()
    platform.clock.move(timedelta(hours=24) - timedelta(seconds=1))
    await say(channel, message(at=at))
    assert platform.calls[-1]["messaging_type"] == "RESPONSE"
    platform.clock.move(timedelta(seconds=2))
    for human in (False, True):
        with pytest.raises(WindowClosed):
            await say(channel, message(at=at, human=human))
    assert len(platform.calls) == 1
    assert platform.refusals == []


async def test_an_officials_words_have_seven_days_where_meta_allowed_it(
    config: MessengerConfig, http: httpx.AsyncClient, platform: MessengerPlatform
) -> None:
    channel = MessengerChannel(replace(config, human_agent=True), http, clock=platform.clock.now)
    at = platform.clock.now()
    await say(channel, message(at=at, human=True))
    assert "tag" not in platform.calls[-1]
    platform.clock.move(timedelta(days=7) - timedelta(seconds=1))
    await say(channel, message(at=at, human=True))
    assert (platform.calls[-1]["messaging_type"], platform.calls[-1]["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    with pytest.raises(WindowClosed):
        await say(channel, message(at=at))
    platform.clock.move(timedelta(seconds=2))
    with pytest.raises(WindowClosed):
        await say(channel, message(at=at, human=True))
    assert platform.refusals == []


async def test_when_only_the_platform_knows_that_the_window_is_closed(
    channel: MessengerChannel, platform: MessengerPlatform
) -> None:
    platform.clock.move(timedelta(hours=25))
    said = message()
    with pytest.raises(WindowClosed) as failed:
        await channel.send(channel.shape(said)[-1], said)
    assert failed.value.code == "10/2018278"


async def test_officials_write_under_their_persona_and_the_assistant_does_not(
    config: MessengerConfig, http: httpx.AsyncClient, platform: MessengerPlatform
) -> None:
    platform.pages["101"].personas["p1"] = {"name": "Cán bộ Một Cửa"}
    channel = MessengerChannel(replace(config, persona="p1"), http, clock=platform.clock.now)
    await say(channel, message("Tôi là cán bộ", human=True))
    await say(channel, message("Tôi là trợ lý"))
    assert [shown.persona for shown in platform.people[PSID].shown] == ["Cán bộ Một Cửa", ""]


async def test_each_page_is_spoken_for_with_its_own_token(
    config: MessengerConfig, http: httpx.AsyncClient, platform: MessengerPlatform
) -> None:
    platform.pages["102"] = SimulatedPage(token="other-token")
    pages = (*config.pages, Page(id="102", token="other-token"))
    channel = MessengerChannel(replace(config, pages=pages), http, clock=platform.clock.now)
    said = message().model_copy(update={"recipient": f"102:{PSID}"})
    await say(channel, said)
    (_, echo) = platform.events[-1]
    assert echo["sender"]["id"] == "102"
    with pytest.raises(ChannelStopped):
        await say(channel, said.model_copy(update={"recipient": f"103:{PSID}"}))


async def test_a_file_too_large_becomes_its_address(
    channel: MessengerChannel, platform: MessengerPlatform
) -> None:
    file = {"kind": "file", "url": "https://x.vn/mau.pdf", "title": "Tờ khai"}
    platform.sizes["https://x.vn/mau.pdf"] = 25 * 1024 * 1024
    await say(channel, message(body={"attachments": [file]}))
    assert platform.people[PSID].shown[-1].attachment == "https://x.vn/mau.pdf"
    platform.sizes["https://x.vn/mau.pdf"] += 1
    await say(channel, message(body={"attachments": [file]}))
    assert "https://x.vn/mau.pdf" in platform.people[PSID].shown[-1].text


# ------------------------------------------------------------------ what goes wrong

KINDS: dict[str, type[SendFailed]] = {
    "stopped": ChannelStopped, "window": WindowClosed, "unreachable": Unreachable, "refused": Undeliverable,
    "later": TryLater, "again": TryLater, "link": Undeliverable,
}  # fmt: skip
# The error table of the platform's reference and what must follow from each; beside the adapter's own data.
REFERENCE = {
    "190/463": "stopped", "190/467": "stopped", "190": "stopped", "10/2018278": "window", "10/2018065": "window",
    "10/1893063": "stopped", "100": "refused", "100/2018001": "unreachable", "200": "stopped", "230": "stopped",
    "551/1545041": "unreachable", "4": "later", "32": "later", "613": "later", "80006": "later", "1": "again",
    "2": "again", "1200": "again", "100/2018109": "link",
}  # fmt: skip


@pytest.mark.parametrize(("error", "action"), REFERENCE.items())
async def test_every_error_of_the_table_has_its_action(
    channel: MessengerChannel, platform: MessengerPlatform, error: str, action: str
) -> None:
    platform.faults.script = [f"error:{error}"] * 3
    said = message()
    with pytest.raises(KINDS[action]) as failed:
        await channel.send(channel.shape(said)[-1], said)
    assert type(failed.value) is KINDS[action] or action == "link"
    assert failed.value.code == error
    assert "page-token" not in str(failed.value)
    assert len(platform.faults.met) == (3 if action == "again" else 1)
    assert platform.people[PSID].shown == []


def test_the_table_has_a_line_for_each_action_and_no_other() -> None:
    assert {rule.action for rule in rules()} == set(KINDS)
    assert {rule.code.partition("/")[0] for rule in rules()} - {"1545041", "2018109"} <= {
        error.partition("/")[0] for error in REFERENCE
    }


@pytest.mark.parametrize("mood", ["error:1", "error:2", "error:1200"])
async def test_what_is_temporary_is_over_at_the_third_try(
    channel: MessengerChannel, platform: MessengerPlatform, mood: str
) -> None:
    platform.faults.script = [mood, mood]
    said = message()
    await channel.send(channel.shape(said)[-1], said)
    assert len(platform.people[PSID].shown) == 1


@pytest.mark.parametrize(
    ("mood", "kind", "shown"),
    [
        ("drop", Unsure, 0), ("lost", Unsure, 1), ("502", Unsure, 0), ("502+", Unsure, 1), ("500", Unsure, 0),
        ("html", Unsure, 0), ("503", TryLater, 0), ("429", TryLater, 0), ("404", Undeliverable, 0),
    ],
)  # fmt: skip
async def test_without_the_platforms_word_only_the_echo_can_tell(
    channel: MessengerChannel, platform: MessengerPlatform, mood: str, kind: type[SendFailed], shown: int
) -> None:
    platform.faults.script = [mood]
    said = message()
    with pytest.raises(kind):
        await channel.send(channel.shape(said)[-1], said)
    assert len(platform.people[PSID].shown) == shown
    assert [event["message"]["metadata"] for _, event in platform.events] == ["mc:m1:0"] * shown


async def test_an_unknown_error_is_final_or_temporary_as_its_status_says(
    channel: MessengerChannel, platform: MessengerPlatform
) -> None:
    platform.faults.script = ["error:9999"]
    said = message()
    with pytest.raises(Undeliverable):
        await channel.send(channel.shape(said)[-1], said)


async def test_a_throttle_says_how_long_to_wait(
    channel: MessengerChannel, platform: MessengerPlatform
) -> None:
    platform.per_thread = 1
    said = message()
    await channel.send(channel.shape(said)[-1], said)
    with pytest.raises(TryLater) as failed:
        await channel.send(channel.shape(said)[-1], said)
    assert (failed.value.code, failed.value.wait_s) == ("613", 60)


async def test_a_typing_sign_that_fails_is_optional(
    channel: MessengerChannel, platform: MessengerPlatform
) -> None:
    platform.faults.script = ["error:100"]
    said = message()
    typing, words = channel.shape(said)
    with pytest.raises(SendFailed):
        await channel.send(typing, said)
    assert typing.optional
    await channel.send(words, said)
    assert [shown.text for shown in platform.people[PSID].shown] == ["Chào bạn"]


async def test_a_platform_that_is_not_there_is_for_later(
    config: MessengerConfig, http: httpx.AsyncClient, platform: MessengerPlatform
) -> None:
    channel = MessengerChannel(replace(config, graph="http://127.0.0.1:9"), http, clock=platform.clock.now)
    with pytest.raises(TryLater):
        await say(channel, message())


async def test_a_wrong_token_and_a_wrong_secret_stop_the_channel_or_the_message(
    config: MessengerConfig, http: httpx.AsyncClient, platform: MessengerPlatform
) -> None:
    wrong = replace(config, pages=(Page(id="101", token="stolen"),))
    said = message()
    channel = MessengerChannel(wrong, http, clock=platform.clock.now)
    with pytest.raises(ChannelStopped):
        await channel.send(channel.shape(said)[-1], said)
    channel = MessengerChannel(replace(config, app_secret="x"), http, clock=platform.clock.now)
    with pytest.raises(Undeliverable):
        await channel.send(channel.shape(said)[-1], said)


def test_no_secret_shows_itself(config: MessengerConfig) -> None:
    said = repr(config)
    assert not any(secret in said for secret in ("motcua-app-secret", "motcua-verify", "page-token"))
