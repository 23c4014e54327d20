"""`motcua fetch`: the national portal's records into a file that `motcua ingest` reads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from knowledge.connectors.download import Download, Progress, download
from knowledge.connectors.portal import Portal, PortalSettings

_LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def fetch(
    out: Path,
    *,
    base_url: str = "",
    query: str = "",
    pause_s: float = 1.0,
    most: int | None = None,
    progress: Progress,
) -> Download:
    """One run; it goes on where the one before stopped.

    Raises:
        PortalRefused: the portal goes on refusing.
    """
    settings = PortalSettings(base_url=base_url or PortalSettings.base_url, pause_s=pause_s)
    with httpx.Client() as http:
        return download(
            Portal(http, settings),
            out,
            today=datetime.now(_LOCAL).date(),
            query=query,
            most=most,
            progress=progress,
        )


def lines(done: Download, out: Path) -> list[str]:
    """What happened, for a terminal."""
    left = [f"  {code}: {reason}" for code, reason in done.left.items()]
    said = f"{done.fetched} fetched, {done.known} held before, {len(done.left)} could not be had"
    more = [] if done.complete else ["the same command goes on where this run stopped"]
    return [*left, f"{said}: {out}", *more]
