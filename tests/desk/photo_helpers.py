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
