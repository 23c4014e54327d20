"""Image files: photographed and scanned pages, several in one TIFF."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from knowledge.errors import BadFile
from knowledge.reading import ocr
from knowledge.reading.limits import OcrMode
from knowledge.reading.pages import Page
from knowledge.reading.task import Found, Step, Task
from knowledge.text.quality import vietnamese_share


def _image(task: Task, number: int) -> ocr.Image:
    """Page `number` of the file, decoded.

    Raises:
        BadFile: it is damaged or larger than the limit.
    """
    try:
        read, found = cv2.imreadmulti(str(task.path), start=number - 1, count=1, flags=cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        words = f"an image of more than {task.limits.pixels // 1_000_000} million points, or damaged"
        raise BadFile("", words, advice="save it smaller (300 dpi are enough)", page=number) from error
    if not read or not found:
        raise BadFile("", "a damaged image", advice="scan or save it again", page=number)
    return np.asarray(found[0] if found[0].dtype == np.uint8 else found[0] // 256, np.uint8)


def read(task: Task) -> Iterator[Found]:
    """Each image as a page.

    Raises:
        BadFile: it is damaged, too large, or reading from images is off.
    """
    if task.ocr is OcrMode.OFF:
        raise BadFile("", "an image, and reading from images is off", advice="read it with OCR on")
    pages = cv2.imcount(str(task.path))
    if not 0 < pages <= task.limits.pages:
        raise BadFile("", "a damaged image", advice="scan or save it again")
    for number in range(1, pages + 1):
        yield Step(number, pages)
        if number not in task.known:
            text = ocr.text_of(_image(task, number), seconds=task.limits.step_seconds)
            yield Page(number, text, "ocr", vietnamese_share(text))
