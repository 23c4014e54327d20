"""The glued cell "Thành phần hồ sơ"."""

from __future__ import annotations

import pytest

from knowledge.documents import DossierItem
from knowledge.parsers.dossier import HEADER, Dossier, parse_dossier
from knowledge.parsers.forms import split_form


def items(cell: str) -> list[DossierItem]:
    parsed = parse_dossier(f"--{HEADER}{cell}")
    return [item for case in parsed.cases for item in case.items]


def reasons(parsed: Dossier) -> list[str]:
    return [doubt.reason for doubt in parsed.doubts]


def test_papers_with_counts_and_form_files() -> None:
    found = items(
        "Đơn đề nghị cấp giấy.Mau01.docx1 bản chínhẢnh 3x4;2 bản chính- Bản sao quyết định0 bản chính,1 bản sao"
    )
    assert [
        (item.name, item.originals, item.copies, item.form.file if item.form else "") for item in found
    ] == [
        ("Đơn đề nghị cấp giấy.", 1, None, "Mau01.docx"),
        ("Ảnh 3x4", 2, None, ""),
        ("Bản sao quyết định", 0, 1, ""),
    ]


def test_cases_keep_their_own_papers() -> None:
    parsed = parse_dossier(
        f"* Trường hợp cấp mới:{HEADER}Đơn1 bản chính* Trường hợp cấp lại{HEADER}Giấy cũ1 bản chính"
    )
    assert [(case.case, [item.name for item in case.items]) for case in parsed.cases] == [
        ("Trường hợp cấp mới", ["Đơn"]),
        ("Trường hợp cấp lại", ["Giấy cũ"]),
    ]


def test_counts_inside_prose_do_not_end_a_paper() -> None:
    found = items("Tờ khai: 01 bản chính;1 bản chínhVăn bản gồm 2 bản chính, nộp một lần3 bản chính")
    assert [(item.name, item.originals) for item in found] == [
        ("Tờ khai: 01 bản chính", 1),
        ("Văn bản gồm 2 bản chính, nộp một lần", 3),
    ]


@pytest.mark.parametrize(
    ("cell", "name", "originals"),
    [
        ("Quyết định năm 20251 bản chính", "Quyết định năm 2025", 1),
        ("Đơn theo Mẫu số 181 bản chính", "Đơn theo Mẫu số 18", None),
        ("Đơn theo Mẫu số 1 bản chính", "Đơn theo Mẫu số", None),
        ("Đơn theo Phụ lục A41 bản chính", "Đơn theo Phụ lục A4", None),
    ],
)
def test_a_count_that_runs_into_the_name_is_unknown(cell: str, name: str, originals: int | None) -> None:
    (item,) = items(cell)
    assert (item.name, item.originals) == (name, originals)


def test_explanations_without_a_count_are_notes() -> None:
    parsed = parse_dossier(
        f"--{HEADER}Lưu ý: người nộp mang theo giấy tờ tùy thân để đối chiếu0 bản chính"
        "Giấy tờ phải nộp:0 bản chínhĐơn1 bản chính"
    )
    assert [item.name for case in parsed.cases for item in case.items] == ["Đơn"]
    assert parsed.notes == ["Lưu ý: người nộp mang theo giấy tờ tùy thân để đối chiếu", "Giấy tờ phải nộp"]


def test_a_row_with_a_form_file_is_a_paper_however_it_reads() -> None:
    long = "Trường hợp giấy tờ đã mất thì người nộp làm bản cam đoan về nội dung đã khai " * 6
    with_file, without = (
        parse_dossier(f"--{HEADER}{long}{file}1 bản chính") for file in (".Mẫu số 1.docx", "")
    )
    assert [item.form.file for item in with_file.cases[0].items if item.form] == ["Mẫu số 1.docx"]
    assert (without.cases, len(without.notes)) == ([], 1)


def test_a_paper_with_zero_of_everything_has_no_known_count() -> None:
    parsed = parse_dossier(f"--{HEADER}Tờ khai hải quan0 bản chính")
    (item,) = parsed.cases[0].items
    assert (item.originals, item.copies) == (None, None)
    assert reasons(parsed) == ["a paper with no count"]


def test_a_cell_without_a_table_is_a_note() -> None:
    parsed = parse_dossier("Nộp như lần đầu")
    assert (parsed.cases, parsed.notes, reasons(parsed)) == ([], ["Nộp như lần đầu"], ["no table of papers"])


@pytest.mark.parametrize("cell", ["", "--", f"--{HEADER}", "Không có thông tin"])
def test_nothing_is_nothing(cell: str) -> None:
    parsed = parse_dossier(cell)
    assert (parsed.cases, parsed.notes) == ([], [])


@pytest.mark.parametrize(
    ("glued", "name", "files"),
    [
        ("Đơn đề nghị;Mau 01.docx", "Đơn đề nghị;", "Mau 01.docx"),
        (
            "Bản đồ khu vựcMau 32-Phu luc V_37.2025.TT-ABC_02.7.2025.doc",
            "Bản đồ khu vực",
            "Mau 32-Phu luc V_37.2025.TT-ABC_02.7.2025.doc",
        ),
        ("Tờ khai (mẫu a).Mẫu 1a.docxMẫu 1b.docx", "Tờ khai (mẫu a).", "Mẫu 1a.docx; Mẫu 1b.docx"),
        (
            "Nội dung lấy ý kiến (mẫu kèm theo).Nidungykin.docx",
            "Nội dung lấy ý kiến (mẫu kèm theo).",
            "Nidungykin.docx",
        ),
        (
            "Đơn (song ngữ Việt-Anh).6.nxincpGPcaCNNNg.doc",
            "Đơn (song ngữ Việt-Anh).",
            "6.nxincpGPcaCNNNg.doc",
        ),
        (
            "Kèm theo Nghị định 95/2018/NĐ-CP.mẫu số 2 nđ.docx",
            "Kèm theo Nghị định 95/2018/NĐ-CP.",
            "mẫu số 2 nđ.docx",
        ),
        ("Văn bản ngày 27/12/2021.Mus09.docx", "Văn bản ngày 27/12/2021.", "Mus09.docx"),
        ("Đơn theo quy địnhvăn bản đề nghị.docx", "Đơn theo quy định", "văn bản đề nghị.docx"),
        ("Đơn theo mẫumau so 12 (1).doc", "Đơn theo mẫu", "mau so 12 (1).doc"),
        ("Đơn theo pháp luật103-Mẫu số 103.docx", "Đơn theo pháp luật", "103-Mẫu số 103.docx"),
        ("Đơn theo quy định1.4. Don de nghi.docx", "Đơn theo quy định", "1.4. Don de nghi.docx"),
        ("Đơn theo mẫu1.000312.docx", "Đơn theo mẫu", "1.000312.docx"),
        (
            "Đơn theo Thông tư 9/2026/TT-BNNMT22 đ sửa.docx",
            "Đơn theo Thông tư 9/2026/TT-BNNMT",
            "22 đ sửa.docx",
        ),
        ("Đơn theo Thông tư 9/2026/TT-BNNMT.Mus02.docx", "Đơn theo Thông tư 9/2026/TT-BNNMT.", "Mus02.docx"),
        (
            "Đơn theo Nghị định 9/2026/NĐ-CPBC. tom tat.docx",
            "Đơn theo Nghị định 9/2026/NĐ-CP",
            "BC. tom tat.docx",
        ),
        ("Đơn ngày 15/5/2024Mus02.docx", "Đơn ngày 15/5/2024", "Mus02.docx"),
        ("Đơn (đã sửa đổi),PL 01.docx", "Đơn (đã sửa đổi),", "PL 01.docx"),
        ("Giấy giới thiệu", "Giấy giới thiệu", ""),
        ("Bản khai a.doc viết tay", "Bản khai a.doc viết tay", ""),
    ],
)
def test_form_files_are_cut_at_the_seam(glued: str, name: str, files: str) -> None:
    assert split_form(glued) == (name, files)
