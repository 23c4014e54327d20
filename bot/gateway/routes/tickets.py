"""Reports filed over the API, and their state for whoever holds code and secret."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool

from bot.answer.guard import screen
from bot.answer.reply import TicketRef
from bot.gateway.ports import Parts
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired, known_area, problems, rate_limited
from bot.gateway.schemas import NewTicket, TicketReply
from desk import views
from desk.models import Consent, NewReport

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[Depends(rate_limited)])
CONSENT_TEXT, CONSENT_VERSION = "report-api", "1"
Secret = Annotated[str, Query(max_length=40)]
SecretHeader = Annotated[str, Header(max_length=40, description="Keeps the secret out of logs of addresses.")]


@router.post("", status_code=201, responses=problems(409))
async def file(
    new: NewTicket, parts: Wired, idempotency_key: Annotated[str, Header(max_length=200)] = ""
) -> TicketRef:
    """File a report. The secret in the answer is shown only here."""
    if not new.consent:
        raise Problem(422, "consent_required")
    stop = (await run_in_threadpool(screen, new.what)).stop
    if stop is not None:  # an emergency, a complaint or a denunciation has its own, better way
        raise Problem(409, "not_a_report", advice=stop.text)
    now = parts.clock()
    consent = Consent(version=CONSENT_VERSION, text_id=CONSENT_TEXT, at=now, channel="api")
    report = NewReport(
        what=new.what,
        where=new.where,
        when=new.when,
        contact=new.contact,
        area=known_area(new.area, parts=parts),
        consent=consent,
        channel="api",
    )
    filed = await parts.tickets.file(report, origin=f"api:{idempotency_key or uuid4()}")
    return TicketRef(**views.ticket_view(filed.ticket, secret=filed.secret))


@router.get("/{code}", responses=problems(404))
async def show(
    code: str, request: Request, parts: Wired, secret: Secret = "", x_ticket_secret: SecretHeader = ""
) -> TicketRef:
    """Where a report stands, with its history."""
    return await parts.tickets.find(code, secret=x_ticket_secret or secret, asker=_asker(request, parts))


@router.post("/{code}/replies", status_code=201, responses=problems(404, 409))
async def reply(
    code: str,
    said: TicketReply,
    request: Request,
    parts: Wired,
    secret: Secret = "",
    x_ticket_secret: SecretHeader = "",
) -> TicketRef:
    """Add something to a report that is still open."""
    return await parts.tickets.add(
        code, secret=x_ticket_secret or secret, asker=_asker(request, parts), text=said.text
    )


def _asker(request: Request, parts: Parts) -> str:
    """Wrong secrets are counted by address."""
    return f"address:{request.client.host if request.client else 'unknown'}"
