"""The calibration set: questions to answer and questions to leave alone, well formed and apart."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from knowledge.guides import load_guides
from knowledge.packs_loader import load_areas, load_plans

FOLDER = Path("knowledge/packs/calibration")
SIZE = 260
CODE = re.compile(r"\d\.\d{6}")
PASSAGES = {"plan": 130, "guide": 80, "none": 30}
STYLES = {"polite", "colloquial", "nodiac", "teencode", "story", "legal", "followup-free"}
REASONS = {
    "invented": 70,
    "not_office": 60,
    "other_knowledge": 30,
    "personal": 15,
    "vague": 15,
    "law_theory": 40,
    "other_country": 12,
    "smalltalk_fact": 18,
}


# Written apart, later: what people ask a ministry's portal, and right procedures oddly asked for.
ODD = 106
FAQ_REASONS = {"norm", "penalty", "definition", "statistics", "near_miss", "invented"}


def rows(root: Path, name: str) -> list[dict[str, object]]:
    """Lines of one file of the set."""
    text = (root / FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def plain(question: object) -> str:
    """The question without marks, case and punctuation, so that near twins meet."""
    letters = unicodedata.normalize("NFD", str(question).lower().replace("đ", "d"))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c))))


@pytest.fixture(scope="module")
def asked(root: Path) -> list[dict[str, object]]:
    return rows(root, "in_scope.jsonl")


@pytest.fixture(scope="module")
def refused(root: Path) -> list[dict[str, object]]:
    return rows(root, "out_of_scope.jsonl")


def test_in_scope_lines_have_the_agreed_shape(asked: list[dict[str, object]]) -> None:
    assert len(asked) == SIZE
    for row in asked:
        codes = row["codes"]
        assert set(row) == {"q", "codes", "style"}
        assert row["style"] in STYLES
        assert isinstance(codes, list) and codes and len(set(codes)) == len(codes)
        assert all(CODE.fullmatch(code) for code in codes)


def test_out_of_scope_lines_have_the_agreed_shape(refused: list[dict[str, object]]) -> None:
    assert len(refused) == SIZE
    assert all(set(row) == {"q", "why"} for row in refused)
    assert Counter(row["why"] for row in refused) == REASONS


def test_portal_questions_out_of_scope_are_grouped_by_topic(root: Path) -> None:
    lines = rows(root, "out_of_scope_faq.jsonl")
    assert len(lines) >= 250
    assert all(set(row) == {"q", "why", "topic"} for row in lines)
    assert {row["why"] for row in lines} == FAQ_REASONS
    assert len({row["topic"] for row in lines}) >= 40  # a check must not learn from a topic and test on it
    assert sum(str(row["q"]).isascii() for row in lines) >= 60


def test_oddly_asked_lines_have_the_agreed_shape(root: Path) -> None:
    lines = rows(root, "in_scope_odd.jsonl")
    assert len(lines) == ODD
    for row in lines:
        assert set(row) == {"q", "codes", "style"} and row["style"] in STYLES
        assert all(CODE.fullmatch(str(code)) for code in ids_of({"ids": row["codes"]}))
    assert [row["q"] for row in lines if row["style"] == "nodiac" and not str(row["q"]).isascii()] == []


def test_long_stories_tell_much_before_they_ask(root: Path) -> None:
    lines = rows(root, "in_scope_long.jsonl")
    assert len(lines) >= 24 and len({str(row["codes"]) for row in lines}) == len(lines)
    for row in lines:
        assert set(row) == {"q", "codes", "style"} and row["style"] == "story"
        assert len(str(row["q"]).split()) >= 80
        assert all(CODE.fullmatch(str(code)) for code in ids_of({"ids": row["codes"]}))


def test_every_style_occurs_and_a_third_is_typed_in_haste(asked: list[dict[str, object]]) -> None:
    styles = Counter(row["style"] for row in asked)
    assert set(styles) == STYLES
    assert styles["nodiac"] + styles["teencode"] >= SIZE // 3


def test_questions_are_clean_text_and_stand_once(
    root: Path, asked: list[dict[str, object]], refused: list[dict[str, object]]
) -> None:
    apart = ("in_scope_odd.jsonl", "in_scope_long.jsonl", "out_of_scope_faq.jsonl")
    later = [row for name in apart for row in rows(root, name)]
    questions = [row["q"] for row in asked + refused + later]
    for question in questions:
        assert isinstance(question, str)
        assert question == unicodedata.normalize("NFC", question.strip()) and question
    twins = [text for text, times in Counter(map(plain, questions)).items() if times > 1]
    assert twins == []


def test_lines_without_diacritics_have_none(asked: list[dict[str, object]]) -> None:
    assert [row["q"] for row in asked if row["style"] == "nodiac" and not str(row["q"]).isascii()] == []


@pytest.fixture(scope="module")
def sought(root: Path) -> list[dict[str, object]]:
    return rows(root, "passages.jsonl")


def ids_of(row: dict[str, object]) -> list[str]:
    """The passages that answer a question; none for one that only sounds near."""
    return [str(item) for item in row["ids"]] if isinstance(row["ids"], list) else []


def known_passages() -> set[str]:
    """Every id a line may name: one an event list, one a head, one a statement, one a guide."""
    known = {f"guide:{guide.id}" for guide in load_guides()}
    for plan in load_plans():
        known.add(f"head:{plan.id}")
        known |= {f"statement:{plan.id}:{index}" for index in range(len(plan.statements))}
        known |= {f"event:{plan.id}" for _ in plan.events}
    return known


def test_passage_lines_have_the_agreed_shape(sought: list[dict[str, object]]) -> None:
    areas = {"", *(area.slug for area in load_areas())}
    for row in sought:
        assert set(row) == {"q", "area", "ids"}
        assert row["area"] in areas
        assert isinstance(row["ids"], list) and len(set(row["ids"])) == len(row["ids"])


def test_passage_lines_ask_of_plans_of_guides_and_of_nothing(sought: list[dict[str, object]]) -> None:
    kinds = [ids_of(row)[0].split(":")[0] if ids_of(row) else "none" for row in sought]
    assert Counter(kind if kind in PASSAGES else "plan" for kind in kinds) == PASSAGES


def test_passages_exist_and_every_plan_and_guide_is_asked_for(sought: list[dict[str, object]]) -> None:
    named = {item for row in sought for item in ids_of(row)}
    assert named - known_passages() == set()
    assert {item for item in named if not item.startswith("statement:")} == {
        item for item in known_passages() if not item.startswith("statement:")
    }


def test_passage_questions_are_clean_stand_once_and_are_often_typed_in_haste(
    sought: list[dict[str, object]], asked: list[dict[str, object]], refused: list[dict[str, object]]
) -> None:
    questions = [str(row["q"]) for row in sought]
    assert all(text == unicodedata.normalize("NFC", text.strip()) and text for text in questions)
    others = {plain(row["q"]) for row in asked + refused}
    assert len({plain(text) for text in questions} - others) == len(questions)
    assert sum(text.isascii() for text in questions) >= len(questions) // 3


def test_passage_questions_are_not_the_words_the_passages_are_found_by(
    sought: list[dict[str, object]],
) -> None:
    taught = {plain(text) for guide in load_guides() for text in guide.questions}
    for plan in load_plans():
        taught |= {plain(word) for statement in plan.statements for word in statement.keywords}
    assert {plain(row["q"]) for row in sought} & taught == set()


@pytest.mark.shared
def test_codes_are_those_of_published_records(
    root: Path, asked: list[dict[str, object]], shared: Path
) -> None:
    with (shared / "corpus" / "procedures.jsonl").open(encoding="utf-8") as lines:
        published = {json.loads(line)["ma_thu_tuc"] for line in lines}
    asked = asked + rows(root, "in_scope_odd.jsonl") + rows(root, "in_scope_long.jsonl")
    named = {code for row in asked if isinstance(row["codes"], list) for code in row["codes"]}
    assert named - published == set()
