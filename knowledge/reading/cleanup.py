"""A page's image made easy to read: grey, upright, about 300 dpi, even contrast, little noise (OpenCV)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
_WIDE = 2480  # pixels: A4 at 300 dpi
_GRAINY = 4.0  # steps of grey: below it, smoothing costs more marks than noise does
_STEEPEST = 8.0  # degrees: a page more askew than that was not put on a scanner


def grey(image: Image) -> Image:
    """One channel of brightness; what is transparent becomes paper."""
    if image.ndim == 2:
        return image
    if image.shape[2] == 1:
        return image[:, :, 0]
    if image.shape[2] == 4:
        alpha = image[:, :, 3:].astype(np.float32) / 255
        image = (image[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def enlarged(image: Image) -> Image:
    """Small scans brought to about 300 dpi, on the assumption that they show a page of A4."""
    height, width = image.shape
    scale = _WIDE / min(width, height)
    if not 1.15 < scale < 6:
        return image
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _ink(image: Image) -> Image:
    """255 where there is ink."""
    return np.asarray(cv2.threshold(image, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1], np.uint8)


def skew(image: Image) -> float:
    """By how many degrees the lines fall to the right (negative) or rise: where rows of ink are most distinct."""
    scale = 800 / max(image.shape)
    small = cv2.resize(_ink(image), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    coarse = np.arange(-_STEEPEST, _STEEPEST + 0.1, 0.5)
    best = max(coarse, key=lambda angle: _distinct(small, angle))
    return float(max(np.arange(best - 0.4, best + 0.45, 0.1), key=lambda angle: _distinct(small, angle)))


def _distinct(ink: NDArray[np.generic], angle: float) -> float:
    rows = _turned(np.asarray(ink, np.uint8), float(angle), paper=0).sum(axis=1, dtype=np.float64)
    return float(np.square(np.diff(rows)).sum())


def _turned(image: Image, angle: float, *, paper: int) -> Image:
    height, width = image.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    made = cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=(paper,))
    return np.asarray(made, np.uint8)


def upright(image: Image) -> Image:
    angle = skew(image)
    return image if abs(angle) < 0.15 else _turned(image, angle, paper=255)


def grain(image: Image) -> float:
    """How noisy the paper is, in steps of grey (robust deviation from its surroundings; print hardly counts)."""
    off = cv2.absdiff(image, cv2.medianBlur(image, 3))
    lone = float(np.mean(off[cv2.medianBlur(image, 5) > 127] > 60)) if (image > 127).any() else 0.0
    return 1.5 * float(np.median(off)) + 200 * lone


def quiet(image: Image, *, noise: float, scale: float) -> Image:
    """Grain and specks gone, where there are any; a clean image is left as sharp as it is."""
    if noise < _GRAINY:
        return image
    if scale <= 1:
        return np.asarray(cv2.medianBlur(image, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(cv2.medianBlur(image, 5), (0, 0), 1.5), np.uint8)


def even(image: Image) -> Image:
    """Shadows and yellowed paper levelled, ink brought to black."""
    paper = cv2.medianBlur(cv2.dilate(image, np.ones((15, 15), np.uint8)), 31)
    level = 255 - cv2.absdiff(image, paper)
    return np.asarray(cv2.normalize(level, None, 0, 255, cv2.NORM_MINMAX), np.uint8)  # type: ignore[call-overload]


def cleaned(image: Image) -> Image:
    """The whole clean-up, in the order in which each step helps the next."""
    page = grey(image)
    large = enlarged(page)
    calm = quiet(large, noise=grain(page), scale=large.shape[0] / page.shape[0])
    return even(upright(calm))
