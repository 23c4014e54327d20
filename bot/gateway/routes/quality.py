"""How right the assistant is: a page for people, and the same figures as JSON."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, Response

from bot.gateway import pages, quality
from bot.gateway.quality import QualityOut
from bot.gateway.routes.common import Wired, problems, rate_limited
from bot.gateway.settings import ROOT

router = APIRouter()
PAGE = "/chat-luong"


@router.get("/api/v1/quality", tags=["quality"], responses=problems(), dependencies=[Depends(rate_limited)])
async def figures(parts: Wired) -> QualityOut:
    """How right the answers are, by set of questions; measured here, or as shipped (`origin` says which)."""
    return await run_in_threadpool(quality.read, parts.settings)


@router.get(PAGE, include_in_schema=False, dependencies=[Depends(rate_limited)])
async def page(parts: Wired) -> HTMLResponse:
    values = await run_in_threadpool(quality.page_values, parts.settings)
    return pages.render("quality.html", values)


@router.get(f"{PAGE}/giao-dien.css", include_in_schema=False)
async def style() -> Response:
    return Response(quality.stylesheet(), media_type="text/css", headers={"Cache-Control": "no-cache"})


@router.get(f"{PAGE}/bieu-tuong.svg", include_in_schema=False)
async def icon() -> FileResponse:
    """The same as the chat's, also where the chat was not built."""
    return FileResponse(
        ROOT / "web" / "public" / "assets" / "icon.svg", headers={"Cache-Control": "no-cache"}
    )
