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


def recognise(image: Image, *, seconds: float) -> str:
    """What Tesseract reads in an image as it is.

    Raises:
        BadFile: Tesseract or its Vietnamese model is missing, or it failed.
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
        raise BadFile(
            "", f"reading the image took more than {seconds:.0f} s", advice="scan it anew"
        ) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        advice = "install tesseract-ocr-vie, or set TESSDATA_PREFIX to where its data lies"
        raise BadFile("", f"Tesseract failed: {said}", advice=advice) from error
    return clean(done.stdout.decode("utf-8", "replace"))


def text_of(image: Image, *, seconds: float) -> str:
    """The text of a page's image, upright or scanned askew."""
    return recognise(cleaned(image), seconds=seconds)
