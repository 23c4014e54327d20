"""How a question is put: read in the words that many questions share, with what it is about left blank."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.asking import Asking, asking, common_words, load, pieces_of, write
from index.asking_fit import Put, fit, out_of_fold
from knowledge.text.diacritics import fold

WORDS = frozenset(["co", "duoc", "khong", "can", "giay", "gi", "nop", "o", "dau", "phat", "bao", "nhieu"])
THINGS = (
    "rừng",
    "tàu cá",
    "nhà xưởng",
    "quán ăn",
    "hộ chiếu",
    "bến phà",
    "ao tôm",
    "mỏ đá",
    "xe tải",
    "vườn cây",
)


def lines() -> list[Put]:
    """Rules and procedures of ten things, put in the same words whatever the thing."""
    asked = [
        ("{} cần giấy gì", True),
        ("nộp {} ở đâu", True),
        ("{} có được không", False),
        ("phạt {} bao nhiêu", False),
    ]
    return [Put(text.format(thing), of, thing) for thing in THINGS for text, of in asked]


def test_what_it_is_about_is_one_blank_however_many_words_it_has() -> None:
    assert pieces_of("Xe tải chở gỗ cần giấy gì?", WORDS) == pieces_of("hộ chiếu cần giấy gì", WORDS)
    assert "* can giay" in pieces_of("hộ chiếu cần giấy gì", WORDS)


def test_marks_and_short_spellings_do_not_count() -> None:
    assert pieces_of("có được không", WORDS) == pieces_of("co dc k", WORDS)


def test_common_words_are_those_of_many_procedures_not_of_many_questions() -> None:
    asked = [("1", "tàu tàu"), ("1", "tàu cần"), ("2", "xe cần"), ("3", "nhà cần")]
    assert common_words(asked, 1) == {"can"}


def test_what_is_learnt_from_some_things_tells_the_others() -> None:
    model = fit(lines(), WORDS)
    assert model("giấy khai sinh của bé cần giấy gì") > 0.5 > model("chở bé ngồi trước có được không")


def test_no_line_is_scored_by_a_model_that_saw_its_topic() -> None:
    told = lines()
    scores = out_of_fold(told, [], WORDS)
    right = np.array([one.procedure for one in told])
    assert scores[right].min() > scores[~right].max()
    odd = [Put("ghe máy qua cầu", False, "cầu") for _ in range(9)]
    assert (
        out_of_fold([*told, *odd], [], frozenset({*WORDS, "ghe", "may", "cau"}))[-1] >= 0.4
    )  # its own are unseen


def test_a_fit_is_written_and_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "asking.yml"
    path.write_text("# why\nbias: 0\nwords: ''\npieces: {}\n", "utf-8")
    one = Asking(WORDS, {"^ * can": 1.25, "phat": -2.0}, 0.5)
    write(one, path)
    assert load(path) == one and path.read_text("utf-8").startswith("# why\n")


@pytest.mark.parametrize(
    ("procedure", "rule"),
    [
        ("làm lại giấy nuôi ba ba mấy ngày mới xong ạ", "nuôi ba ba trong nhà có được không"),
        ("nộp hồ sơ mở bến đò ở đâu", "bến đò tối đa được chở bao nhiêu người"),
    ],
)
def test_the_fitted_one_tells_rules_from_procedures(procedure: str, rule: str) -> None:
    assert asking()(procedure) > asking()(rule)
    assert asking()(fold(procedure)) > asking()(fold(rule))


@pytest.mark.parametrize("text", ["", "   ", "???", "a" * 5000, "ổ\u0301 \u200b"])
def test_any_text_has_a_score(text: str) -> None:
    assert 0.0 <= asking()(text) <= 1.0
