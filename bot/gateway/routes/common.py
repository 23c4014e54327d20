"""What several routes ask for: the app's parts, and the conversation a token opens."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from bot.gateway import sessions
from bot.gateway.ports import Parts
from bot.gateway.problems import Problem, ProblemBody
from bot.gateway.security import bearer
from desk.database import statement
from knowledge.errors import UnknownArea

_scheme = HTTPBearer(auto_error=False, description="The token of the conversation.")


async def parts_of(request: Request) -> Parts:
    """Not a plain function: FastAPI would run that in a thread."""
    parts: Parts = request.app.state.parts
    return parts


Wired = Annotated[Parts, Depends(parts_of)]


async def rate_limited(request: Request, parts: Wired) -> None:
    await parts.rates.check(request)


async def opened(
    conversation_id: UUID, request: Request, parts: Wired, _: Annotated[object, Depends(_scheme)]
) -> sessions.Conversation:
    """The conversation of the path, when the bearer token is its own."""
    token = bearer(request)
    if not token:
        raise Problem(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
    async with statement(parts.pool) as conn:
        return await sessions.check(conn, conversation_id, token=token)


Opened = Annotated[sessions.Conversation, Depends(opened)]


def known_area(slug: str, *, parts: Parts) -> str:
    """The slug, when it names a place that is served; "" is nowhere in particular."""
    if not slug:
        return parts.settings.default_area
    try:
        parts.areas.get(slug)
    except UnknownArea as error:
        raise Problem(422, "unknown_area") from error
    return slug


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for OpenAPI; every route may also answer 422, 429 and 503."""
    content = {"application/problem+json": {"schema": ProblemBody.model_json_schema()}}
    return {
        status: {"description": "Problem (RFC 9457)", "content": content}
        for status in sorted({*statuses, 400, 413, 422, 429, 500, 503})
    }
