"""Character error of reading pages from their image, with and without the clean-up: `python -m tests.bench.ocr_error`.

The pages are written for this (ocr_pages.txt), set in the fonts with Vietnamese letters that this machine has, and
then spoilt as scanners spoil pages. Nothing is downloaded; the same seed gives the same table.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import jiwer
import numpy as np
from numpy.typing import NDArray

from knowledge.reading import ocr
from knowledge.reading.cleanup import grey
from knowledge.text.quality import vietnamese_share
from tests.knowledge.made_files import font, image_of, pdf

Image = NDArray[np.uint8]
TEXTS = Path(__file__).with_name("ocr_pages.txt")
FONTS = (
    "DejaVuSerif.ttf",
    "DejaVuSans.ttf",
    "DejaVuSerifCondensed.ttf",
    "DejaVuSansCondensed.ttf",
    "DejaVuSerif-Bold.ttf",
    "DejaVuSerif-Italic.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSerifCondensed-Italic.ttf",
)
SECONDS = 120.0


def blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 2.2), np.uint8)


def turned(degrees: float) -> Callable[[Image], Image]:
    def turn(image: Image) -> Image:
        height, width = image.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
        return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderValue=(255,)), np.uint8)

    return turn


def noisy(image: Image) -> Image:
    """Grain all over and one point in fifty black or white."""
    chance = np.random.default_rng(7)
    made = image + chance.normal(0, 22, image.shape)
    salt = chance.random(image.shape)
    made[salt < 0.01], made[salt > 0.99] = 0, 255
    return np.clip(made, 0, 255).astype(np.uint8)


def coarse(image: Image) -> Image:
    """150 dpi."""
    return np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(image: Image) -> Image:
    """Quality 15, as a phone's messenger sends it."""
    packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 15])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def shaded(image: Image) -> Image:
    """Yellowed paper, and a shadow that falls over two thirds of the page."""
    light = np.linspace(1.0, 0.35, image.shape[1])[None, :] * 0.85
    return np.clip(image * light, 0, 255).astype(np.uint8)


def poor(image: Image) -> Image:
    """All of it a little: what an old copier and a careless hand make of a page."""
    return jpeg(noisy(turned(1.7)(coarse(shaded(image)))))


SPOILT: dict[str, Callable[[Image], Image]] = {
    "as printed, 300 dpi": lambda image: image,
    "blurred": blurred,
    "turned by 1 degree": turned(1.0),
    "turned by -3 degrees": turned(-3.0),
    "noise": noisy,
    "150 dpi": coarse,
    "JPEG quality 15": jpeg,
    "shadow": shaded,
    "all of these": poor,
}


def error(truth: str, read: str) -> float:
    """Character error rate; line breaks count as spaces, and spaces count once."""
    return float(jiwer.cer(" ".join(truth.split()), " ".join(read.split())))


def pages() -> list[list[str]]:
    return [part.strip().split("\n") for part in TEXTS.read_text(encoding="utf-8").split("---\n")]


def measure(name: str, texts: list[list[str]], images: list[Image]) -> tuple[float, float, float]:
    """Mean character error without and with clean-up, and mean quality with it."""
    raw, made, quality = [], [], []
    for lines, image in zip(texts, images, strict=True):
        truth, spoilt = "\n".join(lines), SPOILT[name](image)
        raw.append(error(truth, ocr.recognise(grey(spoilt), seconds=SECONDS)))
        read = ocr.text_of(spoilt, seconds=SECONDS)
        made.append(error(truth, read))
        quality.append(vietnamese_share(read))
    return float(np.mean(raw)), float(np.mean(made)), float(np.mean(quality))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=len(FONTS), help="how many pages to measure")
    texts = pages()[: parser.parse_args().pages]
    with tempfile.TemporaryDirectory() as folder:
        files = [
            pdf([lines], Path(folder) / f"{number}.pdf", face=font(FONTS[number % len(FONTS)]), size=12)
            for number, lines in enumerate(texts)
        ]
        images = [image_of(file) for file in files]
    say = sys.stdout.write
    say(
        f"{len(texts)} pages, {sum(len(' '.join(lines)) for lines in texts)} characters, character error rate\n"
    )
    say(f"{'page image':<22} {'as it is':>9} {'cleaned':>9} {'quality':>9}\n")
    for name in SPOILT:
        raw, made, quality = measure(name, texts, images)
        say(f"{name:<22} {raw:>9.2%} {made:>9.2%} {quality:>9.2f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
