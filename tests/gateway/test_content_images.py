"""Images of pages and raw pieces of sources: of good files, of damaged ones, and within bounds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import openpyxl
import PIL.Image
import pytest

from bot.gateway.content import images, source
from bot.gateway.content.images import NoImage, image_of
from tests.gateway.content_helpers import pdf


def keep(home: Path, data: bytes, suffix: str) -> str:
    """A file among those that were read; its hash."""
    folder = home / "knowledge" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    sha = hashlib.sha256(data).hexdigest()
    (folder / f"{sha}{suffix}").write_bytes(data)
    return sha


def size(path: Path) -> tuple[int, int]:
    with PIL.Image.open(path) as image:
        return image.size


async def test_a_page_is_drawn_once(tmp_path: Path) -> None:
    sha = keep(tmp_path, pdf("Mot", "Hai"), ".pdf")
    first = await image_of(tmp_path, sha=sha, page=2, width=700)
    assert abs(size(first)[0] - 700) <= 1 and size(first)[1] > 900
    drawn = first.stat().st_mtime_ns
    assert (await image_of(tmp_path, sha=sha, page=2, width=700)).stat().st_mtime_ns == drawn
    assert (await image_of(tmp_path, sha=sha, page=2, width=1400)) != first


async def test_scans_and_their_pages(tmp_path: Path) -> None:
    frames = [PIL.Image.new("L", (3000, 4000), shade) for shade in (255, 0)]
    frames[0].save(tmp_path / "hai.tiff", save_all=True, append_images=frames[1:])
    sha = keep(tmp_path, (tmp_path / "hai.tiff").read_bytes(), ".tiff")
    second = await image_of(tmp_path, sha=sha, page=2, width=1000)
    assert size(second) == (1000, 1333)
    with PIL.Image.open(second) as image:
        assert image.getpixel((5, 5)) == (0, 0, 0)
    with pytest.raises(NoImage):
        await image_of(tmp_path, sha=sha, page=3, width=1000)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n broken",
        b"",
        b"<html>no picture</html>",
        pdf("x")[:200],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
    ],
    ids=["broken", "empty", "html", "cut off", "half a picture"],
)
async def test_a_damaged_file_has_no_image_and_leaves_nothing(tmp_path: Path, data: bytes) -> None:
    sha = keep(tmp_path, data, ".pdf")
    with pytest.raises(NoImage):
        await image_of(tmp_path, sha=sha, page=1, width=700)
    left = list((tmp_path / "knowledge" / "images").rglob("*"))
    assert all(path.is_dir() for path in left)


async def test_a_page_of_absurd_size_stays_small(tmp_path: Path) -> None:
    tall = pdf("cao").replace(b"[0 0 595 842]", b"[0 0 10 14000]")
    sha = keep(tmp_path, tall, ".pdf")
    width, height = size(await image_of(tmp_path, sha=sha, page=1, width=700))
    assert width * height <= 700 * 700 * 3


async def test_a_bomb_of_pixels_is_refused(tmp_path: Path) -> None:
    PIL.Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png")
    sha = keep(tmp_path, (tmp_path / "bomb.png").read_bytes(), ".png")
    with pytest.raises(NoImage):
        await image_of(tmp_path, sha=sha, page=1, width=700)


async def test_a_page_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "SECONDS", 0.01)
    sha = keep(tmp_path, pdf("x"), ".pdf")
    with pytest.raises(NoImage):
        await image_of(tmp_path, sha=sha, page=1, width=700)


@pytest.mark.parametrize(("page", "width"), [(0, 700), (-1, 700), (1, 701), (1, 10_000_000)])
async def test_only_the_sizes_that_are_offered(tmp_path: Path, page: int, width: int) -> None:
    sha = keep(tmp_path, pdf("x"), ".pdf")
    with pytest.raises(NoImage):
        await image_of(tmp_path, sha=sha, page=page, width=width)


def test_a_file_is_named_by_its_whole_hash(tmp_path: Path) -> None:
    sha = keep(tmp_path, b"x", ".txt")
    assert source.stored_file(tmp_path, sha) is not None
    for other in ("", "*", sha[:10], sha[:-1] + "*", "../../etc/passwd", sha.upper()):
        assert source.stored_file(tmp_path, other) is None


# ------------------------------------------------------------------ what a file says


def test_lines_and_arrays_of_json(tmp_path: Path) -> None:
    lines = tmp_path / "a.jsonl"
    rows = [{"a": 1}, {"ten_thu_tuc": "Hai", "so_quyet_dinh": "", "bang": [{"x": 1}]}]
    lines.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    pieces = source.raw_pieces(lines, kind="jsonl", place="2", field="title")
    assert [(piece.name, piece.about) for piece in pieces] == [
        ("ten_thu_tuc", True),
        ("so_quyet_dinh", False),
        ("bang", False),
    ]
    array = tmp_path / "a.json"
    array.write_text(json.dumps(rows), "utf-8")
    assert source.raw_pieces(array, kind="json", place="2", field="")[0].text == "Hai"
    for place in ("0", "99", "x", ""):
        source.raw_pieces(array, kind="json", place=place, field="")
    assert source.raw_pieces(lines, kind="jsonl", place="99", field="") == []
    assert source.raw_pieces(tmp_path / "gone.json", kind="json", place="1", field="") == []
    assert source.raw_pieces(lines, kind="docx", place="1", field="") == []


def test_names_with_marks_and_nested_ones(tmp_path: Path) -> None:
    path = tmp_path / "qp.json"
    path.write_text(json.dumps({"content": {"trình_tự_thực_hiện": "Bước 1", "khác": "x"}}), "utf-8")
    pieces = source.raw_pieces(path, kind="json", place="1", field="steps")
    assert [(piece.name, piece.about) for piece in pieces] == [
        ("content/trình_tự_thực_hiện", True), ("content/khác", False),
    ]  # fmt: skip


def test_what_is_too_long_is_cut_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "dai.json"
    path.write_text(json.dumps({"a": "x" * 100_000}), "utf-8")
    (piece,) = source.raw_pieces(path, kind="json", place="1", field="")
    assert piece.cut and len(piece.text) == source.MAX_SHOWN


def test_a_row_of_a_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Mã", "Tên"])
    sheet.append(["1.000001", "=1+1"])
    book.save(tmp_path / "a.xlsx")
    pieces = source.raw_pieces(tmp_path / "a.xlsx", kind="xlsx", place="2", field="")
    assert (pieces[0].name, pieces[0].text) == ("A", "1.000001")
    assert source.raw_pieces(tmp_path / "a.xlsx", kind="xlsx", place="77", field="") == []
    (tmp_path / "b.xlsx").write_bytes(b"PK no sheet")
    assert source.raw_pieces(tmp_path / "b.xlsx", kind="xlsx", place="1", field="") == []
    assert [source._column(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
