"""The portal widget: its script with the sites that may embed it, and the chat's page as it stands in a frame.

What is built lies in web/dist; the page is put together here because its policy names who may frame it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

_ROOT_ELEMENT = re.compile(r'<html lang="(\w+)" data-area="">')
_SCRIPT_LINK = re.compile(r'\s*<script type="module"[^>]*src="/assets/chat\.js"></script>')
_IMPORT = re.compile(r"(?:^|[;}\n])import\b")  # a script in pieces has to be fetched in pieces
_STYLE_LINK = re.compile(r'<link rel="stylesheet"[^>]*href="/assets/chat\.css">')
THEMES = ("light", "dark", "contrast")


@dataclass(frozen=True)
class Framed:
    """The page and the policy it lives under."""

    html: str
    policy: str


@lru_cache(maxsize=32)
def packed(text: str) -> bytes:
    """As gzip: there may be no proxy in front that compresses, and a slow line feels every kilobyte."""
    return gzip.compress(text.encode(), 9, mtime=0)


def script(dist: Path, sites: tuple[str, ...]) -> str | None:
    """The loader in a function whose argument is the list of sites; None where it was not built."""
    built = dist / "widget.js"
    if not built.is_file():
        return None
    code = built.read_text(encoding="utf-8").rstrip()
    return f"(function(MOTCUA_SITES){{{code}\n}})({json.dumps(' '.join(sites))});\n"


def policy(sites: tuple[str, ...], *, style: str, script: str) -> str:
    """Nothing but what lies here and what stands in the page, known by its hash; framed by the sites alone."""
    ancestors = " ".join(("'self'", *sites))
    return (
        f"default-src 'none'; script-src 'self'{script}; style-src 'self'{style}; img-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; "
        f"frame-ancestors {ancestors}"
    )


def framed(dist: Path, sites: tuple[str, ...], *, area: str, language: str, theme: str) -> Framed | None:
    """The chat's page in a language; None where it was not built. All of it comes at once: one round trip."""
    source = dist / ("en.html" if language == "en" else "index.html")
    parts = (source, dist / "assets" / "chat.css", dist / "assets" / "chat.js")
    if not all(part.is_file() for part in parts):
        return None
    html, style, code = _whole(*parts, *(part.stat().st_mtime_ns for part in parts))
    marks = f' data-area="{escape(area)}" data-framed' + (f' data-theme="{theme}"' if theme in THEMES else "")
    html = _ROOT_ELEMENT.sub(lambda found: f'<html lang="{found[1]}"{marks}>', html, count=1)
    return Framed(html=html, policy=policy(sites, style=style, script=code))


@lru_cache(maxsize=8)
def _whole(source: Path, style: Path, script: Path, *_versions: int) -> tuple[str, str, str]:
    """The page with its style and, last, its script in it; and what the policy knows them by."""
    css, code = (part.read_text(encoding="utf-8").strip() for part in (style, script))
    html = _STYLE_LINK.sub(lambda _: f"<style>{css}</style>", source.read_text(encoding="utf-8"), count=1)
    # Other pages are in no frame: they open beside the portal, the plain page of who sends before the script too.
    html = html.replace('action="/hoi"', 'action="/hoi" target="_blank"')
    html = html.replace('<a href="/', '<a target="_blank" href="/')
    if _IMPORT.search(code) or "</script" in code:
        return html, _allowing(css), ""
    html = _SCRIPT_LINK.sub("", html, count=1)
    html = html.replace("</body>", f'<script type="module">{code}</script>\n</body>')
    return html, _allowing(css), _allowing(code)


def _allowing(text: str) -> str:
    """The source expression of CSP for a text that stands in the page."""
    return f" 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
