"""The portal widget: /widget.js for the portal's page, /widget for its frame, /widget/vi-du to try it."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from bot.gateway import origins, pages, widget
from bot.gateway.problems import Problem
from bot.gateway.routes.common import Wired

router = APIRouter(include_in_schema=False)
Slug = Annotated[str, Query(max_length=100, pattern=r"^[a-z0-9/-]*$")]
EXAMPLE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@router.get("/widget.js")
async def loader(request: Request, parts: Wired) -> Response:
    """The script that portals embed; any site may load it, it shows itself on listed ones only."""
    code = widget.script(pages.WEB_DIST, parts.settings.widget_origins)
    if code is None:
        raise Problem(404, "not_found")
    mark = f'"{hashlib.sha256(code.encode()).hexdigest()[:16]}"'
    headers = {
        "ETag": mark,
        "Cache-Control": "public, max-age=300",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return _small(request, code, media="text/javascript; charset=utf-8", headers=headers)


@router.get("/widget")
async def frame(
    request: Request,
    parts: Wired,
    site: Annotated[str, Query(max_length=300)] = "",
    area: Slug = "",
    lang: str = "vi",
    theme: str = "",
) -> Response:
    """The chat for a frame on one of the listed sites, or on a page of ours."""
    sites = parts.settings.widget_origins
    if site and not (origins.is_listed(site, sites) or urlsplit(site).netloc == request.url.netloc):
        return _refused(site)
    page = widget.framed(pages.WEB_DIST, sites, area=area, language=lang, theme=theme)
    if page is None:
        raise Problem(404, "not_found")
    headers = {
        "Content-Security-Policy": page.policy,
        "Cache-Control": "no-cache",
        "X-Robots-Tag": "noindex",  # people who search find the chat's own page
    }
    return _small(request, page.html, media="text/html; charset=utf-8", headers=headers)


@router.get("/widget/vi-du")
async def example(
    request: Request,
    area: Slug = "",
    language: Literal["", "vi", "en"] = "",
    colour: Annotated[str, Query(pattern=r"^(#[0-9a-fA-F]{6})?$")] = "",
    side: Literal["", "left", "right", "start", "end"] = "",
    theme: Literal["", "light", "dark", "contrast"] = "",
    title: Annotated[str, Query(max_length=60)] = "",
) -> HTMLResponse:
    """A made-up portal page that embeds the widget, and the snippet for the attributes chosen on it."""
    chosen = {
        "area": area,
        "language": language,
        "colour": colour,
        "side": side,
        "theme": theme,
        "title": title,
    }
    values: dict[str, Any] = {"chosen": chosen, "ours": _own_origin(request)}
    page = pages.render("widget_example.html", values)
    page.headers["Content-Security-Policy"] = EXAMPLE_POLICY
    return page


@router.get("/widget/vi-du.css")
async def example_style() -> Response:
    style = pages.HERE / "templates" / "widget_example.css"
    return Response(style.read_text(encoding="utf-8"), media_type="text/css")


def _small(request: Request, text: str, *, media: str, headers: dict[str, str]) -> Response:
    """Compressed for who can read that, and nothing at all for who has it already."""
    mark = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers |= {"Vary": "Accept-Encoding", "ETag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(text, media_type=media, headers=headers)
    return Response(widget.packed(text), media_type=media, headers={**headers, "Content-Encoding": "gzip"})


def _own_origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _refused(site: str) -> HTMLResponse:
    """For the operator who looks into the frame: a browser would not show it there."""
    page = pages.render("widget_refused.html", {"site": site}, status=403)
    page.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors *"
    return page
