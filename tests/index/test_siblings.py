"""Cases that a text names, and those it only seems to name once its marks are gone."""

from __future__ import annotations

import pytest

from index.siblings import Siblings

SIBLINGS = Siblings()


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("đổi bằng lái xe", "doi"),
        ("nghỉ bán một thời gian", "cham_dut"),
        ("đóng cửa hàng", "cham_dut"),
        ("làm mất thẻ rồi", "lai"),
        ("vợ em quốc tịch Nhật", "nuoc_ngoai"),
        ("lam mat the roi", "lai"),
    ],
)
def test_a_case_is_named(text: str, case: str) -> None:
    assert case in SIBLINGS.cases(text)


@pytest.mark.parametrize(
    "text",
    [
        "đề nghị hướng dẫn đối với hội đồng",
        "de nghi huong dan doi voi hoi dong",
        "hợp đồng theo nghị định mới nhất",
        "nộp nước mặt cho mặt hàng gỗ",
    ],
)
def test_what_only_reads_like_a_case_names_none(text: str) -> None:
    assert SIBLINGS.cases(text) == frozenset()


def test_a_question_fits_the_sister_of_its_case() -> None:
    asked = SIBLINGS.cases("thẻ bị mất thì làm lại ở đâu")
    again, first = SIBLINGS.cases("Cấp lại thẻ"), SIBLINGS.cases("Cấp thẻ")
    assert SIBLINGS.fit(asked, again, again) > SIBLINGS.fit(asked, first, first)
    assert SIBLINGS.fit(frozenset(), first, first) > SIBLINGS.fit(frozenset(), again, again)
