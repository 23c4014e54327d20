"""A detail page of the national portal saved from a browser (HTML): what a person saw, labels and tables.

Works on the tabular page and on one whose layout is lost, where only the order of texts remains. Scripts are
dropped, nothing is fetched or run; the page's own address is taken from where browsers note it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.documents import Procedure
from knowledge.parsers import portal_sheet
from knowledge.parsers.portal_record import Origin, record_of
from knowledge.parsers.portal_sheet import Piece, Table
from knowledge.parsers.tail import cut_tail

SOURCE = "Cổng Dịch vụ công quốc gia (trang lưu)"
_DROPPED = (
    "script, style, noscript, template, nav, header, footer, svg, iframe, object, embed, button, [hidden]"
)
_BLOCKS = (
    " address article aside blockquote br dd details div dl dt fieldset figcaption figure form h1 h2 h3 h4 h5 h6 hr "
    "label legend li main ol p pre section summary ul td th tr tbody thead table caption body "
)
_SAVED_FROM = re.compile(r"saved from url=\(\d+\)(\S+)")
_HOSTS = ("dichvucong.gov.vn",)


def _text(node: LexborNode) -> str:
    """The text of a cell; blocks within it on lines of their own."""
    return "\n".join(piece for piece in _pieces(node, tables=False) if isinstance(piece, str))


def _table(node: LexborNode) -> Table:
    rows = [tuple(_text(cell) for cell in row.iter() if cell.tag in ("td", "th")) for row in node.css("tr")]
    return tuple(row for row in rows if any(cell.strip() for cell in row))


def _pieces(top: LexborNode, *, tables: bool = True) -> Iterator[Piece]:
    """Lines and tables in reading order. Not recursive: pages nest deep."""
    line: list[str] = []
    stack: list[LexborNode | None] = [*list(top.iter(include_text=True))[::-1]]
    while stack:
        node = stack.pop()
        if node is None or f" {node.tag} " in _BLOCKS:
            if text := " ".join("".join(line).split()):
                yield text
            line = []
        if node is None:
            continue
        if node.tag == "-text":
            line.append(node.text_content or "")
        elif node.tag == "table" and tables:
            yield _table(node)
        elif node.tag != "-comment":
            ends: list[LexborNode | None] = [None] if f" {node.tag} " in _BLOCKS else []
            stack.extend([*ends, *list(node.iter(include_text=True))[::-1]])
    if text := " ".join("".join(line).split()):
        yield text


def _own_address(tree: LexborHTMLParser, source: str) -> str:
    """The page's address where the browser noted it, if it is the portal's."""
    canonical = tree.css_first("link[rel=canonical]")
    shared = tree.css_first("meta[property='og:url']")
    noted = _SAVED_FROM.search(source[:2000])
    candidates = (
        canonical.attributes.get("href") if canonical else None,
        shared.attributes.get("content") if shared else None,
        noted[1] if noted else None,
    )
    for address in filter(None, candidates):
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
        if parts.scheme == "https" and any(host == known or host.endswith(f".{known}") for known in _HOSTS):
            return str(address)
    return ""


def _read(source: str) -> tuple[list[Piece], str]:
    tree = LexborHTMLParser(source)
    address = _own_address(tree, source)
    for node in tree.css(_DROPPED):
        node.decompose()
    pieces = list(_pieces(tree.body)) if tree.body else []
    return [cut_tail(piece) if isinstance(piece, str) else piece for piece in pieces], address


def looks_like(source: str) -> bool:
    """Whether a page is one record of the portal."""
    return portal_sheet.looks_like(_read(source)[0])


def parse(source: str, *, area: str = "", fetched: date | None = None, url: str = "") -> Procedure:
    """The record of one saved page.

    Args:
        source: the page's HTML.
        area: slug of the province whose record it is, "" for a national one.
        fetched: the day it was saved.
        url: its address, where the page does not note it.

    Raises:
        BadRecord: it prints no code or title, or several codes.
    """
    pieces, address = _read(source)
    digest = hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()
    origin = Origin(
        source=SOURCE, method="html", url=url or address, sha256=digest, fetched=fetched, area=area
    )
    return record_of(pieces, origin)
