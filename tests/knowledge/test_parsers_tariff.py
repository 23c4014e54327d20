"""Lists of amounts: taken apart where every piece is understood, left whole otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.parsers.fee_entries import Entry
from knowledge.parsers.tariff import OTHERWISE, read_tariff

UNTIL = "kể từ ngày 01/7/2025 đến hết ngày 31/12/2026 theo Thông tư số 9/2025/TT-BTC"


def entries(text: str) -> list[Entry]:
    tariff = read_tariff(text)
    assert tariff is not None
    return tariff.entries


def said(text: str) -> list[tuple[int | None, str]]:
    return [(entry.amount, entry.condition()) for entry in entries(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("150.000 đồng (làm mới); 75.000 đồng (làm lại)", [(150_000, "làm mới"), (75_000, "làm lại")]),
        ("- Làm mới: 150.000 VNĐ - Làm lại: 75.000 VNĐ", [(150_000, "Làm mới"), (75_000, "Làm lại")]),
        ("Phí làm mới 40.000đồng/lần; phí làm lại 20.000 đồng/lần.",
         [(40_000, "Phí làm mới; mỗi lần"), (20_000, "phí làm lại; mỗi lần")]),
        ("+ Thuyền dưới 5 tấn: 3.000 đồng/tấn (mức thu tối thiểu không dưới 90.000 đồng); + Thuyền to: 2.000 đồng/tấn",
         [(3_000, "Thuyền dưới 5 tấn (mức thu tối thiểu không dưới 90.000 đồng); mỗi tấn"),
          (2_000, "Thuyền to; mỗi tấn")]),
        ("Thẻ thường: 20 USD/thẻ; thẻ quý: 40 USD/thẻ", [(20, "Thẻ thường; mỗi thẻ"), (40, "thẻ quý; mỗi thẻ")]),
        ("Một loại: 8.000.000/lần; thêm một loại: 2.000.000/lần",
         [(8_000_000, "Một loại; mỗi lần"), (2_000_000, "thêm một loại; mỗi lần")]),
        ("Phí: 600000/lần Đồng (Thi lần đầu) Phí: 400000/lần Đồng (Thi lại)",
         [(600_000, "Phí (Thi lần đầu); mỗi lần"), (400_000, "Phí (Thi lại); mỗi lần")]),
    ],
)  # fmt: skip
def test_each_amount_keeps_its_own_words(text: str, expected: list[tuple[int, str]]) -> None:
    assert said(text) == expected


def test_headings_above_bullets_belong_to_the_amounts_below() -> None:
    text = "a) Ở cảng lớn: - Mới: 9.000.000 đồng; - Lại: 5.000.000 đồng. b) Ở cảng nhỏ: - Mới: 7.000.000 đồng"
    assert said(text) == [
        (9_000_000, "Ở cảng lớn: Mới"),
        (5_000_000, "Ở cảng lớn: Lại"),
        (7_000_000, "Ở cảng nhỏ: Mới"),
    ]


def test_words_before_several_amounts_of_one_piece_head_them_all() -> None:
    text = "+ Đối với hạng A: Lý thuyết: 60.000 đồng/lần, Thực hành: 70.000 đồng/lần"
    assert said(text) == [
        (60_000, "Đối với hạng A: Lý thuyết; mỗi lần"),
        (70_000, "Đối với hạng A: Thực hành; mỗi lần"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "200.000 đồng/sổ. Trường hợp mất sổ: 400.000 đồng/sổ",
        "200.000đ/sổ, trường hợp mất sổ: 400.000đ/sổ",
        "200.000 đồng/sổ; riêng trường hợp mất sổ: 400.000 đồng/sổ",
    ],
)
def test_the_amount_before_an_exception_is_the_one_otherwise(text: str) -> None:
    first, second = said(text)
    assert first == (200_000, f"{OTHERWISE}; mỗi sổ")
    assert second[0] == 400_000
    assert "mất sổ" in second[1]


def test_a_reduction_for_a_time_goes_with_the_amount_it_reduces() -> None:
    (entry,) = entries(f"Phí: 800.000 đồng/hồ sơ (áp dụng mức phí 400.000 đồng/hồ sơ {UNTIL}).")
    assert (entry.amount, entry.label, entry.unit) == (800_000, "Phí", "hồ sơ")
    assert entry.reduced is not None
    amount, term = entry.reduced
    assert (amount, term.start, term.end) == (400_000, date(2025, 7, 1), date(2026, 12, 31))
    assert str(term) == "từ ngày 01/07/2025 đến hết ngày 31/12/2026, theo Thông tư số 9/2025/TT-BTC"


def test_a_reduction_alone_waits_for_the_amount_of_the_column() -> None:
    tariff = read_tariff(f"(Áp dụng mức phí: 500.000 đồng (Năm trăm nghìn đồng) {UNTIL}).")
    assert tariff is not None
    assert (tariff.entries, tariff.reduced and tariff.reduced[0]) == ([], 500_000)


def test_an_exemption_behind_several_amounts_is_of_all_of_them() -> None:
    text = "5.000.000 đồng (sân nhỏ) phí: 9.000.000 đồng (sân lớn) Miễn phí từ ngày 07/4/2026 đến 30/6/2026"
    tariff = read_tariff(text)
    assert tariff is not None
    assert [entry.amount for entry in tariff.entries] == [5_000_000, 9_000_000]
    assert tariff.exempt is not None
    assert tariff.exempt.end == date(2026, 6, 30)


def test_days_behind_several_amounts_of_one_sentence_are_of_all_of_them() -> None:
    text = "160.000/sổ, trường hợp mất: 320.000đ/sổ (áp dụng đến hết ngày 31/12/2023 theo Thông tư số 4/2023/TT-BTC)"
    assert [entry.term and entry.term.end for entry in entries(text)] == [date(2023, 12, 31)] * 2


def test_a_share_for_a_time_is_kept_without_a_figure() -> None:
    full, share = entries(
        "- Thẻ: 70.000 đồng/thẻ. - Kể từ ngày 01/7/2025 đến hết ngày 31/12/2026 mức thu bằng 50% mức nêu trên."
    )
    assert (full.amount, share.amount) == (70_000, None)
    assert share.condition() == "mức thu bằng 50% mức nêu trên; từ ngày 01/07/2025 đến hết ngày 31/12/2026"


def test_cases_that_are_free_or_set_elsewhere_stay_beside_the_amounts() -> None:
    assert said(
        "- Giống quý: 600.000 đồng/lô; - Giống thường: Hội đồng nhân dân cấp tỉnh quyết định; - Miễn phí cho hộ nghèo"
    ) == [
        (600_000, "Giống quý; mỗi lô"),
        (None, "Giống thường: Hội đồng nhân dân cấp tỉnh quyết định"),
        (0, "Miễn phí cho hộ nghèo"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "70.000 đồng; 90.000 đồng",  # nothing tells them apart
        "Cấp mới: 70.000 đồng; cấp mới: 90.000 đồng",
        "Nộp 150.000 đồng + (số tấn x 15.000 đồng/tấn)",  # formulas
        "Lần đầu: 20% của 11.000.000 đồng",
        "từ 20.000 đồng đối với hàng nhỏ; 200.000 đồng đối với hàng lớn",  # bounds
        "2.000 đồng/trang; từ trang thứ 3 thu 1.000 đồng/trang, tối đa không quá 200.000 đồng/bản",
        "100.000 - 200.000 đồng/giấy",
        "Giá trị dưới 2,1 tỷ đồng",
        "Loại A: 70.000 đồng, phụ thu 5.000 đồng",  # two amounts in one piece
        "Giấy loại to, Lệ phí: 1,500,000 (giấy loại nhỏ)",  # the words before belong to an amount elsewhere
        "- Thẻ: 70.000 đồng. - Giảm 30% cho người cao tuổi",
        f"Mới: 70.000 đồng; lại: 50.000 đồng; áp dụng mức phí 20.000 đồng {UNTIL}",  # which of the two?
        "Thẻ: 70.000 đồng (áp dụng đến hết ngày 31/02/2026)",  # no such day
        "Theo biểu phí",
        "Không",
        "",
    ],
)
def test_what_is_not_certain_is_left_whole(text: str) -> None:
    assert read_tariff(text) is None


def test_sentences_that_only_explain_do_not_spoil_the_list() -> None:
    text = "- Phí đăng: 100.000 đồng/lần. - Người nộp hồ sơ nộp phí tại quầy hoặc chuyển khoản."
    assert said(text) == [(100_000, "Phí đăng; mỗi lần")]


_WORDS = ("cấp mới", "cấp lại", "cấp đổi", "gia hạn")


@given(
    amounts=st.lists(st.integers(1, 9_999).map(lambda n: n * 1000), min_size=2, max_size=4, unique=True),
    separator=st.sampled_from([".", ","]),
    currency=st.sampled_from(["đồng", "VNĐ", "đ", "Việt Nam Đồng"]),
    shape=st.sampled_from(["{words}: {amount} {currency}", "{amount} {currency} ({words})"]),
    joint=st.sampled_from(["; ", ";\n", "\n- "]),
)
def test_any_list_of_cases_reads_back(
    amounts: list[int], separator: str, currency: str, shape: str, joint: str
) -> None:
    pieces = [
        shape.format(words=words, amount=f"{amount:,}".replace(",", separator), currency=currency)
        for words, amount in zip(_WORDS, amounts, strict=False)
    ]
    assert said(joint.join(pieces)) == [
        (amount, words) for words, amount in zip(_WORDS, amounts, strict=False)
    ]


@given(st.text(alphabet="0123456789.,/;:()-+ đồngVNĐphímiễntừngàyđếnhếtriêngR%⟦⟧\n", max_size=80))
def test_never_fails_and_never_invents_an_amount(text: str) -> None:
    tariff = read_tariff(text)
    digits = "".join(sign for sign in text if sign.isdigit())
    for entry in tariff.entries if tariff else []:
        if entry.amount and not any(word in text for word in ("triệu", "nghìn", "tỷ")):
            assert str(entry.amount) in digits
