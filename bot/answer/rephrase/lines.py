"""Which lines of a composed reply a model is shown: headings and statements that can be said more plainly.

Lines of our own (notices, what is lacking), bare names of papers and whatever is said well already stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.answer.compose.standing import is_notice
from bot.answer.rephrase.forbidden import Violation, forbid
from bot.answer.rephrase.shape import chunks, may_go, shape_of
from bot.answer.rephrase.tokens import TOKEN, Tokens

MAX_LINES = 16
MAX_CHARS = 4000
LONG = 240  # letters of a quotation from which it may be shortened
_PREFIX = re.compile(r"• |\d{1,2}\. ")

Kind = Literal["heading", "statement", "quotation"]


@dataclass(frozen=True)
class Piece:
    """One line as the model sees it. `place` is where it stands in the reply; the prefix is not shown."""

    place: int
    prefix: str
    text: str
    kind: Kind


def pieces(lines: Sequence[str], *, titles: Sequence[str], quoted: bool, tokens: Tokens) -> list[Piece]:
    """What is shown of a reply; [] when nothing of it would gain, or it is too long to be worth the wait."""
    found = []
    for place, line in enumerate(lines):
        kind = _kind(line, titles, quoted=quoted)
        if kind is None:
            continue
        prefix = _PREFIX.match(line)
        start = prefix.end() if prefix else 0
        piece = Piece(place, line[:start], tokens.hide(line[start:]), kind)
        if _sayable(piece, tokens):
            found.append(piece)
    short = len(found) <= MAX_LINES and sum(len(piece.text) for piece in found) <= MAX_CHARS
    return found if short and any(_gains(piece, tokens) for piece in found) else []


def _kind(line: str, titles: Sequence[str], *, quoted: bool) -> Kind | None:
    if is_notice(line) or "⟦" in line or "⟧" in line:
        return None
    if line.endswith(":") and not line.startswith("• "):
        return "heading" if any(title in line for title in titles) else None
    if quoted and line.startswith("• ") and len(line) > LONG:
        return "quotation"
    return "statement" if _PREFIX.match(line) else None


def _gains(piece: Piece, tokens: Tokens) -> bool:
    """Whether saying it otherwise can help: its parts may change places, or it may be shortened."""
    return piece.kind == "quotation" or (piece.kind == "statement" and shape_of(piece.text, tokens).movable)


def _sayable(piece: Piece, tokens: Tokens) -> bool:
    """A heading with one name, a quotation with a clause that may go, a line of more than one part."""
    if not _readable(piece.text):
        return False
    if piece.kind == "heading":
        return len(TOKEN.findall(piece.text)) == 1
    if piece.kind == "quotation":
        return any(may_go(chunk) for chunk in chunks(piece.text)[1:])
    return len(shape_of(piece.text, tokens).parts) > 1


def _readable(text: str) -> bool:
    """Whether the published text itself has nothing that may not come back."""
    try:
        forbid(text)
    except Violation:
        return False
    return True
