"""/tiep/CODE: a conversation from a kiosk goes on on the phone that read its picture.

Looking at the page uses nothing up, because phones look at links before people do. The button does.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from bot.gateway import pages
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired, rate_limited
from bot.gateway.routes.conversations import history
from bot.gateway.schemas import Conversation
from bot.gateway.screens.words import words
from bot.gateway.settings import ROOT
from bot.gateway.staff_security import address_of
from desk import continuing
from knowledge.errors import CodeSpent, TooManyAttempts

router = APIRouter(prefix="/tiep", include_in_schema=False, dependencies=[Depends(rate_limited)])
Code = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9]+$")]
STYLES = ("web/shared/tokens.css", "web/shared/base.css", "web/kiosk/continue.css")


@router.get("/giao-dien.css")
async def style() -> Response:
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in STYLES)
    return Response(text, media_type="text/css", headers={"Cache-Control": "no-cache"})


@router.get("/bieu-tuong.svg")
async def icon() -> FileResponse:
    return FileResponse(ROOT / "web" / "public" / "assets" / "icon.svg", media_type="image/svg+xml")


@router.get("/{code}")
async def offer(code: Code, request: Request, parts: Wired) -> HTMLResponse:
    """Both ways to go on, or a word on why there is none."""
    try:
        found = await continuing.look(parts.pool, code, asker=address_of(request), now=parts.clock())
    except TooManyAttempts:
        return _page(title=words()["take"]["tries_title"], problem=words()["take"]["tries"], status=429)
    if not found:
        return _spent()
    link = parts.settings.zalo_link
    sent = f"{continuing.PAYLOAD}{code.upper()}" if link else ""
    return _page(title=words()["take"]["title"], code=code.upper(), zalo=link, sent=sent)


@router.post("/{code}")
async def go_on(code: Code, request: Request, parts: Wired) -> Response:
    """The conversation, with a new token: as JSON for the page's script, else as the page without scripts."""
    asker, as_page = address_of(request), pages.wants_html(request)
    try:
        done = await continuing.redeem(parts.pool, code, channel="web", asker=asker, now=parts.clock())
    except (CodeSpent, TooManyAttempts) as error:
        if not as_page:
            raise
        return (
            _spent() if isinstance(error, CodeSpent) else Problem(429, "too_many").response(request.url.path)
        )
    taken = Conversation(conversation_id=done.conversation_id, token=done.token)
    if not as_page:
        return JSONResponse(
            {**taken.model_dump(mode="json"), "area": done.area}, headers={"Cache-Control": "no-store"}
        )
    messages = await history(parts, taken.conversation_id)
    return pages.plain_page(conversation=taken, messages=messages, notice=continuing.texts()["moved"])


def _spent() -> HTMLResponse:
    title = words()["take"]["spent_title"]
    return _page(title=title, problem=continuing.texts()["spent"], status=410)


def _page(
    *, title: str, code: str = "", zalo: str = "", sent: str = "", problem: str = "", status: int = 200
) -> HTMLResponse:
    values = {
        "w": words()["take"],
        "title": title,
        "code": code,
        "zalo": zalo,
        "sent": sent,
        "problem": problem,
    }
    return pages.render("continue.html", values, status=status)
