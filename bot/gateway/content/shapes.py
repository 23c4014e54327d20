"""Which fields of a record can be corrected, and the shape of each one's form."""

from __future__ import annotations

import re
from typing import Any

from bot.gateway.content.forms import Column, Errors, Shape
from bot.gateway.content.typed import SMALLEST_FEE

_ONE = Shape("one", (Column("value"),))
_ONE_NEEDED = Shape("one", (Column("value", need=True),))
_LONG = Shape("one", (Column("value", "text", big=True),))
_LIST = Shape("list", (Column("value", "text", big=True),), note="list")


def _check_time(value: dict[str, Any]) -> Errors:
    """A figure without a unit is unknown, never days."""
    if value.get("value") is not None and not value.get("unit"):
        return {"unit": "unit_needed"}
    if value.get("unit") and value.get("value") is None:
        return {"value": "figure_needed"}
    return {}


def _check_fee(value: dict[str, Any]) -> Errors:
    amount = value.get("amount")
    if amount and value.get("currency") != "USD" and amount < SMALLEST_FEE:
        return {"amount": "fee_too_small"}
    return {}


def _no_fee(value: dict[str, Any]) -> bool:
    """A row with nothing but its currency is no fee."""
    return value.get("amount") is None and not value.get("condition") and not value.get("basis")


def _check_validity(value: dict[str, Any]) -> Errors:
    begin, end = value.get("start"), value.get("end")
    return {"end": "end_before_start"} if begin and end and end < begin else {}


_FEE_COLUMNS = (
    Column("amount", "money"),
    Column("currency", "choice", "currencies"),
    Column("kind", "choice", "fee_kinds"),
    Column("condition", "text", big=True),
    Column("basis", big=True),
)
_TIME = Shape(
    "set", (Column("value", "decimal"), Column("unit", "choice", "units")), _check_time, note="time"
)
_FEES = Shape("rows", _FEE_COLUMNS, _check_fee, _no_fee, keeps=("raw",), note="fees")
_ITEMS = Shape(
    "rows",
    (
        Column("name", "text", need=True, big=True),
        Column("originals", "count"),
        Column("copies", "count"),
        Column("form.code"),
        Column("required", "yes_no", "yes_no"),
    ),
    empty=lambda row: not row.get("name") and not (row.get("form") or {}).get("code"),
    note="items",
)
_LEGAL = Shape(
    "rows",
    (Column("number", need=True), Column("issued", "day"), Column("issuer"), Column("title", big=True)),
)
_VALIDITY = Shape(
    "set",
    (
        Column("state", "choice", "validities", need=True),
        Column("start", "day"),
        Column("end", "day"),
        Column("by"),
    ),
    _check_validity,
    note="validity",
)
_STATEMENT = Shape(
    "set",
    (
        Column("text", "text", need=True, big=True),
        Column("unit"),
        Column("for_whom"),
        Column("deadline", "day"),
        Column("schedule"),
        Column("frequency"),
    ),
)
_CHANNELS = Shape(
    "rows",
    (Column("how", "choice", "hows", need=True),),
    keeps=("time_limit", "fees", "note"),
    note="channels",
)
_LEVELS = Shape("ticks", (Column("value", "choice", "levels"),))

_PROCEDURE: tuple[tuple[str, Shape], ...] = (
    ("title", _ONE_NEEDED),
    ("decision", _ONE),
    ("levels", _LEVELS),
    ("field", _ONE),
    ("subjects", _LIST),
    ("related", _LIST),
    ("steps", _LIST),
    ("channels", _CHANNELS),
    (r"channels\.\d+\.time_limit", _TIME),
    (r"channels\.\d+\.fees", _FEES),
    (r"channels\.\d+\.note", _LONG),
    (r"dossier\.\d+\.case", _ONE),
    (r"dossier\.\d+\.items", _ITEMS),
    ("dossier_notes", _LIST),
    ("legal_basis", _LEGAL),
    ("agency", _ONE),
    ("receiving_places", _LIST),
    ("ministry", _ONE),
    ("conditions", _LIST),
    ("results", _LIST),
    ("deadlines", _LIST),
    ("aliases", _LIST),
    ("online_level", Shape("one", (Column("value", "choice", "online_levels"),))),
    (r"payment\.online", Shape("one", (Column("value", "yes_no", "yes_no"),))),
    (r"payment\.note", _LONG),
    ("portal_url", _ONE),
    ("validity", _VALIDITY),
)
_PLAN: tuple[tuple[str, Shape], ...] = (
    ("number", _ONE),
    ("type", _ONE_NEEDED),
    ("title", _ONE_NEEDED),
    ("issuer", _ONE),
    ("place", _ONE),
    ("issued", Shape("one", (Column("value", "day"),))),
    ("issued_text", _ONE),
    ("signer", _ONE),
    ("recipients", _LIST),
    ("references", _LEGAL),
    (r"statements\.\d+", _STATEMENT),
    (r"sections\.\d+\.text", _LONG),
    (r"sections\.\d+\.title", _ONE),
    ("validity", _VALIDITY),
)
_BY_KIND = {
    kind: tuple((re.compile(pattern), shape) for pattern, shape in table)
    for kind, table in {"procedure": _PROCEDURE, "plan": _PLAN}.items()
}


def shape_of(kind: str, path: str) -> Shape | None:
    """The form of a field, or None for what cannot be corrected here."""
    for pattern, shape in _BY_KIND.get(kind, ()):
        if pattern.fullmatch(path):
            return shape
    return None
