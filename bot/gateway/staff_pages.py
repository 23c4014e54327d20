"""The staff pages' templates (web/staff), their style and their words (vi.yml)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import yaml
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.gateway.settings import ROOT
from desk.calendar import LOCAL_TIME
from desk.staff_sessions import Session

FOLDER = ROOT / "web" / "staff"
_STYLES = ("shared/tokens.css", "shared/base.css", "staff/staff.css")


@cache
def words() -> dict[str, Any]:
    """Everything the pages say that depends on data."""
    data: dict[str, Any] = yaml.safe_load((FOLDER / "vi.yml").read_text(encoding="utf-8"))
    return data


@cache
def stylesheet() -> tuple[str, str]:
    """The one style sheet, and its mark for the browser's cache."""
    text = "\n".join((ROOT / "web" / name).read_text(encoding="utf-8") for name in _STYLES)
    return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": moment, "day": day, "number": number}
    environment.globals["query"] = query
    return environment


def moment(at: datetime) -> str:
    """A time as officials read it: 14:05 20/11/2026."""
    return at.astimezone(LOCAL_TIME).strftime("%H:%M %d/%m/%Y")


def day(value: date | str) -> str:
    """A day as officials read it: 20/11/2026."""
    return (date.fromisoformat(value) if isinstance(value, str) else value).strftime("%d/%m/%Y")


def number(value: int | float) -> str:
    """1.234 and 2,5, as Vietnamese writes numbers."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:,g}"
    return text.translate(str.maketrans(",.", ".,"))


def query(values: Mapping[str, object], **changes: object) -> str:
    """A query string of what is chosen, with some of it changed; empty values are left out."""
    merged = {**values, **changes}
    return "?" + urlencode({name: value for name, value in merged.items() if value not in ("", None)})


def page(
    request: Request, name: str, values: Mapping[str, Any] | None = None, *, status: int = 200
) -> HTMLResponse:
    """A page of web/staff. Signed in, it carries the person and the token of their forms."""
    session: Session | None = getattr(request.state, "session", None)
    common = {"w": words(), "path": request.url.path, "session": session, "staff": session and session.staff}
    html = _environment().get_template(name).render({**common, **(values or {})})
    return HTMLResponse(html, status)


def refusal_status(problem: str) -> int:
    """The status of a page that shows a problem (vi.yml, errors); 0 without one."""
    return {"": 0, "too_many": 429}.get(problem, 403)


def message_page(request: Request, code: str, *, status: int) -> HTMLResponse:
    """A page of one sentence (vi.yml, messages)."""
    return page(request, "message.html", words()["messages"][code], status=status)
