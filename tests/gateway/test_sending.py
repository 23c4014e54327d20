"""The outbox through a channel: in order, not twice, and whatever cannot be sent is kept with its reason."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.channels.base import (
    Capabilities,
    ChannelStopped,
    TryLater,
    Undeliverable,
    Unreachable,
    Unsure,
    WindowClosed,
)
from bot.gateway import channel_overview, channel_states, outbox
from bot.gateway.sending import Sender
from desk import notices
from desk.database import Pool
from tests.channels.fake import FakeChannel
from tests.gateway.helpers import begin, rows

pytestmark = pytest.mark.postgres


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def ticking(now: datetime) -> Clock:
    return Clock(now)


def sender_of(pool: Pool, channel: FakeChannel, clock: Clock) -> Sender:
    return Sender(pool=pool, channels={channel.name: channel}, clock=clock)


async def waiting(pool: Pool, *texts: str, now: datetime) -> None:
    conversation = await begin(pool, channel="zalo")
    for number, text in enumerate(texts):
        async with pool.connection() as conn:
            await notices.say(conn, conversation, text=text, now=now, key=str(number))


async def states(pool: Pool) -> list[tuple[str, str]]:
    return [
        (row["state"], row["reason"])
        for row in await rows(pool, "SELECT state, reason FROM outbox ORDER BY seq")
    ]


async def test_replies_to_one_person_go_one_after_the_other(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel()
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "một", "hai", "ba", now=ticking.now)
    assert await sender.round() == 1
    assert [await sender.round() for _ in range(3)] == [1, 1, 0]
    assert [text for _, text in channel.arrived] == ["một", "hai", "ba"]
    assert set(await states(pool)) == {("sent", "")}
    kept = await rows(pool, "SELECT sent_ids, cost FROM outbox ORDER BY seq LIMIT 1")
    assert kept == [{"sent_ids": ["p1"], "cost": "reply"}]


async def test_many_senders_share_the_work_and_send_nothing_twice(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel()
    for _ in range(8):
        await waiting(pool, "a", "b", now=ticking.now)
    senders = [sender_of(pool, channel, ticking) for _ in range(3)]
    for _ in range(6):
        await asyncio.gather(*(sender.round() for sender in senders))
    assert sorted(text for _, text in channel.arrived) == ["a"] * 8 + ["b"] * 8
    for person in {person for person, _ in channel.arrived}:
        assert [text for to, text in channel.arrived if to == person] == ["a", "b"]


async def test_a_long_reply_goes_on_where_it_failed(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel(script=[None, TryLater("-32")])
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "Câu dài một chút. " * 20, now=ticking.now)
    await sender.round()
    assert len(channel.arrived) == 1
    assert await states(pool) == [("pending", "later")]
    ticking.later(5)
    await sender.round()
    assert " ".join(text for _, text in channel.arrived).split() == ("Câu dài một chút. " * 20).split()
    assert await states(pool) == [("sent", "")]


async def test_what_the_platform_asks_to_wait_is_waited(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel(script=[TryLater("613", wait_s=100)])
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "a", now=ticking.now)
    await sender.round()
    ticking.later(99)
    assert await sender.round() == 0
    ticking.later(60)
    assert await sender.round() == 1
    assert len(channel.arrived) == 1


async def test_after_the_last_try_it_is_parked_and_can_be_released(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel(script=[TryLater("-32")] * outbox.MAX_ATTEMPTS)
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "a", "b", now=ticking.now)
    for _ in range(outbox.MAX_ATTEMPTS):
        await sender.round()
        ticking.later(1000)
    assert await states(pool) == [("parked", "later"), ("pending", "")]
    async with pool.connection() as conn:
        (held,) = await channel_overview.parked(conn)
        assert (held["channel"], held["reason"]) == ("zalo", "later")
        assert await outbox.release(conn, held["id"], actor="an", now=ticking.now)
        assert not await outbox.release(conn, held["id"], actor="an", now=ticking.now)
    while await sender.round():
        pass
    assert await states(pool) == [("sent", ""), ("sent", "")]


@pytest.mark.parametrize("error", [WindowClosed("-230"), Unreachable("-213"), Undeliverable("-201")])
async def test_what_never_arrives_is_parked_at_once_and_the_next_goes_ahead(
    pool: Pool, ticking: Clock, error: Undeliverable
) -> None:
    channel = FakeChannel(script=[error])
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "a", "b", now=ticking.now)
    await sender.round()
    await sender.round()
    assert await states(pool) == [("parked", error.reason), ("sent", "")]
    assert [text for _, text in channel.arrived] == ["b"]


async def test_a_stopped_channel_waits_whole_until_somebody_opens_it(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel(script=[ChannelStopped("-221", note="OA unverified")])
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "a", now=ticking.now)
    await waiting(pool, "b", now=ticking.now)
    await sender.round(limit=1)
    assert [await sender.round() for _ in range(3)] == [0, 0, 0]
    assert [state for state, _ in await states(pool)] == ["pending", "pending"]
    async with pool.connection() as conn:
        closed = (await channel_states.states(conn))["zalo"]
        assert (closed["open"], closed["actor"]) == (False, "")
        assert await channel_states.reopen(conn, "zalo", actor="an", now=ticking.now)
    assert await sender.round() == 2
    said = await rows(pool, "SELECT actor, action, object_id FROM audit ORDER BY id")
    assert [(row["actor"], row["action"]) for row in said] == [
        ("motcua", "channel.closed"), ("an", "channel.opened"),
    ]  # fmt: skip


def accepted(error: Unsure) -> Unsure:
    """The platform took it, and its answer was lost."""
    error.accepted = True  # type: ignore[attr-defined]
    return error


async def hear(pool: Pool, channel: FakeChannel, clock: Clock, *, text: str) -> None:
    person = (await rows(pool, "SELECT recipient FROM outbox LIMIT 1"))[0]["recipient"]
    async with pool.connection() as conn:
        await outbox.heard(
            conn, channel=channel.name, recipient=person, id="echo-1", text=text, tag="", now=clock.now
        )


async def test_an_answer_that_was_lost_is_settled_by_the_echo(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel(script=[accepted(Unsure("timeout"))])
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "Chào bạn", "sau", now=ticking.now)
    await sender.round()
    await hear(pool, channel, ticking, text="Chào  bạn ")  # platforms touch spaces
    ticking.later(6)
    await sender.round()
    await sender.round()
    assert [text for _, text in channel.arrived] == ["Chào bạn", "sau"]
    assert set(await states(pool)) == {("sent", "")}
    assert sender.tally["settled"] == 1


async def test_without_an_echo_it_is_sent_again_after_a_while(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel(script=[Unsure("reset")])
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "a", now=ticking.now)
    await sender.round()
    ticking.later(10)
    await sender.round()
    assert channel.arrived == []
    assert await states(pool) == [("pending", "unsure")]
    ticking.later(60)
    await sender.round()
    assert [text for _, text in channel.arrived] == ["a"]


async def test_where_no_echo_comes_an_unsure_one_is_for_an_operator(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel(echoes=False, script=[accepted(Unsure("timeout"))])
    sender = sender_of(pool, channel, ticking)
    await waiting(pool, "a", now=ticking.now)
    await sender.round()
    ticking.later(100)
    await sender.round()
    assert await states(pool) == [("parked", "unsure")]
    assert len(channel.arrived) == 1


async def test_a_sender_that_dies_in_between_leaves_it_unsure(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel()
    await waiting(pool, "a", now=ticking.now)
    async with pool.connection() as conn:
        (item,) = await outbox.lease(conn, now=ticking.now)
    assert item.unsure_since is None
    channel.arrived.append((item.recipient, "a"))  # it was sent, then the process died
    await hear(pool, channel, ticking, text="a")
    ticking.later(outbox.LEASE.total_seconds() + 1)
    await sender_of(pool, channel, ticking).round()
    assert await states(pool) == [("sent", "")]
    assert len(channel.arrived) == 1


async def test_no_more_calls_than_the_platform_allows(pool: Pool, ticking: Clock) -> None:
    channel = FakeChannel(capabilities=Capabilities(text=200, per_minute=240))
    senders = [sender_of(pool, channel, ticking) for _ in range(3)]
    for _ in range(20):
        await waiting(pool, "a", now=ticking.now)
    sent = []
    for _ in range(3):
        await asyncio.gather(*(sender.round() for sender in senders))
        sent.append(len(channel.arrived))
        ticking.later(1)
    assert sent == [4, 8, 12]
