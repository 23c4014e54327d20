"""One record beside its source: corrected, signed, taken back; and one page of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from bot.gateway.content import forms, images, queries, saving, source
from bot.gateway.content.entry import HOME, Standing_, area_name, dsn_of, may_change
from bot.gateway.content.forms import Errors, Filled, Typed
from bot.gateway.content.listing import page_hash, part_of
from bot.gateway.content.queries import Standing
from bot.gateway.content.record_view import Published, RecordView, label_of, view
from bot.gateway.content.saving import NotSaved, Word
from bot.gateway.content.shapes import shape_of
from bot.gateway.content.shown import change
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.staff_entry import NotThere, go_to, staff_router
from bot.gateway.staff_pages import page, words
from bot.gateway.staff_security import Refused, SignedIn
from desk.database import Conn, statement, storable
from desk.staff import Role
from knowledge.corrections import Correction, value_at
from knowledge.errors import BadRecord
from knowledge.reviews import Review
from knowledge.store import KINDS

router = staff_router(role=Role.CONTENT)
Key = Annotated[str, Query(max_length=200)]
VERDICTS = frozenset({"correct", "unreadable", "wrong"})
MIN_REASON = 5  # characters: "ok" is no ground


@dataclass(frozen=True)
class Looked:
    """What of a record's sources is looked at."""

    field: str = ""
    file: int = 0
    page: int = 0
    width: int = images.NORMAL


@dataclass(frozen=True)
class Opened:
    """A staged record, what people said of it, and how it reads with that."""

    staged: Published
    corrections: list[Correction]
    shown: RecordView


async def open_record(parts: Parts, now: Standing, kind: str, key: str) -> Opened:
    """The staged record of a key.

    Raises:
        NotThere: the staged version has none.
    """
    async with statement(parts.pool) as conn:
        row = await queries.record(conn, version=now.staged_number, kind=kind, key=key)
    if row is None:
        raise NotThere
    staged: Published = KINDS[kind].model_validate(row["body"])
    corrections, reviews = await saving.corrections_of(dsn_of(parts), kind, key)
    return Opened(staged, corrections, view(staged, corrections, reviews))


def address(kind: str, key: str, **more: object) -> str:
    """Where a record is shown."""
    values = {name: value for name, value in more.items() if value not in ("", 0)}
    return f"{HOME}/ban-ghi?{urlencode({'loai': kind, 'ma': key, **values})}"


@router.get("/noi-dung/ban-ghi")
async def record(
    request: Request,
    parts: Wired,
    now: Standing_,
    loai: Key,
    ma: Key,
    truong: Key = "",
    tep: Annotated[int, Query(ge=0, le=50)] = 0,
    trang: Annotated[int, Query(ge=0, le=100_000)] = 0,
    rong: int = images.NORMAL,
    sua: str = "",
    xong: str = "",
) -> HTMLResponse:
    """A record's fields in the portal's order; `truong` is the field that is looked at, `sua` opens its form."""
    opened = await open_record(parts, now, loai, ma)
    field = opened.shown.nearest(truong)
    filled = _form_of(opened.shown, field) if sua else None
    looked = Looked(field, tep, trang, rong if rong in images.WIDTHS else images.NORMAL)
    done = words()["done_content"].get(xong, "")
    return await _record_page(request, parts, now, opened, looked=looked, filled=filled, done=done)


def _form_of(shown: RecordView, path: str) -> Filled | None:
    shape = shape_of(shown.record.kind, path)
    value = _value(shown.record, path)
    return forms.start(path, shape, value) if shape is not None and value is not _GONE else None


_GONE = object()


def _value(record: Published, path: str) -> Any:  # noqa: ANN401  # any JSON value
    try:
        return value_at(record, path)
    except BadRecord:
        return _GONE


async def _record_page(
    request: Request,
    parts: Parts,
    now: Standing,
    opened: Opened,
    *,
    looked: Looked,
    filled: Filled | None = None,
    done: str = "",
    problem: str = "",
    status: int = 200,
) -> HTMLResponse:
    shown = opened.shown
    kind, key = shown.record.kind, shown.record.key
    async with statement(parts.pool) as conn:
        files = await queries.sources(conn, version=now.staged_number, kind=kind, key=key)
        origin = shown.record.provenance
        files = files or await queries.named_file(
            conn, version=now.staged_number, name=origin.source, sha=origin.sha256
        )
        history = await queries.history(conn, kind=kind, key=key)
        panel = await _panel(conn, parts, shown, files, looked)
    values = {
        "now": now, "shown": shown, "record": shown.record, "kind": kind, "key": key, "looked": looked,
        "files": files, "panel": panel, "form": filled, "done": done, "problem": problem,
        "history": [_event(row, shown) for row in history], "area": area_name(shown.record.area),
        "may_change": may_change(request.state.session.staff, shown.record.area),
        "here": {"loai": kind, "ma": key, "truong": looked.field, "tep": looked.file, "rong": looked.width},
        "widths": images.WIDTHS, "change": change, "seen": _seen(shown, filled),
        "label": label_of(filled.path, shown.record.model_dump(mode="json")) if filled else "",
    }  # fmt: skip
    return page(request, "content/record.html", values, status=status)


def _seen(shown: RecordView, filled: Filled | None) -> str:
    """A mark of the value a form was opened on, so that nobody overwrites what they did not see."""
    value = _value(shown.record, filled.path) if filled else None
    return saving.mark(None if value is _GONE else value)


def _event(row: queries.Row, shown: RecordView) -> dict[str, Any]:
    """One line of a record's history."""
    details = row["details"]
    path = details.get("field", "")
    data = shown.record.model_dump(mode="json")
    values = {name: change(path, details[name]) for name in ("before", "after") if name in details}
    return {**row, **values, "label": label_of(path, data) if path else "", "note": details.get("note", ""),
            "reason": details.get("reason", ""), "verdict": details.get("verdict", "")}  # fmt: skip


async def _panel(
    conn: Conn, parts: Parts, shown: RecordView, files: list[queries.Row], looked: Looked
) -> dict[str, Any] | None:
    """The source beside the record: a page's image and text, or the raw text of the file at the record's place."""
    if not files:
        return None
    file = files[min(looked.file, len(files) - 1)]
    number = looked.page or _page_of(shown, looked.field, file)
    read = await queries.one_page(conn, sha=file["sha256"], page=number)
    path = source.stored_file(parts.settings.home, file["sha256"])
    pieces = await asyncio.to_thread(
        source.raw_pieces, path, kind=file["kind"], place=file["place"], field=looked.field
    ) if path else []  # fmt: skip
    return {
        "file": file, "page": number, "last": file["last"] or number, "read": read, "pieces": pieces,
        "image": file["kind"] in source.WITH_IMAGES and path is not None, "kept": path is not None,
    }  # fmt: skip


def _page_of(shown: RecordView, field: str, file: Mapping[str, Any]) -> int:
    """The page where a field stands: its own, its doubt's, the record's first, or the place in the file."""
    found = shown.field(field)
    pages = [found.page, *(doubt.page for doubt in found.doubts)] if found else []
    pages += [doubt.page for doubt in shown.doubts if found and doubt.part == part_of(field)]
    place = int(file["place"]) if file["last"] and str(file["place"]).isdigit() else None
    number = next((page for page in [*pages, shown.record.provenance.page, place] if page), 1)
    return min(number, file["last"] or number)


# ------------------------------------------------------------------ people's word


@router.post("/noi-dung/sua")
async def correct(request: Request, session: SignedIn, parts: Wired, now: Standing_) -> Response:
    """Keep a correction; what cannot be kept is shown again as it was typed, with the reason."""
    said = {name: str(value) for name, value in (await request.form()).multi_items()}
    kind, key, path = said.get("loai", ""), said.get("ma", ""), said.get("truong", "")
    opened = await open_record(parts, now, kind, key)
    shape, value = shape_of(kind, path), _value(opened.shown.record, path)
    if shape is None or value is _GONE:
        raise NotThere
    if not may_change(session.staff, opened.staged.area):
        raise Refused("not_your_area")
    if "them" in said:  # one more row is asked for, nothing is sent yet
        said["rows"] = str(forms.row_count(said) + forms.SPARE_ROWS)
        return await _again(request, parts, now, opened, said, {}, status=200)
    after, errors = forms.read(shape, said, value)
    reason = " ".join(said.get("reason", "").split())
    if len(reason) < MIN_REASON:
        errors = {**errors, "reason": "reason_needed"}
    if not errors and said.get("seen") != saving.mark(value):
        errors = {"": "changed_meanwhile"}
    word = Word(path, value, after, reason[:1000], session.staff.login)
    try:
        if not errors:
            await saving.correct(dsn_of(parts), opened.staged, word, now=parts.clock())
            return go_to(
                address(kind, key, truong=path, tep=said.get("tep", ""), xong="corrected") + "#truong"
            )
    except NotSaved as error:
        errors = {"": error.code}
    return await _again(request, parts, now, opened, said, errors, status=422)


async def _again(
    request: Request,
    parts: Parts,
    now: Standing,
    opened: Opened,
    said: Typed,
    errors: Errors,
    *,
    status: int,
) -> HTMLResponse:
    path = said["truong"]
    shape = shape_of(opened.staged.kind, path)
    assert shape is not None  # noqa: S101  # the caller looked
    tep = said.get("tep", "")
    looked = Looked(path, int(tep) if tep.isdigit() else 0)
    filled = forms.again(path, shape, said, errors)
    return await _record_page(request, parts, now, opened, looked=looked, filled=filled, status=status)


@router.post("/noi-dung/rut")
async def withdraw(request: Request, session: SignedIn, parts: Wired, now: Standing_) -> RedirectResponse:
    """Take a correction back: the source's word counts again."""
    form = await request.form()
    kind, key, path = (str(form.get(name, "")) for name in ("loai", "ma", "truong"))
    opened = await open_record(parts, now, kind, key)
    if not may_change(session.staff, opened.staged.area):
        raise Refused("not_your_area")
    held = next((one for one in opened.corrections if one.field == path), None)
    if held is not None:
        await saving.withdraw(dsn_of(parts), held.id, actor=session.staff.login, now=parts.clock())
    return go_to(address(kind, key, truong=path, xong="withdrawn") + "#truong")


@router.post("/noi-dung/ky")
async def sign(request: Request, session: SignedIn, parts: Wired, now: Standing_) -> RedirectResponse:
    """Sign a doubt of a record as it stands."""
    form = await request.form()
    kind, key, sha = (str(form.get(name, "")) for name in ("loai", "ma", "dau"))
    opened = await open_record(parts, now, kind, key)
    if not may_change(session.staff, opened.staged.area):
        raise Refused("not_your_area")
    doubt = next((one for one in opened.shown.doubts if one.sha == sha), None)
    if doubt is None:
        raise NotThere
    await _sign(parts, session.staff.login, form, kind=kind, key=key, field=doubt.field, sha=sha)
    return go_to(address(kind, key, truong=str(form.get("truong", "")), xong="signed") + "#truong")


async def _sign(
    parts: Parts, actor: str, form: Mapping[str, Any], *, kind: str, key: str, field: str, sha: str
) -> None:
    verdict = str(form.get("ket_luan", ""))
    if verdict not in VERDICTS:
        raise NotThere
    note = storable(" ".join(str(form.get("note", "")).split())[:1000])
    review = Review(kind, key, field, sha, verdict, note, actor, parts.clock())
    await saving.sign(dsn_of(parts), review)


# ------------------------------------------------------------------ one page of a file


@router.get("/noi-dung/trang")
async def one_page(
    request: Request,
    parts: Wired,
    tep: Key,
    so: Annotated[int, Query(ge=1, le=100_000)] = 1,
    rong: int = images.NORMAL,
    xong: str = "",
) -> HTMLResponse:
    """A page of a file: its image, what was read from it, and the signature under it."""
    async with statement(parts.pool) as conn:
        read = await queries.one_page(conn, sha=tep, page=so)
        history = await queries.history(conn, kind="page", key=f"{tep}:{so}")
    if read is None:
        raise NotThere
    path = source.stored_file(parts.settings.home, tep)
    width = rong if rong in images.WIDTHS else images.NORMAL
    values = {
        "read": read, "history": history, "widths": images.WIDTHS, "width": width,
        "here": {"tep": tep, "so": so, "rong": width}, "done": words()["done_content"].get(xong, ""),
        "image": read["kind"] in source.WITH_IMAGES and path is not None, "sha": page_hash(read["text"]),
    }  # fmt: skip
    return page(request, "content/page.html", values)


@router.post("/noi-dung/ky-trang")
async def sign_page(request: Request, session: SignedIn, parts: Wired) -> RedirectResponse:
    """Sign a page: what was read is what it says, or it cannot be read."""
    form = await request.form()
    sha, number = str(form.get("tep", "")), str(form.get("so", ""))
    async with statement(parts.pool) as conn:
        read = await queries.one_page(conn, sha=sha, page=int(number) if number.isdigit() else 0)
    if read is None:
        raise NotThere
    if form.get("dau") != page_hash(read["text"]):  # read anew since it was shown: it is looked at once more
        return go_to(f"{HOME}/trang?{urlencode({'tep': sha, 'so': number})}")
    dau = page_hash(read["text"])
    await _sign(parts, session.staff.login, form, kind="page", key=f"{sha}:{number}", field="", sha=dau)
    return go_to(f"{HOME}/trang?{urlencode({'tep': sha, 'so': number, 'xong': 'signed'})}")


@router.get("/noi-dung/anh/{sha}/{number}/{width}")
async def image(sha: str, number: int, width: int, parts: Wired) -> Response:
    """The image of a page. Kept by no browser, like every staff page: it may show what is not published yet."""
    async with statement(parts.pool) as conn:
        file = await queries.file_of(conn, sha)
    if file is None:
        raise NotThere
    try:
        path = await images.image_of(parts.settings.home, sha=sha, page=number, width=width)
    except images.NoImage:
        raise NotThere from None
    return FileResponse(path, media_type="image/png")
