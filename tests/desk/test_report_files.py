"""The files of a report, opened again: every number is there with its definition, and nothing in them is a formula."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import docx
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from desk import report_docx, report_xlsx, reports
from desk.report_facts import Fact
from desk.report_period import Period
from desk.report_questions import Questions
from desk.reports import Report, Scope
from tests.desk.clock_helpers import at

EVIL = ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(1)", "\t=1+1", "\r=1", '=HYPERLINK("http://x")']
ASKED = {"asked": 9, "answered": 5, "unanswered": 3, "not_useful": 1, "judged": 2}


def fact(number: int, **changes: object) -> Fact:
    made = Fact(
        code=f"PA-2026-{number:06}", unit=("so", "Sở Xây dựng"), area="lam-dong", category=("duong", "Đường sá"),
        origin="received", outcome="on_time",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # its own fields


def made(facts: list[Fact], questions: Questions | None = None, **scope: str) -> Report:
    period = Period.parse("2026-11")
    found = reports.of_facts(facts, period, Scope(**scope), now=at("2026-12-01T08:00"))
    return replace(found, questions=questions or Questions())


FACTS = [
    fact(1),
    fact(2, outcome="late", also=frozenset({"apologies", "rated"})),
    fact(
        3, origin="carried", outcome="open_overdue", unit=("xa", "UBND xã Bắc Bình"), area="lam-dong/bac-binh"
    ),
    fact(4, outcome="merged", category=("", "")),
]
ITEM = {
    "title": "xin phép đào đường", "asked": 3, "procedure_code": "1.001193", "procedure_title": "Cấp phép",
    "unit_name": "Sở Xây dựng", "state": "open",
}  # fmt: skip
QUESTIONS = Questions(
    ASKED, [{"code": "1.001193", "title": "Khai sinh", "asked": 4, "not_useful": 1}], [ITEM]
)


def tables(content: bytes) -> list[list[list[str]]]:
    paper = docx.Document(io.BytesIO(content))
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables]


def sheets(content: bytes) -> dict[str, Worksheet]:
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: sheet for sheet in book.worksheets}


def test_the_word_file_holds_every_number_with_its_definition() -> None:
    report = made(FACTS, QUESTIONS)
    numbers, units, areas, categories, questions, most, items = tables(report_docx.written(report))
    said = reports.words()
    assert numbers[0] == said["number_columns"]
    assert {row[0]: (row[1], row[2]) for row in numbers[1:-2]} == {
        one["name"]: (str(report.totals[name]), one["how"]) for name, one in said["numbers"].items()
    }
    assert [row[:2] for row in numbers[-2:]] == [
        ["Tỷ lệ trả lời đúng hạn", "50,0 %"],
        ["Tỷ lệ hài lòng", "0,0 %"],
    ]
    assert [row[:5] for row in units[1:]] == [
        ["Sở Xây dựng", "3", "0", "0", "3"],
        ["UBND xã Bắc Bình", "0", "1", "0", "1"],
        ["Cộng", "3", "1", "0", "4"],
    ]
    assert [row[0] for row in areas[1:]] == ["Tỉnh Lâm Đồng", "Xã Bắc Bình", "Cộng"]
    assert [row[0] for row in categories[1:]] == ["Đường sá", "(chưa xác định)", "Cộng"]
    assert questions[1][:2] == ["Câu hỏi đã trả lời hoặc từ chối", "9"]
    assert most[1] == ["1.001193", "Khai sinh", "4", "1"]
    assert items[1] == ["xin phép đào đường", "3", "1.001193 Cấp phép", "Sở Xây dựng", "Chưa xử lý"]


def test_the_word_file_says_what_it_is_about() -> None:
    content = report_docx.written(made(FACTS, area="lam-dong/bac-binh", unit="xa"))
    lines = [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]
    assert lines[:5] == [
        "Báo cáo tiếp nhận và xử lý phản ánh, kiến nghị",
        "Tháng 11 năm 2026",
        "từ 01/11/2026 đến 30/11/2026",
        "Địa bàn: Xã Bắc Bình",
        "Đơn vị: UBND xã Bắc Bình",
    ]
    assert "Kỳ báo cáo chưa kết thúc" not in lines[5]
    running = replace(made(FACTS), made_at=at("2026-11-20T08:00"))
    unfinished = [one.text for one in docx.Document(io.BytesIO(report_docx.written(running))).paragraphs]
    assert "Kỳ báo cáo chưa kết thúc, số liệu tính đến 08:00 20/11/2026." in unfinished


def test_the_workbook_holds_numbers_as_numbers_and_a_chart_a_table() -> None:
    report = made(FACTS, QUESTIONS)
    found = sheets(report_xlsx.written(report))
    assert list(found) == ["Tổng hợp", "Theo đơn vị", "Theo địa bàn", "Theo lĩnh vực", "Câu hỏi với trợ lý"]
    first = {row[0]: row[1] for row in found["Tổng hợp"].iter_rows(values_only=True)}
    said = reports.words()["numbers"]
    assert {name: first[one["name"]] for name, one in said.items()} == report.totals
    assert first["Tỷ lệ trả lời đúng hạn"] == 0.5
    units = list(found["Theo đơn vị"].iter_rows(values_only=True))
    assert units[1][:5] == ("Sở Xây dựng", 3, 0, 0, 3)
    assert units[3][:5] == ("Cộng", 3, 1, 0, 4)
    assert units[1][4] == sum(value for value in units[1][-3:] if isinstance(value, int))
    for title in ("Theo đơn vị", "Theo địa bàn", "Theo lĩnh vực"):
        assert len(found[title]._charts) == 1


@pytest.mark.parametrize("write", [report_docx.written, report_xlsx.written])
def test_an_empty_period_is_a_file_too(write: Callable[[Report], bytes]) -> None:
    content = write(made([]))
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


def test_nothing_people_wrote_becomes_a_formula() -> None:
    facts = [
        fact(place, unit=(f"u{place}", text), category=(f"c{place}", text)) for place, text in enumerate(EVIL)
    ]
    items = [
        {**ITEM, "title": text, "procedure_title": text, "procedure_code": "", "unit_name": text}
        for text in EVIL
    ]
    most = [{"code": text, "title": text, "asked": 1, "not_useful": 0} for text in EVIL]
    content = report_xlsx.written(made(facts, Questions(ASKED, most, items)))
    seen = 0
    for sheet in sheets(content).values():
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, str) and cell.value.lstrip()[:1] in "=+-@" and cell.value.strip():
                    assert cell.quotePrefix
                    seen += 1
    assert seen >= 5 * len(EVIL)
    parts = zipfile.ZipFile(io.BytesIO(content))
    assert not any(b"<f>" in parts.read(name) for name in parts.namelist() if "worksheets/" in name)


def test_letters_no_file_takes_are_left_out() -> None:
    odd = made([fact(1, unit=("u", "Sở \x00\x07\ufffeXây dựng \ud800" + "x" * 40_000))], QUESTIONS)
    assert tables(report_docx.written(odd))[1][1][0].startswith("Sở Xây dựng x")
    name = str(sheets(report_xlsx.written(odd))["Theo đơn vị"]["A2"].value)
    assert name.startswith("Sở Xây dựng x") and len(name) <= 32_767
