"""Lengths of time: what is one figure, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.documents import TimeUnit
from knowledge.parsers.durations import UNITS, column_duration, find_durations

WORKING, DAY, HOUR, MONTH, YEAR = (
    TimeUnit.WORKING_DAY, TimeUnit.DAY, TimeUnit.HOUR, TimeUnit.MONTH, TimeUnit.YEAR
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("trong 05 (năm) ngày làm việc kể từ khi nhận", [(5, WORKING)]),
        ("không quá 30 ngày", [(30, DAY)]),
        ("ba (03) ngày làm  việc", [(3, WORKING)]),
        ("8 giờ làm việc", [(8, TimeUnit.WORKING_HOUR)]),
        ("05 ngày làm vệc", [(5, WORKING)]),  # misprinted in places
        ("24 giờ", [(24, HOUR)]),
        ("1,5 ngày", [(1.5, DAY)]),
        ("0.5 ngày làm việc", [(0.5, WORKING)]),
        ("giấy phép có giá trị 05 năm", [(5, YEAR)]),
        ("06 tháng", [(6, MONTH)]),
        ("03 ngày, riêng nơi xa 05 ngày", [(3, DAY), (5, DAY)]),
    ],
)
def test_reads_lengths(text: str, expected: list[tuple[float, TimeUnit]]) -> None:
    assert [found.figure for found in find_durations(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "ngày 12 tháng 5 năm 2023",
        "Thông tư 20/2024/TT-ABC ngày 30/6/2025",
        "nhận sau 15 giờ cùng ngày",
        "từ 8 giờ 30",
        "làm 8 giờ/ngày",
        "5 - 7 ngày",
        "từ 3 đến 5 ngày làm việc",
        "24/24 giờ",
        "năm 2026",
        "quý 2 năm 2026",
        "hai mươi ngày",
        "Trực tuyến1",
        "",
    ],
)
def test_leaves_out_what_is_no_single_length(text: str) -> None:
    assert find_durations(text) == []


@pytest.mark.parametrize(
    "text",
    ["1", "15", "", "Không có thông tin", "0 Giờ", "10-25", "1 ngày làm việc", "5 Ngày 3 Giờ", "1100 VNĐ"],
)
def test_a_column_without_one_figure_and_unit_is_unknown(text: str) -> None:
    assert column_duration(text) is None


@given(value=st.integers(1, 999), unit=st.sampled_from(["Ngày làm việc", "Ngày", "Giờ", "Tháng", "Năm"]))
def test_a_column_reads_back(value: int, unit: str) -> None:
    read = column_duration(f"{value} {unit}")
    assert read is not None
    assert (read.value, read.unit, read.raw) == (value, UNITS[unit.lower()], f"{value} {unit}")


@given(value=st.integers(1, 99), unit=st.sampled_from(sorted(UNITS)), pad=st.booleans(), words=st.booleans())
def test_prose_reads_back(value: int, unit: str, pad: bool, words: bool) -> None:
    number = f"{value:02d}" if pad else str(value)
    spelled = " (bằng chữ)" if words else ""
    found = find_durations(f"giải quyết trong {number}{spelled} {unit} kể từ khi nhận đủ hồ sơ")
    assert [one.figure for one in found] == [(value, UNITS[unit])]


@given(st.text(alphabet="0123456789 .,()/-ngàytháiờămệvlc", max_size=60))
def test_never_fails_and_never_invents_digits(text: str) -> None:
    for found in find_durations(text):
        assert text[found.start : found.end] == found.raw
        assert found.value >= 0
