"""Lists of the content desk: doubts, poor pages, conflicts, corrections; and what is about to be published."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, Response

from bot.gateway.content import changes, jobs, queries, versions
from bot.gateway.content.entry import HOME, Standing_, area_name, dsn_of, paging
from bot.gateway.content.queries import POOR, Standing, State, Wanted
from bot.gateway.content.shown import change, plain
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.staff_entry import go_to, staff_router
from bot.gateway.staff_pages import page, words
from bot.gateway.staff_security import Refused, SignedIn
from desk.database import statement
from desk.staff import Role
from knowledge.diff import Difference

router = staff_router(role=Role.CONTENT)
Number = Annotated[int, Query(ge=1, le=100_000)]
Text = Annotated[str, Query(max_length=200)]
PUBLISHING = f"{HOME}/cong-bo"
REASONS_SHOWN = 40


@router.get("/noi-dung")
async def doubts(
    request: Request,
    parts: Wired,
    now: Standing_,
    muc: Text = "",
    ly_do: Text = "",
    dia_ban: Text = "",
    tim: Text = "",
    trang_thai: State = "open",
    trang: Number = 1,
) -> HTMLResponse:
    """What was left open, with filters."""
    wanted = Wanted(part=muc, reason=ly_do, area=dia_ban, text=tim, state=trang_thai)
    async with statement(parts.pool) as conn:
        rows, total = await queries.doubts(conn, version=now.staged_number, wanted=wanted, page=trang)
        groups = await queries.doubt_totals(conn, now.staged_number)
        totals = await queries.totals(conn, now.staged_number)
        areas = await queries.areas(conn, now.staged_number)
    values = {
        "now": now, "rows": rows, "groups": groups, "totals": totals, "wanted": wanted, **paging(trang, total),
        "areas": [(area or "-", area_name(area)) for area in areas],
        "parts_": _sums(groups, "part"), "reasons": _common(_sums(groups, "reason"), ly_do),
        "chosen": {"muc": muc, "ly_do": ly_do, "dia_ban": dia_ban, "tim": tim, "trang_thai": trang_thai},
    }  # fmt: skip
    return page(request, "content/doubts.html", values)


def _sums(groups: list[queries.Row], name: str) -> list[tuple[str, int]]:
    """How many are open of each part or reason, the most first."""
    sums: dict[str, int] = {}
    for group in groups:
        sums[group[name]] = sums.get(group[name], 0) + group["open"]
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def _common(sums: list[tuple[str, int]], chosen: str) -> list[tuple[str, int]]:
    """The reasons to choose from. What we wrote ourselves gives each its own sentence: those are found by words."""
    return [one for place, one in enumerate(sums) if place < REASONS_SHOWN or one[0] == chosen]


@router.get("/noi-dung/ho-so")
async def records(
    request: Request, parts: Wired, now: Standing_, tim: Text = "", trang: Number = 1
) -> HTMLResponse:
    """Any record, by code or title."""
    async with statement(parts.pool) as conn:
        rows, total = await queries.records(conn, version=now.staged_number, text=tim, page=trang)
    values = {"now": now, "rows": rows, "chosen": {"tim": tim}, **paging(trang, total)}
    return page(request, "content/records.html", values)


@router.get("/noi-dung/trang-kem")
async def poor_pages(
    request: Request, parts: Wired, now: Standing_, trang_thai: State = "open", trang: Number = 1
) -> HTMLResponse:
    """Pages that read badly."""
    async with statement(parts.pool) as conn:
        rows, total = await queries.poor_pages(
            conn, version=now.staged_number, state=trang_thai, below=POOR, page=trang
        )
    chosen = {"trang_thai": trang_thai}
    values = {"now": now, "rows": rows, "chosen": chosen, "below": POOR, **paging(trang, total)}
    return page(request, "content/pages.html", values)


@router.get("/noi-dung/mau-thuan")
async def conflicts(request: Request, parts: Wired, now: Standing_, trang: Number = 1) -> HTMLResponse:
    """What two records say differently."""
    async with statement(parts.pool) as conn:
        rows, total = await queries.conflicts(conn, version=now.staged_number, page=trang)
    values = {"now": now, "rows": rows, "chosen": {}, "plain": plain, **paging(trang, total)}
    return page(request, "content/conflicts.html", values)


@router.get("/noi-dung/da-sua")
async def corrections(
    request: Request, parts: Wired, now: Standing_, lech: str = "", trang: Number = 1
) -> HTMLResponse:
    """What people corrected, and where the source now says something else."""
    async with statement(parts.pool) as conn:
        rows, total = await queries.corrections(
            conn, version=now.staged_number, only_disputed=bool(lech), page=trang
        )
    chosen = {"lech": lech}
    values = {
        "now": now,
        "rows": rows,
        "chosen": chosen,
        "change": change,
        "plain": plain,
        **paging(trang, total),
    }
    return page(request, "content/corrections.html", values)


# ------------------------------------------------------------------ publishing


@router.get("/noi-dung/cong-bo")
async def publishing(
    request: Request, parts: Wired, now: Standing_, xong: str = "", trang: Number = 1
) -> Response:
    """What changes for people when the staged version is published, and the buttons."""
    async with statement(parts.pool) as conn:
        job = await jobs.newest(conn, now=parts.clock())
        values: dict[str, Any] = {
            "now": now,
            "job": job,
            "history": await versions.publications(conn),
            "earlier": await versions.served_before(conn),
            "unstaged": await queries.unstaged(conn),
            "done": words()["done_content"].get(xong, ""),
            "chosen": {},
        }
    running = job is not None and job.runs
    waits = bool(now.staged) and now.staged != now.serving
    found = await _difference(parts, now) if waits and now.serving and not running else None
    values |= {"difference": found, "amended": await _amended(parts, now, found, trang)}
    values |= paging(trang, len(found.amended) if found else 0)
    answer = page(request, "content/publish.html", values)
    if running:
        answer.headers["Refresh"] = "4"  # without a script, the page asks again by itself while work goes on
    return answer


async def _difference(parts: Parts, now: Standing) -> Difference:
    return await changes.between(dsn_of(parts), parts.settings, before=now.serving, after=now.staged)


async def _amended(
    parts: Parts, now: Standing, found: Difference | None, number: int
) -> list[dict[str, Any]]:
    """One page of amended records, each with its fields before and after."""
    if found is None:
        return []
    part = found.amended[(number - 1) * queries.PER_PAGE :][: queries.PER_PAGE]
    titles = {(one.kind, one.key): one.title for one in part}
    async with statement(parts.pool) as conn:
        rows = await versions.two_bodies(
            conn, before=now.serving_number, after=now.staged_number, names=list(titles)
        )
    for row in rows:
        row["title"] = titles[row["kind"], row["key"]]
        row["fields"] = changes.amended(row["old"], row["new"], row["kind"])
    return rows


@router.post("/noi-dung/cong-bo")
async def publish(request: Request, session: SignedIn, parts: Wired) -> Response:
    """Stage corrections, publish, or go back. Publishing and going back are for administrators."""
    form = await request.form()
    action, version = str(form.get("viec", "")), str(form.get("ban", ""))
    known = {"stage": Role.CONTENT, "publish": Role.ADMIN, "rollback": Role.ADMIN}
    if action not in known:
        return go_to(PUBLISHING)
    if not session.staff.may(known[action]):
        raise Refused("not_your_role")
    try:
        await jobs.begin(
            parts.pool, parts.settings, action=action, version=version,  # type: ignore[arg-type]  # known
            actor=session.staff.login, now=parts.clock(),
        )  # fmt: skip
    except jobs.Busy:
        return go_to(f"{PUBLISHING}?xong=busy")
    return go_to(f"{PUBLISHING}?xong=started")
