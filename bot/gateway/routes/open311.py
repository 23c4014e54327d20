"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): reports for other programs, in JSON and XML.

Reading needs no key. Writing needs one of OPEN311_KEYS, and the person's consent as an attribute of the report.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast
from uuid import uuid4

import psycopg
import psycopg_pool
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from actions.kinds import kind_of
from bot.answer.guard import screen
from bot.gateway import open311
from bot.gateway.open311 import Format, Open311Error
from bot.gateway.ports import Parts
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired, rate_limited
from bot.gateway.security import same_secret
from desk import open311 as shown
from desk import views
from desk.database import statement
from desk.models import Consent, Kind, NewReport
from desk.routing import Category

log = logging.getLogger(__name__)
# The texts of open311.yml: to be handled, or to be handled and published.
CONSENT_TEXT, PUBLISH_TEXT, CONSENT_VERSION = "report-open311", "report-open311-publish", "1"
_DOWN = (psycopg.OperationalError, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed)


class _Route(APIRoute):
    """Every error in the shape of the specification."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        serve = super().get_route_handler()

        async def handle(request: Request) -> Response:
            form: Format = "xml" if request.url.path.endswith(".xml") else "json"
            try:
                return await serve(request)
            except Open311Error as error:
                return open311.failure(error.status, error.description, form=form)
            except Problem as problem:
                said = problem.body("").detail
                return open311.failure(problem.status, said, form=form, headers=problem.headers)
            except RequestValidationError as error:
                fields = ", ".join(str(one["loc"][-1]) for one in error.errors())
                return open311.failure(400, f"Not valid: {fields}", form=form)
            except _DOWN as error:
                log.error("database unavailable: %s", error)
                said = Problem(503, "unavailable").body("").detail
                return open311.failure(503, said, form=form, headers={"Retry-After": "5"})

        return handle


router = APIRouter(
    prefix="/open311/v2", tags=["open311"], route_class=_Route, dependencies=[Depends(rate_limited)]
)
Form = Annotated[Format, Path(alias="format")]
Jurisdiction = Annotated[str, Query(max_length=100, description="Slug of an area.")]
_ANY: dict[str, Any] = {"content": {"application/json": {"schema": {}}, "text/xml": {"schema": {}}}}
_ERROR: dict[str, Any] = {
    "description": "Error",
    "content": {
        "application/json": {
            "schema": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "description"],
                    "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
                },
            }
        },
        "text/xml": {"schema": {}},
    },
}
_REPORT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {
                        name: {"type": "string"}
                        for name in (
                            "api_key", "jurisdiction_id", "service_code", "lat", "long", "address_string",
                            "description", "first_name", "last_name", "phone", "email", "media_url",
                            "attribute[dong_y]", "attribute[cong_khai]",
                        )
                    },
                }
            }
        },
    }
}  # fmt: skip


def _answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {200: _ANY, **dict.fromkeys(sorted({*statuses, 400, 404, 413, 429, 503}), _ERROR)}


@router.get("/discovery.{format}", responses=_answers())
async def discovery(request: Request, form: Form) -> Response:
    """Where the interface is, and in which formats."""
    changed = "2026-11-20T00:00:00+07:00"
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": str(request.base_url).rstrip("/") + router.prefix,
        "changeset": changed,
        "type": "production",
        "formats": list(open311.TYPES.values()),
    }
    words = open311.words()
    said = {"changeset": changed, "contact": words["contact"], "key_service": words["key_service"]}
    return open311.answer({**said, "endpoints": [endpoint]}, root="discovery", form=form)


@router.get("/services.{format}", responses=_answers())
async def services(parts: Wired, form: Form, jurisdiction_id: Jurisdiction = "") -> Response:
    """What can be reported."""
    _area(parts, jurisdiction_id)
    found = [open311.service(category) for category in parts.tickets.router.categories]
    return open311.answer(found, root="services", form=form)


@router.get("/services/{code}.{format}", responses=_answers())
async def definition(parts: Wired, code: str, form: Form, jurisdiction_id: Jurisdiction = "") -> Response:
    """What a report of one service is asked for."""
    _area(parts, jurisdiction_id)
    found = open311.definition(_category(parts, code))
    return open311.answer(found, root="service_definition", form=form)


@router.get("/requests.{format}", responses=_answers())
async def requests(
    request: Request,
    parts: Wired,
    form: Form,
    jurisdiction_id: Jurisdiction = "",
    service_request_id: str = "",
    service_code: str = "",
    start_date: str = "",
    end_date: str = "",
    status: str = "",
    page: str = "",
    page_size: str = "",
) -> Response:
    """Reports, the newest first: of the last 90 days, or as the filters say."""
    area = _area(parts, jurisdiction_id)
    wanted = open311.wanted(request.query_params, area=area, now=parts.clock())
    async with statement(parts.pool) as conn:
        found = await shown.requests(conn, wanted, site=_site(parts, request))
    return open311.answer(found, root="service_requests", form=form)


def _site(parts: Parts, request: Request) -> str:
    """Where this is reached from outside."""
    return (parts.settings.public_url or str(request.base_url)).rstrip("/")


@router.get("/requests/{code}.{format}", responses=_answers())
async def one(
    request: Request, parts: Wired, code: str, form: Form, jurisdiction_id: Jurisdiction = ""
) -> Response:
    """One report."""
    _area(parts, jurisdiction_id)
    now = parts.clock()
    async with statement(parts.pool) as conn:
        wanted = shown.Wanted(codes=(code.upper(),), start=now, end=now)
        found = await shown.requests(conn, wanted, site=_site(parts, request))
    if not found:
        raise Open311Error(404, "request_unknown")
    return open311.answer(found, root="service_requests", form=form)


@router.get("/tokens/{token}.{format}", responses=_answers())
async def token(parts: Wired, token: str, form: Form, jurisdiction_id: Jurisdiction = "") -> Response:
    """The number behind a token. Reports get theirs at once, so that nobody needs to wait for it here."""
    _area(parts, jurisdiction_id)
    async with statement(parts.pool) as conn:
        code = await shown.code_of(conn, token)
    if code is None:
        raise Open311Error(404, "token_unknown")
    found = [{"service_request_id": code, "token": token}]
    return open311.answer(found, root="service_requests", form=form)


@router.post(
    "/requests.{format}", status_code=201, responses={201: _ANY, **_answers(403)}, openapi_extra=_REPORT
)
async def file(
    request: Request,
    parts: Wired,
    form: Form,
    idempotency_key: Annotated[str, Header(max_length=200)] = "",
) -> Response:
    """File a report. The notice holds the number and the secret by which the person follows it."""
    fields = open311.fields_of(await request.body(), request.headers.get("content-type", ""))
    caller = _caller(parts, fields.get("api_key", "") or request.query_params.get("api_key", ""))
    area = _area(parts, fields.get("jurisdiction_id", ""), needed=True)
    if not fields.get("service_code"):
        raise Open311Error(400, "service_missing")
    category = _category(parts, fields["service_code"])
    sent = open311.sent(fields, category)
    stop = (await run_in_threadpool(screen, sent.what)).stop
    if stop is not None:  # an emergency, a complaint or a denunciation has its own, better way
        raise Open311Error(400, said=stop.text)
    origin = f"open311:{caller}:{idempotency_key or uuid4()}"
    filed = await parts.tickets.file(_report(parts, sent, category, area=area), origin=origin)
    made = {
        "service_request_id": filed.ticket.code,
        "service_notice": views.filed_text(filed),
        "account_id": None,
    }
    return open311.answer([made], root="service_requests", form=form, status=201)


def _report(parts: Parts, sent: open311.Sent, category: Category, *, area: str) -> NewReport:
    text = PUBLISH_TEXT if sent.may_publish else CONSENT_TEXT
    consent = Consent(version=CONSENT_VERSION, text_id=text, at=parts.clock(), channel="open311")
    return NewReport(
        what=sent.what,
        where=sent.where,
        contact=sent.contact,
        consent=consent,
        area=area,
        category=category.id,
        channel="open311",
        kind=cast("Kind", kind_of(sent.what)),
        latitude=sent.latitude,
        longitude=sent.longitude,
        may_publish=sent.may_publish,
    )


def _caller(parts: Parts, given: str) -> str:
    """A short name of the program, made of its key."""
    keys = parts.settings.open311_keys.get_secret_value().split()
    if not any([same_secret(given, key) for key in keys]):  # every key is looked at: the time says nothing
        raise Open311Error(403, "api_key")
    return hashlib.sha256(given.encode()).hexdigest()[:12]


def _area(parts: Parts, slug: str, *, needed: bool = False) -> str:
    """The area a jurisdiction is; without one that of this installation."""
    slug = slug.strip() or parts.settings.default_area
    if slug and not parts.areas.served(slug):
        raise Open311Error(404, "jurisdiction_unknown")
    if needed and not slug:
        raise Open311Error(400, "jurisdiction_missing")
    return slug


def _category(parts: Parts, code: str) -> Category:
    for category in parts.tickets.router.categories:
        if category.id == code:
            return category
    raise Open311Error(404, "service_unknown")
