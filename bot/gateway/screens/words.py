"""Tiles and sentences of the screens (vi.yml); what stands still is in web/kiosk."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def words() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("vi.yml").read_text(encoding="utf-8"))
    return data
