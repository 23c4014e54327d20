"""What a kiosk shows first: life events, of the procedures that the knowledge holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.gateway.ports import Library
from bot.gateway.screens.words import words


def tiles(library: Library) -> list[dict[str, Any]]:
    """[{id, title, icon, topics: [{title, payload}]}]; what the knowledge does not hold is left out."""
    made = [
        {**{name: tile[name] for name in ("id", "title", "icon")}, "topics": _topics(tile["topics"], library)}
        for tile in words()["tiles"]
    ]
    return [tile for tile in made if tile["topics"]]


def _topics(topics: Iterable[dict[str, Any]], library: Library) -> list[dict[str, str]]:
    held = ((topic["title"], _held(topic["codes"], library)) for topic in topics)
    return [{"title": title, "payload": f"#MC:PROC:{code}"} for title, code in held if code]


def _held(codes: Iterable[str], library: Library) -> str:
    for code in codes:
        record = library.procedure(code)
        if record is not None and not record.listed_only:
            return code
    return ""
