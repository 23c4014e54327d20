"""A photo from outside → a small clean JPEG and what is known of it, or one reason why not.

Decoding runs in a bounded child process that stays warm for two minutes; pictures queue for it one by one.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import binascii
import io
import re
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from knowledge.errors import BadFile, PhotoRefused
from knowledge.reading.limits import MB, Limits
from knowledge.reading.sandbox import Sandbox

MAX_BYTES = 10 * MB
MEDIA_TYPE = "image/jpeg"
KNOWN_FLAGS = ("face", "id_card", "unchecked")
# Each has its sentence for people in bot/gateway/problems.yml as photo_….
REASONS = ("too_large", "empty", "no_photo", "heic", "huge", "tiny", "damaged", "busy", "too_many")
LIMITS = Limits(
    size=MAX_BYTES, pixels=60_000_000, memory=1536 * MB, step_seconds=15.0, seconds=20.0, text=8 * MB
)
_MOST_WAITING = 20  # pictures of 10 MB in memory
_PLACE = re.compile(r"(-?\d{1,3}\.\d{5}),(-?\d{1,3}\.\d{5})")
PREVIEW_SIDE = 480
_GRAINS = 14  # of the longer side of a blurred picture: a face is no face, a street still a street
_WORKER = (sys.executable, "-m", "desk.photo_child")


@dataclass(frozen=True)
class Photo:
    """A JPEG without anything but its pixels, and its flags.

    `place` (latitude, longitude) is where it was taken, when its file said so: to be offered, kept only after a yes.
    """

    jpeg: bytes
    width: int
    height: int
    flags: tuple[str, ...]
    place: tuple[float, float] | None = None


class PhotoReader:
    """Decodes photos in a child of its own. Safe for many threads; `close` ends the child."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._sandbox, self._lock = Sandbox(limits, worker=_WORKER), threading.Lock()
        self._limits = limits
        self._queue = ThreadPoolExecutor(1, thread_name_prefix="photos")  # not the threads that answers need
        self._waiting = 0
        atexit.register(self.close)

    def close(self) -> None:
        """End the child; the next photo starts another."""
        with self._lock:
            self._sandbox.close()

    async def take(self, content: bytes) -> Photo:
        """`read`, in its turn.

        Raises:
            PhotoRefused: as `read`; `busy` when too many wait already.
        """
        if self._waiting >= _MOST_WAITING:
            raise PhotoRefused("busy")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._queue, self.read, content)
        finally:
            self._waiting -= 1

    def read(self, content: bytes) -> Photo:
        """Blocks for some tenths of a second.

        Raises:
            PhotoRefused: its `reason` is one of REASONS.
            OutsideError: no child could be started.
        """
        if not content:
            raise PhotoRefused("empty")
        if len(content) > self._limits.size:
            raise PhotoRefused("too_large")
        with tempfile.TemporaryDirectory(prefix="motcua-photo-") as folder, self._lock:
            path = Path(folder) / "photo"
            path.write_bytes(content)
            try:
                found = list(self._sandbox.read(path, {"kind": "photo", "limits": asdict(self._limits)}))
            except BadFile as error:
                raise PhotoRefused(error.reason if error.reason in REASONS else "damaged") from error
        return _photo(found)


def _photo(found: list[dict[str, object]]) -> Photo:
    """What the child said, checked: a file that took it over can hand back nothing but a picture.

    Raises:
        PhotoRefused: it said anything else.
    """
    said = found[-1].get("properties") if found else None
    if not isinstance(said, dict):
        raise PhotoRefused("damaged")
    try:
        jpeg = base64.b64decode(said["jpeg"], validate=True)
        flags = tuple(flag for flag in KNOWN_FLAGS if flag in str(said["flags"]).split())
        place = place_in_vietnam(str(said["place"]))
        photo = Photo(jpeg, int(said["width"]), int(said["height"]), flags, place)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise PhotoRefused("damaged") from error
    if not jpeg.startswith(b"\xff\xd8\xff") or b"Exif\x00" in jpeg[:64]:
        raise PhotoRefused("damaged")
    return photo


def place_in_vietnam(said: str) -> tuple[float, float] | None:
    """Degrees from "16.46361,107.59028"; None for anything else, and for what lies far from the country."""
    match = _PLACE.fullmatch(said)
    if not match:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    return (latitude, longitude) if 6 <= latitude <= 24 and 102 <= longitude <= 118 else None


def preview(jpeg: bytes, *, blurred: bool) -> bytes:
    """A small copy of one of our own JPEGs for lists; blurred, only areas of colour are left."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        small = image.convert("RGB")
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    if blurred:
        scale = _GRAINS / max(small.size)
        grains = (max(1, round(small.width * scale)), max(1, round(small.height * scale)))
        small = small.resize(grains, Image.Resampling.BOX).resize(small.size, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=70)
    return out.getvalue()
