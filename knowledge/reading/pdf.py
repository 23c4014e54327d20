"""PDFs: each page's text layer in reading order, and its image read where that layer is missing or poor.

PDFium (through pypdfium2) gives the lines, page by page and in bounded memory. Measured against kreuzberg on a
file of 408 pages: the same words in half the time; kreuzberg's tables were prose taken for a table there, and
missing or split within a word where there are ruled ones, so those are read from their rulings (ruled.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from knowledge.errors import BadFile
from knowledge.reading import ruled
from knowledge.reading.clean import clean
from knowledge.reading.legacy import repaired
from knowledge.reading.limits import OcrMode
from knowledge.reading.pages import Page, Table
from knowledge.reading.task import Found, Step, Task
from knowledge.text.quality import vietnamese_share

POOR = 0.6  # a text layer below this quality is no better than none
DPI = 300
_SCANT = 16  # letters and figures: a page with fewer and a large image is a scan with a page number
_LARGE = 0.3  # share of the page that an image covers
_OCR_BETTER = 0.1  # by so much must the image read better than a poor layer
_PROTECTED = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY


@dataclass(frozen=True)
class _Layer:
    """What a page holds besides its image."""

    text: str
    encoding: str
    quality: float
    covered: float  # share of the page under images
    tables: tuple[Table, ...]

    @property
    def scant(self) -> bool:
        return sum(char.isalnum() for char in self.text) < _SCANT

    @property
    def wants_ocr(self) -> bool:
        return self.covered >= _LARGE if self.scant else self.quality < POOR

    def loses_to(self, image: Page) -> bool:
        """Whether the image of the page reads better than its layer."""
        if self.scant:
            return len(image.text) > len(self.text)
        return image.quality >= self.quality + _OCR_BETTER


def _opened(task: Task) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(task.path)
    except pypdfium2.PdfiumError as error:
        if error.err_code in _PROTECTED:
            raise BadFile("", "protected by a password", advice="save it without a password") from error
        raise BadFile("", "damaged: not a PDF that can be opened", advice="download it again") from error


def _layer(page: pypdfium2.PdfPage, number: int) -> _Layer:
    lines = page.get_textpage()
    try:
        found = ruled.read(page, lines, number)
        raw, encoding = repaired(lines.get_text_range())
    finally:
        lines.close()
    text, tables = found or (clean(raw), [])
    return _Layer(text, encoding, vietnamese_share(text), _covered(page), tuple(tables))


def _covered(page: pypdfium2.PdfPage) -> float:
    """The share of the page under images."""
    area, covered = max(1.0, page.get_width() * page.get_height()), 0.0
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom) / area
    return min(1.0, covered)


def _read_page(document: pypdfium2.PdfDocument, number: int, task: Task) -> tuple[Page, _Layer]:
    page = document[number - 1]
    try:
        layer = _layer(page, number)
        made = Page(number, layer.text, "text", layer.quality)
        if layer.wants_ocr and task.ocr is OcrMode.AUTO and number not in task.known:
            image = _from_image(page, number, task)
            made = image if image and layer.loses_to(image) else made
        return made, layer
    finally:
        page.close()


def _from_image(page: pypdfium2.PdfPage, number: int, task: Task) -> Page | None:
    """The page drawn and read; None when that fails for this page."""
    from knowledge.reading import ocr  # late: OpenCV costs time that born-digital files need not wait for

    inches = page.get_width() * page.get_height() / 72**2
    dpi = min(DPI, (task.limits.pixels / max(inches, 1e-6)) ** 0.5)
    image = page.render(scale=dpi / 72, grayscale=True).to_numpy()
    try:
        text = ocr.text_of(image, seconds=task.limits.step_seconds)
    except ocr.Unreadable:
        return None
    return Page(number, text, "ocr", vietnamese_share(text))


def _metadata(document: pypdfium2.PdfDocument) -> dict[str, str]:
    found = {"title": document.get_metadata_value("Title"), "author": document.get_metadata_value("Author")}
    return {name: clean(text) for name, text in found.items() if text.strip()}


def read(task: Task) -> Iterator[Found]:
    """A PDF, each page followed by its tables.

    Raises:
        BadFile: it is damaged, protected, or longer than the limit.
    """
    yield Step(0, 0)
    document = _opened(task)
    pages = len(document)
    if not pages:
        raise BadFile("", "damaged: it has no pages", advice="download it again")
    if pages > task.limits.pages:
        raise BadFile(
            "", f"it has {pages} pages, more than the {task.limits.pages} that are read", advice="split it"
        )
    yield _metadata(document)
    encodings: set[str] = set()
    unread: list[int] = []
    for number in range(1, pages + 1):
        yield Step(number, pages)
        made, layer = _read_page(document, number, task)
        encodings |= {layer.encoding} - {""}
        if number in task.known:
            continue
        yield made
        if made.method == "text":
            yield from layer.tables
            unread += [number] if layer.scant and layer.wants_ocr else []
    odd: dict[str, Sequence[object]] = {"encoding": sorted(encodings), "unread_pages": unread}
    yield {name: " ".join(map(str, values)) for name, values in odd.items() if values}
