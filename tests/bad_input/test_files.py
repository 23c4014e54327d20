"""Whatever file is brought: text, or one clear line with the file, the reason and what to do. Nothing in between."""

from __future__ import annotations

import io
import os
import random
import resource
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from knowledge.errors import BadFile
from knowledge.reading import reader
from knowledge.reading.kinds import ENDINGS, Kind, sniff
from knowledge.reading.limits import MB, Limits, OcrMode
from knowledge.reading.reader import read_document
from tests.knowledge.made_files import container, docx, p, pdf, png, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
LINES = ["Điều 1. Ban hành kèm theo Quyết định này Kế hoạch tuyên truyền", "cải cách hành chính năm 2026."]


@pytest.fixture(scope="module", autouse=True)
def _no_child_left() -> Iterator[None]:
    yield
    reader.close()


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _ole(name: str) -> bytes:
    return OLE + name.encode("utf-16-le") + bytes(512)


def _bomb(path: Path) -> Path:
    """100 MB of spaces in 100 kB, dressed up as a Word document."""
    return docx(p("x"), path, word__media__a_bin=b" " * (100 * MB))


def _many_members(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_100):
            archive.writestr(f"{number}", "")
    return path


def _lying_directory(path: Path) -> Path:
    """The directory says a part is small; unpacked it is not."""
    whole = docx(p("đ" * 2_000_000), path).read_bytes()
    place = whole.rfind(b"PK\x01\x02", 0, whole.rfind(b"word/document.xml"))
    return _write(path, whole[: place + 24] + (1000).to_bytes(4, "little") + whole[place + 28 :])


def _entities(path: Path) -> Path:
    """The billion laughs."""
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{lines}]><w>&l9;</w>'
    return container({"[Content_Types].xml": "<Types/>", "word/document.xml": xml}, path)


def _nested(path: Path) -> Path:
    body = "<w:tbl><w:tr><w:tc>" * 500 + p("x") + "</w:tc></w:tr></w:tbl>" * 500
    return docx(body, path)


def _encrypted_zip(path: Path) -> Path:
    whole = bytearray(docx(p("x"), path).read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = -1
        while (place := whole.find(mark, place + 1)) >= 0:
            whole[place + offset] |= 1
    return _write(path, bytes(whole))


# A PDF locked with a user's password: standard security handler, revision 3, keys that fit no empty password.
LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 2/R 3/Length 128/P -44/O<"
    + b"ab" * 32
    + b">/U<"
    + b"cd" * 32
    + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<"
    + b"ef" * 16
    + b"><"
    + b"ef" * 16
    + b">]>>\nstartxref\n0\n%%EOF\n"
)

REFUSED: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    # name: what makes it, what is said, what is advised
    "trong.pdf": (lambda path: _write(path, b""), "the file is empty", "again"),
    "bom.docx": (_bomb, "a zip bomb is refused", "sender"),
    "nhieu.docx": (_many_members, "more than 10000 parts", "document"),
    "doi.docx": (_lying_directory, "damaged", "again"),
    "cuoi.docx": (_entities, "declares entities", ""),
    "long.docx": (_nested, "nested too deeply", "save it anew"),
    "mat-khau.docx": (
        lambda path: _write(path, _ole("EncryptedPackage")),
        "protected by a password",
        "without",
    ),
    "mat-khau-2.docx": (_encrypted_zip, "protected by a password", "without"),
    "mat-khau.pdf": (lambda path: _write(path, LOCKED), "protected by a password", "without"),
    "cu.doc": (lambda path: _write(path, _ole("WordDocument")), "Word or Excel 97–2003", ".docx"),
    "cu.xls": (lambda path: _write(path, _ole("Workbook")), "Excel 97–2003", ".xlsx"),
    "macro.docx": (lambda path: docx(p("x"), path, word__vbaProject_bin=b"x"), "macros", "without macros"),
    "macro.docm": (lambda path: docx(p("x"), path, word__vbaProject_bin=b"x"), "macros", "without macros"),
    "goi.zip": (lambda path: container({"a.txt": "x"}, path), "a zip archive, not a document", "unpack"),
    "long-nhau.docx": (
        lambda path: docx(p("x"), path, **{"inner.zip": zipped({"a": b"x"})}),
        "an archive inside the archive (inner.zip)",
        "unpack",
    ),
    "trinh-chieu.pptx": (
        lambda path: container({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<p/>"}, path),
        "neither Word nor Excel",
        "PDF",
    ),
    "khac.docx": (
        lambda path: container({"[Content_Types].xml": "", "word/document.xml": "<a/>"}, path),
        "no text",
        "",
    ),
    "hong-xml.docx": (
        lambda path: container({"[Content_Types].xml": "", "word/document.xml": "<w:document"}, path),
        "damaged: word/document.xml",
        "again",
    ),
    "cut.docx": (lambda path: _write(path, docx(p("x"), path).read_bytes()[:-30]), "cut off", "again"),
    "cut.pdf": (lambda path: _write(path, pdf([LINES], path).read_bytes()[:4000]), "cut off", "again"),
    "gia.pdf": (lambda path: _write(path, b"%PDF-1.7\nnothing\nstartxref\n0\n%%EOF"), "damaged", "again"),
    "cut.png": (lambda path: _write(path, png(np.zeros((90, 90), np.uint8))[:60]), "cut off", "again"),
    "hong.png": (
        lambda path: _write(path, png(np.zeros((90, 90), np.uint8))[:20] + b"IEND"),
        "damaged image",
        "again",
    ),
    "cut.jpg": (lambda path: _write(path, b"\xff\xd8\xff\xe0" + bytes(900)), "cut off", "again"),
    "rac.pdf": (lambda path: _write(path, bytes(range(256)) * 40), "binary data", "PDF"),
    "chuong-trinh.pdf": (lambda path: _write(path, b"MZ" + bytes(900)), "a Windows program", "PDF"),
    "nen.docx": (lambda path: _write(path, b"Rar!\x1a\x07" + bytes(900)), "a RAR archive", "PDF"),
    "van-ban.rtf": (lambda path: _write(path, b"{\\rtf1 abc}"), "an RTF document", "DOCX"),
    "khoang-trang.txt": (lambda path: _write(path, b" \n\t\n"), "no text was found", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_ends_in_one_clear_line(tmp_path: Path, name: str) -> None:
    make, reason, advice = REFUSED[name]
    path = make(tmp_path / name)
    with pytest.raises(BadFile) as caught:
        read_document(path)
    line = str(caught.value)
    assert line.startswith(str(path))
    assert "\n" not in line
    assert len(line) < 500
    assert reason in caught.value.reason
    assert advice in caught.value.advice


def test_others_are_taken_after_every_bad_one(tmp_path: Path) -> None:
    """One child, or those that replace it: after each bad file a good one is read as if nothing had been."""
    good = pdf([LINES], tmp_path / "tot.pdf")
    for name, (make, _, _) in list(REFUSED.items())[::3]:
        with pytest.raises(BadFile):
            read_document(make(tmp_path / name))
        assert read_document(good).text.split("\n") == LINES


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="there is no such file"):
        read_document(tmp_path / "khong-co.pdf")
    with pytest.raises(BadFile, match="not a regular file"):
        read_document(tmp_path)


def test_a_pdf_of_500_mb_is_refused_at_once_unread(tmp_path: Path) -> None:
    path = tmp_path / "lon.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.seek(500 * MB)
        file.write(b"startxref\n0\n%%EOF\n")
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(BadFile, match=r"has 500 MB, more than the 200 MB that are read \(split it"):
        read_document(path)
    assert time.monotonic() - start < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kB


def test_a_long_file_of_records_is_no_document(tmp_path: Path) -> None:
    """Lines of records are read one by one elsewhere, so their number has no limit here."""
    path = tmp_path / "cong.jsonl"
    path.write_text('{"code": "1.001193"}\n' * 1000, encoding="utf-8")
    assert sniff(path, Limits(size=1000)).kind is Kind.JSONL


def test_an_image_of_too_many_points(tmp_path: Path) -> None:
    path = _write(tmp_path / "to.png", png(np.zeros((4000, 4000), np.uint8)))
    with pytest.raises(BadFile, match="more than 1 million points"):
        read_document(path, limits=Limits(pixels=1_000_000))


def test_a_reader_that_needs_more_memory_than_allowed(tmp_path: Path) -> None:
    """A Word document that is small when packed and unpacked, and large as a tree in memory."""
    path = docx(p("x") * 150_000 + "<w:p/>" * 1_000_000, tmp_path / "nang.docx")
    with pytest.raises(BadFile) as caught:
        read_document(path, limits=Limits(memory=150 * MB, ratio=10_000))
    assert "150 MB of memory" in caught.value.reason


def test_a_formula_cell_gives_its_saved_value_or_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["STT", "Tên thủ tục", "Mã"])
    book.active.append([1, '=HYPERLINK("https://example.vn", "x")', "=cmd|' /C calc'!A0"])
    book.active.append([2, "Đăng ký khai sinh", "1.001193"])
    book.save(tmp_path / "ct.xlsx")
    found = read_document(tmp_path / "ct.xlsx")
    assert "HYPERLINK" not in found.text
    assert "cmd" not in found.text
    assert found.tables[0].rows[-1] == ("2", "Đăng ký khai sinh", "1.001193")


def test_a_page_with_script_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trang.html"
    path.write_text(
        "<html><body><script>while(true){}</script><p>Nội dung</p><img src='http://127.0.0.1:9/x.png'>"
        "<iframe src='file:///etc/passwd'></iframe><svg onload='alert(1)'><text>vẽ</text></svg></body></html>",
        encoding="utf-8",
    )
    assert read_document(path).text == "Nội dung"


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b'{"a": 1}\n{"a": 2}\n', "a.txt", Kind.JSONL),
        (b'{"a": 1}\n{"a": 2', "a.jsonl", Kind.JSONL),
        (b'{\n  "a": 1\n}', "a.txt", Kind.JSON),
        (b"[1, 2", "a.json", Kind.JSON),
        (b"[Trich yeu] Ke hoach", "a.txt", Kind.TEXT),
        (b"\xef\xbb\xbf<!DOCTYPE html><title>x</title>", "a.pdf", Kind.HTML),
        ("Kế hoạch".encode("utf-16"), "a.doc", Kind.TEXT),
        ("Kế hoạch".encode("utf-16-le"), "a.txt", Kind.TEXT),
        (b"%PDF-1.4 startxref %%EOF", "a.docx", Kind.PDF),
        (b"II*\x00" + bytes(64), "a.pdf", Kind.IMAGE),
    ],
)
def test_a_kind_is_told_by_content(tmp_path: Path, content: bytes, name: str, kind: Kind) -> None:
    found = sniff(_write(tmp_path / name, content))
    assert found.kind is kind
    assert bool(found.note) == (Path(name).suffix not in ENDINGS[kind])


@pytest.mark.parametrize("seed", range(12))
def test_damage_anywhere_is_text_or_one_line(tmp_path: Path, seed: int) -> None:
    """Bytes changed at random in real files: never a crash, never a hang, never an error of another kind."""
    chance = random.Random(seed)  # noqa: S311 - the same damage every time
    book = openpyxl.Workbook()
    book.active.append(["Mã", "Tên"])
    made = io.BytesIO()
    book.save(made)
    wholes = [
        pdf([LINES], tmp_path / "a.pdf").read_bytes(),
        docx(p("Điều 1."), tmp_path / "a.docx").read_bytes(),
    ]
    for whole in [*wholes, made.getvalue()]:
        broken = bytearray(whole)
        for _ in range(20):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path = _write(tmp_path / "hong", bytes(broken))
        try:
            read_document(path, ocr=OcrMode.OFF, limits=Limits(step_seconds=10))
        except BadFile as error:
            assert str(error).startswith(str(path))
            assert "\n" not in str(error)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    reader.close()
    with pytest.raises(BadFile):
        read_document(_write(tmp_path / "gia.pdf", REFUSED["gia.pdf"][0](tmp_path / "x.pdf").read_bytes()))
    read_document(pdf([LINES], tmp_path / "tot.pdf"))
    assert len(os.listdir(folder)) == 1  # of the warm child
    reader.close()
    assert os.listdir(folder) == []
