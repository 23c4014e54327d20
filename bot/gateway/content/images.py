"""Images of pages: rendered once, in a process of their own with limits, and kept as files.

The PDF library is not made for threads, and what it reads came from outside: a page that makes it fall over
or eat memory takes down nothing but its own process.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from weakref import WeakKeyDictionary

from bot.gateway.content.source import stored_file

WIDTHS = (700, 1000, 1400, 2000)  # pixels; 1000 shows an A4 page at about 120 dpi
NORMAL = 1000
SECONDS = 30
AT_ONCE = 2  # renderings: the machine answers people too
_GATES: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class NoImage(Exception):  # a page without a picture is no failure of ours
    """The page cannot be shown as an image."""


async def image_of(home: Path, *, sha: str, page: int, width: int) -> Path:
    """The PNG of a page, made when there is none yet.

    Raises:
        NoImage: no such file, no such page, or it cannot be rendered within the limits.
    """
    if width not in WIDTHS or page < 1:
        raise NoImage
    target = home / "knowledge" / "images" / sha[:2] / f"{sha}-{page}-{width}.png"
    if target.is_file():
        return target
    source = stored_file(home, sha)
    if source is None:
        raise NoImage
    async with _gate():
        if not target.is_file():
            await _render(source, page=page, width=width, target=target)
    return target


def _gate() -> asyncio.Semaphore:
    return _GATES.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


async def _render(source: Path, *, page: int, width: int, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.gateway.content.render", str(source), str(page), str(width), str(part),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        status = await asyncio.wait_for(process.wait(), SECONDS)
    except (TimeoutError, asyncio.CancelledError) as error:
        process.kill()
        await process.wait()
        part.unlink(missing_ok=True)
        if isinstance(error, TimeoutError):
            raise NoImage from None
        raise
    if status or not part.is_file():
        part.unlink(missing_ok=True)
        raise NoImage
    os.replace(part, target)
