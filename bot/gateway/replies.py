"""Waiting for the answer to a message: one listening connection for a whole app process.

PostgreSQL says when a reply is written. While it cannot (a restart, a lost connection), the waiter looks for itself
every second, so a reply that exists is always found; while it can, looks are rare, or hundreds who wait would keep the
database busier than the answers do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from bot.gateway.sessions import MESSAGE_COLUMNS, StoredMessage
from bot.gateway.turn import REPLY_CHANNEL
from desk.database import Pool, statement

log = logging.getLogger(__name__)

_FIRST_LOOK_S = 0.05  # a reply written before anyone waited is found so late at most
_LOOK_EVERY_S = 1.0
_LOOK_WHEN_TOLD_S = 5.0
_RECONNECT_S = 0.5
_PROVE_ALIVE_S = 20.0  # a server that vanished without a word is noticed after so long
_ANSWER = f"SELECT {MESSAGE_COLUMNS} FROM messages WHERE inbox_id = %s AND direction = 'out'"  # noqa: S608


class ReplyWaiter:
    """`async with ReplyWaiter(dsn, pool) as waiter: await waiter.wait(inbox_id, 10)`."""

    def __init__(self, dsn: str, pool: Pool) -> None:
        self._dsn = dsn
        self._pool = pool
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._looks: set[asyncio.Task[StoredMessage | None]] = set()

    async def __aenter__(self) -> ReplyWaiter:
        self._listener = asyncio.create_task(self._listen_always(), name="reply listener")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
            self._listener = None
        for look in self._looks:
            look.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)

    @property
    def listening(self) -> bool:
        """Whether PostgreSQL's word reaches us now; for the health page."""
        return self._listening.is_set()

    async def wait(self, inbox_id: UUID, timeout: float) -> StoredMessage | None:  # noqa: ASYNC109
        """The answer to a message, or None when there is none in time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        pause = _FIRST_LOOK_S if self.listening else 0.0
        with self._expect(str(inbox_id)) as told:
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), max(0.0, min(until - loop.time(), pause)))
                told.clear()
                answer, pause = None, _LOOK_EVERY_S
                with suppress(
                    psycopg.OperationalError, PoolTimeout
                ):  # down or busy: the caller's time decides
                    answer = await self._look(inbox_id)
                    pause = _LOOK_WHEN_TOLD_S if self.listening else _LOOK_EVERY_S
                if answer is not None or loop.time() >= until:
                    return answer

    def _expect(self, key: str) -> _Expecting:
        return _Expecting(self._waiting, key)

    async def _look(self, inbox_id: UUID) -> StoredMessage | None:
        """To its end also when whoever waits has gone: a statement cut in its middle costs the pool a connection."""
        look = asyncio.create_task(self._read(inbox_id), name="look for a reply")
        self._looks.add(look)
        look.add_done_callback(self._looked)
        return await asyncio.shield(look)

    def _looked(self, look: asyncio.Task[StoredMessage | None]) -> None:
        self._looks.discard(look)
        if not look.cancelled():
            look.exception()  # nobody may be there any more to be told

    async def _read(self, inbox_id: UUID) -> StoredMessage | None:
        async with statement(self._pool, timeout_s=_LOOK_EVERY_S) as conn:
            row = await (await conn.execute(_ANSWER, (inbox_id,))).fetchone()
        return StoredMessage(**row) if row else None

    async def _listen_always(self) -> None:
        while True:
            try:
                async with self._connection() as conn:
                    await self._listen(conn)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                log.warning("the reply listener lost PostgreSQL and tries again")
            finally:
                self._listening.clear()
            await asyncio.sleep(_RECONNECT_S)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection]:
        conn = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        async with conn:
            yield conn

    async def _listen(self, conn: psycopg.AsyncConnection) -> None:
        await conn.execute(f"LISTEN {REPLY_CHANNEL}")
        self._listening.set()
        self._wake_all()  # what was said while nobody listened
        while True:
            async for notice in conn.notifies(timeout=_PROVE_ALIVE_S):
                for event in self._waiting.get(notice.payload, ()):
                    event.set()
            await conn.execute("SELECT 1")

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()


class _Expecting:
    """One waiter's place in the list, given up at the end."""

    def __init__(self, waiting: dict[str, set[asyncio.Event]], key: str) -> None:
        self._waiting, self._key, self._event = waiting, key, asyncio.Event()

    def __enter__(self) -> asyncio.Event:
        self._waiting.setdefault(self._key, set()).add(self._event)
        return self._event

    def __exit__(self, *_: object) -> None:
        events = self._waiting[self._key]
        events.discard(self._event)
        if not events:
            del self._waiting[self._key]
