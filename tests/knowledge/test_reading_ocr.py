"""Pages read from their image: scans, bad text layers, image files, and a reading that was interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.errors import BadFile
from knowledge.reading import cleanup, ocr, reader
from knowledge.reading.limits import OcrMode
from knowledge.reading.reader import read_document
from knowledge.reading.sandbox import Sandbox
from tests.bench.ocr_error import error, noisy, pages, shaded, turned
from tests.knowledge.made_files import image_of, pdf, png, scan

Image = NDArray[np.uint8]
pytestmark = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not on this machine")
LINES = pages()[2]
TRUTH = "\n".join(LINES)
# What a scanning program without Vietnamese lays under the image.
BAD_LAYER = [
    "THONG BAO",
    "Vé viéc thay d6i thdi gian tiép céng dan",
    "Ké tir ngay 01/4/2026, bé phan tiép céng dan lam viéc nhu sau:",
    "Buéi sang: tir 7 gid 30 phut dén 11 gid 30 phit.",
]


@pytest.fixture(scope="module", autouse=True)
def _no_child_left() -> Iterator[None]:
    yield
    reader.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return image_of(pdf([LINES], tmp_path_factory.mktemp("page") / "a.pdf", size=12), dpi=200)


def test_a_scan_is_read_from_its_image(tmp_path: Path, page: Image) -> None:
    steps: list[tuple[int, int]] = []
    found = read_document(scan([page], tmp_path / "scan.pdf"), tell=lambda *step: steps.append(step))
    assert found.pages[0].method == "ocr"
    assert found.pages[0].quality > 0.95
    assert error(TRUTH, found.text) < 0.01
    assert found.properties["ocr_pages"] == "1"
    assert steps == [(1, 1)]


def test_a_bad_text_layer_gives_way_to_the_image(tmp_path: Path, page: Image) -> None:
    path = scan([page], tmp_path / "scan.pdf", layer=[BAD_LAYER])
    layer = read_document(path, ocr=OcrMode.OFF)
    assert layer.pages[0].method == "text"
    assert layer.pages[0].quality < 0.6
    assert layer.properties["poor_pages"] == "1"
    found = read_document(path)
    assert found.pages[0].method == "ocr"
    assert error(TRUTH, found.text) < 0.01


def test_a_good_text_layer_is_kept(tmp_path: Path, page: Image) -> None:
    found = read_document(scan([page], tmp_path / "scan.pdf", layer=[LINES]))
    assert found.pages[0].method == "text"


def test_a_scan_with_a_page_number_typed_on_it_is_read(tmp_path: Path, page: Image) -> None:
    assert read_document(scan([page], tmp_path / "scan.pdf", layer=[["Trang 12"]])).pages[0].method == "ocr"


def test_a_spoilt_photograph_is_read(tmp_path: Path, page: Image) -> None:
    path = tmp_path / "anh.png"
    path.write_bytes(png(noisy(turned(2.0)(shaded(page)))))
    found = read_document(path)
    assert found.properties["kind"] == "image"
    assert error(TRUTH, found.text) < 0.05


def test_a_tiff_of_two_pages(tmp_path: Path, page: Image) -> None:
    import cv2

    cv2.imwritemulti(str(tmp_path / "hai.tif"), [page, page])
    found = read_document(tmp_path / "hai.tif")
    assert [page.number for page in found.pages] == [1, 2]
    assert error(TRUTH, found.pages[1].text) < 0.01


def test_an_interrupted_reading_goes_on(tmp_path: Path, page: Image) -> None:
    path, work = scan([page, page], tmp_path / "scan.pdf"), tmp_path / "work"

    class Interrupted(Exception):
        pass

    def stop_at_two(number: int, _of: int) -> None:
        if number == 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        read_document(path, work=work, tell=stop_at_two)
    kept = list(work.rglob("*.json"))
    assert [file.name for file in kept] == ["00001.json"]
    marked = kept[0].read_text("utf-8").replace("THÔNG BÁO", "ĐÃ ĐỌC TRƯỚC")
    kept[0].write_text(marked, "utf-8")
    found = read_document(path, work=work)
    assert found.pages[0].text.startswith("ĐÃ ĐỌC TRƯỚC")  # taken from where it was kept
    assert error(TRUTH, found.pages[1].text) < 0.01
    assert len(list(work.rglob("*.json"))) == 2


def test_a_damaged_kept_page_is_read_again(tmp_path: Path, page: Image) -> None:
    path, work = scan([page], tmp_path / "scan.pdf"), tmp_path / "work"
    read_document(path, work=work)
    next(work.rglob("*.json")).write_text('{"number": 1, "te', "utf-8")
    assert error(TRUTH, read_document(path, work=work).text) < 0.01


def test_a_scan_that_is_not_read_is_told(tmp_path: Path, page: Image) -> None:
    path = scan([page, page], tmp_path / "scan.pdf", layer=[LINES])
    found = read_document(path, ocr=OcrMode.OFF)
    assert found.properties["unread_pages"] == "2"
    assert found.pages[1].text == ""


def test_a_machine_without_the_vietnamese_model_says_what_to_install(
    tmp_path: Path, page: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with Sandbox() as sandbox, pytest.raises(BadFile) as caught:
        read_document(scan([page], tmp_path / "scan.pdf"), sandbox=sandbox)
    assert caught.value.page == 1
    assert "tesseract-ocr-vie" in caught.value.advice


def test_an_image_that_takes_too_long_is_left_unread(page: Image) -> None:
    with pytest.raises(ocr.Unreadable, match="took more than 0 s"):
        ocr.recognise(page, seconds=0.05)


def test_an_image_with_reading_from_images_off(tmp_path: Path, page: Image) -> None:
    path = tmp_path / "anh.png"
    path.write_bytes(png(page))
    with pytest.raises(BadFile, match="reading from images is off"):
        read_document(path, ocr=OcrMode.OFF)


@pytest.mark.parametrize("degrees", [-3.0, -1.0, 0.0, 1.5, 5.0])
def test_a_page_is_put_upright(page: Image, degrees: float) -> None:
    assert cleanup.skew(turned(degrees)(page)) == pytest.approx(-degrees, abs=0.25)


def test_only_noise_is_smoothed(page: Image) -> None:
    assert cleanup.grain(page) < 4 < cleanup.grain(noisy(page))


def test_what_is_transparent_is_paper() -> None:
    clear = np.zeros((4, 4, 4), np.uint8)
    assert cleanup.grey(clear).min() == 255
