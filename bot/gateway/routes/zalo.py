"""What Zalo wants to find at our addresses besides the webhook: where consent ends, and whose this domain is."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from bot.gateway import pages
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired
from bot.gateway.security import same_secret

router = APIRouter(include_in_schema=False)


@router.get("/channels/zalo/consent")
async def consent() -> Response:
    """Where an administrator is sent back to. The code in the address is worth nothing without our verifier."""
    return PlainTextResponse(pages.words("zalo_consent"), headers={"Cache-Control": "no-store"})


@router.get("/zalo_verifier{token}.html")
async def verifier(token: str, parts: Wired) -> Response:
    if not same_secret(token, parts.settings.zalo_site_verification):
        raise Problem(404, "not_found")
    return HTMLResponse(
        f"<!doctype html><html><head>{pages.site_proof(token)}</head><body>{token}</body></html>"
    )
