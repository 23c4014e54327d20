"""Guides: loadable, short, asked in people's words, and silent on what no source settles."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from knowledge.documents import ValidityState
from knowledge.errors import BadRecord
from knowledge.guides import Guide, load_guides
from knowledge.text.diacritics import fold

GUIDES = {guide.id: guide for guide in load_guides()}
each_guide = pytest.mark.parametrize("guide", GUIDES.values(), ids=lambda guide: guide.id)

GOOD = """
id: mot-hai
title: Một hai
aspect: online
questions: [hỏi gì]
lines: [Đáp gì.]
sources: [{title: Cổng}]
"""


def said(guide_id: str) -> str:
    return "\n".join(GUIDES[guide_id].lines)


def test_the_general_questions_are_covered() -> None:
    assert set(GUIDES) >= {
        "nop-ho-so-truc-tuyen", "thanh-toan-truc-tuyen", "tra-cuu-ho-so", "trang-thai-ho-so",
        "yeu-cau-bo-sung", "thu-xin-loi", "mot-cua-o-dau", "quyen-tai-mot-cua", "phan-anh-kien-nghi",
        "noi-dung-phan-anh", "khieu-nai-to-cao", "canh-bao-lua-dao", "du-lieu-ca-nhan", "xoa-du-lieu",
        "khong-con-cap-huyen", "tro-ly-lam-duoc-gi",
    }  # fmt: skip


@each_guide
def test_a_guide_is_short_and_asked_in_many_words(guide: Guide) -> None:
    assert 8 <= len(guide.questions) <= 15
    assert len(set(guide.questions)) == len(guide.questions)
    assert all(len(line) <= 200 for line in guide.lines)
    assert all(line.endswith((".", ":", "/")) for line in guide.lines)


@each_guide
def test_a_guide_round_trips_and_says_what_it_rests_on(guide: Guide) -> None:
    assert Guide.from_json(guide.to_json()) == guide
    assert guide.sources


def test_no_question_leads_to_two_guides() -> None:
    asked = [fold(question).lower() for guide in GUIDES.values() for question in guide.questions]
    assert len(set(asked)) == len(asked)


@each_guide
def test_links_are_official(guide: Guide) -> None:
    links = re.findall(r"https?://[^\s;,]+", " ".join(guide.lines))
    links += [source.url for source in guide.sources if source.url]
    for link in links:
        assert re.match(r"https://(?:\w+\.)*dichvucong\.gov\.vn(?:/|\.|$)", link), link


@each_guide
def test_no_decree_on_personal_data_that_is_no_longer_in_force_is_cited(guide: Guide) -> None:
    assert all("13/2023" not in source.number for source in guide.sources)


def test_only_vneid_since_its_day() -> None:
    assert "20/07/2026" in said("dang-nhap-vneid")
    assert GUIDES["dang-nhap-vneid"].validity.start == date(2026, 7, 20)


def test_paying_keeps_proofs_and_never_twice() -> None:
    assert "ba bằng chứng" in said("thanh-toan-truc-tuyen")
    assert "đừng trả lần hai" in said("thanh-toan-truc-tuyen")
    assert "Đừng trả tiền lần thứ hai" in said("da-tru-tien-chua-ghi-nhan")


def test_what_a_report_on_rules_must_hold() -> None:
    for word in ("tiếng Việt", "tên", "địa chỉ", "số điện thoại"):
        assert word in said("noi-dung-phan-anh")
    assert "05 ngày làm việc" in said("thoi-han-phan-anh")


def test_complaints_have_no_day_counts_from_memory() -> None:
    assert not re.search(r"\d+\s*ngày", said("khieu-nai-to-cao"))


def test_secrets_are_never_asked_for() -> None:
    assert "mã OTP" in said("canh-bao-lua-dao")
    assert "113" in said("canh-bao-lua-dao")


def test_what_is_not_verified_is_hedged() -> None:
    assert "có thể" in GUIDES["trang-thai-ho-so"].lines[0]
    assert "có thể" in GUIDES["so-cu-nay-la-so-nao"].lines[0]
    for guide_id in ("trang-thai-ho-so", "yeu-cau-bo-sung", "so-cu-nay-la-so-nao"):
        assert GUIDES[guide_id].validity.state is ValidityState.UNKNOWN


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GOOD.replace("online", "on line"), "aspect"),
        (GOOD.replace("[hỏi gì]", "[]"), "questions"),
        (GOOD.replace("[Đáp gì.]", "[a, b, c, d, e, f, g, h, i]"), "lines"),
        (GOOD.replace("mot-hai", "ba"), "its id is ba"),
        (GOOD + "more: 1\n", "more"),
        ("- [", "mot-hai.yml"),
        ("", "mot-hai.yml"),
    ],
)
def test_a_damaged_guide_names_its_file(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "mot-hai.yml").write_text(text, encoding="utf-8")
    with pytest.raises(BadRecord, match=r"mot-hai\.yml") as error:
        load_guides(tmp_path)
    assert reason in str(error.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "mot-hai.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadRecord, match=r"mot-hai\.yml"):
        load_guides(tmp_path)


def test_an_empty_folder_has_no_guides_and_a_good_one_loads(tmp_path: Path) -> None:
    assert load_guides(tmp_path) == []
    (tmp_path / "mot-hai.yml").write_text(GOOD, encoding="utf-8")
    assert [guide.title for guide in load_guides(tmp_path)] == ["Một hai"]
