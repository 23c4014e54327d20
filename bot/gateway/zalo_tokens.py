"""The tokens of an OA: kept sealed, renewed by one holder at a time, never used before they are kept.

The refresh token works once. What would lose it is a death between the platform's answer and our commit, so:

1. an intent with a key of its own is committed first;
2. a process apart from this one makes the call (bot/gateway/zalo_refresh.py) and leaves the answer on the disk, under
   that key and synced; it outlives whoever started it;
3. the answer is committed to the database, and only then used; then the file goes.

Whoever comes next finds the intent and takes up its answer. Only a death of that small process itself, or of the
machine, in the moment in which the answer is on the line can lose it; then the platform refuses the old refresh token,
an alarm asks for a new login, and the access token is used as long as it lives.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken

from bot.channels.base import ChannelStopped, SendFailed, TryLater
from bot.gateway import zalo_refresh
from bot.gateway.zalo_oauth import Granted, OAuth, granted
from desk.database import Conn, Pool, statement
from desk.sealing import Sealer

log = logging.getLogger(__name__)

CHANNEL = "zalo"
LIMIT_S = 20.0  # for one call of the token address, from its first byte to its last
_LAST_S = 1.5  # and so much later the process that makes it is gone in any case
WARN_BEFORE = timedelta(days=14)  # the refresh token's end, which only comes when renewing fails for months
_NEARLY_OVER = timedelta(minutes=2)  # an access token that would end on its way is renewed first
_FRESH_S = 30.0  # another process's renewal is noticed after so long, or by a refused call
_ASK_AGAIN = timedelta(hours=1)
_MOST_INTENTS = 20
_LOOK_S = 0.1
_LOCK = "SELECT pg_advisory_lock(hashtextextended('zalo-tokens ' || %s, 7))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('zalo-tokens ' || %s, 7))"


@dataclass(frozen=True, kw_only=True)
class Intent:
    """One use of the refresh token whose end is not known yet."""

    id: str
    key: str  # what the answer is sealed with
    began: float  # seconds since 1970, by the machine's clock
    at: str  # by the app's clock
    host: str


@dataclass(frozen=True, kw_only=True)
class Held:
    """A row of channel_tokens, opened."""

    access: str
    refresh: str
    issued_at: datetime
    expires_at: datetime
    renew_by: datetime
    broken_at: datetime | None = None
    broken_why: str = ""
    version: int = 1
    intents: tuple[Intent, ...] = ()


@dataclass(kw_only=True)
class ZaloTokens:
    """`bot.channels.zalo_api.Tokens` over the database; any number of processes may hold one."""

    pool: Pool
    sealer: Sealer
    oauth: OAuth
    oa_id: str
    home: Path
    clock: Callable[[], datetime]
    refresh_after: timedelta = timedelta(hours=20)
    limit_s: float = LIMIT_S
    _held: Held | None = None
    _read_at: float = 0.0
    _asked_at: datetime = datetime.min.replace(tzinfo=UTC)
    _gate: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def current(self) -> str:
        """The access token; renewed first when it is about to end.

        Raises:
            ChannelStopped: nobody has logged in, or somebody must again.
            TryLater, Unsure: it ended, and the token address is not reached.
        """
        held = self._held
        if held is None or time.monotonic() - self._read_at > _FRESH_S:
            held = await self._read()
        if self.clock() < held.expires_at - _NEARLY_OVER:
            return held.access
        return await self.renewed(held.access)

    async def renewed(self, refused: str) -> str:
        """Another access token than `refused`: somebody else's new one, or one renewed now. Raises as `current`."""
        async with self._gate:
            held = await self._read()
            if held.access == refused:
                held = await self._renew(unless=refused)
            return held.access

    async def store(self, pair: Granted) -> None:
        """Keep the pair of a login; what was broken is whole."""
        async with self._locked() as conn:
            held = await self._find(conn)
            await self._commit(conn, pair, version=held.version + 1 if held else 1)

    async def tend(self) -> str:
        """What is done every few minutes: take up what lies there, renew in time, raise alarms; says what it did."""
        async with statement(self.pool) as conn:
            held = await self._find(conn)
        if held is None:
            return "no login"
        due = self.clock() >= held.issued_at + self.refresh_after
        if held.broken_at is not None and not held.intents:
            due = self.clock() >= self._asked_at + _ASK_AGAIN  # the settings may have been what was wrong
        if held.intents or due:
            held = await self._tended(held)
        self._sweep(held)
        return _alarm(held, self.clock())

    async def standing(self) -> Held | None:
        """What is known of the tokens, for whoever asks how they are."""
        async with statement(self.pool) as conn:
            return await self._find(conn)

    async def _tended(self, held: Held) -> Held:
        self._asked_at = self.clock()
        try:
            async with self._gate:
                return await self._renew(unless=held.access)
        except SendFailed as error:
            log.warning("zalo: the token was not renewed: %s", error)
            return await self._read()

    # ------------------------------------------------------------- one holder

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[Conn]:
        """The one who may renew, over all processes. Each statement is kept at once; a death frees the lock."""
        async with statement(self.pool) as conn:
            await conn.execute(_LOCK, (self.oa_id,))
            try:
                yield conn
            finally:
                await conn.execute(_UNLOCK, (self.oa_id,))

    async def _renew(self, *, unless: str) -> Held:
        async with self._locked() as conn:
            held = await self._taken_up(conn, await self._known(conn))
            if held.access != unless:
                return self._remember(held)
            return self._remember(await self._refreshed(conn, held))

    async def _taken_up(self, conn: Conn, held: Held) -> Held:
        """Answers to uses of the refresh token whose asker died."""
        for intent in held.intents:
            answer = await self._awaited(intent)
            if answer is None:
                continue
            try:
                pair = granted(*answer, now=datetime.fromisoformat(intent.at))
            except SendFailed:
                held = await self._without(conn, held, intent)
                continue
            log.info("zalo: took up the tokens that were granted to %s", intent.host)
            return await self._commit(conn, pair, version=held.version + 1, done=intent)
        return held

    async def _awaited(self, intent: Intent) -> tuple[int, str] | None:
        """The answer, if it lies here, or comes while its call may still be under way."""
        longest = self.limit_s + _LAST_S
        until = intent.began + longest
        while (answer := self._answer(intent)) is None and 0 < until - time.time() <= longest:  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(_LOOK_S)
        return answer

    async def _refreshed(self, conn: Conn, held: Held) -> Held:
        intent = Intent(
            id=uuid4().hex,
            key=Fernet.generate_key().decode(),
            began=time.time(),
            at=self.clock().isoformat(),
            host=socket.gethostname(),
        )
        held = await self._write(conn, replace(held, intents=(*held.intents, intent)[-_MOST_INTENTS:]))
        ended = await asyncio.to_thread(self._call, intent, held.refresh)
        answer = self._answer(intent)
        if answer is None:
            raise await self._unanswered(conn, held, intent, ended)
        try:
            pair = granted(*answer, now=datetime.fromisoformat(intent.at))
        except ChannelStopped as error:
            await self._broken(conn, await self._without(conn, held, intent), error)
            raise
        except SendFailed as error:  # throttled, or something before the platform that answered in its place
            await self._without(conn, held, intent)
            raise TryLater(error.code, note=error.note) from error
        return await self._commit(conn, pair, version=held.version + 1, done=intent)

    async def _unanswered(self, conn: Conn, held: Held, intent: Intent, ended: int) -> SendFailed:
        if ended == zalo_refresh.NOT_SENT:
            await self._without(conn, held, intent)
            return TryLater("oauth", note="ZALO_OAUTH_URL is not reached, or MOTCUA_HOME takes no file")
        # It may have worked: the old refresh token is tried again, and tells.
        return TryLater("oauth", note="the token address gave no answer", wait_s=30.0)

    def _call(self, intent: Intent, refresh: str) -> int:
        """Run the process that makes the call; how it ended. Killed or not, it is done after its limit."""
        job = {
            "url": self.oauth.token_url,
            "headers": self.oauth.headers,
            "form": self.oauth.refreshing(refresh),
            "out": str(self._path(intent)),
            "key": intent.key,
            "limit_s": self.limit_s,
        }
        try:
            self._path(intent).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            log.error("zalo: no answer could be kept, so no token is asked for (%s)", error)
            return zalo_refresh.NOT_SENT
        with subprocess.Popen(
            [sys.executable, "-I", zalo_refresh.__file__],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
        ) as child:  # fmt: skip
            child.communicate(json.dumps(job).encode())
            return child.returncode

    # --------------------------------------------------------- what lies where

    def _path(self, intent: Intent) -> Path:
        return self.home / "tokens" / f"{CHANNEL}-{intent.id}.answer"

    def _answer(self, intent: Intent) -> tuple[int, str] | None:
        try:
            content = Fernet(intent.key).decrypt(self._path(intent).read_bytes())
        except (OSError, InvalidToken):
            return None
        told = json.loads(content)
        return int(told["status"]), str(told["body"])

    def _drop(self, intent: Intent) -> None:
        """What stays is swept a day later, and says nothing without its key."""
        for path in (self._path(intent), self._path(intent).with_suffix(".part")):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _sweep(self, held: Held) -> None:
        """Answers nobody waits for any more, a day after."""
        waited = {self._path(intent) for intent in held.intents}
        for path in (self.home / "tokens").glob(f"{CHANNEL}-*"):
            with suppress(OSError):
                if path not in waited and time.time() - path.stat().st_mtime > 86_400:
                    path.unlink()

    async def _read(self) -> Held:
        async with statement(self.pool) as conn:
            return self._remember(await self._known(conn))

    def _remember(self, held: Held) -> Held:
        self._held, self._read_at = held, time.monotonic()
        return held

    async def _known(self, conn: Conn) -> Held:
        held = await self._find(conn)
        if held is None:
            raise ChannelStopped("no_login", note="run `motcua zalo login`")
        return held

    async def _find(self, conn: Conn) -> Held | None:
        cursor = await conn.execute(
            "SELECT sealed, issued_at, expires_at, renew_by, broken_at, broken_why, version FROM channel_tokens"
            " WHERE channel = %s AND account = %s",
            (CHANNEL, self.oa_id),
        )
        row = await cursor.fetchone()
        if row is None:
            return None
        kept: dict[str, Any] = json.loads(self.sealer.open(row.pop("sealed")))
        intents = tuple(Intent(**one) for one in kept.pop("intents", ()))
        return Held(**kept, **row, intents=intents)

    async def _without(self, conn: Conn, held: Held, intent: Intent) -> Held:
        """The same, with one use of the refresh token that came to nothing less."""
        left = tuple(one for one in held.intents if one.id != intent.id)
        written = await self._write(conn, replace(held, intents=left))
        self._drop(intent)
        return written

    async def _commit(self, conn: Conn, pair: Granted, *, version: int, done: Intent | None = None) -> Held:
        held = await self._write(conn, Held(**asdict(pair), version=version))
        if done is not None:
            self._drop(done)
        return self._remember(held)

    async def _broken(self, conn: Conn, held: Held, error: SendFailed) -> None:
        lost = f"; an answer was lost on {held.intents[-1].host}" if held.intents else ""
        why = f"{error}{lost}"[:500]
        await self._write(conn, replace(held, broken_at=held.broken_at or self.clock(), broken_why=why))
        log.error(
            "zalo: the refresh token is refused (%s). An administrator must consent again, by `motcua zalo login`,"
            " before %s",
            why, held.expires_at.isoformat(),
        )  # fmt: skip

    async def _write(self, conn: Conn, held: Held) -> Held:
        kept = {
            "access": held.access,
            "refresh": held.refresh,
            "intents": [asdict(intent) for intent in held.intents],
        }
        await conn.execute(
            "INSERT INTO channel_tokens (channel, account, sealed, issued_at, expires_at, renew_by, broken_at,"
            " broken_why, version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (channel, account) DO UPDATE SET sealed = EXCLUDED.sealed, issued_at = EXCLUDED.issued_at,"
            " expires_at = EXCLUDED.expires_at, renew_by = EXCLUDED.renew_by, broken_at = EXCLUDED.broken_at,"
            " broken_why = EXCLUDED.broken_why, version = EXCLUDED.version",
            (
                CHANNEL, self.oa_id, self.sealer.seal(json.dumps(kept)), held.issued_at, held.expires_at,
                held.renew_by, held.broken_at, held.broken_why, held.version,
            ),
        )  # fmt: skip
        return held


def _alarm(held: Held, now: datetime) -> str:
    """What an operator must know, logged as an error; "" when all is well."""
    if held.broken_at is not None:
        said = f"log in again before {held.expires_at.isoformat()}: {held.broken_why}"
    elif now >= held.renew_by - WARN_BEFORE:
        said = f"the refresh token ends at {held.renew_by.isoformat()} and was not renewed: log in again"
    elif now >= held.expires_at:
        said = "the access token has ended and was not renewed"
    else:
        return ""
    log.error("zalo: %s", said)
    return said
