"""Pictures made for tests: streets of noise, cards with rows of print, files that are none."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

GPS = {1: "N", 2: (16.0, 27.0, 49.0), 3: "E", 4: (107.0, 35.0, 25.0)}


def street(width: int = 1200, height: int = 900, *, seed: int = 1) -> Image.Image:
    """Something with soft shapes and no print; another for each seed."""
    grains = np.random.default_rng(seed).integers(
        0, 255, (max(2, height // 40), max(2, width // 40)), np.uint8
    )
    noise = Image.fromarray(grains).resize((width, height), Image.Resampling.BICUBIC)
    return noise.filter(ImageFilter.GaussianBlur(8)).convert("RGB")


def card(width: int = 1000, height: int = 640, *, margin: int = 0) -> Image.Image:
    """A pale card with a portrait's place and rows of print; `margin` of a darker table around it."""
    image = Image.new("RGB", (width + 2 * margin, height + 2 * margin), (70, 60, 50))
    draw = ImageDraw.Draw(image)
    draw.rectangle((margin, margin, margin + width, margin + height), fill=(225, 235, 230))
    draw.rectangle((margin + 60, margin + 180, margin + 280, margin + 500), fill=(160, 160, 170))
    for row in range(7):
        top = margin + 110 + row * 70
        for piece in range(9):
            left = margin + 330 + piece * 65
            draw.text((left, top), "0123HU", fill=(20, 20, 20), font_size=20)
    return image


def face(side: int = 600) -> Image.Image:
    """A drawn face: hair, eyes, brows, nose and mouth."""
    half = side / 2
    image = Image.new("RGB", (side, side), (120, 140, 160))
    draw = ImageDraw.Draw(image)

    def at(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        return half + half * left, half + half * top, half + half * right, half + half * bottom

    draw.ellipse(at(-0.42, -0.6, 0.42, 0.6), fill=(214, 170, 140))
    draw.pieslice(at(-0.46, -0.68, 0.46, 0.2), 180, 360, fill=(40, 30, 25))
    draw.ellipse(at(-0.36, -0.36, 0.36, 0.5), fill=(214, 170, 140))
    for eye in (-0.17, 0.17):
        draw.ellipse(at(eye - 0.085, -0.1, eye + 0.085, 0), fill=(245, 245, 245))
        draw.ellipse(at(eye - 0.04, -0.1, eye + 0.04, -0.01), fill=(30, 20, 15))
        draw.arc(
            at(eye - 0.12, -0.24, eye + 0.12, -0.05), 200, 340, fill=(40, 30, 25), width=int(half * 0.025)
        )
    draw.polygon(
        [(half, half * 0.98), (half * 0.93, half * 1.15), (half * 1.07, half * 1.15)], fill=(190, 140, 115)
    )
    draw.ellipse(at(-0.14, 0.24, 0.14, 0.33), fill=(170, 80, 75))
    return image.filter(ImageFilter.GaussianBlur(half / 100))


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def with_place(image: Image.Image, *, orientation: int = 1) -> bytes:
    """A JPEG that says where it was taken, by what, and which side is up."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "MAYANHCUATOI", orientation
    exif.get_ifd(0x8825).update(GPS)
    return encoded(image, exif=exif, comment=b"CHUTHICHRIENG")


def bomb(side: int = 60_000) -> bytes:
    """A few kilobytes of PNG that say they are side × side pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(2_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
