"""Conversations: begun, checked by token, read back, deleted when the person asks.

A token is shown once and only its hash is kept; a person on a messaging channel needs none, because the
channel proves who speaks.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from desk.database import Conn, storable
from knowledge.errors import ConversationNotFound


@dataclass(frozen=True, kw_only=True)
class Conversation:
    id: UUID
    channel: str
    person: str | None
    area: str
    locale: str
    context: dict[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredMessage:
    """One message of a transcript. `body` of an answer is the Reply's JSON without its context."""

    id: UUID
    conversation_id: UUID
    direction: str
    inbox_id: UUID | None
    text: str
    body: dict[str, Any]
    status: str
    created_at: datetime


_CONVERSATION = "id, channel, person, area, locale, context, created_at, updated_at"
MESSAGE_COLUMNS = "id, conversation_id, direction, inbox_id, text, body, status, created_at"


def token_hash(token: str) -> bytes:
    """A token is 256 random bits, so a plain fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def create(
    conn: Conn, *, channel: str, now: datetime, area: str = "", locale: str = "vi"
) -> tuple[UUID, str]:
    """A new conversation and the token that opens it, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    conversation_id = uuid4()
    await conn.execute(
        "INSERT INTO conversations (id, channel, area, locale, token_hash, created_at, updated_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (conversation_id, channel, storable(area), storable(locale), token_hash(token), now, now),
    )
    return conversation_id, token


async def for_person(
    conn: Conn, *, channel: str, person: str, now: datetime, area: str = "", locale: str = "vi"
) -> UUID:
    """The conversation of a person on a messaging channel, begun if it is their first message."""
    cursor = await conn.execute(
        "INSERT INTO conversations (id, channel, person, area, locale, created_at, updated_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (channel, person) WHERE person IS NOT NULL DO UPDATE SET updated_at = EXCLUDED.updated_at"
        " RETURNING id",
        (uuid4(), channel, storable(person), area, locale, now, now),
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101  # an upsert returns its row
    found: UUID = row["id"]
    return found


async def check(conn: Conn, conversation_id: UUID, *, token: str) -> Conversation:
    """The conversation this token opens.

    Raises:
        ConversationNotFound: no such conversation, or not with this token; never says which.
    """
    cursor = await conn.execute(
        f"SELECT {_CONVERSATION}, token_hash FROM conversations WHERE id = %s",  # noqa: S608  # our columns
        (conversation_id,),
    )
    row = await cursor.fetchone()
    kept = bytes(row.pop("token_hash") or b"") if row else b""
    if row is None or not hmac.compare_digest(kept, token_hash(token)):
        raise ConversationNotFound
    return Conversation(**row)


async def history(conn: Conn, conversation_id: UUID, *, limit: int = 200) -> list[StoredMessage]:
    """The last messages both ways, oldest first."""
    cursor = await conn.execute(
        f"SELECT {MESSAGE_COLUMNS} FROM ("  # noqa: S608  # our columns
        f" SELECT {MESSAGE_COLUMNS}, seq FROM messages WHERE conversation_id = %s ORDER BY seq DESC LIMIT %s"
        ") AS latest ORDER BY seq",
        (conversation_id, limit),
    )
    return [StoredMessage(**row) for row in await cursor.fetchall()]


async def delete(conn: Conn, conversation_id: UUID) -> bool:
    """Erase a conversation with all its messages. Tickets stay: they are the office's register."""
    cursor = await conn.execute("DELETE FROM conversations WHERE id = %s", (conversation_id,))
    return cursor.rowcount == 1


async def give_feedback(
    conn: Conn, conversation_id: UUID, *, message_id: UUID, useful: bool, now: datetime, reason: str = ""
) -> bool:
    """Keep what a person says of an answer; a second opinion replaces the first.

    Returns False when the message is no answer of this conversation.
    """
    cursor = await conn.execute(
        "INSERT INTO feedback (message_id, conversation_id, useful, reason, created_at)"
        " SELECT id, conversation_id, %s, %s, %s FROM messages"
        " WHERE id = %s AND conversation_id = %s AND direction = 'out'"
        " ON CONFLICT (message_id) DO UPDATE SET useful = EXCLUDED.useful, reason = EXCLUDED.reason,"
        " created_at = EXCLUDED.created_at",
        (useful, storable(reason), now, message_id, conversation_id),
    )
    return cursor.rowcount == 1
