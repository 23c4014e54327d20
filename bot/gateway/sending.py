"""Sends what waits in the outbox through its channel: in order, as fast as the platform allows, and not twice.

What the platform said of a failure decides: later, never, ask the echoes, or stop the channel until somebody has
looked. Every reply ends as sent or parked with its reason; none is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels.base import (
    Channel,
    ChannelStopped,
    OutboundMessage,
    Part,
    SendFailed,
    Sent,
    TryLater,
    Undeliverable,
    Unreachable,
    Unsure,
)
from bot.gateway import channel_states, outbox
from bot.gateway.outbox import Outgoing
from desk.database import Pool, statement

log = logging.getLogger(__name__)
AT_ONCE = 16
SETTLE = timedelta(seconds=45)  # so long an echo may take; then an unsure part counts as not sent
LOOK_AGAIN = timedelta(seconds=5)
_WAIT_S = 0.1
_SKIPPED = "-"  # in place of the id of an optional part that failed


@dataclass(kw_only=True)
class Sender:
    """Sends for the channels that must be called. Several may run over one database."""

    pool: Pool
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    settle: timedelta = SETTLE
    tally: dict[str, int] = field(default_factory=dict)

    async def round(self, *, limit: int = AT_ONCE) -> int:
        """Send what is due, as many at once as may be; returns how many were taken."""
        now, taken = self.clock(), []
        async with self.pool.connection() as conn:
            waiting = await outbox.due(conn, now=now, channels=[*self.channels], limit=limit)
            for name, count in waiting.items():
                calls = await channel_states.take(
                    conn, name, want=count, per_minute=self.channels[name].capabilities.per_minute, now=now
                )
                if calls:
                    taken += await outbox.lease(conn, now=now, limit=calls, channels=[name])
        await asyncio.gather(*(self._deliver(item) for item in taken))
        return len(taken)

    async def _deliver(self, item: Outgoing) -> None:
        channel = self.channels[item.channel]
        message = _message(item)
        try:
            parts = channel.shape(message)
            done = await self._settled(item, channel, parts)
            if done is None:
                return
            await self._send_rest(item, channel, message=message, parts=parts, done=done)
        except SendFailed as error:
            await self._failed(item, channel, error)
        except Exception as error:  # an edge: what no channel foresaw must not hold up the others
            log.exception("sending %s broke off", item.id)
            await self._failed(item, channel, Unsure(note=type(error).__name__))

    async def _settled(self, item: Outgoing, channel: Channel, parts: Sequence[Part]) -> list[str] | None:
        """The ids of the parts that are there; None while nobody can tell of the next one."""
        done = list(item.sent_ids)
        if item.unsure_since is None or len(done) >= len(parts):
            return done
        part, now = parts[len(done)], self.clock()
        if part.optional:
            return done
        async with self.pool.connection() as conn:
            found = await outbox.echo_of(
                conn, item, since=item.unsure_since, text=part.text, tag=part.tag, known=done
            )
            if found is not None:
                self._count("settled")
                await outbox.mark_part(conn, item.id, sent_id=found, now=now)
                return [*done, found]
            if now < item.unsure_since + self.settle:
                await outbox.mark_unsure(
                    conn, item.id, look_at=now + LOOK_AGAIN, error="waiting for the echo"
                )
                return None
            if not channel.echoes:
                await outbox.park(conn, item.id, reason="unsure", error="it may have been sent")
                self._count("parked")
                return None
        return done

    async def _send_rest(
        self,
        item: Outgoing,
        channel: Channel,
        *,
        message: OutboundMessage,
        parts: Sequence[Part],
        done: list[str],
    ) -> None:
        cost = ""
        for number, part in enumerate(parts[len(done) :], start=len(done) + 1):
            if number > len(done) + 1:
                await self._may_call(channel)
            sent = await self._send(channel, part, message)
            cost = sent.cost or cost
            async with statement(self.pool) as conn:
                if number == len(parts):
                    await outbox.mark_sent(conn, item.id, now=self.clock(), sent_id=sent.id, cost=cost)
                else:
                    await outbox.mark_part(conn, item.id, sent_id=sent.id, now=self.clock())
        if len(done) >= len(parts):  # all of it was there already
            async with statement(self.pool) as conn:
                await outbox.mark_sent(conn, item.id, now=self.clock())
        self._count("sent")

    async def _may_call(self, channel: Channel) -> None:
        """Wait for a call of the channel's bucket: a reply of several parts takes several."""
        per_minute = channel.capabilities.per_minute
        while per_minute:
            async with self.pool.connection() as conn:
                if await channel_states.take(
                    conn, channel.name, want=1, per_minute=per_minute, now=self.clock()
                ):
                    return
            await asyncio.sleep(_WAIT_S)

    async def _send(self, channel: Channel, part: Part, message: OutboundMessage) -> Sent:
        try:
            return await channel.send(part, message)
        except ChannelStopped:
            raise
        except SendFailed:
            if part.optional:
                return Sent(id=_SKIPPED)
            raise

    async def _failed(self, item: Outgoing, channel: Channel, error: SendFailed) -> None:
        now = self.clock()
        self._count(error.reason)
        async with self.pool.connection() as conn:
            match error:
                case TryLater():
                    if await outbox.mark_failed(conn, item, now=now, error=error.detail, wait_s=error.wait_s):
                        log.error("a reply to %s is parked: %s", channel.name, error)
                case Unsure():
                    await outbox.mark_unsure(conn, item.id, look_at=now + LOOK_AGAIN, error=error.detail)
                case ChannelStopped():
                    await outbox.hold(conn, item.id, now=now, error=error.detail)
                    if await channel_states.close(conn, channel.name, reason=error.detail, actor="", now=now):
                        log.error("channel %s is stopped until somebody opens it: %s", channel.name, error)
                case Undeliverable():
                    await outbox.park(conn, item.id, reason=error.reason, error=error.detail)
                    if isinstance(error, Unreachable):
                        await channel_states.gone(conn, item.message_id, why=error.code, now=now)
                case _:
                    await outbox.mark_failed(conn, item, now=now, error=error.detail, reason=error.reason)

    def _count(self, what: str) -> None:
        self.tally[what] = self.tally.get(what, 0) + 1


def _message(item: Outgoing) -> OutboundMessage:
    return OutboundMessage(
        channel=item.channel,
        recipient=item.recipient,
        message_id=str(item.message_id),
        text=str(item.body.get("text") or ""),
        body=item.body,
        human=bool(item.body.get("human")),
        last_action=item.last_action_at,
        quote=item.quote,
    )


async def send_always(sender: Sender, *, stop: asyncio.Event, idle_s: float = 0.25) -> None:
    """Send until told to stop. The database's absence is the caller's."""
    while not stop.is_set():
        if not await sender.round():
            try:
                await asyncio.wait_for(stop.wait(), idle_s)
            except TimeoutError:
                continue
