"""The web chat at /, and the page that asks and answers without JavaScript at /hoi."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import FileResponse, HTMLResponse, Response

from bot.gateway import pages, sessions
from bot.gateway.ports import Parts
from bot.gateway.problems import Problem, texts
from bot.gateway.routes.common import Wired, rate_limited
from bot.gateway.routes.conversations import accept, history, open_conversation, reply_to
from bot.gateway.schemas import Conversation, NewMessage
from desk.database import statement
from knowledge.errors import ConversationNotFound

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form()]


@router.get("/")
async def home(parts: Wired, lang: str = "") -> Response:
    """The chat when it was built; else the page without JavaScript."""
    index = pages.WEB_DIST / ("en.html" if lang == "en" else "index.html")
    token = parts.settings.zalo_site_verification
    if token and index.is_file():
        return HTMLResponse(pages.proven(index, token), headers={"Cache-Control": "no-cache"})
    if index.is_file():
        return FileResponse(index, headers={"Cache-Control": "no-cache"})
    return pages.plain_page()


@router.get("/hoi")
async def begin() -> HTMLResponse:
    return pages.plain_page()


@router.get("/hoi/plain.css")
async def style() -> FileResponse:
    return FileResponse(pages.HERE / "templates" / "plain.css", media_type="text/css")


@router.post("/hoi", dependencies=[Depends(rate_limited)])
async def ask(
    parts: Wired,
    q: Field = "",
    payload: Field = "",
    area: Field = "",
    conversation_id: Field = "",
    token: Field = "",
    refresh: Field = "",
) -> HTMLResponse:
    """Ask in a form. The conversation and its token travel in hidden fields: no cookie, so no forged request.

    A page of another site cannot know them, and without them it only begins a conversation of its own.
    """
    conversation, notice = await _resume(parts, conversation_id, token=token, area=area)
    late = False
    if not refresh and (q.strip() or payload):
        try:
            new = NewMessage(text=q[: parts.settings.message_max_chars], payload=payload[:200])
            inbox_id = await accept(parts, conversation.conversation_id, new=new)
            late = await reply_to(parts, inbox_id, wait_s=parts.settings.reply_wait_s) is None
        except Problem as problem:
            notice = problem.body("").detail
    messages = await history(parts, conversation.conversation_id)
    if late:
        notice = texts()["late"]["detail"]
    return pages.plain_page(conversation=conversation, messages=messages, notice=notice)


async def _resume(parts: Parts, conversation_id: str, *, token: str, area: str) -> tuple[Conversation, str]:
    """The conversation of the hidden fields; a new one, and a word about it, when it is gone."""
    if not conversation_id:
        known = area if area in parts.areas else ""
        return await open_conversation(parts, area=known), ""
    try:
        async with statement(parts.pool) as conn:
            found = await sessions.check(conn, UUID(conversation_id), token=token)
    except (ConversationNotFound, ValueError):
        return await open_conversation(parts), pages.words("expired")
    return Conversation(conversation_id=found.id, token=token), ""
