"""The second factor: asked for at sign-in, set up, and its recovery codes made anew."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from bot.gateway import staff_security as security
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.staff_entry import KEPT, WAITS, confirm, go_to, half_router, staff_router
from bot.gateway.staff_factor import enrol_form, offered_secret, second_factor_form
from bot.gateway.staff_pages import page
from bot.gateway.staff_security import CODE, ENROL, Begun, SignedIn
from desk import staff_sessions, totp
from desk.staff_sessions import Session
from desk.totp import Standing, standing
from knowledge.errors import TooManyAttempts, WrongCode, WrongSignIn

router = half_router()
whole = staff_router()
ACCOUNT = "/can-bo/tai-khoan"


@router.get(CODE.removeprefix("/can-bo"))
async def code_page(request: Request, session: Begun, parts: Wired, tiep: str = "") -> Response:
    """Where a code is asked for; who has no second factor yet is shown how to set it up."""
    if standing(session, security.policy_of(parts)) is Standing.IN:
        return go_to(security.local_path(tiep))
    return await second_factor_form(request, parts, session, then=tiep)


@router.post(CODE.removeprefix("/can-bo"))
async def give_code(request: Request, session: Begun, parts: Wired) -> Response:
    """Take a code. The session goes on under a new cookie."""
    form = await request.form()
    then, kept = _waiting(form)
    if standing(session, security.policy_of(parts)) is not Standing.CODE:
        return go_to(security.local_path(then))
    problem = await _refused(request, parts, session, code=str(form.get("code", "")))
    if problem:
        return await second_factor_form(request, parts, session, then=then, kept=kept, problem=problem)
    return await _let_in(request, parts, then=then, kept=kept)


@router.get(ENROL.removeprefix("/can-bo"))
async def enrol_page(request: Request, session: Begun, parts: Wired, tiep: str = "") -> Response:
    if standing(session, security.policy_of(parts)) is Standing.CODE:
        return go_to(CODE)
    return enrol_form(request, parts, session, then=tiep)


@router.post(ENROL.removeprefix("/can-bo"))
async def enrol(request: Request, session: Begun, parts: Wired) -> Response:
    """The first code of a new phone. Who is in already shows first that it is them."""
    form = await request.form()
    then, kept = _waiting(form)
    stands = standing(session, security.policy_of(parts))
    if stands is Standing.CODE:
        return go_to(CODE)
    secret = offered_secret(parts, session, str(form.get("sealed", "")))
    code = str(form.get("code", ""))
    problem = "" if secret else "offer_expired"
    if secret and not totp.steps_that_fit(secret, code, now=parts.clock()):
        problem = "wrong_first_code"
    if not problem and stands is Standing.IN:
        problem = await _not_them(request, parts, session, proof=str(form.get("proof", "")))
    if problem:
        return enrol_form(request, parts, session, secret=secret, then=then, kept=kept, problem=problem)
    try:
        async with parts.pool.connection() as conn:
            codes = await totp.set_up(
                conn, session.staff, secret=secret, code=code, sealer=parts.tickets.sealer,
                now=parts.clock(), replaces=stands is Standing.IN,
            )  # fmt: skip
            await staff_sessions.sign_out_elsewhere(conn, session.staff.id, keep=security.token_of(request))
    except WrongCode:
        return enrol_form(request, parts, session, then=then, kept=kept, problem="wrong_first_code")
    token, request.state.session = await _raised(request, parts)
    answer = _codes_page(request, codes, then=then, kept=kept)
    security.give_cookie(answer, request, token)
    return answer


@whole.post("/xac-thuc/du-phong")
async def renew_recovery(request: Request, session: SignedIn, parts: Wired) -> Response:
    """Ten new recovery codes, for a code of the phone."""
    form = await request.form()
    problem = await _refused(request, parts, session, code=str(form.get("code", "")))
    if problem:
        return go_to(f"{ACCOUNT}?loi={problem}")
    async with parts.pool.connection() as conn:
        codes = await totp.renew_recovery(conn, session.staff, now=parts.clock())
    return _codes_page(request, codes, then=ACCOUNT, kept=None)


# ------------------------------------------------------------------ pieces


def _waiting(form: FormData) -> tuple[str, list[tuple[str, str]] | None]:
    """Where to go on, and the fields of a form that waits."""
    fields = security.fields_of(form)
    kept = [(name.removeprefix(KEPT), value) for name, value in fields if name.startswith(KEPT)]
    return str(form.get("tiep", "")), kept if WAITS in form else None


async def _refused(request: Request, parts: Parts, session: Session, *, code: str) -> str:
    """What is wrong with a code; "" when it is taken."""
    try:
        await totp.check(
            parts.pool, session.staff, code=code, asker=security.address_of(request),
            sealer=parts.tickets.sealer, now=parts.clock(),
        )  # fmt: skip
    except WrongCode:
        return "wrong_code"
    except TooManyAttempts:
        return "too_many"
    return ""


async def _not_them(request: Request, parts: Parts, session: Session, *, proof: str) -> str:
    """What is wrong with the proof that a signed-in person is who signed in: a code, or the password."""
    if session.has_totp:
        return await _refused(request, parts, session, code=proof)
    try:
        await staff_sessions.check_password(
            parts.pool, login=session.staff.login, password=proof, asker=security.address_of(request),
            now=parts.clock(),
        )  # fmt: skip
    except WrongSignIn:
        return "wrong_password"
    except TooManyAttempts:
        return "too_many"
    return ""


async def _raised(request: Request, parts: Parts) -> tuple[str, Session]:
    async with parts.pool.connection() as conn:
        return await staff_sessions.raised(
            conn, security.token_of(request), now=parts.clock(), lifetime=security.lifetime_of(parts)
        )


async def _let_in(
    request: Request, parts: Parts, *, then: str, kept: list[tuple[str, str]] | None
) -> Response:
    token, request.state.session = await _raised(request, parts)
    path = security.local_path(then)
    answer = confirm(request, path=path, kept=kept) if kept is not None else go_to(path)
    security.give_cookie(answer, request, token)
    return answer


def _codes_page(
    request: Request, codes: list[str], *, then: str, kept: list[tuple[str, str]] | None
) -> HTMLResponse:
    """The recovery codes, once. A form that waited is sent from here."""
    values = {"codes": codes, "target": security.local_path(then), "kept": kept}
    return page(request, "recovery.html", values)
