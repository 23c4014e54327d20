"""axe-core, as npm pins it, in a page or in a frame: the rules of WCAG 2.2 A and AA and the best practices."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

SOURCE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def need_axe() -> None:
    if not SOURCE.is_file():
        pytest.skip("axe-core is absent: npm --prefix web ci")


def violations(place: Page | Frame, **options: Any) -> list[str]:
    """What axe finds, one line a fault. A frame of another origin is asked for itself."""
    if not place.evaluate("typeof axe === 'object'"):
        place.evaluate(_source())  # not a script element: the policy of the page stays as it is
    found = place.evaluate(
        "options => axe.run(document, {resultTypes: ['violations'], ...options})",
        {"iframes": False, **options},
    )
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for one in found["violations"]
        for node in one["nodes"]
    ]
