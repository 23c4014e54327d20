"""The two ways in which Open311 answers, JSON and XML, its errors, and what a report's form holds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import yaml
from starlette.responses import Response

from desk.calendar import LOCAL_TIME
from desk.open311 import Wanted
from desk.routing import Category

Format: TypeAlias = Literal["json", "xml"]
TYPES = {"json": "application/json", "xml": "text/xml"}
SPAN = timedelta(days=90)
MOST = 1000
# The name of a list's items in XML; the same lists are plain arrays in JSON.
_ITEMS = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Where Viet Nam is, its islands included: south, north, west, east.
_BOUNDS = (6.0, 24.0, 102.0, 118.0)
_LIMITS = {
    "description": 4000, "address_string": 500, "media_url": 500, "first_name": 100, "last_name": 100, "phone": 50,
    "email": 200, "attribute": 500,
}  # fmt: skip
_MOST_FIELDS = 100


class Open311Error(Exception):
    """A request that cannot be served: a status of HTTP and a sentence for the program's author."""

    def __init__(self, status: int, code: str = "", *, said: str = "", **values: object) -> None:
        self.status = status
        self.description = said or words()["errors"][code].format(**values)
        super().__init__(self.description)


@cache
def words() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("open311.yml").read_text("utf-8"))
    return data


# ------------------------------------------------------------------ answers


def answer(data: Any, *, root: str, form: Format, status: int = 200, headers: Any = None) -> Response:  # noqa: ANN401
    """`data` as JSON, or below an element `root` as XML."""
    if form == "json":
        content = json.dumps(data, ensure_ascii=False).encode()
    else:
        content = ElementTree.tostring(element(root, data), encoding="utf-8", xml_declaration=True)
    return Response(content, status, headers=headers, media_type=f"{TYPES[form]}; charset=utf-8")


def failure(status: int, description: str, *, form: Format, headers: Any = None) -> Response:  # noqa: ANN401
    errors = [{"code": status, "description": description}]
    return answer(errors, root="errors", form=form, status=status, headers=headers)


def element(name: str, value: Any) -> ElementTree.Element:  # noqa: ANN401  # any JSON value
    """A value as an element; letters that XML cannot hold are left out."""
    made = ElementTree.Element(name)
    if isinstance(value, Mapping):
        made.extend(element(key, item) for key, item in value.items())
    elif isinstance(value, list):
        made.extend(element(_ITEMS[name], item) for item in value)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        made.text = _NOT_XML.sub("", text)
    return made


# ------------------------------------------------------------------ services


def service(category: Category) -> dict[str, Any]:
    return {
        "service_code": category.id,
        "service_name": category.name,
        "description": category.examples[0] if category.examples else category.name,
        "metadata": True,
        "type": "realtime",
        "keywords": ", ".join(category.keywords[:10]),
        "group": "",
    }


def definition(category: Category) -> dict[str, Any]:
    """What a report of a category is asked for: consent, publication, and the office's own questions."""
    asked = [_choice(words()["consent"], required=True), _choice(words()["publish"], required=False)]
    asked += [
        {
            "variable": True,
            "code": f"hoi_{number}",
            "datatype": "text",
            "required": False,
            "datatype_description": words()["free"],
            "description": question,
            "values": [],
        }
        for number, question in enumerate(category.needs, 1)
    ]
    return {
        "service_code": category.id,
        "attributes": [{**one, "order": order} for order, one in enumerate(asked, 1)],
    }


def _choice(asked: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {
        "variable": True,
        "code": asked["code"],
        "datatype": "singlevaluelist",
        "required": required,
        "datatype_description": words()["answer"],
        "description": asked["description"],
        "values": [{"key": key, "name": name} for key, name in asked["values"].items()],
    }


# ------------------------------------------------------------------ what is asked for


def wanted(query: Mapping[str, str], *, area: str, now: datetime) -> Wanted:
    """The filters of GET requests.

    Raises:
        Open311Error: one of them is none.
    """
    start, end = _span(query, now)
    page, size = _number(query, "page", default=1), _number(query, "page_size", default=MOST)
    if not 1 <= page <= 1_000_000 or not 1 <= size <= MOST:
        raise Open311Error(400, "page")
    statuses = {*_list(query, "status")}
    if statuses - {"open", "closed"}:
        raise Open311Error(400, "status")
    return Wanted(
        codes=tuple(code.upper() for code in _list(query, "service_request_id")[:MOST]),
        services=tuple(_list(query, "service_code")),
        start=start,
        end=end,
        closed=None if len(statuses) != 1 else statuses == {"closed"},
        area=area,
        limit=size,
        offset=(page - 1) * size,
    )


def _list(query: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in query.get(name, "").split(",") if part.strip()]


def _number(query: Mapping[str, str], name: str, *, default: int) -> int:
    said = query.get(name, "").strip()
    if said and not (said.isascii() and said.isdigit() and len(said) <= 9):
        raise Open311Error(400, "page")
    return int(said or default)


def _span(query: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    start, end = _date(query, "start_date"), _date(query, "end_date")
    try:
        end = end or (min(now, start + SPAN) if start else now)
        start = start or end - SPAN
    except OverflowError as error:
        raise Open311Error(400, "span") from error
    if not timedelta(0) <= end - start <= SPAN:
        raise Open311Error(400, "span")
    return start, end


def _date(query: Mapping[str, str], name: str) -> datetime | None:
    said = re.sub(r"(T.*) (?=[\d:]+$)", r"\1+", query.get(name, "").strip())  # a plus that was not escaped
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
        at = at if at.tzinfo else at.replace(tzinfo=LOCAL_TIME)
        at.timestamp()  # raises when it is no moment
    except (ValueError, OverflowError) as error:
        raise Open311Error(400, "date", field=name) from error
    if not 1970 <= at.year <= 9000:
        raise Open311Error(400, "date", field=name)
    return at


# ------------------------------------------------------------------ a report


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A report as a program sent it, checked."""

    what: str
    where: str
    contact: str
    latitude: float | None
    longitude: float | None
    may_publish: bool


def fields_of(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a form; of a repeated one the first.

    Raises:
        Open311Error: the body is no form.
    """
    if content_type.partition(";")[0].strip().lower() not in ("application/x-www-form-urlencoded", ""):
        raise Open311Error(400, "bad_form")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Open311Error(400, "bad_form") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name.removesuffix("[]"), value.strip())
    return fields


def sent(fields: Mapping[str, str], category: Category) -> Sent:
    """Check a report's fields.

    Raises:
        Open311Error: something is missing or cannot be.
    """
    for name, value in fields.items():
        limit = _LIMITS.get("attribute" if name.startswith("attribute[") else name)
        if limit and len(value) > limit:
            raise Open311Error(400, "too_long", field=name[:40], limit=limit)
    if _attribute(fields, words()["consent"]["code"]) != "co":
        raise Open311Error(400, "consent")
    point = _point(fields)
    where = fields.get("address_string", "") or (f"{point[0]}, {point[1]}" if point else "")
    if not where:
        raise Open311Error(400, "location")
    names = ("first_name", "last_name", "phone", "email")
    return Sent(
        what=_what(fields, category),
        where=where,
        contact=", ".join(fields[name] for name in names if fields.get(name)),
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        may_publish=_attribute(fields, words()["publish"]["code"]) == "co",
    )


def _attribute(fields: Mapping[str, str], code: str) -> str:
    return fields.get(f"attribute[{code}]", "")


def _what(fields: Mapping[str, str], category: Category) -> str:
    """The person's words first, then the answers to the office's questions, then the photo's address."""
    lines = [fields.get("description", "")]
    for number, question in enumerate(category.needs, 1):
        if given := _attribute(fields, f"hoi_{number}"):
            lines.append(f"{question} {given}")
    if not any(lines):
        raise Open311Error(400, "description")
    if url := fields.get("media_url", ""):
        lines.append(words()["photo"].format(url=_media(url)))
    return "\n".join(line for line in lines if line)


def _media(url: str) -> str:
    """An address as it was sent; nobody follows it but an official who wants to."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        fine = False
    if not fine or not url.isascii() or not url.isprintable() or re.search(r"[\s<>\"'\\]", url):
        raise Open311Error(400, "media")
    return url


def _point(fields: Mapping[str, str]) -> tuple[float, float] | None:
    said = fields.get("lat", ""), fields.get("long", "")
    if said == ("", ""):
        return None
    try:
        latitude, longitude = (float(one) for one in said)
    except ValueError as error:
        raise Open311Error(400, "point") from error
    south, north, west, east = _BOUNDS
    inside = math.isfinite(latitude + longitude) and south <= latitude <= north and west <= longitude <= east
    if not inside:
        raise Open311Error(400, "point")
    return latitude, longitude
