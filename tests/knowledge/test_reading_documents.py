"""Documents of every kind, made on the spot, read through the child process as ingest reads them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from knowledge.errors import BadFile
from knowledge.reading import reader
from knowledge.reading.limits import MB, Limits, OcrMode
from knowledge.reading.pages import DocumentText
from knowledge.reading.reader import read_document
from tests.knowledge.made_files import W, docx, p, pdf, scan

ORDER = [
    "UBND XÃ HÒA AN",
    "Điều 1. Ban hành kèm theo Quyết định này Kế hoạch tuyên truyền",
    "cải cách hành chính năm 2026 trên địa bàn xã.",
    "Điều 2. Văn phòng đôn đốc, theo dõi và tổng hợp kết quả.",
]
TABLE = [
    "STT\tĐơn vị\tThời hạn",
    "1\tVăn phòng\tQuý I",
    "2\tPhòng Kinh tế\tQuý II",
    "3\tPhòng Văn hóa\tHằng tháng",
]


@pytest.fixture(scope="module", autouse=True)
def _no_child_left() -> Iterator[None]:
    yield
    reader.close()


def read(path: Path) -> DocumentText:
    return read_document(path, ocr=OcrMode.OFF)


def rows(*lines: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split("\t")) for line in lines)


# PDF


def test_a_pdf_keeps_pages_and_lines(tmp_path: Path) -> None:
    found = read(pdf([ORDER, ["Nơi nhận:", "- Như Điều 2;", "- Lưu: VT."]], tmp_path / "qd.pdf"))
    assert [page.number for page in found.pages] == [1, 2]
    assert found.pages[0].text.split("\n") == ORDER
    assert found.pages[1].text.split("\n")[1] == "- Như Điều 2;"
    assert {page.method for page in found.pages} == {"text"}
    assert found.quality >= 0.95
    assert found.properties == {"kind": "pdf"}


def test_a_ruled_table_keeps_its_cells(tmp_path: Path) -> None:
    found = read(
        pdf([ORDER[:2] + TABLE[:1] + TABLE[1:] + ["Nơi nhận: như trên."]], tmp_path / "t.pdf", grid=False)
    )
    assert found.tables == ()  # nothing is ruled, and nothing is guessed
    found = read(pdf([TABLE], tmp_path / "u.pdf", grid=True))
    assert found.tables[0].rows == rows(*TABLE)
    assert found.tables[0].page == 1
    assert found.pages[0].text.split("\n") == TABLE


def test_one_child_reads_file_after_file(tmp_path: Path) -> None:
    files = [pdf([[line]], tmp_path / f"{number}.pdf") for number, line in enumerate(ORDER * 5)]
    assert [read(path).text for path in files] == ORDER * 5
    pid = reader._warm.sandbox(Limits()).pid
    read(files[0])
    assert reader._warm.sandbox(Limits()).pid == pid


def test_a_legacy_font_is_recognised_and_put_right(tmp_path: Path) -> None:
    """What a PDF in .VnTime holds: the letters of Latin-1 that the font draws as Vietnamese."""
    lines = [
        "Céng hoµ x· héi chñ nghÜa ViÖt Nam",
        "§éc lËp - Tù do - H¹nh phóc",
        "C¨n cø LuËt tæ chøc chÝnh quyÒn",
    ]
    found = read(pdf([lines], tmp_path / "vn3.pdf"))
    assert found.text.split("\n")[0] == "Cộng hoà xã hội chủ nghĩa Việt Nam"
    assert found.text.split("\n")[2] == "Căn cứ Luật tổ chức chính quyền"
    assert found.properties["encoding"] == "TCVN3"


def test_a_page_in_another_language_is_kept_and_told(tmp_path: Path) -> None:
    english = ["The people's committee of the commune shall publish", "the plan and report on its results."]
    found = read(pdf([ORDER, english], tmp_path / "hai-thu-tieng.pdf"))
    assert "commune shall publish" in found.pages[1].text
    assert found.pages[1].quality < 0.3 < 0.9 < found.pages[0].quality
    assert found.properties["poor_pages"] == "2"


@pytest.mark.shared
def test_a_long_pdf_takes_seconds(shared: Path) -> None:
    import time

    start = time.monotonic()
    steps: list[tuple[int, int]] = []
    found = read_document(shared / "corpus" / "da_nang_2023.pdf", tell=lambda *step: steps.append(step))
    assert time.monotonic() - start < 30
    assert len(found.pages) == 408 == len(steps)
    assert steps[-1] == (408, 408)
    assert found.quality > 0.99
    assert sum(page.method == "ocr" for page in found.pages) == 0


# Word


def test_a_document_without_table_grid(tmp_path: Path) -> None:
    cells = "".join(f"<w:tc>{p(part)}</w:tc>" for part in ("Trực tuyến", "05 ngày làm việc", "Miễn phí"))
    heads = "".join(f"<w:tc>{p(part)}</w:tc>" for part in ("Hình thức", "Thời hạn", "Phí"))
    body = f"{p('Cách thức thực hiện')}<w:tbl><w:tr>{heads}</w:tr><w:tr>{cells}</w:tr></w:tbl>{p('Thành phần hồ sơ')}"
    found = read(docx(body, tmp_path / "tthc.docx"))
    assert found.tables[0].rows == rows("Hình thức\tThời hạn\tPhí", "Trực tuyến\t05 ngày làm việc\tMiễn phí")
    assert found.text.split("\n") == [
        "Cách thức thực hiện",
        "Hình thức\tThời hạn\tPhí",
        "Trực tuyến\t05 ngày làm việc\tMiễn phí",
        "Thành phần hồ sơ",
    ]


def test_the_head_of_a_decision_keeps_its_lines(tmp_path: Path) -> None:
    left = f"<w:tc>{p('ỦY BAN NHÂN DÂN')}{p('Số: 12/QĐ-UBND')}</w:tc>"
    right = f"<w:tc>{p('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM')}{p('Độc lập - Tự do - Hạnh phúc')}</w:tc>"
    found = read(docx(f"<w:tbl><w:tr>{left}{right}</w:tr></w:tbl>{p('QUYẾT ĐỊNH')}", tmp_path / "qd.docx"))
    assert found.text.split("\n")[:3] == [
        "ỦY BAN NHÂN DÂN",
        "Số: 12/QĐ-UBND",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    ]
    assert found.tables == ()


def test_merged_cells_keep_columns_below_their_headings(tmp_path: Path) -> None:
    wide = f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{p("Tổng hợp")}</w:tc><w:tc>{p("Quý IV")}</w:tc>'
    lines = ["STT\tViệc\tHạn", "1\tTập huấn\tQuý I"]
    made = ["".join(f"<w:tc>{p(part)}</w:tc>" for part in line.split("\t")) for line in lines]
    body = "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in [*made, wide]) + "</w:tbl>"
    assert read(docx(body, tmp_path / "kh.docx")).tables[0].rows == rows(*lines, "Tổng hợp\t\tQuý IV")


LIST = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="{}"/></w:numPr>'
NUMBERING = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/>
<w:pStyle w:val="Heading1"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2."/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%3)"/></w:lvl>
<w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="\uf0b7"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/>
<w:lvlText w:val="Điều %1."/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="7"/>
<w:lvlOverride w:ilvl="1"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
</w:numbering>"""


def test_automatic_numbers_are_worked_out(tmp_path: Path) -> None:
    body = "".join(
        [
            p("MỤC ĐÍCH", '<w:pStyle w:val="Heading1"/>'),
            p("Yêu cầu", LIST.format(1, 1)),
            p("kịp thời", LIST.format(2, 1)),
            p("chính xác", LIST.format(2, 1)),
            p("Nội dung", LIST.format(1, 1)),
            p("đầy đủ", LIST.format(2, 1)),
            p("một gạch", LIST.format(3, 1)),
            p("TỔ CHỨC THỰC HIỆN", '<w:pStyle w:val="Heading1"/>'),
            p("Văn phòng", LIST.format(1, 1)),
            p("Hiệu lực", LIST.format(0, 2)),
            p("Trách nhiệm", LIST.format(0, 2)),
            p("Bắt đầu lại", LIST.format(1, 3)),
            p("không số", LIST.format(0, 0)),
        ]
    )
    path = docx(body, tmp_path / "kh.docx", word__numbering_xml=NUMBERING)
    assert read(path).text.split("\n") == [
        "I. MỤC ĐÍCH",
        "1. Yêu cầu",
        "a) kịp thời",
        "b) chính xác",
        "2. Nội dung",
        "a) đầy đủ",
        "- một gạch",
        "II. TỔ CHỨC THỰC HIỆN",
        "1. Văn phòng",
        "Điều 3. Hiệu lực",
        "Điều 4. Trách nhiệm",
        "1. Bắt đầu lại",
        "không số",
    ]


def test_what_was_deleted_is_not_read_and_what_was_inserted_is(tmp_path: Path) -> None:
    body = (
        '<w:p><w:r><w:t xml:space="preserve">Thời hạn </w:t></w:r><w:del><w:r><w:delText>10</w:delText></w:r></w:del>'
        "<w:ins><w:r><w:t>05</w:t></w:r></w:ins><w:r><w:tab/><w:t>ngày</w:t><w:br/><w:t>làm</w:t><w:noBreakHyphen/>"
        "<w:t>việc</w:t></w:r></w:p>"
    )
    assert read(docx(body, tmp_path / "s.docx")).text == "Thời hạn 05\tngày\nlàm-việc"


def test_properties_of_a_document(tmp_path: Path) -> None:
    core = (
        '<cp:coreProperties xmlns:cp="x" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>Kế hoạch</dc:title><dc:creator>Văn phòng</dc:creator></cp:coreProperties>"
    )
    found = read(docx(p("Nội dung"), tmp_path / "kh.docx", docProps__core_xml=core))
    assert found.properties == {"kind": "docx", "title": "Kế hoạch", "author": "Văn phòng"}


# Web pages

PAGE = """<!doctype html><html><head><title>Thủ tục</title><script>document.write('không phải nội dung')</script>
<style>p { color: red }</style></head><body><nav>Trang chủ</nav><h1>Cấp bản sao</h1><p>Nộp tại <b>bộ phận</b>
một cửa.<br>Không thu phí.</p><noscript>bật script</noscript><div hidden>ẩn</div>
<table><tr><th>Giấy tờ<th colspan=2>Số lượng</tr>
<tr><td rowspan=2>Tờ khai<td>chính<td>01</tr><tr><td>sao<td>02</tr></table>
<p onclick="alert(1)">Hết.<img src=x onerror="alert(1)"></p></body></html>"""


def test_a_saved_page_without_its_scripts(tmp_path: Path) -> None:
    path = tmp_path / "trang.html"
    path.write_text(PAGE, encoding="utf-8")
    found = read(path)
    text = found.text
    assert [line for line in text.split("\n") if line][:3] == [
        "Cấp bản sao",
        "Nộp tại bộ phận một cửa.",
        "Không thu phí.",
    ]
    assert not [
        word for word in ("document", "alert", "color", "Trang chủ", "ẩn", "bật script") if word in text
    ]
    assert found.tables[0].rows == rows("Giấy tờ\tSố lượng\t", "Tờ khai\tchính\t01", "\tsao\t02")
    assert found.pages[0].method == "html"
    assert found.properties["title"] == "Thủ tục"


def test_a_deeply_nested_page(tmp_path: Path) -> None:
    path = tmp_path / "sau.html"
    path.write_text("<html><body>" + "<div>" * 5_000 + "đáy", encoding="utf-8")
    assert read(path).text == "đáy"


def test_a_page_nested_beyond_all_patience(tmp_path: Path) -> None:
    """The parser takes quadratic time over it: ended by the clock, in one line."""
    path = tmp_path / "sau.html"
    path.write_text("<html><body>" + "<div>" * 300_000 + "đáy", encoding="utf-8")
    with pytest.raises(BadFile, match="took more than 1 s"):
        read_document(path, limits=Limits(step_seconds=1))


# Text

PROSE = "Ủy ban nhân dân xã giao Văn phòng tiếp nhận phản ánh của người dân, trả lời trong 05 ngày làm việc."


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (PROSE.encode(), "utf-8"),
        (PROSE.encode("utf-8-sig"), "utf-8-sig"),
        (PROSE.encode("utf-16"), "utf-16"),
        (PROSE.encode("utf-16-le"), "utf-16-le"),
        (PROSE.encode("utf-16-be"), "utf-16-be"),
        (unicodedata.normalize("NFD", PROSE).encode(), "utf-8"),
    ],
)
def test_a_text_in_any_encoding(tmp_path: Path, raw: bytes, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(raw)
    found = read(path)
    assert found.text == PROSE
    assert found.properties["encoding"] == encoding


def test_text_nobody_can_decode_is_kept_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Пример текста на другом языке, который никто не читает".encode("koi8-r"))
    found = read(path)
    assert found.properties["encoding"].startswith("unknown")
    assert found.quality < 0.5


def test_form_feeds_part_pages_and_broken_words_are_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("trang một, thông\u00ad\ntin\fTrang hai\u200b\r\nhết\n", encoding="utf-8")
    assert [page.text for page in read(path).pages] == ["trang một, thôngtin", "Trang hai\nhết"]


# Workbooks


def test_a_workbook_by_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["STT", "Tên thủ tục", "Mã"])
    book.active.append([1, "Đăng ký khai sinh", "1.001193"])
    book.create_sheet("Hai").append(["Lĩnh vực", "Hộ tịch"])
    book.save(tmp_path / "ds.xlsx")
    found = read(tmp_path / "ds.xlsx")
    assert found.tables[0].rows == rows("STT\tTên thủ tục\tMã", "1\tĐăng ký khai sinh\t1.001193")
    assert [page.number for page in found.pages] == [1, 2]
    assert found.pages[0].method == "table"


# What every reader keeps


def test_a_wrong_name_is_read_by_its_content_and_said(tmp_path: Path) -> None:
    found = read(pdf([ORDER], tmp_path / "quyet-dinh.doc"))
    assert found.text.split("\n") == ORDER
    assert found.properties["note"] == "named '.doc' but by its content a pdf file: read as pdf"


def test_a_file_without_text_says_so(tmp_path: Path) -> None:
    import numpy as np

    white = np.full((200, 140), 255, np.uint8)
    with pytest.raises(BadFile, match="no text was found"):
        read(scan([white], tmp_path / "trang.pdf"))


def test_too_many_pages(tmp_path: Path) -> None:
    path = pdf([["một"], ["hai"], ["ba"]], tmp_path / "dai.pdf")
    with pytest.raises(BadFile, match="it has 3 pages, more than the 2 that are read"):
        read_document(path, limits=Limits(pages=2))


def test_memory_of_the_asker_stays_bounded(tmp_path: Path) -> None:
    """What is handed back is bounded by `Limits.text`, whatever the file holds."""
    path = tmp_path / "a.txt"
    path.write_text("chữ và số\n" * 150_000, encoding="utf-8")
    with pytest.raises(BadFile, match="it holds more than 1 MB of text"):
        read_document(path, limits=Limits(text=MB))
