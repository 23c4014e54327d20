"""Which sites may embed the chat, as an operator writes them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.gateway.origins import is_listed, parse_origins
from bot.gateway.settings import Settings


def test_sites_are_read_once_each_in_lower_case_without_a_last_slash() -> None:
    found = parse_origins(
        "https://DakLak.gov.vn/  https://*.daklak.gov.vn\nhttps://daklak.gov.vn http://localhost:8080"
    )
    assert found == ("https://daklak.gov.vn", "https://*.daklak.gov.vn", "http://localhost:8080")
    assert parse_origins(" ") == ()


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "https://*",
        "https://*.vn",
        "daklak.gov.vn",
        "http://daklak.gov.vn",
        "https://a.vn/x",
        "https://a.vn;",
    ]
    + ["https://a.vn 'unsafe-inline'", "https://a.*.vn", "javascript:alert(1)", "https://a.vn:x", "null"],
)
def test_what_is_no_origin_is_refused_at_start(text: str) -> None:
    with pytest.raises(ValueError, match="is not an origin"):
        parse_origins(text)
    with pytest.raises(ValidationError):
        Settings.from_env({"WIDGET_SITES": text})


@pytest.mark.parametrize(
    ("origin", "listed"),
    [
        ("https://daklak.gov.vn", True),
        ("https://daklak.gov.vn:8443", False),
        ("http://daklak.gov.vn", False),
        ("https://evil-daklak.gov.vn", False),
        ("https://daklak.gov.vn.evil.vn", False),
        ("https://xa.lamdong.gov.vn", True),
        ("https://a.b.lamdong.gov.vn", True),
        ("https://lamdong.gov.vn", False),
        ("https://evillamdong.gov.vn", False),
        ("http://xa.lamdong.gov.vn", False),
        ("null", False),
        ("", False),
    ],
)
def test_an_origin_is_listed_as_written_or_below_a_star(origin: str, *, listed: bool) -> None:
    assert is_listed(origin, ("https://daklak.gov.vn", "https://*.lamdong.gov.vn")) is listed


def test_a_child_process_gets_the_same_sites() -> None:
    settings = Settings.from_env({"WIDGET_SITES": "https://a.gov.vn https://b.gov.vn"})
    assert Settings.from_env(settings.to_env()).widget_origins == ("https://a.gov.vn", "https://b.gov.vn")
