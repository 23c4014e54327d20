"""Reports of the desk, on screen and as files; and the questions that wait for somebody to publish an answer."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from bot.gateway import reporting
from bot.gateway.content.entry import paging
from bot.gateway.content.queries import PER_PAGE
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.security import STAFF_PREFIX
from bot.gateway.staff_entry import NotThere, go_to, staff_router
from bot.gateway.staff_pages import page, words
from bot.gateway.staff_security import Refused, SignedIn
from desk import report_docx, report_xlsx, reports, unanswered
from desk.bounds import bounded
from desk.calendar import LOCAL_TIME
from desk.database import statement
from desk.report_period import Period
from desk.reports import BARS, Report, Scope
from desk.staff import Role
from desk.staff_sessions import Session
from knowledge.errors import BadPeriod, TicketChanged, TicketNotFound
from knowledge.text.personal import masked

router = staff_router()
Text = Annotated[str, Query(max_length=200)]
REPORTS, LIST = f"{STAFF_PREFIX}/bao-cao", f"{STAFF_PREFIX}/cau-hoi-chua-tra-loi"
WRITERS = {"docx": report_docx, "xlsx": report_xlsx}
STATES: dict[str, unanswered.State] = {"moi": "open", "xong": "done", "khong": "wont"}
_WHILE_ONE_WAITS = 300  # questions: some seconds; the night does the rest
_MONTHS = 18  # of the months to choose from


async def reader(session: SignedIn) -> Session:
    """Officials of the desk, and those who only look."""
    if not (session.staff.may(Role.DESK) or session.staff.may(Role.AUDITOR)):
        raise Refused("not_your_role", session)
    return session


Reader = Annotated[Session, Depends(reader)]


class Asked:
    """The period and what it is narrowed to, as the page's form sends them."""

    def __init__(
        self,
        parts: Wired,
        ky: Annotated[str, Query(max_length=10)] = "",
        tu: Annotated[int, Query(ge=1, le=28)] = 1,
        dia_ban: Text = "",
        don_vi: Text = "",
        linh_vuc: Text = "",
    ) -> None:
        today = parts.clock().astimezone(LOCAL_TIME).date()
        try:
            self.period = Period.parse(ky, first_day=tu) if ky else Period.of(today)
        except BadPeriod:
            raise NotThere from None
        self.scope = Scope(area=dia_ban, unit=don_vi, category=linh_vuc)
        self.chosen = {
            "ky": self.period.said, "tu": tu if tu > 1 else "", "dia_ban": dia_ban, "don_vi": don_vi,
            "linh_vuc": linh_vuc,
        }  # fmt: skip
        self.periods = reports.periods(today, months=_MONTHS)


@router.get("/bao-cao")
async def report_page(
    request: Request, session: Reader, parts: Wired, asked: Annotated[Asked, Depends()]
) -> HTMLResponse:
    """The numbers of a period, each with how it is counted."""
    report = await reporting.for_staff(parts, session.staff, asked.period, asked.scope)
    return page(request, "desk/reports.html", {"asked": asked, "r": report, **_shown(report)})


def _shown(report: Report) -> dict[str, Any]:
    return {
        "said": reports.words(),
        "title": reports.period_name(report.period),
        "days": reports.period_days(report.period),
        "made_at": reports.made_at(report),
        "scope_names": reports.scope_names(report),
        "rates": {name: reports.shown_rate(reports.rate(report.totals, name)) for name in reports.RATES},
        "bars": reports.bars(report.units),
        "bar_names": list(BARS),
    }


@router.get("/bao-cao.{kind}")
async def report_file(
    kind: str, session: Reader, parts: Wired, asked: Annotated[Asked, Depends()]
) -> Response:
    """The same as a file to send."""
    writer = WRITERS.get(kind)
    if writer is None:
        raise NotThere
    report = await reporting.for_staff(parts, session.staff, asked.period, asked.scope)
    content = await run_in_threadpool(writer.written, report)
    name = quote(f"bao-cao-{asked.period.said}.{kind}")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=writer.MEDIA_TYPE, headers=headers)


# ------------------------------------------------------------------ questions without an answer


@router.get("/cau-hoi-chua-tra-loi")
async def work_list(
    request: Request,
    session: Reader,
    parts: Wired,
    trang_thai: Annotated[str, Query(max_length=10)] = "moi",
    trang: Annotated[int, Query(ge=1, le=10_000)] = 1,
    xong: Text = "",
) -> HTMLResponse:
    """The questions that the units this official sees should see answered."""
    state = STATES.get(trang_thai)
    async with bounded(parts.pool, session.staff) as conn:
        rows, total = await unanswered.items(conn, state=state, page=trang, per_page=PER_PAGE)
        counts = await unanswered.counts(conn)
    async with statement(parts.pool) as conn:
        wordings = await unanswered.wordings(conn, [row["id"] for row in rows], masked)
        waiting = await unanswered.waiting(conn, reporting.lately(parts.clock()))
    values = {
        "rows": rows, "counts": counts, "wordings": wordings, "waiting": waiting, "states": STATES,
        "chosen": {"trang_thai": trang_thai if state else ""}, "done": words()["unanswered"]["done"].get(xong, ""),
        "may_change": session.staff.may(Role.DESK), "area_name": reports.area_name,
        **paging(trang, total),
    }  # fmt: skip
    return page(request, "desk/unanswered.html", values)


@router.post("/cau-hoi-chua-tra-loi")
async def change(request: Request, session: Reader, parts: Wired) -> Response:
    """Mark one, or collect what is new."""
    if not session.staff.may(Role.DESK):
        raise Refused("not_your_role", session)
    form = await request.form()
    if form.get("viec") == "gom":
        return await _collect(parts)
    state = STATES.get(str(form.get("trang_thai", "")))
    try:
        item, version = UUID(str(form.get("ma", ""))), int(str(form.get("so", "")))
    except ValueError:
        raise NotThere from None
    if state is None:
        raise NotThere
    note = str(form.get("note", ""))
    try:
        async with bounded(parts.pool, session.staff) as conn:
            await unanswered.mark(
                conn, item, state=state, note=note, version=version, staff=session.staff, now=parts.clock()
            )
    except TicketNotFound:
        raise NotThere from None
    except TicketChanged:
        return go_to(f"{LIST}?xong=changed")
    return go_to(f"{LIST}?xong=marked")


async def _collect(parts: Parts) -> Response:
    async with parts.pool.connection() as conn:
        await reporting.collect(
            conn, parts.library, parts.tickets.router, now=parts.clock(), most=_WHILE_ONE_WAITS
        )
    return go_to(f"{LIST}?xong=collected")
