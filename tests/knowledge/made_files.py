"""Real files made on the spot for tests and measures: PDFs with embedded fonts, scans, Word documents, containers."""

from __future__ import annotations

import ctypes
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from numpy.typing import NDArray

A4 = (595.0, 842.0)  # points
_FONTS = Path("/usr/share/fonts")
_NAMES = ("DejaVuSerif.ttf", "DejaVuSans.ttf", "NotoSerif-Regular.ttf")  # fonts with Vietnamese letters
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def font(*names: str) -> Path:
    """The first of these fonts that is on this machine."""
    for name in names or _NAMES:
        if found := next(iter(_FONTS.rglob(name)), None):
            return found
    pytest.skip(f"none of the fonts {', '.join(names or _NAMES)} is on this machine")


def _line(
    document: pypdfium2.PdfDocument, face: object, text: str, size: float, x: float, y: float
) -> object:
    made = pdfium.FPDFPageObj_CreateTextObj(document, face, size)
    codes = (text + "\0").encode("utf-16-le")
    pdfium.FPDFText_SetText(made, ctypes.cast(codes, pdfium.FPDF_WIDESTRING))
    pdfium.FPDFPageObj_Transform(made, 1, 0, 0, 1, x, y)
    return made


def pdf(
    pages: Sequence[Sequence[str]],
    path: Path,
    *,
    face: Path | None = None,
    size: float = 13.0,
    grid: bool = False,
) -> Path:
    """A born-digital PDF, a list of lines a page; a tab starts the next column, `grid` rules the cells."""
    document = pypdfium2.PdfDocument.new()
    data = (face or font()).read_bytes()
    buffer = (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
    loaded = pdfium.FPDFText_LoadFont(document, buffer, len(data), pdfium.FPDF_FONT_TRUETYPE, True)
    for lines in pages:
        page = document.new_page(*A4)
        for row, line in enumerate(lines):
            y = A4[1] - 70 - row * size * 1.6
            for column, part in enumerate(line.split("\t")):
                made = _line(document, loaded, part, size, 60 + column * 160, y)
                pdfium.FPDFPage_InsertObject(page, made)
                if grid:
                    box = pdfium.FPDFPageObj_CreateNewRect(55 + column * 160, y - size * 0.4, 160, size * 1.6)
                    pdfium.FPDFPath_SetDrawMode(box, 0, True)
                    pdfium.FPDFPage_InsertObject(page, box)
        pdfium.FPDFPage_GenerateContent(page)
        page.close()
    document.save(path)
    document.close()
    return path


def image_of(path: Path, page: int = 1, *, dpi: int = 300) -> NDArray[np.uint8]:
    """A page of a PDF as a grey image."""
    document = pypdfium2.PdfDocument(path)
    made = document[page - 1].render(scale=dpi / 72, grayscale=True).to_numpy().copy()
    document.close()
    return np.asarray(made[:, :, 0] if made.ndim == 3 else made, np.uint8)


def scan(images: Sequence[NDArray[np.uint8]], path: Path, *, layer: Sequence[Sequence[str]] = ()) -> Path:
    """A PDF of page images; `layer`: lines of hidden text a page, as scanning programs add them."""
    document = pypdfium2.PdfDocument.new()
    data = font().read_bytes()
    buffer = (ctypes.c_ubyte * len(data)).from_buffer_copy(data)
    loaded = pdfium.FPDFText_LoadFont(document, buffer, len(data), pdfium.FPDF_FONT_TRUETYPE, True)
    for number, pixels in enumerate(images):
        page = document.new_page(*A4)
        bitmap = pypdfium2.PdfBitmap.new_native(pixels.shape[1], pixels.shape[0], pdfium.FPDFBitmap_BGRx)
        bitmap.to_numpy()[:, :, :3] = pixels[:, :, None]
        image = pypdfium2.PdfImage.new(document)
        image.set_bitmap(bitmap)
        image.set_matrix(pypdfium2.PdfMatrix().scale(*A4))
        page.insert_obj(image)
        for row, line in enumerate(layer[number] if number < len(layer) else ()):
            made = _line(document, loaded, line, 10, 60, A4[1] - 70 - row * 14)
            pdfium.FPDFTextObj_SetTextRenderMode(made, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
            pdfium.FPDFPage_InsertObject(page, made)
        page.gen_content()
        page.close()
    document.save(path)
    document.close()
    return path


def container(parts: dict[str, str | bytes], path: Path) -> Path:
    """A zip of these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def docx(body: str, path: Path, **parts: str | bytes) -> Path:
    """A Word document of this body XML; further parts by name, `__` for `/` and `_xml` for `.xml`."""
    named = {
        name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"): part
        for name, part in parts.items()
    }
    return container(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<?xml version='1.0'?><w:document {W}><w:body>{body}</w:body></w:document>",
            **named,
        },
        path,
    )


def p(text: str, properties: str = "") -> str:
    """One paragraph."""
    return f"<w:p>{properties and f'<w:pPr>{properties}</w:pPr>'}<w:r><w:t>{text}</w:t></w:r></w:p>"


def png(pixels: NDArray[np.uint8]) -> bytes:
    import cv2

    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


def zipped(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()
