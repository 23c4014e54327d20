"""The pages of the second factor: a code is asked for, or the phone is set up first."""

from __future__ import annotations

import json

import segno
from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from bot.gateway import staff_security as security
from bot.gateway.ports import Parts
from bot.gateway.staff_pages import page, refusal_status, words
from desk import totp
from desk.staff_sessions import Session
from desk.totp import HALF_OPEN, Standing, standing
from knowledge.errors import SealBroken


async def second_factor_form(
    request: Request,
    parts: Parts,
    session: Session,
    *,
    then: str = "",
    kept: list[tuple[str, str]] | None = None,
    problem: str = "",
) -> HTMLResponse:
    """The page that asks for a code, or sets the second factor up; `kept` as in `sign_in_form`."""
    if standing(session, security.policy_of(parts)) is Standing.ENROL:
        return enrol_form(request, parts, session, then=then, kept=kept, problem=problem)
    values = {
        "then": security.local_path(then),
        "kept": kept,
        "problem": words()["errors"][problem] if problem else "",
    }
    return page(
        request,
        "second_factor.html",
        values,
        status=refusal_status(problem) or (200 if kept is None else 401),
    )


def enrol_form(
    request: Request,
    parts: Parts,
    session: Session,
    *,
    secret: str = "",
    then: str = "",
    kept: list[tuple[str, str]] | None = None,
    problem: str = "",
) -> HTMLResponse:
    """The page with the secret as a picture. It travels sealed through the form: nothing is stored until it works."""
    secret = secret or totp.new_secret()
    address = totp.address(secret, login=session.staff.login, issuer=words()["issuer"])
    whole = standing(session, security.policy_of(parts)) is Standing.IN
    values = {
        "address": address,
        "picture": Markup(segno.make(address, error="m").svg_inline(omitsize=True, light="#fff")),  # noqa: S704  # drawn here
        "groups": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "sealed": sealed_secret(parts, session, secret),
        "proof": ("code" if session.has_totp else "password") if whole else "",
        "then": security.local_path(then),
        "kept": kept,
        "problem": words()["errors"][problem] if problem else "",
    }
    return page(
        request, "enrol.html", values, status=refusal_status(problem) or (200 if kept is None else 401)
    )


def sealed_secret(parts: Parts, session: Session, secret: str) -> str:
    """A secret that was offered to this person just now."""
    until = (parts.clock() + HALF_OPEN).timestamp()
    offered = json.dumps({"secret": secret, "staff": str(session.staff.id), "until": until})
    return parts.tickets.sealer.seal(offered).decode("ascii")


def offered_secret(parts: Parts, session: Session, sealed: str) -> str:
    """The secret of `sealed_secret`; "" for what is no such thing, somebody else's, or too old."""
    try:
        offered = json.loads(parts.tickets.sealer.open(sealed.encode()))
        good = offered["staff"] == str(session.staff.id) and offered["until"] > parts.clock().timestamp()
    except (SealBroken, ValueError, KeyError, TypeError):
        return ""
    return str(offered["secret"]) if good else ""
