"""The page of the officers' console. What is on it, the script fetches from /api/v1/desk."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from bot.gateway import pages
from bot.gateway.staff_entry import staff_router
from bot.gateway.staff_pages import message_page, page
from bot.gateway.staff_security import SignedIn
from desk.staff import Role

router = staff_router()
HOME = "/phan-anh"
# Of the console and of conversations, the staff pages with a script: ours, from here, and speaking to here only.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; style-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


@router.get(HOME)
async def console(request: Request, session: SignedIn) -> Response:
    if not (session.staff.may(Role.DESK) or session.staff.may(Role.AUDITOR)):
        return message_page(request, "not_your_role", status=403)
    built = (pages.WEB_DIST / "assets" / "console.js").is_file()
    answer = page(request, "desk/console.html", {"built": built})
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
