"""One shape for every error: RFC 9457 problem+json, its `detail` a sentence for people (problems.yml)."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import psycopg_pool
import yaml
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from knowledge.errors import (
    BadTransition,
    CodeSpent,
    ConversationNotFound,
    DeviceNotFound,
    MotcuaError,
    OutsideError,
    TicketNotFound,
    TooManyAttempts,
    UnknownArea,
)

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
_BY_STATUS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media",
    422: "invalid",
    429: "too_many",
    503: "unavailable",
}
_BY_ERROR: tuple[tuple[type[MotcuaError], int, str], ...] = (
    (ConversationNotFound, 404, "conversation_not_found"),
    (CodeSpent, 410, "code_spent"),
    (DeviceNotFound, 401, "device_unknown"),
    (TicketNotFound, 404, "ticket_not_found"),
    (TooManyAttempts, 429, "too_many_secrets"),
    (BadTransition, 409, "ticket_closed"),
    (UnknownArea, 422, "unknown_area"),
    (OutsideError, 503, "unavailable"),
)


@cache
def texts() -> dict[str, dict[str, str]]:
    """The sentences people read, by error code."""
    data: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("problems.yml").read_text(encoding="utf-8")
    )
    return data


class ProblemBody(BaseModel):
    """The body of every error (RFC 9457). `detail` may be shown to a person as it is."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    instance: str = ""
    errors: list[dict[str, str]] = []


class Problem(Exception):  # the RFC's word
    """An error with its HTTP status and the code of its sentence."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: dict[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.headers, self.errors, self.values = (
            status,
            code,
            headers,
            errors or [],
            values,
        )

    def body(self, instance: str) -> ProblemBody:
        entry = texts()[self.code]
        return ProblemBody(
            type=f"urn:motcua:problem:{self.code}",
            title=entry["title"],
            status=self.status,
            detail=entry["detail"].format(**self.values),
            code=self.code,
            instance=instance,
            errors=self.errors,
        )

    def response(self, instance: str) -> JSONResponse:
        content = self.body(instance).model_dump()
        return JSONResponse(content, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Turn every error of the app into the one shape."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> JSONResponse:
        return error.response(request.url.path)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = _BY_STATUS.get(error.status_code, "error" if error.status_code >= 500 else "bad_request")
        headers = dict(error.headers) if error.headers else None
        return Problem(error.status_code, code, headers=headers).response(request.url.path)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return _from_validation(error, request).response(request.url.path)

    @app.exception_handler(MotcuaError)
    async def _ours(request: Request, error: MotcuaError) -> JSONResponse:
        for kind, status, code in _BY_ERROR:
            if isinstance(error, kind):
                return Problem(status, code).response(request.url.path)
        log.error("request failed", exc_info=error)
        return Problem(500, "error").response(request.url.path)

    for kind in (psycopg.OperationalError, psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed):
        app.add_exception_handler(kind, _database_down)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        return Problem(500, "error").response(request.url.path)


async def _database_down(request: Request, error: Exception) -> JSONResponse:
    log.error("database unavailable: %s", error)
    return Problem(503, "unavailable", headers={"Retry-After": "5"}).response(request.url.path)


def _from_validation(error: RequestValidationError, request: Request) -> Problem:
    details: list[dict[str, Any]] = list(error.errors())
    if any(item["type"] == "json_invalid" for item in details):
        return Problem(400, "bad_request")
    for item in details:
        if item["type"] == "string_too_long" and item["loc"][-1] == "text":
            return Problem(422, "text_too_long", limit=item["ctx"]["max_length"])
    # What was sent is left out on purpose: it may be a person's words.
    fields = [
        {"field": ".".join(str(part) for part in item["loc"]), "error": item["type"]} for item in details
    ]
    return Problem(422, "invalid", errors=fields)
