"""The way into the desk's JSON API: the staff pages' session, the form's token as a header, errors as problems."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from bot.gateway import staff_security as security
from bot.gateway.ports import Parts
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired
from desk.bounds import bounded
from desk.database import Conn
from desk.staff import Role, Staff
from desk.staff_sessions import Session
from knowledge.errors import BadTransition, DeskError, NotAllowed, TicketChanged, TicketNotFound

PREFIX = "/api/v1/desk"
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD"})
READERS = (Role.DESK, Role.AUDITOR)  # heads and sorters are officers too
_PROBLEMS: tuple[tuple[type[DeskError], int, str], ...] = (
    (TicketNotFound, 404, "desk_ticket_not_found"),
    (NotAllowed, 403, "deed_not_yours"),
    (TicketChanged, 409, "ticket_changed_by_other"),
    (BadTransition, 409, "deed_not_now"),
)


def problem_of(error: DeskError) -> Problem | None:
    """The problem an official is told of; None for what is a fault of ours."""
    for kind, status, code in _PROBLEMS:
        if isinstance(error, kind):
            return Problem(status, code)
    return None


class DeskRoute(APIRoute):
    """A route whose refusals are told in an official's words."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except DeskError as error:
                problem = problem_of(error)
                if problem is None:
                    raise
                raise problem from error

        return answer


@dataclass(frozen=True)
class Desk:
    """An official at work, and the parts they work with."""

    session: Session
    parts: Parts

    @property
    def staff(self) -> Staff:
        return self.session.staff

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[Conn]:
        """A transaction in which only what this official may see exists."""
        async with bounded(self.parts.pool, self.staff) as conn:
            yield conn


async def at_desk(request: Request, parts: Wired) -> Desk:
    """Whoever is signed in and reads tickets; for a change, also that the page of this session sent it."""
    changes = request.method not in _SAFE
    if changes and not security.from_own_page(request):
        raise Problem(403, "desk_other_site")
    session = await security.session_of(request, parts)
    if session is None:
        raise Problem(401, "desk_sign_in")
    given = request.headers.get(CSRF_HEADER, "")
    if changes and not hmac.compare_digest(session.csrf.encode(), given.encode()):
        raise Problem(403, "desk_form_token")
    if not any(session.staff.may(role) for role in READERS):
        raise Problem(403, "deed_not_yours")
    return Desk(session, parts)


AtDesk = Annotated[Desk, Depends(at_desk)]


def desk_router() -> APIRouter:
    """A router of the desk's API; every route of it asks who it is."""
    return APIRouter(
        prefix=PREFIX, include_in_schema=False, dependencies=[Depends(at_desk)], route_class=DeskRoute
    )
