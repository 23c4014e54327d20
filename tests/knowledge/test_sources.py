"""Files of every kind in one folder: each by its own reader, whatever its name says; the others named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from knowledge import readings
from knowledge.documents import Plan, Procedure
from knowledge.ingest import Options, Order, ingest
from knowledge.problems import Problem
from knowledge.reading.kinds import Kind
from knowledge.reading.pages import Page
from knowledge.readings import program, reader_key
from knowledge.sources import Found, find_files, read_file
from knowledge.store import KnowledgeStore
from tests.knowledge import issued_texts
from tests.knowledge.annex import annex
from tests.knowledge.crawl import crawl_line, export_file, write_lines
from tests.knowledge.made_files import docx, p, pdf
from tests.knowledge.sheets import Sheet, document_xml, tabular_page, write_docx
from tests.knowledge.test_parsers_excel_list import HEAD, TITLE, book

PLAN = f"{issued_texts.PLAN_FIRST}\n{issued_texts.PLAN_SECOND}"


def crawl(path: Path) -> Path:
    return write_lines(path.with_suffix(".jsonl"), crawl_line("9.000001"))


def export(path: Path) -> Path:
    path.with_suffix(".json").write_text(json.dumps(export_file("9.000002")), encoding="utf-8")
    return path.with_suffix(".json")


def page(path: Path) -> Path:
    path.with_suffix(".html").write_text(tabular_page(Sheet(code="9.000003")), encoding="utf-8")
    return path.with_suffix(".html")


def word_export(path: Path) -> Path:
    return write_docx(path.with_suffix(".doc"), document_xml(Sheet(code="9.000004")))


def excel(path: Path) -> Path:
    return book(
        path.with_suffix(".xlsx"), [*TITLE, HEAD, (1, "9.000005", "Toàn trình", "Cấp thẻ", "Mẫu", "1/QĐ-A")]
    )


def decision(path: Path) -> Path:
    text = "\f".join(page.text for page in annex().pages)
    path.with_suffix(".txt").write_text(text, encoding="utf-8")
    return path.with_suffix(".txt")


def plan_text(path: Path) -> Path:
    path.with_suffix(".txt").write_text(PLAN, encoding="utf-8")
    return path.with_suffix(".txt")


def plan_word(path: Path) -> Path:
    return docx("".join(p(line) for line in PLAN.splitlines()), path.with_suffix(".docx"))


def plan_pdf(path: Path) -> Path:
    return pdf(
        [issued_texts.PLAN_FIRST.splitlines(), issued_texts.PLAN_SECOND.splitlines()],
        path.with_suffix(".pdf"),
    )


def keys(found: list[Found]) -> list[str]:
    assert [one for _, one in found if isinstance(one, Problem)] == []
    return [one.key for _, one in found if not isinstance(one, Problem)]


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (crawl, "9.000001"),
        (export, "9.000002"),
        (page, "9.000003"),
        (word_export, "9.000004"),
        (excel, "9.000005@lang-son"),
    ],
)
@pytest.mark.parametrize("renamed", ["", ".bin", ".pdf"])
def test_records_by_content(tmp_path: Path, make: object, key: str, renamed: str) -> None:
    assert callable(make)
    path: Path = make(tmp_path / "tep")
    if renamed:
        path = path.rename(path.with_suffix(renamed))
    assert keys(list(read_file(path))) == [key]


@pytest.mark.parametrize("make", [plan_text, plan_word, plan_pdf])
def test_an_issued_text_in_every_dress(tmp_path: Path, make: object) -> None:
    assert callable(make)
    told: list[Page] = []
    ((place, plan),) = read_file(make(tmp_path / "tep"), pages=lambda pages: told.extend(pages))
    assert isinstance(plan, Plan)
    assert (place, plan.type, bool(plan.statements)) == (1, "Kế hoạch", True)
    assert told
    assert "KẾ HOẠCH" in told[0].text


def test_a_decision_gives_its_procedures(tmp_path: Path) -> None:
    found = [one for _, one in read_file(decision(tmp_path / "tep"))]
    assert any(isinstance(one, Procedure | Problem) for one in found)
    assert not any(isinstance(one, Plan) for one in found)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "a.txt",
            b"Danh s\xc3\xa1ch \xc4\x91i ch\xe1\xbb\xa3: rau, c\xc3\xa1, g\xe1\xba\xa1o.\n" * 20,
            "neither a decision",
        ),
        ("a.json", b'{"a": 1}', "no format that is known"),
        ("a.zip", b"PK\x05\x06" + b"\0" * 18, "read"),
        ("a.exe", b"MZ\x90\0" + b"\0" * 200, "a Windows program"),
        ("a.pdf", b"%PDF-1.7\n1 0 obj", "its end is missing"),
    ],
)
def test_what_is_nothing_of_ours_is_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    ((_, problem),) = read_file(tmp_path / name)
    assert isinstance(problem, Problem)
    assert problem.file == str(tmp_path / name)
    assert said in problem.reason
    assert "\n" not in str(problem)


def test_which_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.pdf", ".git/x.txt", "~$a.docx", "a.pdf.motcua.txt", "c.part", "sub/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    files, problems = find_files([tmp_path, tmp_path / "b.jsonl", tmp_path / "none"])
    assert [str(file.relative_to(tmp_path)) for file in files] == ["a.pdf", "b.jsonl", "sub/d.txt"]
    assert [problem.reason for problem in problems] == ["there is no such file or folder"]


@pytest.mark.postgres
def test_one_folder_of_everything(tmp_path: Path, store: KnowledgeStore) -> None:
    folder = tmp_path / "den"
    folder.mkdir()
    for number, make in enumerate((crawl, export, page, word_export, excel, plan_text)):
        make(folder / str(number))
    (folder / "hong.pdf").write_bytes(b"%PDF-1.7 cut")
    order = Order(Options(ocr=False), packs="off")
    report = ingest([folder], store=store, order=order)
    assert (report.read, report.listed, report.read_plans, report.published, report.plans) == (5, 1, 1, 5, 1)
    assert [Path(problem.file).name for problem in report.problems] == ["hong.pdf"]
    assert report.plan_coverage["statements"] == 1
    kinds = store.conn.execute("SELECT kind FROM knowledge_files ORDER BY kind").fetchall()
    assert [row["kind"] for row in kinds] == ["docx", "html", "json", "jsonl", "text", "xlsx"]
    pages = store.conn.execute("SELECT method, quality, text FROM knowledge_pages").fetchall()
    assert [row["method"] for row in pages] == ["text"]
    assert pages[0]["quality"] > 0.9
    assert "KẾ HOẠCH" in pages[0]["text"]
    again = ingest([folder], store=store, order=order)
    assert (again.changed, again.fresh, again.version) == (False, [], report.version)
    assert [Path(problem.file).name for problem in again.problems] == ["hong.pdf"]
    text = "\n".join(report.lines())
    assert "read 5 procedures (1 by title only) and 1 issued texts from 6 file(s)" in text
    assert "stated in issued texts:" in text


def test_the_program_that_reads_is_named_by_files_that_are_there() -> None:
    assert program() == program()
    for name in (*(f"{module}.py" for module in readings._MODULES), *readings._DATA, *readings._READERS):
        assert (readings._PACKAGE / name).exists(), name


def test_what_decides_a_reading() -> None:
    options = [Options(), Options(ocr=False), Options(area="dak-lak"), Options(fetched=date(2026, 7, 1))]
    assert len({reader_key(Kind.PDF, one, "x") for one in options}) == 4
    assert len({reader_key(Kind.JSONL, one, "x") for one in options}) == 3  # it has no pages to look at


def test_an_office_that_is_gone_is_a_doubt_whatever_the_file(tmp_path: Path) -> None:
    steps = "Nộp tại Ủy ban nhân dân cấp huyện."
    path = write_lines(tmp_path / "x.jsonl", crawl_line("9.000011", trinh_tu_thuc_hien=steps))
    ((_, record),) = read_file(path)
    assert isinstance(record, Procedure)
    (doubt,) = [doubt for doubt in record.doubts if "abolished" in doubt.reason]
    assert (doubt.field, doubt.raw) == ("steps", "Ủy ban nhân dân cấp huyện")
    assert "UBND cấp xã" in doubt.reason
