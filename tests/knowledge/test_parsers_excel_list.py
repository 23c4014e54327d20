"""Lists of procedures in Excel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from knowledge.documents import Level, Procedure, ValidityState
from knowledge.parsers.excel_list import parse
from knowledge.problems import Problem

HEAD = ("STT", "Mã TTHC", "MỨC ĐỘ DVC", "TÊN TTHC", "LĨNH VỰC", "QUYẾT ĐỊNH")
TITLE = (("UBND TỈNH LẠNG SƠN", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (), ("DANH SÁCH THỦ TỤC",))


def book(path: Path, *sheets: Sequence[Sequence[object]], made_on: datetime | None = None) -> Path:
    """A workbook of the given rows, a sheet each."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for number, rows in enumerate(sheets, start=1):
        sheet = made.create_sheet(f"Sheet{number}")
        for row in rows:
            sheet.append(list(row))
    made.properties.created = made_on or datetime(2026, 7, 1, tzinfo=UTC)
    made.save(path)
    return path


def records(found: Sequence[tuple[int, Procedure | Problem]]) -> dict[int, Procedure]:
    return {place: record for place, record in found if isinstance(record, Procedure)}


def problems(found: Sequence[tuple[int, Procedure | Problem]]) -> dict[int, str]:
    return {place: problem.reason for place, problem in found if isinstance(problem, Problem)}


def listed(tmp_path: Path, *rows: Sequence[object]) -> list[tuple[int, Procedure | Problem]]:
    return list(parse(book(tmp_path / "danh-muc.xlsx", [*TITLE, HEAD, *rows])))


def test_a_row_is_a_procedure_known_by_title(tmp_path: Path) -> None:
    row = (1, "9.000041.000.00.00.H37", "Toàn trình", "Cấp thẻ\n thư viện ", " Thư viện", "310/QĐ-UBND ")
    ((place, record),) = listed(tmp_path, row)
    assert place == 5, "the row that Excel shows"
    assert isinstance(record, Procedure)
    assert (record.code, record.raw_code, record.listed_only) == ("9.000041", "9.000041.000.00.00.H37", True)
    assert (record.title, record.field, record.decision) == ("Cấp thẻ thư viện", "Thư viện", "310/QĐ-UBND")
    assert (record.online_level, record.area, record.key) == ("full", "lang-son", "9.000041@lang-son")
    assert (record.provenance.method, record.provenance.section) == ("table", "Sheet1, row 5")
    assert record.channels == () and record.dossier == ()
    assert [doubt.field for doubt in record.doubts] == ["area"]
    assert Procedure.from_json(record.to_json()) == record


def test_a_code_kept_as_a_number_has_its_six_decimals_back(tmp_path: Path) -> None:
    found = listed(tmp_path, (1, 2.000815, "", "Việc một", "", ""), (2, 1.01304, "", "Việc hai", "", ""))
    assert [record.code for record in records(found).values()] == ["2.000815", "1.013040"]


def test_rows_that_are_left_out_are_named(tmp_path: Path) -> None:
    found = listed(
        tmp_path,
        (1, "9.000041", "", "Thủ tục test", "", ""),
        (2, "TEST_MOT_CAP", "", "Nộp hồ sơ", "", ""),
        (3, "CCCX_01", "", "Thực hiện chế độ", "", ""),
        (4, "", "", "Có tên, không có mã", "", ""),
        (5, "9.000042", "", "", "", ""),
        (6, "9.000043", "", "Kiểm tra testosteron tại cơ sở", "", ""),
        (7, "9.00004", "", "Thiếu một số", "", ""),
        (None, None, None, None, "Người lập báo cáo", None),
    )
    assert list(records(found)) == [10], "a word that holds 'test' is no test"
    reasons = problems(found)
    assert sorted(reasons) == [5, 6, 7, 8, 9, 11]
    assert reasons[5].startswith("a test row") and reasons[6].startswith("a test row")
    assert reasons[7] == "no national code (N.NNNNNN): 'CCCX_01' 'Thực hiện chế độ'"
    assert reasons[8].startswith("no code beside") and reasons[9].startswith("no title beside")


def test_stray_spaces_are_no_part_of_a_code(tmp_path: Path) -> None:
    codes = (
        " 9.000051 .000.00.00.H37",
        "9.000052.000.00. 00.H37",
        "9.000053.000.00.00.H37.H",
        "9.000054.H37",
    )
    found = listed(
        tmp_path, *((number, code, "", f"Việc số {number}", "", "") for number, code in enumerate(codes))
    )
    assert [record.code[-2:] for record in records(found).values()] == ["51", "52", "53", "54"]
    typo = listed(tmp_path, (1, "9.000055000.00.00.H37", "", "Việc", "", ""))
    assert list(problems(typo)) == [5]


def test_a_formula_without_its_value_is_named(tmp_path: Path) -> None:
    found = listed(
        tmp_path, (1, "9.000041", "", "=D99", "", ""), (2, '="9.0000"&"42"', "", "Việc hai", "", "")
    )
    assert (
        list(problems(found).values()) == ["a formula whose value was not saved: open and save in Excel"] * 2
    )
    assert records(found) == {}


def test_a_code_that_stands_again(tmp_path: Path) -> None:
    found = listed(
        tmp_path,
        (1, "9.000041", "", "Cấp thẻ", "", ""),
        (2, "9.000041.000.00.00.H37", "", "Cấp thẻ.", "", ""),
        (3, "9.000041", "", "Thu hồi thẻ", "", ""),
    )
    assert problems(found) == {
        6: "repeats row 5",
        7: "has the code of row 5, with another title: 'Thu hồi thẻ'",
    }
    (record,) = records(found).values()
    assert "the list gives this code another title too" in [doubt.reason for doubt in record.doubts]


def test_the_header_is_found_by_its_words(tmp_path: Path) -> None:
    head = ("TT", "Tên thủ tục hành chính", "Mã số TTHC", "Cấp thực hiện", "Cơ quan thực hiện")
    rows = [(), ("DANH MỤC",), (), (), head, (1, "Cấp thẻ", "9.000041", "Cấp tỉnh, cấp xã", "Sở Mẫu")]
    notes = [("Ghi chú",), ("Không có danh mục ở trang này",)]
    found = list(parse(book(tmp_path / "x.xlsx", notes, rows), area="dak-lak"))
    ((place, record),) = found
    assert (place, isinstance(record, Procedure)) == (6, True)
    assert isinstance(record, Procedure)
    assert record.levels == (Level.PROVINCE, Level.COMMUNE)
    assert (record.agency, record.area, record.doubts) == ("Sở Mẫu", "dak-lak", ())


def test_headings_between_the_rows_name_field_and_level(tmp_path: Path) -> None:
    head = ("STT", "Mã TTHC", "Tên TTHC")
    rows = [head, ("A", None, "THỦ TỤC CẤP XÃ"), ("I", None, "LĨNH VỰC THƯ VIỆN"), (1, "9.000041", "Cấp thẻ")]
    found = list(parse(book(tmp_path / "x.xlsx", rows)))
    assert problems(found) == {}
    (record,) = records(found).values()
    assert (record.field, record.levels) == ("Thư viện", (Level.COMMUNE,))


def test_what_names_the_district_in_a_list_of_its_time_is_of_the_past(tmp_path: Path) -> None:
    rows = [*TITLE, HEAD, (1, "9.000041", "Mức độ 2", "Cấp thẻ (cấp huyện)"), (2, "9.000042", "", "Cấp giấy")]
    before = datetime(2025, 4, 24, tzinfo=UTC)
    old, other = records(list(parse(book(tmp_path / "x.xlsx", rows, made_on=before)))).values()
    assert (old.validity.state, old.validity.end) == (ValidityState.SUPERSEDED, date(2025, 6, 30))
    assert old.key == "9.000041@lang-son~truoc-2025-07"
    assert (other.validity.state, other.variant) == (ValidityState.UNKNOWN, "")
    today, _ = records(list(parse(book(tmp_path / "y.xlsx", rows)))).values()
    assert (today.validity.state, today.variant) == (ValidityState.UNKNOWN, "")
    assert {doubt.field for doubt in today.doubts} == {"area", "title", "online_level"}


def test_a_workbook_without_a_list_and_a_file_that_is_none(tmp_path: Path) -> None:
    ((place, problem),) = parse(book(tmp_path / "x.xlsx", [("Họ tên", "Điện thoại")]))
    assert (place, str(problem)) == (
        0,
        "x.xlsx: no sheet has a row that heads a code (Mã TTHC) and a title (Tên TTHC)",
    )
    broken = tmp_path / "y.xlsx"
    broken.write_bytes(b"PK\x03\x04 damaged")
    ((place, problem),) = parse(broken, name="bang.xlsx")
    assert place == 0
    assert str(problem).startswith("bang.xlsx: cannot be read as a workbook")


@pytest.mark.shared
def test_the_list_of_lang_son(shared: Path) -> None:
    found = list(parse(shared / "corpus" / "lang_son_danh_muc.xlsx"))
    assert len(found) == 1842
    known, left = records(found), problems(found)
    assert (len(known), len(left)) == (1713, 129)
    kinds = Counter(" ".join(reason.split()[:2]) for reason in left.values())
    assert kinds["a test"] == 2 and kinds["no national"] == 60
    assert {record.area for record in known.values()} == {"lang-son"}
    assert len({record.key for record in known.values()}) == 1713
    assert all(record.listed_only and record.field for record in known.values())
