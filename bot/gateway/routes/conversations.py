"""Conversations and the messages in them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from bot.answer.messages import message as sentence
from bot.gateway import inbox, sessions, sse
from bot.gateway.metrics import LATE, REPLIES
from bot.gateway.ports import Parts
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Opened, Wired, known_area, problems, rate_limited
from bot.gateway.schemas import (
    Conversation,
    Feedback,
    MessageOut,
    Messages,
    NewConversation,
    NewMessage,
    ReplyOut,
)
from desk import erasure
from desk.database import statement

router = APIRouter(
    prefix="/api/v1/conversations", tags=["conversations"], dependencies=[Depends(rate_limited)]
)
Key = Annotated[str, Header(max_length=200, description="The same key twice is one message.")]
ACCEPTED = "accepted"


@router.post("", status_code=201, responses=problems())
async def begin(parts: Wired, new: NewConversation | None = None) -> Conversation:
    """Begin a conversation. The token is shown only here."""
    asked = new or NewConversation()
    return await open_conversation(parts, channel=asked.channel, area=asked.area)


@router.post(
    "/{conversation_id}/messages",
    response_model=ReplyOut,
    responses={
        **problems(401, 404),
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        202: {"model": ReplyOut, "description": "Accepted; the reply will be in the messages."},
    },
)
async def say(
    conversation: Opened, new: NewMessage, request: Request, parts: Wired, idempotency_key: Key = ""
) -> Response:
    """Say something and get the reply: as JSON, or piece by piece for `Accept: text/event-stream`."""
    inbox_id = await accept(
        parts, conversation.id, new=new, channel=conversation.channel, key=idempotency_key
    )

    async def wait(seconds: float) -> ReplyOut | None:
        return await reply_to(parts, inbox_id, wait_s=seconds)

    if "text/event-stream" in request.headers.get("accept", ""):
        return sse.streaming(sse.events(inbox_id, wait=wait, instance=request.url.path))
    reply = await wait(parts.settings.reply_wait_s)
    if reply is None:
        LATE.inc()
        late = ReplyOut(message_id=inbox_id, status=ACCEPTED, text=sentence("error_queued"))
        return JSONResponse(late.model_dump(mode="json"), 202)
    return JSONResponse(reply.model_dump(mode="json"))


@router.get("/{conversation_id}/messages", responses=problems(401, 404))
async def read(conversation: Opened, parts: Wired) -> Messages:
    """The conversation so far, oldest first."""
    return Messages(messages=await history(parts, conversation.id))


@router.delete("/{conversation_id}", status_code=204, responses=problems(401, 404))
async def forget(conversation: Opened, parts: Wired, response: Response) -> None:
    """Erase the conversation and everything said in it.

    Filed reports stay with the office, without contact and without what tells who sent them. The receipt's code is
    in the header `Erasure-Receipt`.
    """
    async with parts.pool.connection() as conn:
        done = await erasure.erase(conn, conversation.id, now=parts.clock())
    if done:
        response.headers["Erasure-Receipt"] = done.code


@router.get("/{conversation_id}/data", responses=problems(401, 404))
async def own_data(conversation: Opened, parts: Wired) -> JSONResponse:
    """Everything kept of this conversation, for the person whose it is: a file of JSON."""
    async with parts.pool.connection() as conn:
        data = await erasure.export(conn, conversation.id, sealer=parts.tickets.sealer, now=parts.clock())
    headers = {
        "Content-Disposition": 'attachment; filename="du-lieu-cua-toi.json"',
        "Cache-Control": "no-store",
    }
    return JSONResponse(jsonable_encoder(data), headers=headers)


@router.post(
    "/{conversation_id}/messages/{message_id}/feedback", status_code=204, responses=problems(401, 404)
)
async def judge(message_id: UUID, conversation: Opened, said: Feedback, parts: Wired) -> None:
    """Say whether an answer was useful; saying it again replaces the first opinion."""
    async with statement(parts.pool) as conn:
        kept = await sessions.give_feedback(
            conn,
            conversation.id,
            message_id=message_id,
            useful=said.useful,
            reason=said.reason,
            now=parts.clock(),
        )
    if not kept:
        raise Problem(404, "message_not_found")


async def open_conversation(parts: Parts, *, channel: str = "web", area: str = "") -> Conversation:
    """Begin a conversation in a known area, and commit it."""
    slug = known_area(area, parts=parts)
    async with statement(parts.pool) as conn:
        found, token = await sessions.create(conn, channel=channel, area=slug, now=parts.clock())
    return Conversation(conversation_id=found, token=token)


async def accept(
    parts: Parts, conversation_id: UUID, *, new: NewMessage, channel: str = "web", key: str = ""
) -> UUID:
    """Keep a message durably, with the job that answers it."""
    limit = parts.settings.message_max_chars
    if len(new.text) > limit:
        raise Problem(422, "text_too_long", limit=limit)
    async with statement(parts.pool) as conn:
        return await inbox.accept(
            conn,
            channel=channel,
            conversation_id=conversation_id,
            text=new.text,
            payload=new.payload,
            dedupe_key=key,
            now=parts.clock(),
        )


async def reply_to(parts: Parts, inbox_id: UUID, *, wait_s: float) -> ReplyOut | None:
    """The reply to a message, when it comes in time."""
    stored = await parts.waiter.wait(inbox_id, wait_s)
    if stored is None:
        return None
    reply = ReplyOut.of(_body(stored), message_id=stored.id)
    REPLIES.labels(reply.status).inc()
    parts.answered_once = parts.answered_once or reply.status != "error"
    return reply


async def history(parts: Parts, conversation_id: UUID) -> list[MessageOut]:
    async with statement(parts.pool) as conn:
        return [_shown(stored) for stored in await sessions.history(conn, conversation_id)]


def _shown(stored: sessions.StoredMessage) -> MessageOut:
    said = stored.direction == "in"
    return MessageOut(
        message_id=stored.inbox_id if said and stored.inbox_id else stored.id,
        in_reply_to=None if said else stored.inbox_id,
        direction="in" if said else "out",
        text=stored.text,
        created_at=stored.created_at,
        reply=None if said else ReplyOut.of(_body(stored), message_id=stored.id),
    )


def _body(stored: sessions.StoredMessage) -> dict[str, Any]:
    """The stored reply; what an official wrote by hand has no body but its text."""
    return {"status": stored.status or "answered", "text": stored.text, **stored.body}
