"""The glued cell "Căn cứ pháp lý"."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.parsers.legal import HEADER, number_in, parse_legal


def read(cell: str) -> list[tuple[str, str]]:
    return [(basis.number, basis.title) for basis in parse_legal(HEADER + cell).bases]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Luật Hộ tịch60/2014/QH13", [("60/2014/QH13", "Luật Hộ tịch")]),
        ("Luật Mẫu60/2014/QH13Về phí85/2019/TT-BTCQUY ĐỊNH CHUNG01/2020/NĐ-CPquy định khác02/2021/NĐ-CP",
         [("60/2014/QH13", "Luật Mẫu"), ("85/2019/TT-BTC", "Về phí"), ("01/2020/NĐ-CP", "QUY ĐỊNH CHUNG"),
          ("02/2021/NĐ-CP", "quy định khác")]),
        ("Nghị định 64/2022/NĐ-CP64/2022/NĐ-CP", [("64/2022/NĐ-CP", "Nghị định 64/2022/NĐ-CP")]),
        ("Về ngân hàngThông tư số 14/2026/TT-NHNN", [("14/2026/TT-NHNN", "Về ngân hàng")]),
        ("Luật Mẫu năm 201102/2011/QH13", [("02/2011/QH13", "Luật Mẫu năm 2011")]),
        ("Luật A54/2014/QH1454/2015/NĐ-CP54/2015/NĐ-CP", [("54/2014/QH14", "Luật A"), ("54/2015/NĐ-CP", "")]),
        ("Về phân quyền66.18/2026/NQ-CPVề nước.NĐ23/2026/NĐ-CP",
         [("66.18/2026/NQ-CP", "Về phân quyền"), ("23/2026/NĐ-CP", "Về nước.")]),
        ("Thông tư về quá cảnh.42/2020Nghị định khác46/2020/NĐ-CP", [("46/2020/NĐ-CP", "")]),
        ("Luật khen 202206Quy định về thưởng55/2025/TT-BXD", [("55/2025/TT-BXD", "")]),
        ("Về cắt giảm66.7/2025/NQ-CP", [("66.7/2025/NQ-CP", "Về cắt giảm")]),
        ("Nghị quyết số 66.7/2025/NQ-CP về cắt giảm66.7/2025/NQ-CP",
         [("66.7/2025/NQ-CP", "Nghị quyết số 66.7/2025/NQ-CP về cắt giảm")]),
        ("Về hộ nhỏ18/2026/TT-BTC Thông tư số 50/2026/TT-BTC về hộ to50/2026/TT-BTC",
         [("18/2026/TT-BTC", "Về hộ nhỏ"), ("50/2026/TT-BTC", "Thông tư số 50/2026/TT-BTC về hộ to")]),
        ("Thông tư số 55/2026/TT-BTC ngày 15/5/2026.55/2026/TT-BTC",
         [("55/2026/TT-BTC", "Thông tư số 55/2026/TT-BTC ngày 15/5/2026.")]),
        ("Sửa đổi một số điều của Thông tư số 17/2015/TT-NHNN11/2025/TT-NHNN",
         [("11/2025/TT-NHNN", "Sửa đổi một số điều của Thông tư số 17/2015/TT-NHNN")]),
        ("Văn bản nào đó.73-CPQuyết định số 53/2013/QĐ-TTg về xe53/2013/QĐ-TTg",
         [("53/2013/QĐ-TTg", "Quyết định số 53/2013/QĐ-TTg về xe")]),
        ("Sửa đổi Luật trong lĩnh vực môi trường 146/2025/QH15 Quy định về giống16/2026/TT-BNNMT",
         [("16/2026/TT-BNNMT", "")]),
        ("Về hướng dẫn09/2015/TTLT-BCA-BYT-BTCKhác10/2015/TT-BCA",
         [("09/2015/TTLT-BCA-BYT-BTC", "Về hướng dẫn"), ("10/2015/TT-BCA", "Khác")]),
    ],
)  # fmt: skip
def test_splits_at_the_numbers(cell: str, expected: list[tuple[str, str]]) -> None:
    assert read(cell) == expected


def test_a_number_mentioned_inside_a_title_is_no_entry() -> None:
    assert read("Sửa đổi Thông tư số 10/2016/TT-BTC về phí20/2020/TT-BTC") == [
        ("20/2020/TT-BTC", "Sửa đổi Thông tư số 10/2016/TT-BTC về phí")
    ]


def test_date_and_issuer_of_the_entry_itself() -> None:
    (basis,) = parse_legal(
        HEADER + "Nghị định số 21/2026/NĐ-CP ngày 16 tháng 01 năm 2026 của Chính phủ21/2026/NĐ-CP"
    ).bases
    assert (basis.issued, basis.issuer) == (date(2026, 1, 16), "Chính phủ")
    (other,) = parse_legal(HEADER + "Sửa đổi Nghị định 1/2020/NĐ-CP ngày 2/3/202005/2021/TT-BTC").bases
    assert other.issued is None


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("Kỳ họp thứ 214/2022/QĐ-TTg", "title and number run together"),
        ("Luật Mẫu46/2020", "no number that can be read"),
    ],
)
def test_a_number_that_cannot_be_told_from_its_title_is_a_doubt(cell: str, reason: str) -> None:
    parsed = parse_legal(HEADER + cell)
    assert parsed.bases == ()
    assert [doubt.reason for doubt in parsed.doubts] == [reason]


def test_another_section_in_the_cell_is_not_read() -> None:
    assert [doubt.reason for doubt in parse_legal(": Thông tư 1/2016/TT-BTC)Trực tiếp").doubts] == [
        "the section is displaced"
    ]
    assert parse_legal("Không có thông tin").doubts == ()


def test_one_number_in_a_short_text() -> None:
    assert number_in("Thông tư số 104/2024/TT-BQP") == "104/2024/TT-BQP"
    assert number_in("12") is None
