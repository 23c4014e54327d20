"""What people send, kept before anything is done with it: once accepted, a message is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from bot.gateway import jobs
from desk.database import Conn, storable
from knowledge.errors import ConversationNotFound

_ACCEPT = f"""
WITH kept AS (
    INSERT INTO inbox (id, channel, dedupe_key, conversation_id, text, payload, body, received_at)
    VALUES (%(id)s, %(channel)s, %(key)s, %(conversation)s, %(text)s, %(payload)s, %(body)s, %(now)s)
    ON CONFLICT (channel, dedupe_key) DO NOTHING
    RETURNING id
), said AS (
    INSERT INTO messages (id, conversation_id, direction, inbox_id, text, created_at)
    SELECT %(message)s, %(conversation)s, 'in', kept.id, %(text)s, %(now)s FROM kept
), ordered AS (
    SELECT {jobs.ORDERED.format(inbox="kept.id", conversation="%(conversation)s")} FROM kept
)
SELECT kept.id FROM kept, ordered
"""  # noqa: S608  # our own fragment


async def accept(
    conn: Conn,
    *,
    channel: str,
    conversation_id: UUID,
    text: str,
    now: datetime,
    dedupe_key: str = "",
    payload: str = "",
    body: dict[str, Any] | None = None,
) -> UUID:
    """Keep a message and order its answer, in one statement; the same key twice is one message.

    Keys are the sender's own, so they only ever meet those of the same conversation.

    Raises:
        ConversationNotFound: the conversation was deleted meanwhile.
    """
    inbox_id = uuid4()
    key = f"{conversation_id}:{storable(dedupe_key) or inbox_id}"
    values = {
        "id": inbox_id,
        "message": uuid4(),
        "channel": channel,
        "key": key,
        "conversation": conversation_id,
        "text": storable(text),
        "payload": storable(payload),
        "body": Jsonb(storable(body or {})),
        "now": now,
    }
    try:
        row = await (await conn.execute(_ACCEPT, values)).fetchone()
    except ForeignKeyViolation as error:
        raise ConversationNotFound from error
    if row is None:
        return await _already(conn, channel=channel, key=key)
    return inbox_id


async def _already(conn: Conn, *, channel: str, key: str) -> UUID:
    cursor = await conn.execute("SELECT id FROM inbox WHERE channel = %s AND dedupe_key = %s", (channel, key))
    row = await cursor.fetchone()
    if row is None:  # deleted between the two statements
        raise ConversationNotFound
    found: UUID = row["id"]
    return found
