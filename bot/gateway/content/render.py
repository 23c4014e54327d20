"""`python -m bot.gateway.content.render SOURCE PAGE WIDTH TARGET`: one page of a PDF or scan as a PNG.

Run as a process of its own by `images.py`; ends with status 1 when there is no such page.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY = 2 * 1024**3  # bytes of address space
CPU_S = 25
MAX_PIXELS = 60_000_000  # of a scan before it is made smaller
TALLEST = 3  # times as high as wide: a longer page is cut into nothing useful, so it is made smaller


def limit() -> None:
    """Bounds for everything that follows in this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def render(source: Path, *, page: int, width: int, target: Path) -> None:
    """Write the page's image.

    Raises:
        LookupError: the file has no such page.
    """
    with source.open("rb") as file:
        is_pdf = b"%PDF-" in file.read(1024)
    image = _pdf_page(source, page, width) if is_pdf else _scan(source, page, width)
    image.save(target, "PNG", optimize=False, compress_level=6)


def _pdf_page(source: Path, page: int, width: int) -> Image:
    import pypdfium2  # type: ignore[import-untyped]  # it has none

    document = pypdfium2.PdfDocument(source)
    if page > len(document):
        raise LookupError
    sheet = document[page - 1]
    across, down = sheet.get_size()
    scale = min(width / across, width * TALLEST / down)
    image: Image = sheet.render(scale=scale).to_pil()
    return image.convert("RGB")


def _scan(source: Path, page: int, width: int) -> Image:
    import PIL.Image

    PIL.Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with PIL.Image.open(source) as image:
        if page > getattr(image, "n_frames", 1):
            raise LookupError
        image.seek(page - 1)
        image.draft("RGB", (width * 2, width * 2 * TALLEST))
        smaller = image.convert("RGB")
    smaller.thumbnail((width, width * TALLEST))
    return smaller


def main(arguments: list[str]) -> int:
    source, page, width, target = arguments
    limit()
    try:
        render(Path(source), page=int(page), width=int(width), target=Path(target))
    except Exception:  # noqa: BLE001  # the edge: whatever a damaged file does, there is no image of it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
