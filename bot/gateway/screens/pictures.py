"""QR pictures, and where they lead."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

import segno
from fastapi import Request

from bot.gateway.settings import Settings

LONGEST_ADDRESS = 500


@lru_cache(maxsize=256)
def picture(address: str) -> str:
    """The QR of an address as a data: address of an SVG; correction M reads through a scratched screen."""
    return segno.make(address, error="m", micro=False).svg_data_uri(omitsize=True, border=3, light="#fff")


def own_address(request: Request, settings: Settings, path: str) -> str:
    """An address of ours that a phone outside can open: kiosks may reach us by another name."""
    base = settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{path}"


def may_lead_to(address: str) -> bool:
    """Only the web, so that no picture starts a call or pays."""
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(address) <= LONGEST_ADDRESS
