"""What the assistant says, by key. Two files, one flat mapping; a test checks that every key used exists."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

_FOLDER = Path(__file__).parent


@cache
def catalogue() -> dict[str, str]:
    """All messages.

    Raises:
        ValueError: when a key stands in both files.
    """
    texts: dict[str, str] = {}
    for path in sorted(_FOLDER.glob("messages*.yml")):
        loaded: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if twice := texts.keys() & loaded.keys():
            raise ValueError(f"{path.name}: defined twice: {', '.join(sorted(twice))}")
        texts.update(loaded)
    return texts


def message(key: str, **values: object) -> str:
    """The text of `key` with its {placeholders} filled."""
    text = catalogue()[key]
    return text.format(**values) if values else text
