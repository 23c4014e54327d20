"""POST /rasa/actions: the dialogue process asks the app to run an action.

Who may call was decided by `security.BodyLimit`, before the body was read.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from actions.http import handle
from bot.gateway.routes.common import Wired

router = APIRouter(include_in_schema=False)


@router.post("/rasa/actions")
async def run(call: dict[str, Any], parts: Wired) -> JSONResponse:
    """Rasa's own protocol: one call in, `{events, responses}` out."""
    status, body = await handle(parts.executor, call)
    return JSONResponse(body, status)
