"""Everything a message asks is found, in the order asked, and nothing that it only mentions."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answer.aspects import find_aspects
from knowledge.text.diacritics import fold

LINES = (Path(__file__).with_name("data") / "aspects_spoken.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("question", "aspect"), [tuple(line.split("|")) for line in LINES])
def test_everyday_and_dialect_words_ask(question: str, aspect: str) -> None:
    for typed in (question, fold(question)):
        assert find_aspects(typed)[:1] == [aspect], typed


@pytest.mark.parametrize(
    ("question", "aspects"),
    [
        ("nuôi voi tốn bao nhiêu tiền, mấy ngày xong và nộp ở đâu", ["fee", "time_limit", "where"]),
        ("mấy ngày xong, tốn bao nhiêu tiền", ["time_limit", "fee"]),
        ("Đề nghị cho biết hồ sơ để nuôi voi, mức phí và thời gian giải quyết", ["documents", "fee", "time_limit"]),
        ("xin hướng dẫn giấy tờ và lệ phí nuôi voi", ["documents", "fee"]),
        ("lệ phí nuôi voi, thời hạn và giấy tờ chứng minh được quy định thế nào", ["fee", "time_limit", "documents"]),
        ("phí thẩm định chuồng voi được quy định ra sao", ["fee"]),
        ("khai theo mẫu nào và giải quyết bao nhiêu giờ làm việc", ["form", "time_limit"]),
    ],
)  # fmt: skip
def test_lists_are_found_whole(question: str, aspects: list[str]) -> None:
    assert find_aspects(question) == aspects
    assert set(find_aspects(fold(question))) == set(aspects)


def test_a_phrase_does_not_reach_over_a_comma() -> None:
    assert find_aspects("giấy đó bao lâu có, tốn tiền không") == ["time_limit", "fee"]


@pytest.mark.parametrize(
    "question",
    ["tôi nộp hồ sơ rồi, bao lâu có kết quả", "em trả lệ phí hôm qua và mang hồ sơ về, mấy ngày có giấy"],
)
def test_what_a_story_mentions_is_not_asked(question: str) -> None:
    assert "documents" not in find_aspects(question)


def test_what_must_be_declared_is_no_deadline() -> None:
    assert "deadline" not in find_aspects("phải khai loại tờ khai nào khi bán voi")
    assert find_aspects("mua voi thì khi nào phải khai") == ["deadline"]


def test_help_for_a_household_is_no_proxy() -> None:
    assert "proxy" not in find_aspects("làm hộ chiếu hết bao nhiêu tiền")
