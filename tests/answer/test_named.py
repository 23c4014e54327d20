"""A message that says a procedure's own name means it."""

from __future__ import annotations

import pytest

from bot.answer.named import said_in_full
from index.search import Hit
from knowledge.text.diacritics import fold

NAMES = [
    "đăng ký giám sát chăn voi",
    "đăng ký chăn voi",
    "đăng ký chăn voi có yếu tố nước ngoài",
    "chăn voi lưu động",
]
HITS = [Hit(name, name, 1.0 - place / 100, place) for place, name in enumerate(NAMES)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Thời hạn giải quyết đăng ký chăn voi là bao nhiêu ngày?", 1),
        ("lệ phí đăng ký chăn voi ở xã bao nhiêu", 1),
        ("đăng ký chăn voi có yếu tố nước ngoài cần gì", 2),
    ],
)
def test_the_name_said_is_meant(text: str, place: int) -> None:
    assert said_in_full(text, HITS, NAMES) == place
    assert said_in_full(fold(text), HITS, NAMES) == place


@pytest.mark.parametrize(
    "text",
    [
        "đăng ký chăn voi lưu động ở đâu",  # what tells another one apart
        "đăng ký chăn voi trên sao hỏa cùng bạn thân cần gì",  # much else is said
        "chăn voi ở đâu",  # only a part of a name
        "giá vàng",
    ],
)
def test_a_name_that_is_not_all_said_is_not_meant(text: str) -> None:
    assert said_in_full(text, HITS, NAMES) == -1


def test_a_name_far_down_is_not_meant() -> None:
    far = [HITS[0], Hit("b", "b", 0.3, 1)]
    assert said_in_full("đăng ký chăn voi cần gì", far, NAMES[:2]) == -1


def test_nothing_found_names_nothing() -> None:
    assert said_in_full("đăng ký chăn voi", [], []) == -1
