"""Coverage: what share of a question a target accounts for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.coverage import Coverage, query_tokens
from index.targets import TargetText

TARGETS = [
    TargetText("Đăng ký khai sinh", ("làm giấy khai sinh",), "nộp tờ khai tại xã"),
    TargetText("Đăng ký kết hôn", (), "hai bên nam nữ có mặt"),
    TargetText("Đổi giấy phép lái xe", ("đổi bằng lái",)),
]


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    return Coverage.build(TARGETS)


def test_its_own_title_is_covered_wholly(coverage: Coverage) -> None:
    for row, target in enumerate(TARGETS):
        assert coverage.of(target.title, row) == pytest.approx((1.0, 1.0))


def test_words_of_the_body_count_apart(coverage: Coverage) -> None:
    own, whole = coverage.of("nộp tờ khai", 0)
    assert own < whole == pytest.approx(1.0)


def test_a_rare_word_weighs_more_than_a_common_one(coverage: Coverage) -> None:
    rare, _ = coverage.of("đăng sinh", 0)
    common, _ = coverage.of("đăng hôn", 0)
    assert rare > common


def test_unknown_words_count_against(coverage: Coverage) -> None:
    known, _ = coverage.of("khai sinh", 0)
    with_unknown, _ = coverage.of("khai sinh bitcoin", 0)
    assert with_unknown < known


def test_nothing_asked_is_nothing_covered(coverage: Coverage) -> None:
    assert coverage.of("", 0) == (0.0, 0.0)
    assert coverage.of("😀", 0) == (0.0, 0.0)


def test_marks_and_short_spellings_do_not_matter(coverage: Coverage) -> None:
    assert coverage.of("đk khai sinh", 0) == coverage.of("dang ky khai sinh", 0)
    assert query_tokens("giấy giấy GIẤY") == ["giay"]


def test_saved_and_loaded_it_is_the_same(coverage: Coverage, tmp_path: Path) -> None:
    coverage.save(tmp_path)
    loaded = Coverage.load(tmp_path)
    for query in ("khai sinh ở xã", "đổi bằng", "giá vàng"):
        for row in range(len(TARGETS)):
            assert loaded.of(query, row) == pytest.approx(coverage.of(query, row))


def test_targets_without_text_are_covered_by_nothing() -> None:
    assert Coverage.build([TargetText("")]).of("khai sinh", 0) == (0.0, 0.0)


@given(query=st.text(max_size=60), row=st.integers(0, 2))
def test_shares_are_shares(query: str, row: int) -> None:
    own, whole = Coverage.build(TARGETS).of(query, row)
    assert 0.0 <= own <= whole <= 1.0 + 1e-9
