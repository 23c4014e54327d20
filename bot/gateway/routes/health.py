"""Is it alive, can it answer, and its figures."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.gateway import health
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired
from bot.gateway.schemas import Health
from bot.gateway.security import is_loopback

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def live() -> Health:
    """This process answers."""
    return Health(ok=True)


@router.get("/health/ready", responses={503: {"model": Health}})
async def ready(parts: Wired) -> JSONResponse:
    """Questions are being answered: the database, a worker and the index are there, and one answer was given."""
    state = await health.look(parts)
    return JSONResponse(state.model_dump(), 200 if state.ok else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, parts: Wired) -> Response:
    """Prometheus figures; for this machine only, unless METRICS_PUBLIC is set."""
    if not (parts.settings.metrics_public or is_loopback(request)):
        raise Problem(403, "forbidden")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
