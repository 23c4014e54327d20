"""Marks put back on what was typed without them, from counts of our own questions."""

from pathlib import Path

import pytest

from index.marks import MOST, Marks, count_runs, load, marked, save
from knowledge.text.diacritics import fold

OWN = [
    "xin cấp lại sổ đỏ bị mất",
    "mất sổ đỏ thì làm lại ở đâu",
    "lệ phí cấp lại sổ đỏ",
    "mặt đường",
    "Mất sổ đỏ",
]


@pytest.fixture(scope="module")
def few() -> Marks:
    return Marks(count_runs(OWN))


@pytest.mark.parametrize("text", ["mất sổ đỏ", "xin cấp lại sổ đỏ bị mất", "mất sổ đỏ thì làm lại ở đâu"])
def test_what_was_counted_is_read_back(few: Marks, text: str) -> None:
    assert few(fold(text)) == text


def test_what_follows_tells_the_reading(few: Marks) -> None:
    assert few("mat so do") == "mất sổ đỏ" and few("mat duong") == "mặt đường"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("mất sổ do", "mất sổ do"),  # has marks: left as it is
        ("hello wxyz", "hello wxyz"),
        ("mat so do A1, 70.000?", "mất sổ đỏ a1, 70.000?"),
        ("", ""),
    ],
)
def test_what_it_does_not_know_stays(few: Marks, text: str, read: str) -> None:
    assert few(text) == read


def test_a_long_message_is_read_as_far_as_it_goes(few: Marks) -> None:
    read = few("mat so do " * MOST).split()
    assert read[0] == "mất" and read[MOST:] == ("mat so do " * MOST).split()[MOST:]


def test_runs_are_kept_as_they_are(tmp_path: Path) -> None:
    runs = count_runs(OWN)
    for name in ("one", "two"):
        save(runs, tmp_path / name)
    assert load(tmp_path / "one") == runs
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "tôi bị mất căn cước thì làm lại ở đâu",
        "đăng ký tạm trú cần giấy tờ gì",
        "đổi bằng lái xe lệ phí bao nhiêu",
    ],
)
def test_the_bank_reads_what_people_ask(text: str) -> None:
    assert marked(fold(text)) == text
