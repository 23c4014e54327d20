"""POST /rasa/actions: the dialogue process asks the app to run an action.

Who may call was decided by `security.BodyLimit`, before the body was read.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from rasa_sdk.interfaces import (
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)

from bot.gateway.routes.common import Wired

router = APIRouter(include_in_schema=False)


@router.post("/rasa/actions")
async def run(call: dict[str, Any], request: Request, parts: Wired) -> JSONResponse:
    """Rasa's own protocol: one call in, `{events, responses}` out; its three errors have their statuses."""
    try:
        return JSONResponse(await parts.executor.run(call))
    except ActionExecutionRejection as error:
        return JSONResponse({"error": str(error), "action_name": error.action_name}, 400)
    except ActionNotFoundException as error:
        return JSONResponse({"error": str(error), "action_name": error.action_name}, 404)
    except ActionMissingDomainException as error:
        return JSONResponse({"error": str(error), "action_name": error.action_name}, 449)
