"""A record of our own, about nothing real, as the portal lays it out: Word export, tabular page, page of mere text."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CHANNEL_HEAD = ("Hình thức nộp", "Thời hạn giải quyết", "Phí, lệ phí", "Mô tả")
PAPER_HEAD = ("Tên giấy tờ", "Mẫu đơn, tờ khai", "Số lượng")
LAW_HEAD = ("Số ký hiệu", "Trích yếu", "Ngày ban hành", "Cơ quan ban hành")
Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """What a sheet prints. `cases` are titles with their papers."""

    code: str = "9.000011.000.00.00.H15"
    title: str = "Cấp thẻ thư viện mẫu"
    agency: str = "Ủy ban nhân dân cấp xã"
    steps: tuple[str, ...] = ("Bước 1: Người dân nộp hồ sơ.", "Bước 2: Cán bộ trả thẻ.")
    conditions: str = "Không có thông tin"
    channels: Rows = (
        ("Trực tuyến", "3 Ngày làm việc", "Phí : 0 Đồng", "Nộp trên cổng."),
        ("Trực tiếp", "5 Ngày làm việc", "Lệ phí : 20.000 Đồng", ""),
    )
    cases: tuple[tuple[str, Rows], ...] = (
        (
            "* Giấy tờ phải nộp",
            (
                ("Tờ khai xin thẻ", "ToKhaiThe.docx", "Bản chính: 1Bản sao: 0"),
                ("Ảnh chân dung", "", "Bản chính: 2Bản sao: 1"),
            ),
        ),
        ("* Giấy tờ phải xuất trình", (("Thẻ căn cước", "", "Bản chính: 1Bản sao: 0"),)),
    )
    laws: Rows = (
        ("46/2019/QH14", "Luật Thư viện mẫu", "21-11-2019", "Quốc hội"),
        ("93/2020/NĐ-CP", "Nghị định mẫu về thư viện", "18-08-2020", "Chính phủ"),
    )
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def grid(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Mã thủ tục", self.code),
            ("Số quyết định", "12/QĐ-MAU"),
            ("Tên thủ tục", self.title),
            ("Cấp thực hiện", "Cấp Tỉnh, Cấp Xã"),
            ("Loại thủ tục", "TTHC được luật giao quy định chi tiết"),
            ("Lĩnh vực", "Thư viện"),
            ("Đối tượng thực hiện", "Công dân Việt Nam, Tổ chức (không bao gồm doanh nghiệp, HTX)"),
        )

    @property
    def tail(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Cơ quan thực hiện", self.agency),
            ("Cơ quan có thẩm quyền", "Không có thông tin"),
            ("Địa chỉ tiếp nhận HS", "Quầy số 1"),
            ("Yêu cầu, điều kiện thực hiện", self.conditions),
            ("Kết quả thực hiện", "Thẻ thư viện"),
            ("Từ khóa", "Không có thông tin"),
            ("Mô tả", self.extra.get("mô tả", "Không có thông tin")),
        )


def _paragraph(text: str, *, parts: bool = False) -> str:
    """One paragraph; with `parts` its text is spread over runs, as Word does."""
    pieces = [text[start : start + 7] for start in range(0, len(text), 7)] if parts else [text]
    runs = "".join(f'<w:r><w:t xml:space="preserve">{escape(piece)}</w:t></w:r>' for piece in pieces)
    return f"<w:p>{runs}</w:p>"


def _docx_table(rows: Rows) -> str:
    """A table as the portal writes it: no `w:tblGrid`."""
    made = "".join(
        "<w:tr>" + "".join(f"<w:tc>{_paragraph(cell, parts=True)}</w:tc>" for cell in row) + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl>{made}</w:tbl>"


def _paper_rows(sheet: Sheet) -> Rows:
    """Every case in one table, `*` rows as their titles."""
    return tuple(row for case, papers in sheet.cases for row in ((case, "", ""), *papers))


def document_xml(sheet: Sheet) -> str:
    body = [_paragraph("CHI TIẾT THỦ TỤC HÀNH CHÍNH")]
    body += [_paragraph(f"{label}: {value}", parts=True) for label, value in sheet.grid]
    body += [_paragraph("Trình tự thực hiện:"), *map(_paragraph, sheet.steps)]
    body += [_paragraph("Cách thức thực hiện:"), _docx_table((CHANNEL_HEAD, *sheet.channels))]
    body += [_paragraph("Thành phần hồ sơ:"), _docx_table((PAPER_HEAD, *_paper_rows(sheet)))]
    body += [_paragraph("Căn cứ pháp lý:"), _docx_table((LAW_HEAD, *sheet.laws))]
    body += [_paragraph(f"{label}: {value}") for label, value in sheet.tail]
    head = f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_W}">'
    return f"{head}<w:body>{''.join(body)}</w:body></w:document>"


def write_docx(path: Path, xml: str) -> Path:
    """The container: the one part that is read, and what makes it a Word file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", xml)
    return path


def _html_table(rows: Rows) -> str:
    made = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{made}</table>"


def _labelled(label: str, value: str) -> str:
    return f'<div class="row"><div class="label">{label}</div><div class="value">{escape(value)}</div></div>'


def tabular_page(sheet: Sheet, address: str = "https://dichvucong.gov.vn/thu-tuc-hanh-chinh/0000-mau") -> str:
    """A page with its layout: labels beside values, a table a case."""
    papers = "".join(
        f"<p>{escape(case.lstrip('* '))}</p>{_html_table((PAPER_HEAD, *rows))}" for case, rows in sheet.cases
    )
    parts = [
        *(_labelled(label, value) for label, value in sheet.grid),
        "<h3>Trình tự thực hiện</h3>",
        "".join(f"<p>{escape(step)}</p>" for step in sheet.steps),
        "<h3>Cách thức thực hiện</h3>",
        _html_table((CHANNEL_HEAD, *sheet.channels)),
        "<h3>Thành phần hồ sơ</h3>",
        papers,
        "<h3>Căn cứ pháp lý</h3>",
        _html_table((LAW_HEAD, *sheet.laws)),
        *(_labelled(label, value) for label, value in sheet.tail),
        "<div>Chọn cơ quan thực hiện</div><button>Nộp hồ sơ</button>",
    ]
    return (
        f'<!DOCTYPE html><html><head><link rel="canonical" href="{address}"><title>Chi tiết</title>'
        f"<script>document.write('Mã thủ tục: 1.999999')</script></head><body><nav>Trang chủ</nav>{''.join(parts)}"
        "<script>var fee = 'Phí : 999.000 Đồng';</script></body></html>"
    )


def text_page(sheet: Sheet) -> str:
    """The same page with its layout lost: every text in a `div` of its own."""
    papers = [
        cell for case, rows in sheet.cases for cell in (case, *PAPER_HEAD, *(c for row in rows for c in row))
    ]
    texts = [
        *(text for pair in sheet.grid for text in pair),
        "Trình tự thực hiện",
        *sheet.steps,
        "Cách thức thực hiện",
        *CHANNEL_HEAD,
        *(cell for row in sheet.channels for cell in row),
        "Thành phần hồ sơ",
        *papers,
        "Căn cứ pháp lý",
        *LAW_HEAD,
        *(cell for row in sheet.laws for cell in row),
        *(text for pair in sheet.tail for text in pair),
    ]
    return "<html><body>" + "".join(f"<div>{escape(text)}</div>" for text in texts if text) + "</body></html>"
