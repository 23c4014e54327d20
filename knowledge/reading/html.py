"""Saved web pages: the text a person sees, tables as rows. Scripts are dropped and nothing is fetched or run."""

from __future__ import annotations

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from knowledge.reading.clean import cell, clean, is_layout, row
from knowledge.reading.legacy import UNKNOWN, decoded, decodings
from knowledge.reading.pages import Page, Table
from knowledge.reading.task import Found, Step, Task
from knowledge.text.quality import vietnamese_share

_DROPPED = ", ".join(
    ("script", "style", "noscript", "template", "nav", "svg", "iframe", "object", "embed")
    + ("form button", "[hidden]", "[aria-hidden=true]")
)
_BLOCKS = (
    " address article aside blockquote br caption dd details div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr legend li main ol option p pre section summary table tbody td tfoot th thead tr ul "
)


def _shown(node: LexborNode) -> Iterator[str]:
    """The text of a node; blocks on lines of their own, a table's row as one line. A stack: pages nest deep."""
    stack: list[LexborNode | str] = _children(node)
    while stack:
        child = stack.pop()
        if isinstance(child, str):
            yield child
        elif child.tag == "-text":
            yield " ".join((child.text_content or "").replace("\t", " ").split("\n"))
        elif child.tag == "table" and (rows := _rows(child)):
            yield "\n" + "\n".join(map(row, rows)) + "\n"
        elif f" {child.tag} " in _BLOCKS:
            yield "\n"
            stack.extend(["\n", *_children(child)])
        elif child.tag != "-comment":
            stack.extend(_children(child))


def _children(node: LexborNode) -> list[LexborNode | str]:
    """The last first, as a stack wants them."""
    found: list[LexborNode | str] = list(node.iter(include_text=True))
    return found[::-1]


def _span(part: LexborNode, name: str) -> int:
    text = part.attributes.get(name) or ""
    return max(1, min(int(text), 63)) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def _rows(table: LexborNode) -> tuple[tuple[str, ...], ...]:
    """The rows of a table that holds data; of one that lays out other things, none.

    The place of a cell that reaches down from a row above stays empty.
    """
    if len(table.css("table")) > 1:  # itself is one
        return ()
    taken: dict[int, int] = {}  # column → rows it is still taken
    rows = tuple(cells for line in table.css("tr") if any(cells := _row(line, taken)))
    return () if is_layout(rows) else rows


def _row(line: LexborNode, taken: dict[int, int]) -> tuple[str, ...]:
    made: list[str] = []
    below: dict[int, int] = {}
    _skip(made, taken)
    for part in (part for part in line.iter() if part.tag in ("td", "th")):
        width, height = _span(part, "colspan"), _span(part, "rowspan")
        below |= {len(made) + place: height - 1 for place in range(width) if height > 1}
        made.extend([cell("".join(_shown(part))), *[""] * (width - 1)])
        _skip(made, taken)
    taken |= below
    return tuple(made)


def _skip(made: list[str], taken: dict[int, int]) -> None:
    while taken.get(len(made), 0):
        taken[len(made)] -= 1
        made.append("")


def _tables(body: LexborNode) -> Iterator[Table]:
    for table in body.css("table"):
        if rows := _rows(table):
            yield Table(rows)


def _tree(source: str) -> LexborHTMLParser:
    tree = LexborHTMLParser(source)
    for node in tree.css(_DROPPED):
        node.decompose()
    return tree


def _title(source: str) -> dict[str, str]:
    found = LexborHTMLParser(source).css_first("title")
    return {"title": clean(found.text())} if found and found.text().strip() else {}


def _text(source: str) -> str:
    body = _tree(source).body
    return "".join(_shown(body)) if body is not None else ""


def read(task: Task) -> Iterator[Found]:
    """A saved page as one page of text."""
    yield Step(1, 1)
    raw = task.path.read_bytes()
    shown, encoding = decoded(raw, _text)
    source = next((text for text, name in decodings(raw) if name == encoding), decodings(raw)[-1][0])
    yield _title(source) | {"encoding": encoding or UNKNOWN}
    text = clean(shown)
    yield Page(1, text, "html", vietnamese_share(text))
    body = _tree(source).body
    if body is not None:
        yield from _tables(body)
