"""The process that decodes photos: what came from outside goes in, a new JPEG of ours comes out.

Started by desk.photos through the bounded child of knowledge.reading. Only pixels are carried over, so that neither
where a picture was taken nor anything hidden behind it is kept.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
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
_HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc")


def read(task: Task) -> Iterator[Found]:
    """The photo as a JPEG in base64, its flags, width and height.

    Raises:
        BadFile: the reason is one of `photos.REASONS`.
    """
    yield Step(1, 1)
    image = clean(task.path, pixels=task.limits.pixels)
    jpeg = io.BytesIO()
    image.save(jpeg, "JPEG", quality=QUALITY, optimize=True)
    yield {
        "jpeg": base64.b64encode(jpeg.getvalue()).decode("ascii"),
        "flags": " ".join(flags_of(image)),
        "width": str(image.width),
        "height": str(image.height),
    }


def clean(path: Path, *, pixels: int) -> Image.Image:
    """The picture upright, at most SIDE pixels long, and nothing but its pixels."""
    _check_beginning(path)
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        with Image.open(path, formats=FORMATS) as source:
            if source.width * source.height > pixels:
                raise BadFile(path.name, "huge")
            if min(source.size) < SMALLEST:
                raise BadFile(path.name, "tiny")
            return _drawn(source)
    except UnidentifiedImageError as error:
        raise BadFile(path.name, "no_photo") from error
    except Image.DecompressionBombError as error:
        raise BadFile(path.name, "huge") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # what Pillow says of damaged files
        raise BadFile(path.name, "damaged") from error


def _check_beginning(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(16)
    if head[4:12] in _HEIC:
        raise BadFile(path.name, "heic")
    if not head.startswith(_BEGINNINGS) or head.startswith(b"RIFF") and head[8:12] != b"WEBP":
        raise BadFile(path.name, "no_photo")


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
