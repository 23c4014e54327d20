"""A conversation moves from a shared screen to the person's own phone, by a code that works once.

The code is shown as a picture on the screen and is worth the conversation for ten minutes. Only its hash is kept.
Whoever redeems it has the conversation from then on; the screen's token opens nothing any more.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from desk import attempts
from desk.attempts import Limits
from desk.database import Conn, Pool, statement, storable
from desk.secret import ALPHABET
from knowledge.errors import CodeSpent

LASTS = timedelta(minutes=10)
LENGTH = 16  # of 31 letters: 79 bits, so a plain fast hash is enough
PAYLOAD = "#MC:TIEP:"  # in front of the code, where it is sent as a message
_SENT = re.compile(rf"^\s*{PAYLOAD}([{ALPHABET}]{{{LENGTH}}})\s*$", re.IGNORECASE)
# Wrong codes of one asker; nobody can be kept out by what others try.
LIMITS = (Limits(timedelta(minutes=15), pair=40, asker=40, login=1_000_000),)
_COUNTED_AS = "tiep"
# What hangs on a conversation and goes with it, beside `channel_people`, which is about the phone's own side, and
# `continuations`, which end here. ticket_voices: one voice a person and report, so what is there already stays.
MOVED = (
    "messages",
    "inbox",
    "feedback",
    "tickets",
    "ticket_files",
    "ticket_voices",
    "handovers",
    "subscriptions",
)
_ONCE = {
    "ticket_voices": "NOT EXISTS (SELECT FROM ticket_voices o WHERE o.conversation_id = %(to)s"
    " AND o.ticket_id = m.ticket_id)",
    "subscriptions": "NOT EXISTS (SELECT FROM subscriptions o WHERE o.conversation_id = %(to)s"
    " AND (o.topic, o.key) = (m.topic, m.key) AND o.ended_at IS NULL)",
}


@dataclass(frozen=True, kw_only=True)
class Continued:
    """A conversation where it goes on. `token` opens it on the web; messaging channels need none."""

    conversation_id: UUID
    area: str
    token: str = ""


@cache
def texts() -> dict[str, str]:
    """What is said to the person who takes a conversation along (continuing.yml)."""
    loaded: dict[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return loaded


def code_in(text: str) -> str:
    """The code in a message that is nothing but one, else ""."""
    found = _SENT.match(text)
    return found[1].upper() if found else ""


async def make_code(conn: Conn, conversation_id: UUID, *, now: datetime) -> str:
    """A code that is worth the conversation for ten minutes; the ones before it are worth nothing."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    await conn.execute("DELETE FROM continuations WHERE conversation_id = %s", (conversation_id,))
    await conn.execute(
        "INSERT INTO continuations (code_hash, conversation_id, made_at, ends_at) VALUES (%s, %s, %s, %s)",
        (_hash(code), conversation_id, now, now + LASTS),
    )
    return code


async def is_open(conn: Conn, code: str, *, now: datetime) -> bool:
    """Whether a code could be redeemed now. Looking uses nothing up: phones look at a link before a person does."""
    cursor = await conn.execute(
        "SELECT 1 FROM continuations WHERE code_hash = %s AND used_at IS NULL AND ends_at > %s",
        (_hash(code), now),
    )
    return await cursor.fetchone() is not None


async def continue_by_code(
    conn: Conn, code: str, *, channel: str, person: str | None = None, now: datetime
) -> Continued:
    """Redeem a code, in the caller's transaction; the conversation is the channel's, and the person's, from now on.

    On a messaging channel (`person` is its name for them) it becomes their conversation; where they already have
    one there, what was said on the screen is put into that. On the web it gets a new token.

    Raises:
        CodeSpent: no such code, or used, or older than ten minutes; never says which.
    """
    cursor = await conn.execute(
        "UPDATE continuations SET used_at = %(now)s WHERE code_hash = %(hash)s AND used_at IS NULL"
        " AND ends_at > %(now)s RETURNING conversation_id",
        {"hash": _hash(code), "now": now},
    )
    row = await cursor.fetchone()
    if row is None:
        raise CodeSpent
    moved: UUID = row["conversation_id"]
    if person is None:
        return await _to_the_web(conn, moved, channel=channel, now=now)
    there = await _conversation_of(conn, channel, person=person)
    if there is None:
        return await _to_person(conn, moved, channel=channel, person=person, now=now)
    return await _into(conn, there, moved, channel=channel, now=now)


async def redeem(
    pool: Pool, code: str, *, channel: str, person: str | None = None, asker: str, now: datetime
) -> Continued:
    """`continue_by_code` for whoever comes from outside: wrong codes of one asker are counted.

    Raises:
        CodeSpent: as above.
        TooManyAttempts: this asker tried too many.
    """
    attempt = await _counted(pool, asker, now=now)
    async with pool.connection() as conn:
        done = await continue_by_code(conn, code, channel=channel, person=person, now=now)
    async with statement(pool) as conn:
        await attempts.forgive(conn, attempt, login=_COUNTED_AS, asker=_asker(asker))
    return done


async def look(pool: Pool, code: str, *, asker: str, now: datetime) -> bool:
    """`is_open`, counted in the same way.

    Raises:
        TooManyAttempts: this asker tried too many.
    """
    attempt = await _counted(pool, asker, now=now)
    async with statement(pool) as conn:
        found = await is_open(conn, code, now=now)
        if found:
            await attempts.forgive(conn, attempt, login=_COUNTED_AS, asker=_asker(asker))
    return found


async def sweep(conn: Conn, *, now: datetime) -> int:
    """Drop codes that are over."""
    return (await conn.execute("DELETE FROM continuations WHERE ends_at < %s", (now,))).rowcount


async def _counted(pool: Pool, asker: str, *, now: datetime) -> int:
    async with statement(pool) as conn:
        return await attempts.count(conn, login=_COUNTED_AS, asker=_asker(asker), now=now, limits=LIMITS)


def _asker(asker: str) -> str:
    return f"{_COUNTED_AS} {asker}"  # apart from those who try to sign in from the same address


async def _conversation_of(conn: Conn, channel: str, *, person: str) -> UUID | None:
    cursor = await conn.execute(
        "SELECT id FROM conversations WHERE channel = %s AND person = %s FOR UPDATE",
        (channel, storable(person)),
    )
    row = await cursor.fetchone()
    return row["id"] if row else None


async def _to_the_web(conn: Conn, moved: UUID, *, channel: str, now: datetime) -> Continued:
    token = secrets.token_urlsafe(32)
    area = await _changed(
        conn, moved, values={"channel": channel, "person": None, "token": _token_hash(token), "now": now}
    )
    return Continued(conversation_id=moved, area=area, token=token)


async def _to_person(conn: Conn, moved: UUID, *, channel: str, person: str, now: datetime) -> Continued:
    values = {"channel": channel, "person": storable(person), "token": None, "now": now}
    return Continued(conversation_id=moved, area=await _changed(conn, moved, values=values))


async def _changed(conn: Conn, moved: UUID, *, values: dict[str, Any]) -> str:
    cursor = await conn.execute(
        "UPDATE conversations SET channel = %(channel)s, person = %(person)s, token_hash = %(token)s,"
        " updated_at = %(now)s WHERE id = %(id)s RETURNING area",
        {**values, "id": moved},
    )
    row = await cursor.fetchone()
    await _answer_there(conn, moved, channel=values["channel"])
    return str(row["area"]) if row else ""


async def _into(conn: Conn, there: UUID, moved: UUID, *, channel: str, now: datetime) -> Continued:
    """What was said on the screen goes into the conversation the person has; they go on with what was there last."""
    for table in MOVED:
        condition = f" AND {_ONCE[table]}" if table in _ONCE else ""
        await conn.execute(
            f"UPDATE {table} m SET conversation_id = %(to)s WHERE conversation_id = %(from)s{condition}",  # noqa: S608
            {"to": there, "from": moved},
        )
    cursor = await conn.execute(
        "UPDATE conversations c SET context = old.context, area = old.area, updated_at = %(now)s"
        " FROM conversations old WHERE c.id = %(to)s AND old.id = %(from)s RETURNING c.area",
        {"to": there, "from": moved, "now": now},
    )
    row = await cursor.fetchone()
    await _answer_there(conn, there, channel=channel)
    await conn.execute("DELETE FROM conversations WHERE id = %s", (moved,))
    return Continued(conversation_id=there, area=str(row["area"]) if row else "")


async def _answer_there(conn: Conn, conversation_id: UUID, *, channel: str) -> None:
    """What still waits for its answer is answered where the person is now."""
    await conn.execute(
        "UPDATE inbox SET channel = %s WHERE conversation_id = %s AND processed_at IS NULL",
        (channel, conversation_id),
    )


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.strip().upper().encode("utf-8", "replace")).digest()


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()  # as bot/gateway/sessions.py keeps it
