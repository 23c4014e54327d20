"""One page's image → text, by Tesseract with its Vietnamese model, after clean-up (knowledge.reading.cleanup)."""

from __future__ import annotations

import subprocess

import cv2
import numpy as np
from numpy.typing import NDArray

from knowledge.errors import BadFile
from knowledge.reading.clean import clean
from knowledge.reading.cleanup import cleaned

Image = NDArray[np.uint8]
LANGUAGE = "vie"
_PROGRAM = "tesseract"
_SHARE = 0.8  # of the time for a page; the rest is for drawing and cleaning it


class Unreadable(BadFile):
    """This one image could not be read; other pages may be."""


def recognise(image: Image, *, seconds: float) -> str:
    """What Tesseract reads in an image as it is, within `seconds`.

    Raises:
        Unreadable: it took too long over this image, or broke down.
        BadFile: Tesseract or its Vietnamese model is missing.
    """
    encoded = cv2.imencode(".png", image)[1].tobytes()
    command = [_PROGRAM, "stdin", "stdout", "-l", LANGUAGE, "--dpi", "300", "--psm", "3"]
    try:
        done = subprocess.run(command, input=encoded, capture_output=True, timeout=seconds, check=True)
    except FileNotFoundError as error:
        raise BadFile(
            "", "Tesseract is not installed", advice="install tesseract-ocr and tesseract-ocr-vie"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise Unreadable(
            "", f"reading the image took more than {seconds:.0f} s", advice="scan it anew"
        ) from error
    except subprocess.CalledProcessError as error:
        raise _failed(error.stderr.decode("utf-8", "replace")) from error
    return clean(done.stdout.decode("utf-8", "replace"))


def _failed(said: str) -> BadFile:
    if "Failed loading language" in said or "Error opening data file" in said:
        advice = "install tesseract-ocr-vie, or set TESSDATA_PREFIX to where its data lies"
        return BadFile("", "Tesseract has no Vietnamese model", advice=advice)
    return Unreadable(
        "", f"Tesseract failed: {said.strip().partition(chr(10))[0][:200]}", advice="scan it anew"
    )


def text_of(image: Image, *, seconds: float) -> str:
    """The text of a page's image, upright or scanned askew."""
    return recognise(cleaned(image), seconds=_SHARE * seconds)
