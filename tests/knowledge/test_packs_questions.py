"""The question bank: one line a procedure, people's words, each leading to one procedure only, no fact stated."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from index.twins import title_key
from knowledge.packs_loader import load_questions
from knowledge.text.diacritics import fold

FOLDER = Path(__file__).resolve().parents[2] / "knowledge" / "packs" / "questions"
FILES = sorted(FOLDER.rglob("*.jsonl"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())

CODE = re.compile(r"\d\.\d{6}")
COPY = 0.85
"""Two questions of one procedure whose folded words overlap more than this are the same question."""
USUAL_ALIAS, LONGEST_ALIAS = 12, 17
"""Words: an alias is what people call a thing; few need more than the first figure, none the second."""
STATED = re.compile(
    r"\d{1,3}(\.\d{3})+ ?(đồng|đ\b)|\b(trong|mất|sau|hết) (vòng )?\d+ ngày làm việc", re.IGNORECASE
)
"""Fees and days come from records; a question that names them teaches a figure nobody checks."""
PERSONAL = re.compile(r"\d{9,}|0\d{2,3}[ .]\d{3}[ .]\d{3}")
"""Nine digits in a row, or a number written as phones are."""


class Line(NamedTuple):
    """The words of one procedure, or of several codes that carry one title, by one author."""

    author: str
    codes: tuple[str, ...]
    aliases: list[str]
    questions: list[str]


def lines(path: Path) -> Iterator[Line]:
    """The bank's lines of one file, after the schema was checked."""
    for text in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        assert list(row) in (["code", "aliases", "questions"], ["codes", "aliases", "questions"]), text[:80]
        codes = [row["code"]] if "code" in row else row["codes"]
        yield Line(path.parent.name, tuple(codes), row["aliases"], row["questions"])


def words(text: str) -> list[str]:
    """`Làm lại thẻ, ở đâu?` → `lam lai the o dau`, as a list."""
    return re.findall(r"\w+", fold(text.lower()))


def copies(questions: list[str]) -> list[tuple[str, str]]:
    """Pairs of one procedure's questions that say the same in nearly the same words."""
    sets = [(question, frozenset(words(question))) for question in questions]
    return [(a, b) for (a, x), (b, y) in combinations(sets, 2) if len(x & y) > COPY * len(x | y)]


@pytest.fixture(scope="module")
def bank() -> list[Line]:
    return [line for path in FILES for line in lines(path)]


@each_file
def test_a_line_is_a_code_with_aliases_and_questions(path: Path) -> None:
    for line in lines(path):
        assert all(map(CODE.fullmatch, line.codes)) and len(set(line.codes)) == len(line.codes)
        assert len(line.questions) >= (2 if path.parent == FOLDER else 1), line.codes
        assert line.aliases or path.parent != FOLDER, line.codes
        for text in line.aliases + line.questions:
            assert isinstance(text, str) and text == " ".join(text.split()), (line.codes, text)


@each_file
def test_lengths_are_those_of_speech(path: Path) -> None:
    for line in lines(path):
        assert all(len(alias.split()) <= LONGEST_ALIAS for alias in line.aliases), line.codes
        assert all(3 <= len(question.split()) <= 110 for question in line.questions), line.codes


@each_file
def test_no_question_is_a_copy_of_another_of_its_procedure(path: Path) -> None:
    assert [(line.codes, *pair) for line in lines(path) for pair in copies(line.questions)] == []


@each_file
def test_questions_state_no_figures_and_name_nobody(path: Path) -> None:
    for line in lines(path):
        for question in line.questions:
            assert not STATED.search(question), (line.codes, question)
            assert not PERSONAL.search(question), (line.codes, question)


def test_few_aliases_are_long(bank: list[Line]) -> None:
    lengths = [len(alias.split()) for line in bank for alias in line.aliases]
    assert sum(length > USUAL_ALIAS for length in lengths) <= len(lengths) / 40


def test_no_text_leads_to_two_procedures(bank: list[Line]) -> None:
    leads: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for line in bank:
        for text in line.aliases + line.questions:
            leads[" ".join(words(text))] |= {line.codes}
    assert {text: codes for text, codes in leads.items() if len(codes) > 1} == {}


def test_a_procedure_has_one_line_of_its_own_and_the_loader_reads_them_all(bank: list[Line]) -> None:
    own = [(line.author, line.codes[0]) for line in bank if len(line.codes) == 1]
    assert len(set(own)) == len(own)
    assert {code for line in bank for code in line.codes} == set(load_questions())


def test_codes_share_a_line_only_once(bank: list[Line]) -> None:
    shared = [(line.author, code) for line in bank if len(line.codes) > 1 for code in line.codes]
    assert len(set(shared)) == len(shared)


def test_authors_do_not_copy_each_other(bank: list[Line]) -> None:
    by_codes: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for line in bank:
        by_codes[line.codes] += line.questions
    assert {codes: found for codes, questions in by_codes.items() if (found := copies(questions))} == {}


def test_an_author_can_be_left_out(bank: list[Line]) -> None:
    said = {text for line in bank if line.author == "portal" for text in line.questions}
    kept = {text for _, questions in load_questions(without="portal").values() for text in questions}
    assert said and not said & kept


@pytest.mark.shared
def test_codes_of_a_line_carry_one_title(bank: list[Line], shared: Path) -> None:
    with (shared / "corpus" / "procedures.jsonl").open(encoding="utf-8") as published:
        rows = [json.loads(record) for record in published]
    titles = {row["ma_thu_tuc"]: title_key(row["ten_thu_tuc"]) for row in rows}
    for line in bank:
        assert len({titles[code] for code in line.codes}) == 1, line.codes


@pytest.mark.shared
def test_codes_are_those_of_published_records(bank: list[Line], shared: Path) -> None:
    with (shared / "corpus" / "procedures.jsonl").open(encoding="utf-8") as published:
        codes = {json.loads(record)["ma_thu_tuc"] for record in published}
    assert {code for line in bank for code in line.codes} <= codes
