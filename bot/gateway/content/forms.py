"""The form of one field: what it asks, what was typed, and the value that comes of it.

A form has the shape of its field: one value, a set of named values, or rows of them. What was typed is kept as
typed until it can be taken, so a mistake never costs the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.gateway.content import typed
from bot.gateway.content.typed import Mistyped

Typed = Mapping[str, str]
Errors = dict[str, str]  # input name ("" is the whole form) → code of the sentence
SPARE_ROWS = 1
MAX_ROWS = 200


@dataclass(frozen=True)
class Column:
    """One input. `kind` is a name of typed.READERS; `name` a path inside the value ("form.code")."""

    name: str
    kind: str = "line"
    options: str = ""  # a list of vi.yml, for choices
    need: bool = False
    big: bool = False


@dataclass(frozen=True)
class Input:
    """A column as the page shows it."""

    name: str
    column: Column
    value: str
    error: str = ""


@dataclass(frozen=True)
class Shape:
    """How a field is edited: `rows`, a `set` of values, a `list` of texts, `ticks`, or one value (`one`)."""

    style: str
    columns: tuple[Column, ...]
    check: Callable[[dict[str, Any]], Errors] = lambda value: {}
    empty: Callable[[dict[str, Any]], bool] = lambda value: not any(value.values())
    keeps: tuple[str, ...] = ()  # names of a row that are not shown and stay as they are
    note: str = ""  # a sentence of vi.yml above the inputs


@dataclass
class Filled:
    """A form with what stands in it."""

    path: str
    shape: Shape
    groups: list[list[Input]]
    errors: Errors = field(default_factory=dict)
    reason: str = ""
    typed: Typed = field(default_factory=dict)


def start(path: str, shape: Shape, value: Any) -> Filled:  # noqa: ANN401  # any JSON value
    """The form with today's value in it."""
    said = _typed_of(shape, value)
    return Filled(path, shape, _groups(shape, said, errors={}), typed=said)


def again(path: str, shape: Shape, said: Typed, errors: Errors) -> Filled:
    """The form as it was sent, with what is wrong."""
    return Filled(path, shape, _groups(shape, said, errors), errors, said.get("reason", ""), said)


def read(shape: Shape, said: Typed, before: Any) -> tuple[Any, Errors]:  # noqa: ANN401
    """The value that was typed; the errors say why there is none."""
    if shape.style == "rows":
        return _read_rows(shape, said, before)
    if shape.style == "ticks":
        start_of = f"{shape.columns[0].name}."
        return [name.removeprefix(start_of) for name in said if name.startswith(start_of)], {}
    value, errors = _read_set(shape, said, prefix="")
    if shape.style == "set":
        whole = {**before, **value} if isinstance(before, dict) else value
        return (None if shape.empty(value) and before is None else whole), errors
    only = value[shape.columns[0].name]
    return (_items(str(only or "")) if shape.style == "list" else only), errors


# ------------------------------------------------------------------ from a value to inputs


def _typed_of(shape: Shape, value: Any) -> dict[str, str]:  # noqa: ANN401
    first = shape.columns[0]
    if shape.style == "rows":
        rows = value or []
        return {
            f"r{number}.{name}": said
            for number, row in enumerate(rows)
            for name, said in _typed_row(shape, row).items()
        } | {"rows": str(min(MAX_ROWS, len(rows) + SPARE_ROWS))}
    if shape.style == "set":
        return _typed_row(shape, value or {})
    if shape.style == "ticks":
        return {f"{first.name}.{item}": "1" for item in value or []}
    if shape.style == "list":
        return {first.name: "\n\n".join(value or [])}
    return {first.name: typed.shown(value, first.kind)}


def _typed_row(shape: Shape, row: Mapping[str, Any]) -> dict[str, str]:
    return {column.name: typed.shown(_inside(row, column.name), column.kind) for column in shape.columns}


def _groups(shape: Shape, said: Typed, errors: Errors) -> list[list[Input]]:
    prefixes = [f"r{number}." for number in range(row_count(said))] if shape.style == "rows" else [""]
    return [
        [
            Input(name, column, said.get(name, ""), errors.get(name, ""))
            for column in shape.columns
            for name in (prefix + column.name,)
        ]
        for prefix in prefixes
    ]  # fmt: skip


def row_count(said: Typed) -> int:
    """How many rows a form has: as many as it says, within reason."""
    number = said.get("rows", "")
    return max(1, min(MAX_ROWS, int(number))) if re.fullmatch(r"\d{1,3}", number) else SPARE_ROWS


# ------------------------------------------------------------------ from inputs to a value


def _read_rows(shape: Shape, said: Typed, before: Any) -> tuple[list[Any], Errors]:  # noqa: ANN401
    found: list[Any] = []
    errors: Errors = {}
    for number in range(row_count(said)):
        prefix = f"r{number}."
        kept = before[number] if isinstance(before, list) and number < len(before) else {}
        row, wrong = _read_set(shape, said, prefix=prefix)
        if wrong or not shape.empty(row):
            errors |= wrong
            found.append({**{name: kept[name] for name in shape.keeps if name in kept}, **row})
    return found, errors


def _read_set(shape: Shape, said: Typed, *, prefix: str) -> tuple[dict[str, Any], Errors]:
    value: dict[str, Any] = {}
    errors: Errors = {}
    for column in shape.columns:
        try:
            _put(value, column.name, typed.READERS[column.kind](said.get(prefix + column.name, "")))
        except Mistyped as error:
            errors[prefix + column.name] = error.code
    if not errors and (shape.style == "one" or not shape.empty(value)):
        missing = {c.name: "needed" for c in shape.columns if c.need and _inside(value, c.name) in (None, "")}
        errors = {prefix + name: code for name, code in (missing or shape.check(value)).items()}
    return value, errors


def _items(said: str) -> list[str]:
    """A blank line ends an item, so that an item may have lines of its own."""
    return [piece.strip() for piece in re.split(r"\n\s*\n", typed.text(said)) if piece.strip()]


def _inside(value: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401
    found: Any = value
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _put(value: dict[str, Any], path: str, item: object) -> None:
    *names, last = path.split(".")
    for name in names:
        value = value.setdefault(name, {})
    value[last] = item
