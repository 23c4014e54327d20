"""The process that decodes photos: what came from outside goes in, a new JPEG of ours comes out.

Started by desk.photos through the bounded child of knowledge.reading. Only pixels are carried over, so that nothing
hidden behind a picture is kept. Where it was taken is told beside it, for the person to say whether it may be used.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from desk.photo_flags import flags_of
from knowledge.errors import BadFile
from knowledge.reading import child
from knowledge.reading.task import Found, Step, Task

FORMATS = ("JPEG", "PNG", "WEBP")
SIDE = 1600  # pixels, the longer side of what is kept
SMALLEST = 32  # pixels: a picture below it shows nothing
QUALITY = 85
# How the files begin that we take; a file that begins as two things at once is none of them.
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_GPS = 0x8825  # the directory of Exif that says where
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc")


def read(task: Task) -> Iterator[Found]:
    """The photo as a JPEG in base64, its flags, width and height, and where it was taken ("" for unknown).

    Raises:
        BadFile: the reason is one of `photos.REASONS`.
    """
    yield Step(1, 1)
    image, place = clean(task.path, pixels=task.limits.pixels)
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=QUALITY, optimize=True)
    yield {
        "jpeg": base64.b64encode(jpeg.getvalue()).decode("ascii"),
        "flags": " ".join(flags_of(image)),
        "width": str(image.width),
        "height": str(image.height),
        "place": place,
    }


def clean(path: Path, *, pixels: int) -> tuple[Image.Image, str]:
    """The picture upright, at most SIDE pixels long, and nothing but its pixels; "latitude,longitude" beside it.

    Raises:
        BadFile: as `read`. Whatever is wrong with an iPhone's HEIC is `heic`: what helps is to send a JPEG.
    """
    is_heic = _check_beginning(path)
    try:
        return _cleaned(path, pixels=pixels, formats=_heif() if is_heic else FORMATS)
    except BadFile as error:
        if is_heic and error.reason in ("no_photo", "damaged"):
            raise BadFile(path.name, "heic") from error
        raise


def _heif() -> tuple[str, ...]:
    """The format's name once its reader is there; without the package no HEIC can be read."""
    try:
        from pi_heif import register_heif_opener
    except ImportError as error:
        raise BadFile("", "heic") from error
    register_heif_opener(thumbnails=False)
    return ("HEIF",)


def _cleaned(path: Path, *, pixels: int, formats: tuple[str, ...]) -> tuple[Image.Image, str]:
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        with Image.open(path, formats=formats) as source:
            if source.width * source.height > pixels:
                raise BadFile(path.name, "huge")
            if min(source.size) < SMALLEST:
                raise BadFile(path.name, "tiny")
            return _drawn(source), place_of(source)
    except UnidentifiedImageError as error:
        raise BadFile(path.name, "no_photo") from error
    except Image.DecompressionBombError as error:
        raise BadFile(path.name, "huge") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # what Pillow says of damaged files
        raise BadFile(path.name, "damaged") from error


def place_of(source: Image.Image) -> str:
    """Where the camera says it stood, to about a metre: "16.46361,107.59028"; "" when it does not, or not sensibly."""
    try:
        told = source.getexif().get_ifd(_GPS)
        latitude, longitude = (_degrees(told[angle]) for angle in (2, 4))
        south, west = str(told.get(1, "N")).upper() == "S", str(told.get(3, "E")).upper() == "W"
    except (
        KeyError,
        ValueError,
        TypeError,
        ArithmeticError,
        OSError,
        SyntaxError,
        EOFError,
    ):  # as damaged as it may be
        return ""
    return f"{-latitude if south else latitude:.5f},{-longitude if west else longitude:.5f}"


def _degrees(angle: Sequence[float]) -> float:
    degrees, minutes, seconds = (float(part) for part in angle)
    return degrees + minutes / 60 + seconds / 3600


def _check_beginning(path: Path) -> bool:
    """Whether it begins as a HEIC.

    Raises:
        BadFile: it begins as nothing that we take.
    """
    with path.open("rb") as file:
        head = file.read(16)
    if head[4:12] in _HEIC:
        return True
    if not head.startswith(_BEGINNINGS) or head.startswith(b"RIFF") and head[8:12] != b"WEBP":
        raise BadFile(path.name, "no_photo")
    return False


def _drawn(source: Image.Image) -> Image.Image:
    source.draft("RGB", (SIDE, SIDE))  # a large JPEG is decoded at a fraction of its size
    upright = ImageOps.exif_transpose(source)
    upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    coloured = upright.convert("RGBA")
    fresh = Image.new("RGB", coloured.size, "white")  # its own: no profile, comment or place comes along
    fresh.paste(coloured, mask=coloured.getchannel("A"))
    return fresh


if __name__ == "__main__":
    child.main(lambda _kind: read)
