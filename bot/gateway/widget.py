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


def policy(sites: tuple[str, ...], *, style_hash: str = "") -> str:
    """Nothing but what lies here, one inline style by its hash, and framed by the sites alone."""
    styles = f"'self' 'sha256-{style_hash}'" if style_hash else "'self'"
    ancestors = " ".join(("'self'", *sites))
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; object-src 'none'; "
        f"frame-ancestors {ancestors}"
    )


def framed(dist: Path, sites: tuple[str, ...], *, area: str, language: str, theme: str) -> Framed | None:
    """The chat's page in a language; None where it was not built. The style comes with it: one round trip to paint."""
    source = dist / ("en.html" if language == "en" else "index.html")
    style = dist / "assets" / "chat.css"
    if not source.is_file() or not style.is_file():
        return None
    html, style_hash = _with_style(source, style, source.stat().st_mtime_ns, style.stat().st_mtime_ns)
    marks = f' data-area="{escape(area)}" data-framed' + (f' data-theme="{theme}"' if theme in THEMES else "")
    html = _ROOT_ELEMENT.sub(lambda found: f'<html lang="{found[1]}"{marks}>', html, count=1)
    return Framed(html=html, policy=policy(sites, style_hash=style_hash))


@lru_cache(maxsize=8)
def _with_style(source: Path, style: Path, *_versions: int) -> tuple[str, str]:
    css = style.read_text(encoding="utf-8").strip()
    html = _STYLE_LINK.sub(lambda _: f"<style>{css}</style>", source.read_text(encoding="utf-8"), count=1)
    # Other pages are in no frame: they open beside the portal, the plain page of who sends before the script too.
    html = html.replace('action="/hoi"', 'action="/hoi" target="_blank"')
    html = html.replace('<a href="/', '<a target="_blank" href="/')
    digest = hashlib.sha256(css.encode()).digest()
    return html, base64.b64encode(digest).decode()
