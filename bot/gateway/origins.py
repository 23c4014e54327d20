"""Web origins as an operator writes them: sites that may embed the chat."""

from __future__ import annotations

import re

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SITE = re.compile(
    rf"https://(?:\*\.)?(?:{_LABEL}\.)+{_LABEL}(?::\d{{1,5}})?"
    r"|http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?"
)


def parse_origins(text: str) -> tuple[str, ...]:
    """`https://daklak.gov.vn https://*.daklak.gov.vn`; plain http is for this machine only.

    Raises:
        ValueError: something in it is no origin: a path, no scheme, a bare `*`.
    """
    found = tuple(dict.fromkeys(one.rstrip("/") for one in text.lower().split()))
    for one in found:
        if not _SITE.fullmatch(one):
            raise ValueError(f"{one!r} is not an origin such as https://daklak.gov.vn")
    return found


def is_listed(origin: str, sites: tuple[str, ...]) -> bool:
    """Whether an origin is one of the sites, or below one written with `*.`."""
    return any(_matches(origin, site) for site in sites)


def _matches(origin: str, site: str) -> bool:
    scheme, star, domain = site.partition("//*")
    return origin.startswith(scheme + "//") and origin.endswith(domain) if star else origin == site
