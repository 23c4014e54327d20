"""The pages served without JavaScript, and the words on them (pages.yml)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.gateway.schemas import Conversation, MessageOut
from bot.gateway.settings import ROOT

HERE = Path(__file__).parent
WEB_DIST = ROOT / "web" / "dist"


@cache
def _all_words() -> dict[str, str]:
    data: dict[str, str] = yaml.safe_load((HERE / "pages.yml").read_text(encoding="utf-8"))
    return data


def words(key: str) -> str:
    """A sentence of pages.yml."""
    return _all_words()[key]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(
    name: str, values: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """A page of templates/."""
    html = _environment().get_template(name).render(values, words=_all_words())
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", **(headers or {})})


def plain_page(
    *,
    conversation: Conversation | None = None,
    messages: list[MessageOut] | None = None,
    notice: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The conversation so far with a form below it; without one, the greeting and the form."""
    values = {"conversation": conversation, "messages": messages or [], "notice": notice}
    return render("plain.html", values, status=status)


def site_proof(token: str) -> str:
    """The tag by which Zalo knows whose domain this is."""
    return f'<meta name="zalo-platform-site-verification" content="{token}">'


def proven(page: Path, token: str) -> str:
    """A built page with that tag in its head."""
    return page.read_text(encoding="utf-8").replace("</head>", f"{site_proof(token)}</head>", 1)


def wants_html(request: Request) -> bool:
    """Whether an error should be a page: a person's browser asks for HTML first."""
    return request.headers.get("accept", "").startswith("text/html")
