"""One message answered: asked of the dialogue, and kept with everything that follows from it at once.

A turn may be run again at any moment (a worker dies, PostgreSQL restarts, two workers at once): the reply is
written once, and a report filed before the death is answered from its ticket.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb
from psycopg_pool import PoolClosed, PoolTimeout

from bot.answer.reply import Reply, TicketRef
from bot.gateway import citizen_desk
from bot.gateway.arrivals import Arrivals, introduced
from bot.gateway.outbox import PULL_CHANNELS
from desk import service, views
from desk.database import Conn, Pool, statement, storable
from desk.models import FiledTicket
from knowledge.errors import DatabaseDown

if TYPE_CHECKING:
    from bot.gateway.dialogue import Dialogue

log = logging.getLogger(__name__)

REPLY_CHANNEL = "motcua_reply"
DIALOGUE_LIMIT_S = 25.0
# What PostgreSQL's absence looks like: the job is tried again when it is back.
DATABASE_ERRORS = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed, DatabaseDown)

Message = Callable[[str], str]
Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A message that has no answer yet, with its conversation."""

    id: UUID
    text: str
    payload: str
    conversation_id: UUID
    channel: str
    area: str
    locale: str
    context: dict[str, Any]
    filed: bool
    with_officer: bool = False
    photos: int = 0  # waiting for the report that is being written
    outside: bool = False  # an official speaks in the platform's own console
    arrived: dict[str, Any] = field(default_factory=dict)  # what the channel brought besides words
    first: bool = False  # nothing was ever said to this person

    def metadata(self, now: datetime) -> dict[str, Any]:
        return {
            "conversation_id": str(self.conversation_id),
            "inbox_id": str(self.id),
            "channel": self.channel,
            "area": self.context.get("area") or self.area,
            "locale": self.locale,
            "now": now.isoformat(),
            "payload": self.payload,
            "photos": self.photos,
            "context": self.context,
        }

    def asked(self, now: datetime) -> dict[str, Any]:
        """What the answer rested on besides the words, so that it can be replayed."""
        area = self.context.get("area") or self.area
        return {"now": now.isoformat(), "area": area, "context": self.context}


# A message and those before it that were left unanswered: they go first, whatever became of their jobs.
_NEXT = """
SELECT i.id, i.text, i.payload, c.id AS conversation_id, i.channel, c.area, c.locale, c.context,
       EXISTS (SELECT 1 FROM tickets t WHERE t.origin = i.id::text) AS filed,
       EXISTS (SELECT 1 FROM handovers h WHERE h.conversation_id = c.id AND h.taken_at IS NOT NULL
               AND h.ended_at IS NULL) AS with_officer,
       EXISTS (SELECT 1 FROM handovers h WHERE h.conversation_id = c.id AND h.taken_at IS NOT NULL
               AND h.taken_by IS NULL AND h.ended_at IS NULL) AS outside,
       (SELECT count(*) FROM ticket_files f WHERE f.conversation_id = c.id AND f.ticket_id IS NULL) AS photos,
       COALESCE(i.body->'arrived', '{}') AS arrived
FROM inbox asked
JOIN inbox i ON i.conversation_id = asked.conversation_id AND i.seq <= asked.seq AND i.processed_at IS NULL
JOIN conversations c ON c.id = i.conversation_id
WHERE asked.id = %s AND asked.processed_at IS NULL
ORDER BY i.seq LIMIT 1
"""
# One statement, so one journey and one transaction. Only the first of two runs finds the row unprocessed.
_KEEP = f"""
WITH done AS (
    UPDATE inbox SET processed_at = %(now)s, error = %(error)s, body = body || %(asked)s
    WHERE id = %(inbox)s AND processed_at IS NULL RETURNING id, conversation_id, channel
), said AS (
    INSERT INTO messages (id, conversation_id, direction, inbox_id, text, body, status, created_at)
    SELECT %(message)s, conversation_id, 'out', id, %(text)s, %(body)s, %(status)s, %(now)s FROM done
    ON CONFLICT (inbox_id) WHERE direction = 'out' DO NOTHING RETURNING id
), spoke AS (
    UPDATE conversations c SET context = COALESCE(%(context)s, c.context), updated_at = %(now)s
    FROM done WHERE c.id = done.conversation_id RETURNING c.person
), sent AS (
    INSERT INTO outbox (id, message_id, channel, recipient, body, state, next_try_at, sent_at)
    SELECT %(outbox)s, said.id, done.channel, COALESCE(spoke.person, ''), %(body)s,
           CASE WHEN done.channel = ANY(%(pull)s) THEN 'sent' ELSE 'pending' END, %(now)s,
           CASE WHEN done.channel = ANY(%(pull)s) THEN %(now)s::timestamptz END
    FROM said, done, spoke
)
SELECT pg_notify('{REPLY_CHANNEL}', %(inbox)s::text) FROM said
"""  # noqa: S608  # our constant


async def run_turn(
    inbox_id: UUID,
    *,
    pool: Pool,
    dialogue: Dialogue,
    clock: Clock,
    message: Message,
    last_try: bool = False,
    arrivals: Arrivals | None = None,
) -> None:
    """Answer a message, and before it any earlier one of its conversation still waiting. Idempotent.

    Only the database's absence is raised, for the job to try again; on the last try the person is told.
    """
    while waiting := await _next(inbox_id, pool):
        now = clock()
        met = await arrivals.meet(waiting, now=now) if arrivals else waiting
        if waiting.filed:
            await _answer_from_ticket(waiting, pool=pool, now=now)
        elif met is None:
            await _leave(waiting, pool=pool, now=now)
        else:
            heard = waiting if isinstance(met, Reply) else met
            reply, error = (
                (met, None)
                if isinstance(met, Reply)
                else await _answer(
                    met, pool=pool, dialogue=dialogue, now=now, message=message, last_try=last_try
                )
            )
            async with _writing(reply, pool) as conn:
                await keep(conn, heard, reply=reply, now=clock(), error=error)
        if waiting.id == inbox_id:
            return


async def _answer(
    waiting: Waiting, *, pool: Pool, dialogue: Dialogue, now: datetime, message: Message, last_try: bool
) -> tuple[Reply, str | None]:
    """The desk's reply or the dialogue's, with the name of what went wrong."""
    reply, error = await citizen_desk.respond(waiting, pool=pool, now=now), None
    if reply is None:
        reply, error = await _ask(waiting, dialogue, now=now, message=message, last_try=last_try)
    if reply.status == "handed_over" and not waiting.with_officer:
        reply = await citizen_desk.queue(waiting, reply, pool=pool, now=now)
    return (introduced(reply) if waiting.first else reply), error


async def _leave(waiting: Waiting, *, pool: Pool, now: datetime) -> None:
    """No answer from us: an official answers in the platform's own console."""
    async with statement(pool) as conn:
        await conn.execute(
            "UPDATE inbox SET processed_at = %s WHERE id = %s AND processed_at IS NULL", (now, waiting.id)
        )


def _writing(reply: Reply, pool: Pool) -> AbstractAsyncContextManager[Conn]:
    """Keeping a reply is one statement, and two together when it shows a secret."""
    return pool.connection() if reply.ticket and reply.ticket.secret else statement(pool)


async def _next(inbox_id: UUID, pool: Pool) -> Waiting | None:
    async with statement(pool) as conn:
        row = await (await conn.execute(_NEXT, (inbox_id,))).fetchone()
    return Waiting(**row) if row else None


async def _ask(
    waiting: Waiting, dialogue: Dialogue, *, now: datetime, message: Message, last_try: bool
) -> tuple[Reply, str | None]:
    """The dialogue's reply, or a kind sentence and the name of what went wrong."""
    if last_try:
        return _sorry(waiting, message), "gave up"
    try:
        async with asyncio.timeout(DIALOGUE_LIMIT_S):
            raw = await dialogue.turn(waiting.text, waiting.metadata(now))
        return Reply.model_validate(raw), None
    except DATABASE_ERRORS:
        raise
    except Exception as error:  # the edge: whatever fails, the person reads a sentence
        # Not the message: a validation error quotes what the person wrote.
        log.error("turn of %s failed", waiting.id, exc_info=_without_text(error))
        return _sorry(waiting, message), type(error).__name__


def _without_text(error: Exception) -> Exception:
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)


def _sorry(waiting: Waiting, message: Message) -> Reply:
    return Reply(status="error", text=message("error_try_again"), context=waiting.context)


async def _answer_from_ticket(waiting: Waiting, *, pool: Pool, now: datetime) -> None:
    """The report was filed, then the worker died: the person still has to hear of it, once."""
    async with pool.connection() as conn, conn.transaction():
        filed = await service.refile(conn, origin=str(waiting.id))
        if filed is not None:
            await keep(conn, waiting, reply=filed_reply(filed, context=waiting.context), now=now)


def filed_reply(filed: FiledTicket, *, context: Mapping[str, Any]) -> Reply:
    """The reply to a filed report; its form is over."""
    view = views.ticket_view(filed.ticket, secret=filed.secret)
    return Reply(
        status="report_filed",
        text=views.filed_text(filed),
        ticket=TicketRef(**view),
        context={key: value for key, value in context.items() if key != "form"},
    )


async def keep(
    conn: Conn, waiting: Waiting, *, reply: Reply, now: datetime, error: str | None = None
) -> None:
    """Write the reply and what follows from it, and wake whoever waits for it."""
    body = storable(reply.model_dump(mode="json", exclude={"context"}))
    values = {
        "inbox": waiting.id,
        "message": uuid4(),
        "outbox": uuid4(),
        "text": storable(reply.text),
        "body": Jsonb(body),
        "status": reply.status,
        "asked": Jsonb({"asked": storable(waiting.asked(now))}),
        "context": Jsonb(storable(reply.context)),
        "now": now,
        "error": error,
        "pull": list(PULL_CHANNELS),
    }
    await conn.execute(_KEEP, values)
    if reply.ticket and reply.ticket.secret:
        await service.secret_was_shown(conn, origin=str(waiting.id))
