"""Who may come into the staff pages: the cookie, the form's token, the origin, the role.

Every route made on `staff_entry.staff_router()` asks for a session that passed its second factor, if it needs one; a
route that does not is named in PUBLIC or HALF. A form that arrives when the session has ended is not thrown away: its
fields travel through the sign-in page and are shown again to be sent.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.security import STAFF_PREFIX
from desk import staff_sessions
from desk.database import statement
from desk.staff import Role
from desk.staff_sessions import Lifetime, Origin, Session
from desk.totp import HALF_OPEN, Policy, Standing, standing
from knowledge.errors import NoStaffSession

SIGN_IN = f"{STAFF_PREFIX}/dang-nhap"
SIGN_OUT = f"{STAFF_PREFIX}/dang-xuat"
CODE = f"{STAFF_PREFIX}/xac-thuc"  # where the second factor is asked for
ENROL = f"{CODE}/cai-dat"  # where it is set up
OUTSIDE = f"{STAFF_PREFIX}/ngoai"  # to the provider of outside identities
RETURN = f"{OUTSIDE}/ve"  # and back from it
# What is served to people who are not signed in.
PUBLIC = frozenset(
    {SIGN_IN, OUTSIDE, RETURN, f"{STAFF_PREFIX}/giao-dien.css", f"{STAFF_PREFIX}/bieu-tuong.svg"}
)
# And to those who have still to show their second factor.
HALF = frozenset({SIGN_OUT, CODE, ENROL})
CSRF_FIELD = "csrf"
_COOKIE, _FORM_COOKIE, _OUTSIDE_COOKIE = "motcua-can-bo", "motcua-can-bo-dn", "motcua-can-bo-ngoai"
MAX_FIELDS = 3000  # a table of papers is one form
_SAFE = frozenset({"GET", "HEAD"})


class SignInNeeded(Exception):  # the word for it
    """Nobody is signed in; `kept` are the fields of the form that arrived."""

    def __init__(self, kept: list[tuple[str, str]] | None = None) -> None:
        super().__init__()
        self.kept = kept


class SecondFactorNeeded(Exception):  # the word for it
    """The password was right, and that is not all; `kept` are the fields of the form that arrived."""

    def __init__(self, session: Session, kept: list[tuple[str, str]] | None = None) -> None:
        super().__init__()
        self.session, self.kept = session, kept


class ConfirmNeeded(Exception):  # the word for it
    """The form is from before the session: its fields are shown again, to be sent by a person."""

    def __init__(self, kept: list[tuple[str, str]], session: Session) -> None:
        super().__init__()
        self.kept, self.session = kept, session


class Refused(Exception):
    """Signed in, but not for this; or a form of another site. `code` is the sentence's name."""

    def __init__(self, code: str, session: Session | None = None) -> None:
        super().__init__(code)
        self.code, self.session = code, session


# ------------------------------------------------------------------ cookies


def is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _name(base: str, request: Request) -> str:
    """`__Host-` binds a cookie to this host and to https; browsers take the prefix only there."""
    return f"__Host-{base}" if is_secure(request) else base


def token_of(request: Request) -> str:
    return request.cookies.get(_name(_COOKIE, request), "")


def give_cookie(response: Response, request: Request, token: str) -> None:
    _set(response, request, base=_COOKIE, value=token)
    response.delete_cookie(_name(_FORM_COOKIE, request), path="/", secure=is_secure(request), httponly=True)


def drop_cookie(response: Response, request: Request) -> None:
    response.delete_cookie(_name(_COOKIE, request), path="/", secure=is_secure(request), httponly=True)


def address_of(request: Request) -> str:
    """Where a request came from; failed sign-ins are counted by it."""
    return request.client.host if request.client else "unknown"


def _set(response: Response, request: Request, *, base: str, value: str) -> None:
    response.set_cookie(
        _name(base, request), value, path="/", httponly=True, samesite="lax", secure=is_secure(request)
    )


def sign_in_token(request: Request) -> str:
    """The token of the sign-in form, which has no session yet: the same in a cookie and in the form."""
    return request.cookies.get(_name(_FORM_COOKIE, request), "") or secrets.token_urlsafe(24)


def give_sign_in_token(response: Response, request: Request, token: str) -> None:
    _set(response, request, base=_FORM_COOKIE, value=token)


def sign_in_token_fits(request: Request, given: str) -> bool:
    kept = request.cookies.get(_name(_FORM_COOKIE, request), "")
    return bool(kept) and hmac.compare_digest(kept.encode(), given.encode())


def outside_way(request: Request) -> str:
    """What was kept, sealed, while somebody is at the provider of outside identities."""
    return request.cookies.get(_name(_OUTSIDE_COOKIE, request), "")


def keep_outside_way(response: Response, request: Request, sealed: str) -> None:
    _set(response, request, base=_OUTSIDE_COOKIE, value=sealed)


def drop_outside_way(response: Response, request: Request) -> None:
    name = _name(_OUTSIDE_COOKIE, request)
    response.delete_cookie(name, path="/", secure=is_secure(request), httponly=True)


# ------------------------------------------------------------------ requests


def from_own_page(request: Request) -> bool:
    """Whether a form was sent by a page of this site, as the browser says; a silent client is refused."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


def local_path(path: str) -> str:
    """Where to go after signing in: a staff page of ours, or the first one."""
    plain = path.isprintable() and "\\" not in path and "//" not in path.partition("?")[0]
    inside = path == STAFF_PREFIX or path.startswith((f"{STAFF_PREFIX}/", f"{STAFF_PREFIX}?"))
    way_in = path.startswith((SIGN_IN, OUTSIDE)) or path.partition("?")[0] in HALF
    return path if plain and inside and not way_in else STAFF_PREFIX


def fields_of(form: FormData) -> list[tuple[str, str]]:
    """What a person typed, without the token; files are not taken."""
    return [
        (name, value)
        for name, value in form.multi_items()
        if not isinstance(value, UploadFile) and name != CSRF_FIELD
    ]


def policy_of(parts: Parts) -> Policy:
    return Policy(parts.settings.staff_totp)


def lifetime_of(parts: Parts) -> Lifetime:
    settings = parts.settings
    return Lifetime(
        timedelta(minutes=settings.staff_idle_minutes), timedelta(hours=settings.staff_session_hours)
    )


def origin_of(request: Request) -> Origin:
    return Origin(address_of(request), request.headers.get("user-agent", ""))


async def begun_session_of(request: Request, parts: Parts) -> Session | None:
    """The session whose cookie the request has, also one that still waits for its second factor."""
    try:
        async with statement(parts.pool) as conn:
            found = await staff_sessions.find_session(
                conn, token_of(request), now=parts.clock(), lifetime=lifetime_of(parts)
            )
    except NoStaffSession:
        return None
    waited_long = found.created_at + HALF_OPEN <= parts.clock()
    return None if waited_long and standing(found, policy_of(parts)) is not Standing.IN else found


async def session_of(request: Request, parts: Parts) -> Session | None:
    """The session whose cookie the request has, if it may go on."""
    found = await begun_session_of(request, parts)
    return found if found and standing(found, policy_of(parts)) is Standing.IN else None


async def signed_in(request: Request, parts: Wired) -> Session:
    """The session of the request; for a form, also that it came from one of this session's own pages."""
    session, form = await _arrived(request, parts)
    kept = fields_of(form) if form is not None else None
    if standing(session, policy_of(parts)) is not Standing.IN:
        raise SecondFactorNeeded(session, kept)
    if form is not None and not _token_fits(session, form):
        raise ConfirmNeeded(kept or [], session)
    return session


async def begun(request: Request, parts: Wired) -> Session:
    """As `signed_in`, of a session that may still wait for its second factor."""
    session, form = await _arrived(request, parts)
    if form is not None and not _token_fits(session, form):
        raise SecondFactorNeeded(session)  # the page is shown anew
    return session


async def _arrived(request: Request, parts: Parts) -> tuple[Session, FormData | None]:
    """The session, and the form when one was sent, from a page of ours."""
    changes = request.method not in _SAFE
    if changes and not from_own_page(request):
        raise Refused("other_site")
    form = await request.form(max_fields=MAX_FIELDS) if changes else None
    session = await begun_session_of(request, parts)
    if session is None:
        raise SignInNeeded(fields_of(form) if form is not None and request.url.path not in HALF else None)
    request.state.session = session
    return session, form


def _token_fits(session: Session, form: FormData) -> bool:
    return hmac.compare_digest(session.csrf.encode(), str(form.get(CSRF_FIELD, "")).encode())


SignedIn = Annotated[Session, Depends(signed_in)]
Begun = Annotated[Session, Depends(begun)]


def needs(role: Role) -> Callable[[Session], Coroutine[Any, Any, Session]]:
    """A dependency: the session of somebody with this role."""

    async def with_role(session: SignedIn) -> Session:
        if not session.staff.may(role):
            raise Refused("not_your_role", session)
        return session

    return with_role
