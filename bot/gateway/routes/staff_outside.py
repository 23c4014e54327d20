"""Signing in with an outside identity: to the provider, and back."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from bot.gateway import oidc
from bot.gateway import staff_security as security
from bot.gateway.oidc import WAY_LASTS, Way
from bot.gateway.ports import Parts
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired
from bot.gateway.staff_entry import NotThere, go_to, public_router, sign_in_form
from bot.gateway.staff_security import CODE, OUTSIDE, RETURN
from desk import identities, staff, staff_sessions
from desk.staff_sessions import Session
from desk.totp import Standing, standing
from knowledge.errors import IdentityRefused, SealBroken, UnknownIdentity

router = public_router()
log = logging.getLogger(__name__)


@router.get(OUTSIDE)
async def to_the_provider(request: Request, parts: Wired, tiep: str = "") -> Response:
    _need_provider(parts)
    then = security.local_path(tiep)
    try:
        await parts.rates.check(request)  # each one asks the provider something
    except Problem:
        return await sign_in_form(request, parts, then=then, problem="too_many")
    until = (parts.clock() + WAY_LASTS).timestamp()
    try:
        url, way = await oidc.begin(
            parts.settings, redirect_uri=_return_address(request), then=then, until=until
        )
    except IdentityRefused as error:
        log.warning("outside sign-in: %s", error)
        return await sign_in_form(request, parts, then=then, problem="outside_refused")
    answer = go_to(url)
    sealed = parts.tickets.sealer.seal(way.model_dump_json()).decode("ascii")
    security.keep_outside_way(answer, request, sealed)
    return answer


@router.get(RETURN)
async def back_from_the_provider(request: Request, parts: Wired) -> Response:
    """Let in whom the provider vouches for, if an administrator made an account for them."""
    _need_provider(parts)
    answer = await _come_back(request, parts)
    security.drop_outside_way(answer, request)  # whatever became of it, it was used
    return answer


async def _come_back(request: Request, parts: Parts) -> Response:
    way = _kept_way(request, parts)
    if way is None:
        return await sign_in_form(request, parts, problem="outside_refused")
    try:
        await parts.rates.check(request)
        identity = await oidc.finish(parts.settings, way, request.query_params)
        token, session = await _open(request, parts, identity)
    except Problem:
        return await sign_in_form(request, parts, then=way.then, problem="too_many")
    except IdentityRefused as error:
        log.warning("outside sign-in: %s", error)
        return await sign_in_form(request, parts, then=way.then, problem="outside_refused")
    except UnknownIdentity:
        log.warning("outside sign-in: nobody's account", extra={"issuer": parts.settings.oidc_issuer})
        return await sign_in_form(request, parts, then=way.then, problem="outside_unknown")
    whole = standing(session, security.policy_of(parts)) is Standing.IN
    answer = go_to(way.then if whole else f"{CODE}?{urlencode({'tiep': way.then})}")
    security.give_cookie(answer, request, token)
    return answer


async def _open(request: Request, parts: Parts, identity: identities.Identity) -> tuple[str, Session]:
    now = parts.clock()
    async with parts.pool.connection() as conn:
        person = await identities.account_of(conn, identity, now=now)
        details = {"identity": identity.issuer, "second_factor": identity.second_factor}
        action = "staff.signed_in"
        await staff.record(
            conn, actor=person.login, action=action, login=person.login, now=now, details=details
        )
        return await staff_sessions.open_session(
            conn, person.id, origin=security.origin_of(request), now=now,
            lifetime=security.lifetime_of(parts), replaces=security.token_of(request),
            second_factor=identity.second_factor,
        )  # fmt: skip


def _need_provider(parts: Parts) -> None:
    if not parts.settings.oidc_issuer:
        raise NotThere


def _return_address(request: Request) -> str:
    """Where the provider sends people back to; it is registered there, so a forged Host leads nowhere."""
    return str(request.url.replace(path=RETURN, query=""))


def _kept_way(request: Request, parts: Parts) -> Way | None:
    """What was kept when this browser was sent to the provider; None when there is nothing that still holds."""
    try:
        way = Way.model_validate_json(parts.tickets.sealer.open(security.outside_way(request).encode()))
    except (SealBroken, ValueError):
        return None
    return way if way.until > parts.clock().timestamp() else None
