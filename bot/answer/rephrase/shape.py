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
_IF, _FREE = "nếu", "miễn phí"


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


def shape_of(text: str, tokens: Tokens) -> Shape:
    label = _LABEL.match(text)
    rest = text[label.end() :] if label else text
    found = _condition(rest, tokens)
    condition = found[1] if found else ""
    body = rest[: found.start()] if found else rest
    lone = not _MARKS.search(body.rstrip(".")) and len(TOKEN.findall(body)) <= 1
    return Shape(
        canonical(label[1]) if label else "",
        canonical(body).removesuffix(f" {STOP}"),
        canonical(condition),
        movable=lone and STOP not in condition and bool(body.strip()),
    )


def _condition(text: str, tokens: Tokens) -> re.Match[str] | None:
    """What stands at the end as the condition of a figure; what stands behind anything else is part of its name."""
    found = _IN_BRACKETS.search(text) or _CLAUSE.search(text)
    return found if found and _is_figure(text[: found.start()], tokens) else None


def _is_figure(body: str, tokens: Tokens) -> bool:
    held = [f"⟦{letters}⟧" for letters in TOKEN.findall(body)]
    return any(tokens.is_money(one) or tokens.is_time(one) for one in held) or canonical(body) == _FREE


def heading_shape(text: str) -> Shape:
    """A heading is what is told, the procedure's name, and the rest: `Hồ sơ`, `⟦A⟧`, `gồm`."""
    before, token, after = re.split(r"(⟦[A-Z]+⟧)", text.rstrip(" :"), maxsplit=1)
    return Shape(canonical(before), token, canonical(after), movable=True)


def line_pattern(shape: Shape, tokens: Tokens) -> re.Pattern[str]:
    """What a canonical line may read like."""
    held = [f"⟦{letters}⟧" for letters in TOKEN.findall(shape.body)]
    glue = any_of("glue")
    if any(map(tokens.is_money, held)) and _is_about(shape.label, "phí"):
        glue += f"|{any_of('glue_money')}"
    if any(map(tokens.is_time, held)) and _is_about(shape.label, "thời hạn"):
        glue += f"|{any_of('glue_time')}"
    between = rf"(?:{_BETWEEN}| (?:{glue})){{0,4}}"
    orders = permutations(shape.parts) if shape.movable else [tuple(shape.parts)]
    return _whole(between.join(_part(shape, part) for part in order) for order in orders)


def heading_pattern(shape: Shape) -> re.Pattern[str]:
    between = rf"(?:{_BETWEEN}| (?:{any_of('heading')})){{0,4}}"
    name = rf"(?: (?:{any_of('before_name')})){{0,3}} {shape.body}"
    told, rest = (f" {re.escape(part)}" if part else "" for part in (shape.label, shape.condition))
    orders = {(told, name, rest), (name, told, rest)}
    return _whole(between.join(part for part in order if part) for order in orders)


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


def _is_about(label: str, word: str) -> bool:
    """Whether a label leaves open what its figure is, or says that it is this: no deposit becomes a fee."""
    return not label or _is_how(label) or word in label


def _is_how(part: str) -> bool:
    return all(how.strip() in catalogue()["hows"] for how in part.split(","))


def _whole(orders: Iterable[str]) -> re.Pattern[str]:
    opening = rf"(?: (?:{any_of('open')})(?: [,.:])?){{0,3}}"
    closing = rf"(?: (?:{any_of('close')})| [,.:)]){{0,5}}"
    return re.compile(rf"(?:{opening})(?:{'|'.join(dict.fromkeys(orders))})(?:{closing})")


def misses_condition(shape: Shape, said: str) -> bool:
    return bool(shape.condition) and not set(shape.condition.split()) <= set(said.split())
