"""Values of records in the words officials read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.gateway.staff_pages import day, number, words

Value = Any  # any JSON value of a record
_AMOUNT = re.compile(r"\b(\d+) (VND|USD)\b")
_LENGTH = re.compile(r"\b([\d.]+) (working_day|day|working_hour|hour|month|year)\b")


def lines(path: str, value: Value) -> list[str]:
    """A field's value, one line a thing; [] when it is not stated."""
    name = path.rpartition(".")[2]
    names = path.split(".")
    if names[0] in _WHOLE and (len(names) == 1 or names[-1].isdigit()):
        return _WHOLE[names[0]](value)
    if name in _SHOWN:
        return _SHOWN[name](value)
    if isinstance(value, list):
        return [text for item in value for text in ([str(item)] if str(item).strip() else [])]
    return [str(value)] if value not in (None, "") else []


def change(path: str, value: Value) -> str:
    """A value on one line, for histories."""
    return "; ".join(lines(path, value)) or str(words()["empty"])


def quantity(value: Mapping[str, Any] | None) -> list[str]:
    if not value:
        return []
    if value.get("value") is not None and value.get("unit"):
        return [f"{number(_plain(value['value']))} {words()['options']['units'][value['unit']]}"]
    return [_as_written(value.get("raw", ""))] if value.get("raw") else []


def fee(value: Mapping[str, Any]) -> str:
    """One fee: the amount, what it is, when it applies, who sets it."""
    amount, options = value.get("amount"), words()["options"]
    pieces = [
        words()["fee_free"] if amount == 0 else money(amount, value.get("currency", "VND")) if amount else "",
        options["fee_kinds"].get(value.get("kind") or "", "") if value.get("kind") else "",
        value.get("condition", ""),
        value.get("basis", ""),
    ]
    said = [piece for piece in pieces if piece]
    if amount is None and value.get("raw") and value["raw"] not in said:
        said.append(_as_written(value["raw"]))
    return " · ".join(said) or str(words()["empty"])


def money(amount: int, currency: str = "VND") -> str:
    return f"{number(amount)} {words()['options']['currencies'][currency]}"


def plain(text: str) -> str:
    """A sentence of a report with its figures and reasons as officials read them."""
    options, reasons = words()["options"], words()["reasons"]
    text = _AMOUNT.sub(lambda found: money(int(found[1]), found[2]), text)
    text = _LENGTH.sub(lambda found: f"{found[1]} {options['units'][found[2]]}", text)
    head, colon, reason = text.rpartition(": ")
    return f"{head}{colon}{reasons.get(reason, reason)}"


def _plain(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _as_written(raw: str) -> str:
    return str(words()["as_written"]).format(raw=raw)


def _fees(value: Value) -> list[str]:
    return [fee(one) for one in value or ()]


def _items(value: Value) -> list[str]:
    """Papers of one case."""
    said = []
    for item in value or ():
        counts = [
            f"{item[name]} {words()['columns'][name].lower()}"
            for name in ("originals", "copies")
            if item.get(name) is not None
        ]
        form = (item.get("form") or {}).get("code", "")
        extra = ", ".join([*counts, *([f"{words()['columns']['form.code'].lower()} {form}"] if form else [])])
        said.append(item["name"] + (f" ({extra})" if extra else ""))
    return said


def _legal(value: Value) -> list[str]:
    return [" · ".join(piece for piece in _legal_pieces(row) if piece) for row in value or ()]


def _legal_pieces(row: Mapping[str, Any]) -> tuple[str, ...]:
    issued = day(row["issued"]) if row.get("issued") else ""
    return row["number"], row.get("title", ""), issued, row.get("issuer", "")


def _validity(value: Value) -> list[str]:
    said = words()["validity"]
    pieces = [words()["options"]["validities"][value.get("state") or "unknown"]]
    pieces += [said[name].format(day=day(value[name])) for name in ("start", "end") if value.get(name)]
    pieces += [said["by"].format(by=value["by"])] if value.get("by") else []
    amended = ", ".join(value.get("amended_by") or ())
    pieces += [said["amended_by"].format(numbers=amended)] if amended else []
    return [", ".join(pieces)]


def _statement(value: Value) -> list[str]:
    rest = [
        f"{words()['columns'][name]}: {day(value[name]) if name == 'deadline' else value[name]}"
        for name in ("unit", "for_whom", "deadline", "schedule", "frequency")
        if value.get(name)
    ]
    return [value["text"], *rest]


def _event(value: Value) -> list[str]:
    return [" · ".join(str(value[name]) for name in ("title", "unit", "start", "end") if value.get(name))]


def _table(value: Value) -> list[str]:
    rows = [
        value.get("title", ""),
        " | ".join(value.get("header", ())),
        *(" | ".join(row) for row in value["rows"]),
    ]
    return [row for row in rows if row.strip(" |")]


def _relation(value: Value) -> list[str]:
    verb = words()["options"]["relations"][value["kind"]]
    return [" ".join(piece for piece in (verb, value.get("number", ""), value.get("title", "")) if piece)]


def _each(show: Callable[[Value], list[str]]) -> Callable[[Value], list[str]]:
    return lambda value: [
        text for item in ([value] if isinstance(value, dict) else value) for text in show(item)
    ]


def _options(name: str) -> Callable[[Value], list[str]]:
    def show(value: Value) -> list[str]:
        found = words()["options"][name]
        chosen = value if isinstance(value, list) else [value]
        return [found[item] for item in chosen if item]

    return show


def _yes_no(value: Value) -> list[str]:
    return [] if value is None else [words()["options"]["yes_no"]["yes" if value else "no"]]


def _day(value: Value) -> list[str]:
    return [day(value)] if value else []


_SHOWN: dict[str, Callable[[Value], list[str]]] = {
    "time_limit": quantity,
    "fees": _fees,
    "items": _items,
    "legal_basis": _legal,
    "references": _legal,
    "validity": _validity,
    "levels": _options("levels"),
    "online_level": _options("online_levels"),
    "online": _yes_no,
    "issued": _day,
    "channels": lambda value: [words()["options"]["hows"][row["how"]] for row in value],
}
_WHOLE: dict[str, Callable[[Value], list[str]]] = {
    "statements": _each(_statement),
    "events": _each(_event),
    "tables": _each(_table),
    "relations": _each(_relation),
}
