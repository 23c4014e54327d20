"""What the health page says: which parts are up, and whether a real question was answered."""

from __future__ import annotations

import asyncio
import logging
from typing import Literal
from weakref import WeakKeyDictionary

import httpx
import psycopg
import psycopg_pool

from bot.gateway import pages, sessions
from bot.gateway.ports import Parts
from bot.gateway.routes.conversations import accept, open_conversation, reply_to
from bot.gateway.schemas import Health, NewMessage

log = logging.getLogger(__name__)

State = Literal["up", "down", "unknown"]
REQUIRED = ("database", "worker", "index", "answers")
LOOK_TIMEOUT_S = 2.0
PROBE_TIMEOUT_S = 20.0
_WORKER_SEEN = """
SELECT EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - interval '15 seconds') AS seen
"""
_probing: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def look(parts: Parts) -> Health:
    """The state of every part. The first time all else is up, a real question is asked."""
    (database, worker), dialogue = await asyncio.gather(_database(parts), _dialogue(parts))
    states: dict[str, State] = {
        "database": database,
        "worker": worker,
        "dialogue": dialogue,
        "index": "up" if parts.library.snapshot else "down",
    }
    others = all(states[name] == "up" for name in REQUIRED if name != "answers")
    states["answers"] = await _answers(parts, others_up=others)
    ok = all(states[name] == "up" for name in REQUIRED)
    return Health(ok=ok, parts=states, details={"snapshot": parts.library.snapshot})


async def _database(parts: Parts) -> tuple[State, State]:
    try:
        async with parts.pool.connection(timeout=LOOK_TIMEOUT_S) as conn:
            row = await (await conn.execute(_WORKER_SEEN)).fetchone()
    except (psycopg.Error, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed):
        return "down", "unknown"
    return "up", "up" if row and row["seen"] else "down"


async def _dialogue(parts: Parts) -> State:
    """Rasa's own sign of life. Without it questions are answered all the same."""
    try:
        response = await parts.http.get(parts.settings.rasa_address, timeout=LOOK_TIMEOUT_S)
    except httpx.HTTPError:
        return "down"
    return "up" if response.is_success else "down"


async def _answers(parts: Parts, *, others_up: bool) -> State:
    if not parts.answered_once and others_up:
        lock = _probing.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with lock:
            if not parts.answered_once:
                await _probe(parts)
    return "up" if parts.answered_once else "down"


async def _probe(parts: Parts) -> None:
    """Ask a real question through the whole path, and leave no trace of it."""
    conversation = await open_conversation(parts)
    try:
        new = NewMessage(text=pages.words("probe"))
        inbox_id = await accept(parts, conversation.conversation_id, new=new)
        reply = await reply_to(parts, inbox_id, wait_s=PROBE_TIMEOUT_S)
        log.info("probe answered with %s", reply.status if reply else "nothing")
    finally:
        async with parts.pool.connection() as conn:
            await sessions.delete(conn, conversation.conversation_id)
