"""How one composed line may be said otherwise: its parts may change places, small words may stand between them.

A line is `label: body (condition)`. Every part must come back whole, word for word and mark for mark, with its tokens.
So no figure can change, leave its condition, or be given to another case, whatever a model writes. Parts change
places only where each can belong to nothing but the one figure of the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

from bot.answer.rephrase.tokens import TOKEN, Tokens
from bot.answer.rephrase.words import STOP, any_of, canonical, catalogue, turning

_LABEL = re.compile(r"([^:⟦⟧()]{2,60}): (?=\S)")
_IN_BRACKETS = re.compile(r" \(([^()⟦⟧]+)\)\.?$")
_CLAUSE = re.compile(r", ((?:nếu|khi|trường hợp|đối với) [^,.;:()⟦⟧]+)\.?$")
_MARKS = re.compile(r"[,;.:()…–]")
_BETWEEN = r"(?: [,:()–-])"
_IF = "nếu"


@dataclass(frozen=True)
class Shape:
    """The parts of a line, canonical; "" where it has none."""

    label: str
    body: str
    condition: str
    movable: bool

    @property
    def parts(self) -> list[str]:
        return [part for part in (self.label, self.body, self.condition) if part]


def shape_of(text: str) -> Shape:
    label = _LABEL.match(text)
    rest = text[label.end() :] if label else text
    found = _IN_BRACKETS.search(rest) or _CLAUSE.search(rest)
    condition = found[1] if found else ""
    body = rest[: found.start()] if found else rest
    lone = not _MARKS.search(body.rstrip(".")) and len(TOKEN.findall(body)) <= 1
    return Shape(
        canonical(label[1]) if label else "",
        canonical(body).removesuffix(f" {STOP}"),
        canonical(condition),
        movable=lone and STOP not in condition and bool(body.strip()),
    )


def heading_shape(text: str) -> Shape:
    """A heading is what is told, the procedure's name, and the rest: `Hồ sơ`, `⟦A⟧`, `gồm`."""
    before, token, after = re.split(r"(⟦[A-Z]+⟧)", text.rstrip(" :"), maxsplit=1)
    return Shape(canonical(before), token, canonical(after), movable=True)


def line_pattern(shape: Shape, tokens: Tokens) -> re.Pattern[str]:
    """What a canonical line may read like."""
    held = TOKEN.findall(shape.body)
    glue = any_of("glue")
    for letters in held:
        token = f"⟦{letters}⟧"
        glue += f"|{any_of('glue_money')}" if tokens.is_money(token) else ""
        glue += f"|{any_of('glue_time')}" if tokens.is_time(token) else ""
    between = rf"(?:{_BETWEEN}| (?:{glue})){{0,4}}"
    orders = permutations(shape.parts) if shape.movable else [tuple(shape.parts)]
    return _whole(between.join(_part(shape, part) for part in order) for order in orders)


def heading_pattern(shape: Shape) -> re.Pattern[str]:
    between = rf"(?:{_BETWEEN}| (?:{any_of('heading')})){{0,4}}"
    told, name, rest = shape.label, shape.body, shape.condition
    orders = {(told, name, rest), (name, told, rest), (told, rest, name)}
    return _whole(
        between + between.join(" " + re.escape(part) for part in order if part) + between for order in orders
    )


def chunks(text: str) -> list[str]:
    """The clauses of a quotation, each with the mark that ends it."""
    return [part for part in re.findall(r"[^.;]+[.;]*\s*", text) if part.strip()]


def may_go(chunk: str) -> bool:
    """Whether a clause may be left out: it states no figure, no condition and no exception."""
    return not TOKEN.search(chunk) and not turning().intersection(canonical(chunk).split())


def shortened_pattern(text: str) -> re.Pattern[str]:
    """The clauses of `text` in their order; each that may go is a group, `c` with its place."""
    pattern = ""
    for place, chunk in enumerate(chunks(text)):
        words = re.escape(" " + canonical(chunk).removesuffix(f" {STOP}")) + r"(?: [.,…])*"
        pattern += f"(?P<c{place}>{words})?" if place and may_go(chunk) else words
    return re.compile(pattern)


def _part(shape: Shape, part: str) -> str:
    words = re.escape(part)
    if part.startswith(_IF + " "):
        return f" {_IF}(?: bạn)?" + words[len(_IF) :]
    if part == shape.condition or _is_how(part):
        return rf"(?: {_IF}(?: bạn)?)? {words}"
    return f" {words}"


def _is_how(part: str) -> bool:
    return all(how.strip() in catalogue()["hows"] for how in part.split(","))


def _whole(orders: Iterable[str]) -> re.Pattern[str]:
    opening = rf"(?: (?:{any_of('open')})(?: [,.:])?){{0,3}}"
    closing = rf"(?: (?:{any_of('close')})| [,.:)]){{0,5}}"
    return re.compile(rf"(?:{opening})(?:{'|'.join(dict.fromkeys(orders))})(?:{closing})")


def misses_condition(shape: Shape, said: str) -> bool:
    return bool(shape.condition) and not set(shape.condition.split()) <= set(said.split())
