"""Whether a model's lines say what the composed lines say, and nothing else.

Each line comes back as `number|text` and is compared with the one composed line of that number (shape.py). A line is
checked as soon as it is complete, and what is only begun is looked at for what can never be right, so that a stream
is left at its first fault. One fault and nothing of the reply is used.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from bot.answer.rephrase.forbidden import Violation, forbid
from bot.answer.rephrase.lines import Piece
from bot.answer.rephrase.shape import (
    chunks,
    heading_pattern,
    heading_shape,
    line_pattern,
    misses_condition,
    shape_of,
    shortened_pattern,
)
from bot.answer.rephrase.tokens import TOKEN, Tokens
from bot.answer.rephrase.words import canonical, turning
from knowledge.text.diacritics import fold

ROOM, PER_LINE = 2, 80  # a line may be twice as long as its source and a little more
_LINE = re.compile(r"(\d{1,2})\| ?(.*)", re.DOTALL)
_BEGUN = re.compile(r"\d{0,2}|\d{1,2}\|.*", re.DOTALL)


class Claims:
    """Checks one reply while it comes. `watch` takes all that has come so far; `lines` what was accepted."""

    def __init__(self, shown: Sequence[Piece], tokens: Tokens) -> None:
        self._shown = {number: piece for number, piece in enumerate(shown, 1)}
        self._tokens = tokens
        self._limit = sum(_room(piece) for piece in shown)
        self._read = 0
        self.lines: dict[int, str] = {}

    def watch(self, text: str) -> None:
        """Check what is complete of `text` and was not checked before.

        Raises:
            Violation: the reply is of no use from here on.
        """
        text = unicodedata.normalize("NFC", text)
        if len(text) > self._limit:
            raise Violation("length")
        while (end := text.find("\n", self._read)) >= 0:
            self._line(text[self._read : end].strip())
            self._read = end + 1
        begun = text[self._read :].lstrip()
        if not _BEGUN.fullmatch(begun):
            raise Violation("format")
        forbid(begun.partition("|")[2])

    def finish(self, text: str) -> dict[int, str]:
        """The accepted lines by the place of their piece, tokens still in them; those that say nothing new left out.

        Raises:
            Violation: a line is wrong, or there is none.
        """
        self.watch(text if text.endswith("\n") else text + "\n")
        if not self.lines:
            raise Violation("empty")
        return {self._shown[number].place: said for number, said in self.lines.items()}

    def _line(self, line: str) -> None:
        if not line:
            return
        found = _LINE.fullmatch(line)
        if found is None:
            raise Violation("format")
        number, said = int(found[1]), found[2].strip()
        if number not in self._shown or number in self.lines:
            raise Violation("line_number")
        self.lines[number] = check_line(self._shown[number], said, self._tokens)


def check_line(piece: Piece, said: str, tokens: Tokens) -> str:
    """What of `said` may be shown; a quotation is put together from the published clauses themselves.

    Raises:
        Violation: it says more, less or something else than the piece.
    """
    forbid(said)
    if len(said) > _room(piece):
        raise Violation("length")
    _same_tokens(piece, said, tokens)
    line = f" {canonical(said)}"
    if piece.kind == "quotation":
        found = shortened_pattern(piece.text).fullmatch(line)
        if found is None:
            raise Violation(_why(piece, said, tokens))
        return _kept(piece.text, found)
    pattern = (
        heading_pattern(heading_shape(piece.text))
        if piece.kind == "heading"
        else line_pattern(shape_of(piece.text, tokens), tokens)
    )
    if not pattern.fullmatch(line):
        raise Violation(_why(piece, said, tokens))
    return said


def _same_tokens(piece: Piece, said: str, tokens: Tokens) -> None:
    """Every token of the line once, none of another line, none invented."""
    sent, back = Counter(TOKEN.findall(piece.text)), Counter(TOKEN.findall(said))
    if any(not tokens.held(f"⟦{one}⟧") for one in back) or "⟦" in TOKEN.sub("", said):
        raise Violation("token_invented")
    if back - sent:
        raise Violation("token_moved" if set(back) - set(sent) else "token_twice")
    if sent - back:
        raise Violation("token_missing")


def _why(piece: Piece, said: str, tokens: Tokens) -> str:
    """The name of what is wrong with words that do not fit, for those who look after the model."""
    source, words = canonical(piece.text).split(), canonical(said).split()
    if fold(said) == said and fold(piece.text) != piece.text:
        return "language"
    if piece.kind == "statement" and misses_condition(shape_of(piece.text, tokens), canonical(said)):
        return "condition"
    turned = turning()
    if Counter(w for w in words if w in turned) != Counter(w for w in source if w in turned):
        return "negation"
    return "order" if set(words) <= set(source) else "words"


def _kept(text: str, found: re.Match[str]) -> str:
    """The clauses that were kept, as published, with a mark where others were left out."""
    kept, gap = "", False
    groups = found.groupdict()
    for place, chunk in enumerate(chunks(text)):
        if groups.get(f"c{place}", "") is None:
            gap = True
            continue
        kept += ("… " if gap else "") + chunk
        gap = False
    return kept.rstrip() + (" …" if gap else "")


def _room(piece: Piece) -> int:
    return ROOM * len(piece.text) + PER_LINE
