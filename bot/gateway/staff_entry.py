"""The way into the staff pages: routers that ask who it is, and what is answered to those who may not go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import psycopg_pool
from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from bot.gateway import staff_security as security
from bot.gateway.ports import Parts
from bot.gateway.security import STAFF_PREFIX
from bot.gateway.settings import Settings
from bot.gateway.staff_factor import second_factor_form
from bot.gateway.staff_pages import message_page, page, refusal_status, words
from bot.gateway.staff_security import SIGN_IN
from desk import staff
from desk.database import statement
from desk.staff import Role
from knowledge.errors import OutsideError

log = logging.getLogger(__name__)
KEPT = "giu."  # in front of the fields of a form that waits for its author to sign in
WAITS = "cho"  # the field that says there is such a form, even an empty one
# Fields that say what a form is about; a person typed none of them.
_OF_THE_FORM = frozenset({"loai", "ma", "truong", "tep", "so", "seen", "rows", "dau", "them", "viec", "ban"})
_DATABASE_DOWN = (psycopg.OperationalError, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed, OutsideError)


class NotThere(Exception):  # said as a page, by the route itself
    """What was asked for is not there."""


class StaffRoute(APIRoute):
    """A route whose errors are pages: an official's browser shows no JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001  # the edge of the staff pages: known by kind, or logged
                return await _page_for(request, error)

        return answer


def staff_router(*, role: Role | None = None) -> APIRouter:
    """A router of staff pages: signed in, and with the role when one is named."""
    asked = security.signed_in if role is None else security.needs(role)
    return APIRouter(
        prefix=STAFF_PREFIX,
        include_in_schema=False,
        dependencies=[Depends(asked)],
        route_class=StaffRoute,
    )


def half_router() -> APIRouter:
    """A router for the few addresses of `staff_security.HALF`: signed in, the second factor still to come."""
    return APIRouter(
        prefix=STAFF_PREFIX,
        include_in_schema=False,
        dependencies=[Depends(security.begun)],
        route_class=StaffRoute,
    )


def public_router() -> APIRouter:
    """A router for the few addresses of `staff_security.PUBLIC`."""
    return APIRouter(include_in_schema=False, route_class=StaffRoute)


def go_to(path: str) -> RedirectResponse:
    """After a form: the next page is asked for anew, so that reloading sends nothing twice."""
    return RedirectResponse(path, 303)


async def _page_for(request: Request, error: Exception) -> Response:
    parts: Parts = request.app.state.parts
    match error:
        case security.SignInNeeded(kept=None):
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return go_to(f"{SIGN_IN}?{urlencode({'tiep': asked})}")
        case security.SignInNeeded(kept=kept):
            return await sign_in_form(request, parts, then=request.url.path, kept=kept)
        case security.SecondFactorNeeded(kept=None):
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return go_to(f"{security.CODE}?{urlencode({'tiep': security.local_path(asked)})}")
        case security.SecondFactorNeeded(session=session, kept=kept):
            return await second_factor_form(request, parts, session, then=request.url.path, kept=kept)
        case security.ConfirmNeeded(kept=kept):
            return confirm(request, path=request.url.path, kept=kept)
        case security.Refused(code=code):
            return message_page(request, code, status=403)
        case NotThere() | HTTPException(status_code=404) | RequestValidationError():
            return message_page(request, "not_found", status=404)
        case _ if isinstance(error, _DATABASE_DOWN):
            log.error("staff page: database unavailable: %s", error)
            return message_page(request, "unavailable", status=503)
    log.error("staff page failed: %s", request.url.path, exc_info=error)
    return message_page(request, "error", status=500)


async def sign_in_form(
    request: Request,
    parts: Parts,
    *,
    then: str = "",
    kept: list[tuple[str, str]] | None = None,
    login: str = "",
    problem: str = "",
) -> HTMLResponse:
    """The sign-in page; `kept` are the fields of a form that waits, `problem` what was wrong with the last try."""
    async with statement(parts.pool) as conn:
        anybody = await staff.anybody(conn)
    token = security.sign_in_token(request)
    values = {
        "token": token,
        "then": security.local_path(then),
        "kept": kept,
        "login": login,
        "anybody": anybody,
        "problem": words()["errors"][problem] if problem else "",
        "outside": outside_name(parts.settings),
    }
    status = refusal_status(problem) or (200 if kept is None else 401)
    answer = page(request, "sign_in.html", values, status=status)
    security.give_sign_in_token(answer, request, token)
    return answer


def outside_name(settings: Settings) -> str:
    """What the provider of outside identities is called; "" when there is none."""
    return settings.oidc_issuer and (settings.oidc_name or urlsplit(settings.oidc_issuer).netloc)


def confirm(request: Request, *, path: str, kept: list[tuple[str, str]]) -> HTMLResponse:
    """A form that waited, to be sent by its author's own hand."""
    typed = [(_called(name), value) for name, value in kept if value and name not in _OF_THE_FORM]
    return page(request, "confirm.html", {"target": path, "kept": kept, "typed": typed}, status=409)


def _called(name: str) -> str:
    """What a field of a form is called: `r0.amount` is "Số tiền (dòng 1)"."""
    row, _, rest = name.partition(".")
    is_row = row[:1] == "r" and row[1:].isdigit()
    plain = rest if is_row else name
    label = words()["kept_names"].get(plain) or words()["columns"].get(plain, plain)
    return f"{label} ({words()['row'].format(number=int(row[1:]) + 1)})" if is_row else str(label)
