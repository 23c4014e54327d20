"""Where offices' own systems say what they did with a ticket (docs/runbooks/connect-systems.md)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from pydantic import ValidationError

from bot.gateway import hooks
from bot.gateway.console.entry import problem_of
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired, problems, rate_limited
from knowledge.errors import DeskError, WebhookNotFound

router = APIRouter(prefix="/api/v1/desk/hooks", tags=["hooks"], dependencies=[Depends(rate_limited)])
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": hooks.Message.model_json_schema()}},
    }
}


@router.post("/{hook_id}", responses=problems(401, 403, 404, 409), openapi_extra=_BODY)
async def receive(
    hook_id: UUID,
    request: Request,
    parts: Wired,
    x_motcua_timestamp: Annotated[str, Header(max_length=20)] = "",
    x_motcua_signature: Annotated[str, Header(max_length=100)] = "",
) -> hooks.Done:
    """Do one deed to one ticket of the system's unit. The body's bytes are signed as our own messages are."""
    signed = hooks.Signed(hook_id, x_motcua_timestamp, x_motcua_signature, await request.body())
    try:
        async with parts.pool.connection() as conn, conn.transaction():
            hook = await hooks.authentic(conn, signed, parts=parts)
            message = hooks.Message.model_validate_json(signed.body)
            return await hooks.do(conn, hook, message, parts=parts)
    except WebhookNotFound as error:
        raise Problem(401, "hook_unknown") from error
    except ValidationError as error:
        fields = [
            {"field": ".".join(map(str, one["loc"])), "error": one["type"]}
            for one in error.errors(include_input=False, include_context=False, include_url=False)
        ]
        raise Problem(422, "invalid", errors=fields) from error
    except DeskError as error:
        problem = problem_of(error)
        if problem is None:
            raise
        raise problem from error
