"""What no procedure does: taken apart, and answered with no half of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.answer.misfit import animals, deeds, papers, parts, takes
from bot.evaluation.kinds import meets
from index.fitting import fits
from knowledge.text.diacritics import fold
from tests.answer.world import BIRTH, MARRIAGE, ask, search

INVENTED = Path(__file__).parent.parent / "evaluation" / "data" / "invented.jsonl"
# Of the invented ones, those that may get a fact in this small world of words alone; with the whole corpus and the
# model: docs/quality/answers.md.
ANSWERED = 0.2


def row_of(code: str) -> int:
    rows = search().snapshot.procedure_rows
    return next(place for place, row in enumerate(rows) if row["code"] == code)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("đăng ký tạm trú cho giếng khoan thì nộp ở đâu", ["giếng khoan", "tạm trú"]),
        ("hộ chiếu của cây mít mất mấy ngày", ["cây mít", "hộ chiếu"]),
        ("xin khai sinh cho con mèo nhà em", ["con mèo", "khai sinh"]),
        ("thế chấp giấy khai sinh cần gì", ["khai sinh"]),
    ],
)
def test_a_question_is_taken_apart(text: str, found: list[str]) -> None:
    assert parts(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "làm khai sinh cho con gái tôi ở đâu",
        "cho em hỏi giấy tờ của mẹ tôi",
        "cho hỏi lệ phí đăng ký kết hôn",
        "sang tên sổ đỏ cần gì",
    ],
)
def test_people_and_courtesy_are_no_things(text: str) -> None:
    assert parts(text) == []


@pytest.mark.parametrize(
    "text", ["cho gach ve xay nha thi xin phep ai", "xin cấp phép cho hoạt động này mất mấy ngày"]
)
def test_what_is_first_said_or_only_pointed_back_at_is_no_thing(text: str) -> None:
    assert all("gach" not in part and "hoạt động" not in part for part in parts(text))


def test_an_animal_is_a_thing_whatever_leads_to_it() -> None:
    text = "cải chính tên con trâu ghi trong sổ của thôn thì nộp ở đâu"
    assert animals(text) == ["con trâu"]
    assert not any(takes(search(), text, [row_of(BIRTH), row_of(MARRIAGE)]))


def test_a_long_story_names_many_things_in_passing() -> None:
    story = "hôm đó tôi chở mẹ đi chợ mua rau " * 4 + "rồi ghé làm giấy cho cái xe cũ"
    assert parts(story) == [] and papers(story) == []


def test_a_paper_and_a_deed_are_read() -> None:
    assert papers("xin giấy xác nhận hay cười với hàng xóm thì cần gì") == ["hay cười với hàng xóm"]
    assert deeds("gia hạn giấy khai sinh ở đâu") == ["gia hạn"]
    assert deeds("khai sinh quá hạn") == []


def test_a_thing_is_held_against_a_record_alone() -> None:
    held, strange = (fits(search(), thing, [row_of(BIRTH)])[0] for thing in ("khai sinh", "giếng khoan"))
    assert held.held == 1.0
    assert strange.held < 0.5


def test_a_record_takes_what_it_is_about_and_not_what_is_put_to_it() -> None:
    rows = [row_of(BIRTH), row_of(MARRIAGE)]
    assert takes(search(), "đăng ký khai sinh cho con trai tôi", rows) == [True, True]
    assert not takes(search(), "gia hạn giấy khai sinh ở đâu", rows)[0]


@pytest.mark.parametrize(
    "text", ["làm khai sinh cho con cần giấy tờ gì", "đăng ký kết hôn của hai vợ chồng ở đâu"]
)
def test_what_is_done_for_somebody_is_answered(text: str) -> None:
    assert ask(text).status in {"answered", "partial"}
    assert ask(fold(text)).status in {"answered", "partial", "clarify"}


def test_few_invented_procedures_get_a_fact() -> None:
    lines = [json.loads(line) for line in INVENTED.read_text("utf-8").splitlines()]
    assert len({line["q"] for line in lines}) == len(lines) >= 100
    assert {line["how"] for line in lines} == {"recombined", "written"}
    told = [line["q"] for line in lines if not meets(line["expect"], ask(line["q"]))]
    assert len(told) <= ANSWERED * len(lines), told


def test_who_signs_a_paper_is_no_part_of_its_name() -> None:
    assert papers("giấy phép xây nhà ai ký, mấy ngày có") == ["xây nhà"]
