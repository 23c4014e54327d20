"""Webhooks of the messaging platforms: checked on the raw bytes, kept, acknowledged; answered by a worker later."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from bot.channels.base import BadSignature, Channel
from bot.gateway import receiving
from bot.gateway.metrics import WEBHOOKS
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired

log = logging.getLogger(__name__)
router = APIRouter(prefix="/channels", tags=["channels"])


@router.get("/{name}", include_in_schema=False)
async def subscribe(name: str, request: Request, parts: Wired) -> Response:
    """A platform's question whether this address is ours; only Messenger asks one."""
    answer = getattr(_channel(parts.channels, name), "subscription", None)
    said = answer(dict(request.query_params)) if answer else None
    if said is None:
        raise Problem(403, "forbidden")
    return PlainTextResponse(said)


@router.post("/{name}", include_in_schema=False)
async def take(name: str, request: Request, parts: Wired) -> Response:
    """Keep what a platform brings. What is not signed by it is dropped; how that is answered is the channel's."""
    channel, body = _channel(parts.channels, name), await request.body()
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        new = await receiving.receive(
            parts.pool, channel, headers=headers, body=body, now=parts.clock(), area=parts.settings.default_area,
            gate=parts.gate,
        )  # fmt: skip
    except BadSignature as error:
        log.warning("%s: a webhook of %d bytes was dropped: %s", name, len(body), error)
        WEBHOOKS.labels(name, "dropped").inc()
        return Response(status_code=getattr(channel, "bad_signature_status", 403))
    WEBHOOKS.labels(name, "new" if new else "nothing").inc()
    return PlainTextResponse("EVENT_RECEIVED")


def _channel(channels: Mapping[str, Channel], name: str) -> Channel:
    found = channels.get(name)
    if found is None or found.pull:
        raise Problem(404, "not_found")
    return found
