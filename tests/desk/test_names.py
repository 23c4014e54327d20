"""Names of people are found where a word announces them, and nothing named after somebody is taken for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from desk import names
from desk.open311 import request_object
from desk.routing_score import read
from tests.gateway.conftest import NOW

DATA = Path(__file__).parent / "data" / "names.txt"
LINES = [line for line in DATA.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
REPORTS = [
    text
    for name in ("routing", "routing2")
    for case in read(Path(__file__).parents[1] / "evaluation" / "data" / f"{name}.jsonl")
    for text in (case.what, case.where)
]
_MARK = re.compile(r"\[\[(.+?)\]\]")


def told(line: str) -> tuple[str, set[tuple[int, int]]]:
    """The line without its marks, and where the names in it stand."""
    spans, plain, last = set(), "", 0
    for mark in _MARK.finditer(line):
        plain += line[last : mark.start()]
        spans.add((len(plain), len(plain) + len(mark[1])))
        plain, last = plain + mark[1], mark.end()
    return plain + line[last:], spans


def test_precision_and_recall() -> None:
    """Written by the author of the rule, so the figures are an upper bound; of 850 texts of reports see below."""
    cases = [told(line) for line in LINES]
    right = wrong = there = 0
    for plain, spans in cases:
        got = {*names.found(plain)}
        right, wrong, there = right + len(got & spans), wrong + len(got - spans), there + len(spans)
    assert len(cases) >= 200
    assert right / (right + wrong) >= 0.99
    assert right / there >= 0.95


@pytest.mark.parametrize("line", [line for line in LINES if "[[" not in line])
def test_streets_places_and_posts_are_nobody(line: str) -> None:
    assert names.masked(line) == line


def test_of_other_peoples_words_only_the_accused_are_found() -> None:
    """The reports of the routing sets were written without a thought of names."""
    hits = [text[start:end] for text in REPORTS for start, end in names.found(text)]
    assert len(REPORTS) > 800
    assert hits == ["Nguyễn Văn T", "Lê Văn B", "Trần Thị K"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ông Nguyễn Văn A và bà Lan, đường Ông Ích Khiêm", "ông N… và bà L…, đường Ông Ích Khiêm"),
        ("", ""),
        ("tên " * 5000, "tên " * 5000),
        ("ông " + "Anh " * 5000, "ông A… " + "Anh " * 4996),
    ],
)
def test_names_become_their_first_letter(text: str, shown: str) -> None:
    assert names.masked(text) == shown
    assert names.masked(shown) == shown or len(text) > 1000  # of endless capitals one mask takes four words


def test_what_is_published_is_masked_once_more() -> None:
    row = {
        "state": "CONG_KHAI", "may_publish": True, "published_what": "ổ gà trước nhà ông Bảy", "code": "x",
        "answer_public": "", "category_name": "", "category": "", "unit_name": "", "due_at": None,
        "received_at": NOW, "updated_at": NOW, "latitude": None, "longitude": None, "id": None,
    }  # fmt: skip
    assert request_object(row)["description"] == "ổ gà trước nhà ông B…"
