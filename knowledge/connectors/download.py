"""The portal's records into one file, a line each, so that a run cut off anywhere goes on where it stopped.

    <out>.jsonl        {"source": "portal_api", "fetched": "2026-11-20", "data": {…}} one a line
    <out>.jsonl.list   what the list gave and how far it was read; gone when the run is complete

A record that cannot be fetched is named and left out; the next run asks for it again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.connectors.portal import Listed, Portal
from knowledge.errors import PortalRefused

SOURCE = "portal_api"
Progress = Callable[[str, int, int], None]


@dataclass
class Download:
    """What a run did. `left` are the ones that could not be had, with the reason."""

    fetched: int = 0
    known: int = 0
    left: dict[str, str] = field(default_factory=dict)
    complete: bool = False


def download(
    portal: Portal,
    out: Path,
    *,
    today: date,
    query: str = "",
    most: int | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> Download:
    """Fetch the list, then each detail not held yet; `most` bounds the details of this run.

    Raises:
        PortalRefused: the list cannot be read, or details are refused one after another.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    held = _mend(out)
    listed = list(_list(portal, Path(f"{out}.list"), query=query, progress=progress))
    done = Download(known=sum(one.id in held for one in listed))
    wanted = [one for one in listed if one.id not in held]
    with out.open("a", encoding="utf-8") as file:
        for one in wanted[:most]:
            _fetch(portal, one, done, write=file.write, today=today)
            file.flush()
            progress("details", done.known + done.fetched + len(done.left), len(listed))
    done.complete = len(wanted) == done.fetched
    if done.complete:
        Path(f"{out}.list").unlink(missing_ok=True)
    return done


REFUSALS = 5  # details refused in a row: the portal does not want us now


def _fetch(
    portal: Portal, one: Listed, done: Download, *, write: Callable[[str], object], today: date
) -> None:
    try:
        data = portal.detail(one.id)
    except PortalRefused as error:
        done.left[one.code or one.id] = str(error)
        if len(done.left) >= REFUSALS and done.fetched == 0:
            raise
        return
    line = {"source": SOURCE, "fetched": today.isoformat(), "data": {"id": one.id, **data}}
    write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    done.fetched += 1


def _mend(out: Path) -> set[str]:
    """The ids held already; a last line cut off by a kill is taken away."""
    if not out.exists():
        return set()
    held, end = set(), 0
    with out.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n") or not (record_id := _id_of(line)):
                break
            held.add(record_id)
            end += len(line)
    os.truncate(out, end)
    return held


def _id_of(line: bytes) -> str:
    try:
        return str(json.loads(line)["data"]["id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _list(portal: Portal, kept: Path, *, query: str, progress: Progress) -> Iterator[Listed]:
    """The whole list, each id once; what an earlier run read of it is not asked for again."""
    state: dict[str, Any] = {"query": query, "cursor": "", "items": [], "whole": False}
    if kept.exists():
        try:
            before = json.loads(kept.read_text(encoding="utf-8"))
        except ValueError:
            before = {}
        state = before if before.get("query") == query else state
    if not state["whole"]:
        for rows, cursor in portal.pages(query, cursor=state["cursor"]):
            state["items"] += [[one.id, one.code, one.name] for one in rows]
            state |= {"cursor": cursor, "whole": cursor == ""}
            _write(kept, state)
            progress("list", len(state["items"]), 0)
    unique = {row[0]: Listed(*row) for row in state["items"]}
    yield from unique.values()


def _write(path: Path, state: dict[str, Any]) -> None:
    fresh = Path(f"{path}.new")
    fresh.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)
