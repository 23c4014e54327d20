"""POST /rasa/actions: the dialogue process asks the app to run an action.

Who may call was decided by `security.BodyLimit`, before the body was read. It is called at every turn and has one
caller, so it is a plain route: no dependencies, no description.
"""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.routing import Route

from actions.http import handle
from bot.gateway.problems import Problem
from bot.gateway.routes.common import parts_of


async def run(request: Request) -> JSONResponse:
    """Rasa's own protocol: one call in, `{events, responses}` out."""
    try:
        call = await request.json()
    except ValueError as error:
        raise Problem(422, "invalid") from error
    if not isinstance(call, dict):
        raise Problem(422, "invalid")
    status, body = await handle((await parts_of(request)).executor, call)
    return JSONResponse(body, status)


route = Route("/rasa/actions", run, methods=["POST"])
