"""Signing in and out of the staff pages, and one's own account."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from bot.gateway import staff_security as security
from bot.gateway.content.entry import area_name
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.security import STAFF_PREFIX
from bot.gateway.settings import ROOT
from bot.gateway.staff_entry import (
    KEPT,
    WAITS,
    NotThere,
    confirm,
    go_to,
    half_router,
    public_router,
    sign_in_form,
    staff_router,
)
from bot.gateway.staff_factor import second_factor_form
from bot.gateway.staff_pages import message_page, page, stylesheet, words
from bot.gateway.staff_security import SIGN_IN, SignedIn
from desk import passwords, staff, staff_sessions, totp
from desk.database import statement
from desk.staff import Role
from desk.staff_sessions import Session
from desk.totp import Standing, standing
from knowledge.errors import TooManyAttempts, WeakPassword, WrongSignIn

entrance = public_router()
begun = half_router()
router = staff_router()
rest = staff_router()  # included after every other router of staff pages
HOMES = {
    Role.CONTENT: f"{STAFF_PREFIX}/noi-dung",
    Role.DESK: f"{STAFF_PREFIX}/phan-anh",
    Role.AUDITOR: f"{STAFF_PREFIX}/phan-anh",
}


@entrance.get(f"{STAFF_PREFIX}/giao-dien.css")
async def style(request: Request) -> Response:
    text, mark = stylesheet()
    headers = {"ETag": mark, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="text/css", headers=headers)


@entrance.get(f"{STAFF_PREFIX}/bieu-tuong.svg")
async def icon() -> FileResponse:
    """The same as the chat's, also where the chat was not built."""
    return FileResponse(
        ROOT / "web" / "public" / "assets" / "icon.svg", headers={"Cache-Control": "no-cache"}
    )


@entrance.get(SIGN_IN)
async def sign_in_page(request: Request, parts: Wired, tiep: str = "") -> Response:
    if await security.session_of(request, parts) is not None:
        return go_to(security.local_path(tiep))
    return await sign_in_form(request, parts, then=tiep)


@entrance.post(SIGN_IN)
async def sign_in(request: Request, parts: Wired) -> Response:
    """Sign in. A form that waited for this is shown again, with the new session's token."""
    form = await request.form()
    login, password, then = (str(form.get(name, "")) for name in ("login", "password", "tiep"))
    fields = security.fields_of(form)
    kept = [(name.removeprefix(KEPT), value) for name, value in fields if name.startswith(KEPT)]
    again = partial(
        sign_in_form, request, parts, then=then, kept=kept if WAITS in form else None, login=login
    )
    known = security.sign_in_token_fits(request, str(form.get(security.CSRF_FIELD, "")))
    if not known or not security.from_own_page(request):
        return await again(problem="form_expired")
    origin = security.origin_of(request)
    try:
        token, session = await staff_sessions.sign_in(
            parts.pool, login=login, password=password, asker=origin.asker, agent=origin.agent,
            now=parts.clock(), lifetime=security.lifetime_of(parts), replaces=security.token_of(request),
        )  # fmt: skip
    except WrongSignIn:
        return await again(problem="wrong_sign_in")
    except TooManyAttempts:
        return await again(problem="too_many")
    request.state.session = session
    answer = await _next(request, parts, session, then=then, kept=kept if WAITS in form else None)
    security.give_cookie(answer, request, token)
    return answer


async def _next(
    request: Request, parts: Parts, session: Session, *, then: str, kept: list[tuple[str, str]] | None
) -> Response:
    """After the password: the second factor, or the form that waited, or the page that was asked for."""
    path = security.local_path(then)
    if standing(session, security.policy_of(parts)) is not Standing.IN:
        if kept is None:
            return go_to(f"{security.CODE}?{urlencode({'tiep': path})}")
        return await second_factor_form(request, parts, session, then=path, kept=kept)
    return go_to(path) if kept is None else confirm(request, path=path, kept=kept)


# ------------------------------------------------------------------ signed in


@router.get("")
async def home(session: SignedIn) -> Response:
    """The first page of somebody's work."""
    for role, path in HOMES.items():
        if session.staff.may(role):
            return go_to(path)
    return go_to(f"{STAFF_PREFIX}/tai-khoan")


@begun.post(security.SIGN_OUT.removeprefix(STAFF_PREFIX))
async def sign_out(request: Request, parts: Wired) -> Response:
    async with parts.pool.connection() as conn:
        await staff_sessions.sign_out(conn, security.token_of(request), now=parts.clock())
    answer = go_to(SIGN_IN)
    security.drop_cookie(answer, request)
    return answer


@router.get("/tai-khoan")
async def account(
    request: Request, session: SignedIn, parts: Wired, xong: str = "", loi: str = ""
) -> HTMLResponse:
    return await _account_page(request, session, parts, done=xong, problem=loi)


@router.post("/tai-khoan/mat-khau")
async def change_password(request: Request, session: SignedIn, parts: Wired) -> Response:
    """A new password ends every session; the person goes on in a new one."""
    form = await request.form()
    old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
    login, now, origin = session.staff.login, parts.clock(), security.origin_of(request)
    try:
        passwords.check(new, login=login)
    except WeakPassword:
        return await _account_page(request, session, parts, problem="weak_password")
    if new != again:
        return await _account_page(request, session, parts, problem="not_the_same")
    try:
        await staff_sessions.check_password(
            parts.pool, login=login, password=old, asker=origin.asker, now=now
        )
    except WrongSignIn:
        return await _account_page(request, session, parts, problem="wrong_password")
    except TooManyAttempts:
        return await _account_page(request, session, parts, problem="too_many")
    async with parts.pool.connection() as conn:
        await staff.set_password(conn, login=login, password=new, actor=login, now=now)
        token, _ = await staff_sessions.open_session(
            conn, session.staff.id, origin=origin, now=now, lifetime=security.lifetime_of(parts),
            second_factor=session.second_factor,
        )  # fmt: skip
    answer = go_to(f"{STAFF_PREFIX}/tai-khoan?xong=password")
    security.give_cookie(answer, request, token)
    return answer


@router.post("/tai-khoan/noi-khac")
async def sign_out_elsewhere(request: Request, session: SignedIn, parts: Wired) -> Response:
    async with parts.pool.connection() as conn:
        await staff_sessions.end_sessions(
            conn, session.staff, actor=session.staff.login, now=parts.clock(), keep=security.token_of(request)
        )
    return go_to(f"{STAFF_PREFIX}/tai-khoan?xong=elsewhere")


@router.post("/tai-khoan/phien")
async def end_session(request: Request, session: SignedIn, parts: Wired) -> Response:
    """End one other session of one's own."""
    try:
        only = UUID(str((await request.form()).get("phien", "")))
    except ValueError:
        raise NotThere from None
    async with parts.pool.connection() as conn:
        await staff_sessions.end_sessions(
            conn, session.staff, actor=session.staff.login, now=parts.clock(), only=only,
            keep=security.token_of(request),
        )  # fmt: skip
    return go_to(f"{STAFF_PREFIX}/tai-khoan?xong=session")


async def _account_page(
    request: Request, session: Session, parts: Parts, *, problem: str = "", done: str = ""
) -> HTMLResponse:
    problem = problem if problem in words()["errors"] else ""
    async with statement(parts.pool) as conn:
        open_sessions = await staff_sessions.list_sessions(
            conn, session.staff.id, now=parts.clock(), token=security.token_of(request),
            lifetime=security.lifetime_of(parts),
        )  # fmt: skip
        recovery = await totp.recovery_left(conn, session.staff.id)
    unit = parts.tickets.router.unit(session.staff.unit_id)
    values = {
        "sessions": open_sessions,
        "recovery": recovery,
        "problem": words()["errors"][problem] if problem else "",
        "done": words()["done"].get(done, ""),
        "area": area_name(session.staff.area),
        "unit": unit.name if unit else session.staff.unit_id,
    }
    return page(request, "account.html", values, status=422 if problem else 200)


@rest.api_route("/{path:path}", methods=["GET", "POST"])
async def nowhere(request: Request) -> Response:
    """Any other address under /can-bo: said to be missing only to those who may know."""
    return message_page(request, "not_found", status=404)
