"""A voice for kiosks whose browser has none: eSpeak NG, a sentence at a time, each in a short-lived process.

What was spoken lately is kept for a while, because many people ask the same. It is kept by a hash, never by the text.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import logging
import sys
from collections import OrderedDict
from ctypes.util import find_library
from pathlib import Path

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

log = logging.getLogger(__name__)
LONGEST = 400  # letters; a page splits its text at sentences
KEPT_BYTES = 24 * 1024 * 1024
AT_ONCE, WAITING = 2, 16
PATIENCE_S = 5.0
PER_MINUTE = 40  # sentences of one screen
_CHILD = Path(__file__).with_name("voice_child.py")


class VoiceFailed(Exception):  # caught by its route
    """Nothing was spoken: no library, too many at once, or the process fell."""


def found_library() -> tuple[str, str] | None:
    """The library of eSpeak NG and its folder of voices ("": where the library looks itself); None without one."""
    if importlib.util.find_spec("espeakng_loader") is None:
        system = find_library("espeak-ng")  # of the operating system
        return (system, "") if system else None
    import espeakng_loader

    return str(espeakng_loader.get_library_path()), str(espeakng_loader.get_data_path())


class Voice:
    """Speaks for all screens of one process, within bounds."""

    def __init__(self, library: tuple[str, str] | None = None, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._library = library or found_library()
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._kept_bytes, self._size = kept_bytes, 0
        self._turns, self._waiting = asyncio.Semaphore(AT_ONCE), 0
        self._limiter, self._limit = MovingWindowRateLimiter(MemoryStorage()), parse(f"{PER_MINUTE}/minute")

    @property
    def there(self) -> bool:
        return self._library is not None

    async def allowed(self, screen: str) -> bool:
        """Whether this screen may have another sentence now; asking counts."""
        return await self._limiter.hit(self._limit, "voice", screen)

    async def speak(self, text: str) -> bytes:
        """A text as WAV (22,050 Hz, 16 bits, one channel).

        Raises:
            VoiceFailed: nothing was spoken.
        """
        key = hashlib.sha256(text.encode("utf-8", "replace")).digest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        sound = await self._spoken(text[:LONGEST])
        self._keep(key, sound)
        return sound

    async def _spoken(self, text: str) -> bytes:
        if self._library is None or self._waiting >= WAITING:
            raise VoiceFailed
        self._waiting += 1
        try:
            async with self._turns, asyncio.timeout(PATIENCE_S):
                return await _run(self._library, text)
        except TimeoutError as error:
            raise VoiceFailed from error
        finally:
            self._waiting -= 1

    def _keep(self, key: bytes, sound: bytes) -> None:
        if len(sound) > self._kept_bytes // 4:
            return
        self._size += len(sound) - len(self._kept.pop(key, b""))
        self._kept[key] = sound
        while self._size > self._kept_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest)


async def _run(library: tuple[str, str], text: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(_CHILD), *library,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={},
    )  # fmt: skip
    try:
        sound, _ = await process.communicate(text.encode("utf-8", "replace"))
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0 or not sound.startswith(b"RIFF"):
        log.warning("the voice ended with %s", process.returncode)
        raise VoiceFailed
    return sound
