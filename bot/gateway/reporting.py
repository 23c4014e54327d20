"""Reports and the list of unanswered questions, put together from the desk's register and the index."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.gateway.ports import Library, Parts
from bot.gateway.settings import Settings
from desk import report_questions, reports, unanswered
from desk.bounds import bounded
from desk.calendar import LOCAL_TIME
from desk.database import Conn, Pool, statement
from desk.report_period import Period
from desk.report_questions import Questions
from desk.reports import Report, Scope
from desk.routing import Router
from desk.staff import Role, Staff
from desk.unanswered import Nearest, Tools
from index.snapshot import current
from knowledge.documents import area_covers
from knowledge.errors import SnapshotError
from knowledge.text.personal import masked

if TYPE_CHECKING:
    from bot.answer.service import Answerer

log = logging.getLogger(__name__)
LOOKED_AT = 5  # hits among which the nearest procedure is
LOOK_BACK = timedelta(days=62)  # what is older and was not collected until now is left


async def for_staff(parts: Parts, staff: Staff, period: Period, scope: Scope) -> Report:
    """The report as this official may see it: the tickets of their units, or of their area."""
    now = parts.clock()
    async with bounded(parts.pool, staff) as conn:
        report = await reports.tickets(conn, period, scope, now=now)
        items = await report_questions.open_items(conn, period, area=scope.area, unit=scope.unit)
    area = question_area(staff, scope, parts.tickets.router)
    if area is None:
        return replace(report, questions=Questions(items=items))
    async with statement(parts.pool) as conn:
        questions = await report_questions.asked(conn, period, area=area)
    return replace(report, questions=replace(questions, items=items))


async def whole(conn: Conn, period: Period, scope: Scope, *, now: datetime) -> Report:
    """The report for whoever runs the machine."""
    report = await reports.tickets(conn, period, scope, now=now)
    unit = Router.from_packs().unit(scope.unit)
    questions = await report_questions.asked(conn, period, area=scope.area or (unit.area if unit else ""))
    items = await report_questions.open_items(conn, period, area=scope.area, unit=scope.unit)
    return replace(report, questions=replace(questions, items=items))


def question_area(staff: Staff, scope: Scope, router: Router) -> str | None:
    """From where questions are counted: the asked place within the official's own; None where it is not known."""
    if any(role in staff.roles for role in (Role.TRIAGE, Role.AUDITOR, Role.ADMIN)):
        own = staff.area
    else:
        unit = router.unit(staff.unit_id)
        own = unit.area if unit else ""
        if not own:
            return None
    asked_unit = router.unit(scope.unit) if scope.unit else None
    wanted = scope.area or (asked_unit.area if asked_unit else "")
    return wanted if wanted and area_covers(own, wanted) else own


# ------------------------------------------------------------------ questions without an answer


def tools(library: Library, router: Router) -> Tools:
    """The desk's tools over what is published; without a snapshot words alone decide, and those who sort get it all."""

    async def near(text: str, area: str, about: str) -> Nearest:
        return await asyncio.to_thread(nearest, library, text, area=area, about=about)

    return Tools(mask=masked, near=near, router=router, encode=library.encoder)


def nearest(library: Library, text: str, *, area: str, about: str) -> Nearest:
    """The procedure the reply was about, else the first one found; nothing while nothing is published."""
    if not library.snapshot:
        return Nearest()
    hits = [] if about else library.search(text, area=area, k=LOOKED_AT)
    code = about or next((hit.code for hit in hits if hit.kind == "procedure" and hit.code), "")
    record = library.procedure(code) if code else None
    return Nearest(record.code, record.title, record.agency) if record else Nearest()


def lately(now: datetime) -> Period:
    """The days whose questions are collected."""
    today = now.astimezone(LOCAL_TIME).date()
    return Period("", today - LOOK_BACK, today)


async def collect(
    conn: Conn, library: Library, router: Router, *, now: datetime, most: int = unanswered.AT_ONCE
) -> int:
    """Put new unanswered questions onto the work lists; returns how many."""
    return await unanswered.collect(conn, lately(now), tools(library, router), most=most)


async def collect_here(conn: Conn, settings: Settings, *, now: datetime) -> int:
    """The same in a process of its own, over the snapshot that is current.

    Raises:
        SnapshotError: there is one that cannot be read. Nothing is collected then: what is once on a list stays with
            the unit it was given to.
    """
    from bot.gateway.library import SnapshotLibrary
    from bot.gateway.wiring import build_answerer

    if not await unanswered.waiting(conn, lately(now)):
        return 0
    built = build_answerer(settings) if current(settings.home) else None

    def answerer() -> Answerer:
        if built is None:
            raise SnapshotError
        return built

    return await collect(conn, SnapshotLibrary(answerer), Router.from_packs(), now=now)


async def collect_nightly(pool: Pool, now: datetime) -> None:
    """Collect in a child process, so that the worker does not keep the index in its memory."""
    async with pool.connection() as conn:
        await unanswered.renew_titles(conn, masked)
        if not await unanswered.waiting(conn, lately(now)):
            return
    child = await asyncio.create_subprocess_exec(*_COLLECT, stdout=asyncio.subprocess.DEVNULL)
    try:
        if code := await child.wait():
            log.error("collecting unanswered questions ended with %s", code)
    finally:
        if child.returncode is None:
            child.kill()


_COLLECT: Sequence[str] = (sys.executable, "-m", "bot.cli", "report", "unanswered")


def as_json(report: Report) -> dict[str, Any]:
    """A report as one JSON document, its numbers by their names in desk/reports.yml."""
    rows = {"units": report.units, "areas": report.areas, "categories": report.categories}
    return {
        "period": {"said": report.period.said, "first": report.period.first, "last": report.period.last},
        "scope": vars(report.scope),
        "made_at": report.made_at,
        "unfinished": report.unfinished,
        "totals": report.totals,
        "rates": {name: reports.rate(report.totals, name) for name in reports.RATES},
        **{name: [vars(row) for row in found] for name, found in rows.items()},
        "questions": vars(report.questions),
    }
