"""Rows of a collection on disk, one JSON line each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def save_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def load_rows(path: Path) -> list[dict[str, Any]]:
    """One at a time, so that a process that loads a snapshot beside the one it serves goes on serving."""
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path.name} holds something else than rows")
    return rows
