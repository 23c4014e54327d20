"""How much one file may cost: whatever goes beyond is refused with a reason, never read in part in silence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MB = 1024 * 1024


class OcrMode(StrEnum):
    """`auto`: pages are read from their image where the text is missing or poor. `off`: text layers only."""

    AUTO = "auto"
    OFF = "off"


@dataclass(frozen=True)
class Limits:
    """Bounds of reading one file. The defaults suit decisions of some hundred pages on a small server."""

    size: int = 200 * MB  # of the file, bytes
    unpacked: int = 500 * MB  # of everything inside a zip container together, bytes
    ratio: int = 200  # unpacked to packed, of a container that unpacks to more than 20 MB
    members: int = 10_000  # in a zip container
    text: int = 64 * MB  # handed back, bytes
    pages: int = 3000
    pixels: int = 60_000_000  # of one page's image
    memory: int = 2048 * MB  # address space of the reading process
    step_seconds: float = 120.0  # for a page (a file without pages: for all of it)
    seconds: float = (
        3 * 3600.0
    )  # for the whole file; pages already read from their image are kept for next time
