"""A program of somebody else that speaks Open311 GeoReport v2, written from the specification and nothing of ours.

It asks in JSON or in XML and gives both back in one shape: lists of dictionaries of strings, numbers and None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from lxml import etree  # type: ignore[import-untyped]

REQUEST_FIELDS = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip
_LISTS = {"services", "attributes", "values", "service_requests", "endpoints", "formats", "errors"}
_FLAGS = {"metadata", "variable", "required"}
_NUMBERS = {"lat": float, "long": float, "order": int, "code": str}
# In a document of errors `code` is a number, in a list of attributes it is a name.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, dtd_validation=False, load_dtd=False)


class Refused(Exception):
    def __init__(self, status: int, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.status, self.errors = status, errors

    @property
    def said(self) -> str:
        return str(self.errors[0]["description"])


@dataclass
class Open311Client:
    http: httpx.AsyncClient
    form: str
    base: str = "/open311/v2"
    api_key: str = ""

    async def discovery(self) -> dict[str, Any]:
        found: dict[str, Any] = await self._get("discovery")
        return found

    async def services(self, **query: str) -> list[dict[str, Any]]:
        return list(await self._get("services", **query))

    async def definition(self, code: str) -> dict[str, Any]:
        found: dict[str, Any] = await self._get(f"services/{code}")
        return found

    async def requests(self, **query: str) -> list[dict[str, Any]]:
        found = list(await self._get("requests", **query))
        for one in found:
            self._check(one)
        return found

    async def request(self, number: str) -> dict[str, Any]:
        (one,) = await self._get(f"requests/{number}")
        self._check(one)
        return dict(one)

    async def token(self, token: str) -> str:
        (one,) = await self._get(f"tokens/{token}")
        return str(one["service_request_id"])

    async def post(self, fields: dict[str, str], *, headers: dict[str, str] | None = None) -> dict[str, Any]:
        sent = {"api_key": self.api_key, **fields}
        answer = await self.http.post(f"{self.base}/requests.{self.form}", data=sent, headers=headers)
        (made,) = self._read(answer)
        assert bool(made.get("service_request_id")) != bool(made.get("token"))
        return dict(made)

    async def _get(self, path: str, **query: str) -> Any:
        return self._read(await self.http.get(f"{self.base}/{path}.{self.form}", params=query))

    def _read(self, answer: httpx.Response) -> Any:
        expected = {"json": "application/json", "xml": "text/xml"}[self.form]
        assert answer.headers["content-type"] == f"{expected}; charset=utf-8", answer.text
        data = answer.json() if self.form == "json" else _value(etree.fromstring(answer.content, _PARSER))
        if not answer.is_success:
            assert isinstance(data, list) and data
            assert all(int(one["code"]) == answer.status_code and one["description"] for one in data)
            raise Refused(answer.status_code, data)
        return data

    def _check(self, one: dict[str, Any]) -> None:
        assert set(one) == REQUEST_FIELDS
        assert one["status"] in ("open", "closed")
        for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
            if one[name]:
                assert datetime.fromisoformat(one[name]).tzinfo is not None


def _value(element: Any) -> Any:
    name = str(element.tag)
    if name in _LISTS:
        return [_value(child) for child in element]
    if len(element):
        return {str(child.tag): _value(child) for child in element}
    if element.text is None:
        return None
    if name in _FLAGS:
        return element.text == "true"
    return _NUMBERS.get(name, str)(element.text)
