"""One parser for every spelling of money."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.parsers.money import find_amounts, parse_amount

VND_SPELLINGS = ["đồng", "Đồng", "VNĐ", "VND", "vnđ", "đ", "Việt Nam Đồng", "đồng Việt Nam"]
USD_SPELLINGS = ["USD", "usd", "đô la Mỹ"]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("40.000 đồng/lần", 40_000, "VND"),
        ("2,000,000 Việt Nam Đồng", 2_000_000, "VND"),
        ("135.000đ", 135_000, "VND"),
        ("1,5 triệu đồng", 1_500_000, "VND"),
        ("200 nghìn đồng", 200_000, "VND"),
        ("1.000.000 (một triệu) đồng", 1_000_000, "VND"),
        ("15000000/lần Đồng", 15_000_000, "VND"),
        ("25 USD", 25, "USD"),
        ("USD 25", 25, "USD"),
        ("$10", 10, "USD"),
        ("8.000.000/lần", 8_000_000, None),
        ("160.000/hộ gia đình", 160_000, None),
        ("Lệ phí: 1,500,000 (loại to)", 1_500_000, None),
        ("0 Đồng", 0, "VND"),
    ],
)
def test_reads_one_amount(text: str, amount: int, currency: str | None) -> None:
    assert [(found.amount, found.currency) for found in find_amounts(text)] == [(amount, currency)]


@pytest.mark.parametrize(
    "text",
    [
        "Thông tư số 281/2016/TT-BTC",
        "ngày 14/11/2016",
        "khoản 2 Điều 5",
        "20.000.00 đồng",
        "1.5 USD",
        "100,5 đồng",
        "đồng/hồ sơ",
        "hội đồng 3 người",
        "loại từ 5.700 kg trở lên",
        "tổng dung tích từ 1.600 GT",
        "1.001193",
        "",
    ],
)
def test_leaves_out_what_is_no_amount(text: str) -> None:
    assert [found for found in find_amounts(text) if found.amount] == []


def test_without_a_currency_the_amount_ends_with_its_digits() -> None:
    (money,) = find_amounts("160.000/hộ gia đình")
    assert "160.000/hộ gia đình"[money.start : money.end] == "160.000"


def test_a_range_gives_both_ends() -> None:
    assert [found.amount for found in find_amounts("từ 100.000 - 200.000 đồng")] == [100_000, 200_000]
    assert [found.amount for found in find_amounts("50.000 đến 70.000 đồng/giấy")] == [50_000, 70_000]


def test_an_exact_amount_is_the_whole_text() -> None:
    assert parse_amount("từ 70.000 đ") is None
    assert parse_amount("135/700 VNĐ") is None
    assert parse_amount("8.000.000/lần") is None


def _grouped(amount: int, separator: str) -> str:
    return f"{amount:,}".replace(",", separator)


@given(
    amount=st.integers(0, 10**11),
    separator=st.sampled_from([".", ",", ""]),
    spelling=st.sampled_from(VND_SPELLINGS),
    space=st.sampled_from(["", " "]),
)
def test_every_spelling_of_dong_reads_back(amount: int, separator: str, spelling: str, space: str) -> None:
    read = parse_amount(f"{_grouped(amount, separator)}{space}{spelling}")
    assert read is not None
    assert (read.amount, read.currency) == (amount, "VND")


@given(
    amount=st.integers(0, 10**6),
    separator=st.sampled_from([",", "."]),
    spelling=st.sampled_from(USD_SPELLINGS),
)
def test_every_spelling_of_dollars_reads_back(amount: int, separator: str, spelling: str) -> None:
    read = parse_amount(f"{_grouped(amount, separator)} {spelling}")
    assert read is not None
    assert (read.amount, read.currency) == (amount, "USD")


@given(
    amount=st.integers(1000, 10**9),
    text=st.sampled_from(["Lệ phí cấp mới: {} đồng/giấy.", "({} đồng)", "mức {} đồng; xem biểu phí"]),
)
def test_reads_amounts_inside_sentences(amount: int, text: str) -> None:
    assert [found.amount for found in find_amounts(text.format(_grouped(amount, ".")))] == [amount]


@given(
    amounts=st.lists(st.integers(1, 10**6).map(lambda n: n * 1000), min_size=2, max_size=4),
    separator=st.sampled_from([".", ","]),
    spelling=st.sampled_from(VND_SPELLINGS),
    joint=st.sampled_from([" ", "; ", " (", ", ", "/lần ", "\n"]),
)
def test_digits_of_two_amounts_never_run_together(
    amounts: list[int], separator: str, spelling: str, joint: str
) -> None:
    text = joint.join(f"{_grouped(amount, separator)} {spelling}" for amount in amounts)
    assert [found.amount for found in find_amounts(text)] == amounts


@given(amount=st.integers(1000, 10**9), before=st.integers(1, 99))
def test_digits_glued_before_an_amount_leave_none_that_was_not_written(amount: int, before: int) -> None:
    written = f"{before}{_grouped(amount, '.')}"
    for found in find_amounts(f"{written} đồng"):
        assert str(found.amount) == written.replace(".", "")


@given(
    scaled=st.integers(1, 999),
    scale=st.sampled_from([("nghìn", 1000), ("ngàn", 1000), ("triệu", 10**6), ("tỷ", 10**9)]),
    spelling=st.sampled_from(["đồng", "đ", "VNĐ"]),
)
def test_amounts_in_thousands_and_millions_read_back(
    scaled: int, scale: tuple[str, int], spelling: str
) -> None:
    word, factor = scale
    assert [found.amount for found in find_amounts(f"thu {scaled:02d} {word} {spelling}/lần")] == [
        scaled * factor
    ]


@given(st.text(alphabet="0123456789.,/ đồngVNĐUSDtriệu-()", max_size=60))
def test_never_fails(text: str) -> None:
    for found in find_amounts(text):
        assert found.amount >= 0
